//! Writes what is generated from the actions' inputs, so that no two places have to agree by hand.

mod actions;
mod marked;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod promises;

use std::{env, fs, path::Path, process::ExitCode};

use actions_core::spec::Spec;
use anyhow::{Context as _, Result, bail};
use clap::Parser;
use xtask::programs::{self, CodegenOptions};
use xtask::{process, project, term};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask codegen")]
struct Cli {
    #[command(flatten)]
    options: CodegenOptions,
}

/// A file as it should be.
struct Generated {
    /// From the root of the project.
    path: String,
    text: String,
}

fn main() -> ExitCode {
    let options = Cli::parse().options;
    programs::main(|| run(&options))
}

fn run(options: &CodegenOptions) -> Result<()> {
    let root = project::root();
    let stale = stale(&root, &specs()?)?;
    if options.check {
        return match stale.as_slice() {
            [] => Ok(()),
            stale => bail!("{}", drift(stale)),
        };
    }
    for file in &stale {
        let path = root.join(&file.path);
        fs::write(&path, &file.text).with_context(|| format!("failed to write `{}`", file.path))?;
        term::info(&format!("wrote {}", file.path));
    }
    if stale.is_empty() {
        term::info("all generated files are up to date");
    }
    Ok(())
}

/// What each action declares. The build that made this program has made the actions too, so they are beside it.
fn specs() -> Result<Vec<Spec>> {
    let own = env::current_exe().context("failed to find this program")?;
    let folder = own
        .parent()
        .context("failed to find this program's folder")?;
    actions::specs(|id| Ok(folder.join(id)))
}

/// The files that differ from what they should be.
fn stale(root: &Path, specs: &[Spec]) -> Result<Vec<Generated>> {
    let mut stale = Vec::new();
    for file in actions::generated(root, specs)? {
        let now = fs::read_to_string(root.join(&file.path)).unwrap_or_default();
        if now != file.text {
            stale.push(file);
        }
    }
    Ok(stale)
}

fn drift(stale: &[Generated]) -> String {
    let paths: Vec<&str> = stale.iter().map(|file| file.path.as_str()).collect();
    format!(
        "{} differ from the actions' inputs: run `cargo xtask codegen` and commit what it writes",
        paths.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of binaries that are built as the code is now, however the tests were started.
    pub(super) fn specs() -> Vec<Spec> {
        let binaries = programs::everything().unwrap();
        actions::specs(|id| Ok(binaries.path(id)?.to_owned())).unwrap()
    }

    #[test]
    fn generated_files_are_up_to_date() {
        let stale = stale(&project::root(), &specs()).unwrap();
        assert!(stale.is_empty(), "{}", drift(&stale));
    }

    #[test]
    fn every_action_has_a_folder_and_every_folder_an_action() {
        let folders = project::actions().unwrap();
        let specs = specs();
        let ids: Vec<&str> = specs.iter().map(|spec| spec.id.as_str()).collect();
        assert_eq!(folders, ids);
        assert_eq!(folders, actions_core::spec::ACTIONS);
    }

    /// Somebody who types such an input without a value would be told what the action declares.
    #[test]
    fn no_input_is_called_as_the_flag_is() {
        for spec in specs() {
            let mut inputs = spec.inputs.iter().map(|input| format!("--{}", input.name));
            assert!(
                !inputs.any(|flag| flag == actions_core::spec::FLAG),
                "{}",
                spec.id
            );
        }
    }

    /// GitHub refuses the whole action otherwise.
    #[test]
    fn no_expression_stands_inside_a_description() {
        for file in actions::generated(&project::root(), &specs()).unwrap() {
            let mut descriptions = file
                .text
                .lines()
                .filter(|line| line.trim_start().starts_with("description:"));
            assert!(
                !descriptions.any(|line| line.contains("${{")),
                "{}",
                file.path
            );
        }
    }

    #[test]
    fn no_expression_stands_inside_a_script() {
        for file in actions::generated(&project::root(), &specs()).unwrap() {
            if file.path.ends_with("action.yml") {
                let scripts: Vec<&str> = file
                    .text
                    .lines()
                    .filter(|line| line.trim_start().starts_with("run:"))
                    .collect();
                assert_eq!(scripts.len(), 1, "{}", file.path);
                assert!(
                    scripts.iter().all(|line| !line.contains("${{")),
                    "{}",
                    file.path
                );
            }
        }
    }
}
