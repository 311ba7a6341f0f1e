//! The tree that `uses: rerun-io/ci-actions/<action>@v1` resolves to: small, because a runner unpacks all of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context as _, Result, ensure};

use super::Source;
use super::assets::{self, Asset};
use crate::project;

/// How large the tree came out.
pub(super) struct Size {
    pub(super) bytes: u64,
    pub(super) files: usize,
}

/// What is copied as it is; whatever is there for people stays in the repository.
const COPIED: &[&str] = &["LICENSE-MIT"];

/// The launcher, without its comments.
const LAUNCHER: &str = "dist/run.sh";

/// The workflows that others call, from `.github/workflows`. They travel byte for byte: a workflow's own token may push
/// such a file only where a branch has it with the same content.
const PUBLISHED: &[&str] = &["create-packages.yml", "lint-build-test.yml"];

/// How a published workflow names an action beside it: this path, at the very commit that runs.
const BESIDE: &str = "uses: $/actions/";

/// Writes the tree anew.
pub(super) fn assemble(source: &Source, assets: &[Asset], vendored: bool) -> Result<Size> {
    let (root, tree) = (&source.root, source.tree());
    if tree.exists() {
        fs::remove_dir_all(&tree)
            .with_context(|| format!("failed to empty `{}`", tree.display()))?;
    }
    for name in COPIED {
        copy(&root.join(name), &tree.join(name))?;
    }
    // The copy has the permissions.
    copy(&root.join(LAUNCHER), &tree.join(LAUNCHER))?;
    write(
        &tree.join(LAUNCHER),
        &uncommented(&read(&root.join(LAUNCHER))?),
    )?;
    for id in source.actions()? {
        let path = root.join("actions").join(&id).join("action.yml");
        let text = moved_to_the_root(&read(&path)?)
            .with_context(|| format!("failed to use `{}`", path.display()))?;
        write(&tree.join(&id).join("action.yml"), &text)?;
    }
    let mut workflows = String::new();
    for name in PUBLISHED {
        let path = Path::new(project::WORKFLOWS).join(name);
        copy(&root.join(&path), &tree.join(&path))?;
        workflows += &read(&root.join(&path))?;
    }
    for id in actions_beside(&workflows) {
        let path = Path::new("actions").join(id).join("action.yml");
        let action_yml = read(&root.join(&path))?;
        write(&tree.join(&path), &undescribed(&action_yml, &workflows))?;
    }
    write(&tree.join("README.md"), &readme(source))?;
    write(&tree.join("dist/SHA256SUMS"), &assets::sums(assets))?;
    let url = format!("{}/releases/download/{}\n", source.repository, source.tag());
    write(&tree.join("dist/url"), &url)?;
    if vendored {
        for asset in assets {
            copy(&asset.path, &tree.join("dist").join(&asset.name))?;
        }
    }
    size(&tree)
}

/// A script without the lines that are comments, except the first one, which names its shell.
fn uncommented(script: &str) -> String {
    let lines = script.lines().enumerate();
    let kept = lines.filter(|(at, line)| *at == 0 || !line.trim_start().starts_with('#'));
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

/// Folders of actions are at the root of the tree, so the launcher is one folder nearer. Everything there is generated, and so
/// nothing needs to say it. The Marketplace, which alone reads author and branding, lists no action in a folder.
fn moved_to_the_root(action_yml: &str) -> Result<String> {
    let launcher = "/../../dist/run.sh";
    ensure!(
        action_yml.matches(launcher).count() == 1,
        "it does not name `{launcher}` once"
    );
    let unread = ["#", "author: ", "branding:", "  icon: ", "  color: "];
    let lines = action_yml.lines();
    let lines = lines.filter(|line| !unread.iter().any(|start| line.starts_with(start)));
    let kept: String = lines.map(|line| format!("{line}\n")).collect();
    Ok(kept.replace(launcher, "/../dist/run.sh"))
}

/// Without what is there for people, and without inputs and outputs that no workflow beside it names: only they use this copy,
/// and every job downloads it.
fn undescribed(action_yml: &str, workflows: &str) -> String {
    let for_people = [
        "#",
        "author: ",
        "branding:",
        "  icon: ",
        "  color: ",
        "    description: ",
    ];
    let used = used_alone(action_yml, workflows);
    let lines = used.iter().copied();
    let mut kept = lines
        .filter(|line| !for_people.iter().any(|start| line.starts_with(start)))
        .peekable();
    let mut text = String::new();
    while let Some(line) = kept.next() {
        // The key is required, and nobody reads it here.
        text.push_str(match line.starts_with("description: ") {
            true => "description: \"\"",
            false => line,
        });
        let is_key = line.starts_with("  ") && line.ends_with(':');
        let is_empty = kept.peek().is_none_or(|next| !next.starts_with("    "));
        text.push_str(match is_key && is_empty {
            true => " {}\n",
            false => "\n",
        });
    }
    text
}

/// The lines of an action without the inputs that no workflow gives, unless they have a default of their own, and without the
/// outputs that none reads.
fn used_alone<'a>(action_yml: &'a str, workflows: &str) -> Vec<&'a str> {
    let lines: Vec<&str> = action_yml.lines().collect();
    let section = |of: usize| {
        let mut before = lines.iter().take(of).rev();
        before.find(|line| !line.starts_with([' ', '#']) && !line.is_empty())
    };
    let is_unused = |(at, name): (usize, &str)| {
        let inner = lines.iter().skip(at + 1);
        let mut inner = inner.take_while(|line| line.starts_with("    "));
        match section(at).copied() {
            Some("inputs:") => {
                let is_given = workflows.contains(&format!(" {name}: "));
                !is_given && !inner.any(|line| line.starts_with("    default: "))
            }
            Some("outputs:") => !workflows.contains(&format!(".outputs.{name}")),
            _ => false,
        }
    };
    let name = |line: &'a str| line.strip_prefix("  ")?.strip_suffix(':');
    let named = lines.iter().enumerate();
    let named = named.filter_map(|(at, line)| Some((at, name(line)?)));
    let unused: BTreeMap<usize, &str> = named
        .filter(|one| !one.1.starts_with(' ') && is_unused(*one))
        .collect();
    let inputs = unused.iter();
    let inputs = inputs.filter(|(at, _)| section(**at).copied() == Some("inputs:"));
    let passed_on: Vec<String> = inputs
        .map(|(_, name)| format!("${{{{ inputs.{name} }}}}"))
        .collect();
    let mut in_unused = false;
    let mut kept = Vec::new();
    for (at, line) in lines.iter().copied().enumerate() {
        if !line.starts_with("    ") {
            in_unused = unused.contains_key(&at);
        }
        if !in_unused && !passed_on.iter().any(|input| line.ends_with(input)) {
            kept.push(line);
        }
    }
    let is_empty = |at: usize| {
        let next = kept.get(at + 1);
        kept.get(at) == Some(&"outputs:") && next.is_none_or(|next| !next.starts_with(' '))
    };
    let of_outputs = (0..kept.len()).find(|at| is_empty(*at));
    if let Some(at) = of_outputs {
        kept.remove(at);
    }
    kept
}

