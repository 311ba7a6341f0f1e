//! Writes what is generated from the actions' inputs, so that no two places have to agree by hand.

mod actions;
mod marked;
#[cfg(test)]
mod promises;

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};

use crate::{project, term};
pub(crate) use actions::{action_yml_for_the_release_tree, ids};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Write nothing, and fail when a file differs from what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

/// A file as it should be.
struct Generated {
    /// From the root of the project.
    path: String,
    text: String,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let root = project::root();
    let stale = stale(&root)?;
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

/// The files that differ from what they should be.
fn stale(root: &Path) -> Result<Vec<Generated>> {
    let mut stale = Vec::new();
    for file in actions::generated(root)? {
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

    #[test]
    fn generated_files_are_up_to_date() {
        let stale = stale(&project::root()).unwrap();
        assert!(stale.is_empty(), "{}", drift(&stale));
    }

    #[test]
    fn every_action_has_a_folder_and_every_folder_an_action() {
        let mut folders: Vec<String> = fs::read_dir(project::root().join("actions"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        folders.sort();
        assert_eq!(folders, ids());
        assert_eq!(folders, actions_core::spec::ACTIONS);
    }

    /// GitHub refuses the whole action otherwise.
    #[test]
    fn no_expression_stands_inside_a_description() {
        for file in actions::generated(&project::root()).unwrap() {
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
        for file in actions::generated(&project::root()).unwrap() {
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