/// The actions that workflows name by `$/actions/<id>`.
fn actions_beside(workflows: &str) -> BTreeSet<&str> {
    let uses = workflows
        .lines()
        .filter_map(|line| line.split_once(BESIDE).map(|(_, rest)| rest));
    uses.filter_map(|rest| rest.split_whitespace().next())
        .collect()
}

fn readme(source: &Source) -> String {
    let (repository, tag) = (&source.repository, source.tag());
    format!(
        "# ci-actions {tag}\n\n\
         The tree of `uses: rerun-io/ci-actions/<action>@{tag}`, generated from [the source]({repository}), which has \
         [the documentation]({repository}/blob/main/README.md), [the changes]({repository}/blob/main/CHANGELOG.md) and \
         the alternative license, [Apache-2.0]({repository}/blob/main/LICENSE-APACHE).\n"
    )
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    make_folder_of(path)?;
    fs::write(path, text).with_context(|| format!("failed to write `{}`", path.display()))
}

/// Keeps the permissions too: the launcher must stay executable.
fn copy(from: &Path, to: &Path) -> Result<()> {
    make_folder_of(to)?;
    fs::copy(from, to).with_context(|| format!("failed to copy `{}`", from.display()))?;
    Ok(())
}

fn make_folder_of(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) => fs::create_dir_all(folder)
            .with_context(|| format!("failed to create `{}`", folder.display())),
        None => Ok(()),
    }
}

fn size(folder: &Path) -> Result<Size> {
    let mut size = Size { bytes: 0, files: 0 };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let inner = self::size(&entry.path())?;
            size.bytes += inner.bytes;
            size.files += inner.files;
        } else {
            size.bytes += entry.metadata()?.len();
            size.files += 1;
        }
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_at_the_root_of_the_tree_differs_by_the_way_to_its_launcher_only() {
        let run = |way: &str| format!("runs:\n  run: exec \"$GITHUB_ACTION_PATH/{way}\" plan\n");
        let moved = moved_to_the_root(&run("../../dist/run.sh")).unwrap();
        assert_eq!(moved, run("../dist/run.sh"));
        assert!(moved_to_the_root(&run("../run.sh")).is_err());
    }

    #[test]
    fn an_action_beside_a_workflow_keeps_what_the_runner_reads() {
        let described = "# Generated\nbranding:\n  icon: tag\n  color: blue\ndescription: \"Plans\"\ninputs:\n  force:\n    description: \"Build all\"\n  jobs:\n    description: \"Which\"\n    required: true\n  event:\n    description: \"Other\"\n  token:\n    default: ${{ github.token }}\noutputs:\n  plan:\n    value: ${{ steps.run.outputs.plan }}\n  force:\n    value: ${{ steps.run.outputs.force }}\nruns:\n  env:\n    INPUT_FORCE: ${{ inputs.force }}\n    INPUT_EVENT: ${{ inputs.event }}\n";
        let kept = "description: \"\"\ninputs:\n  force: {}\n  jobs:\n    required: true\n  token:\n    default: ${{ github.token }}\noutputs:\n  plan:\n    value: ${{ steps.run.outputs.plan }}\nruns:\n  env:\n    INPUT_FORCE: ${{ inputs.force }}\n";
        let workflow = "with:\n  force: true\n  jobs: all\nvalue: ${{ steps.plan.outputs.plan }}\n";
        assert_eq!(undescribed(described, workflow), kept);
    }

    #[test]
    fn the_actions_beside_a_workflow_are_those_that_it_names_by_path() {
        let text =
            "- uses: $/actions/plan\n- id: x\n  uses: $/actions/promote # why\n- uses: a/b@v1\n";
        let found: Vec<&str> = actions_beside(text).into_iter().collect();
        assert_eq!(found, ["plan", "promote"]);
    }
}
