//! pre-commit's own hooks that do comparable work, started as pre-commit starts them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::repository::{Repository, Shape};
use crate::process::Cmd;
use crate::project;
use crate::{machine, measure::Contender};

/// The name of the row that the goal is about.
pub(super) const TOGETHER: &str = "the five hooks";

/// Bytes of one command line, and files at least in one batch: what pre-commit allows itself.
const COMMAND_LINE: usize = 131_072;

/// One hook with its arguments, and the kind of file that it is given.
struct Hook {
    command: &'static str,
    arguments: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Files,
    Texts,
    Links,
}

const HOOKS: &[Hook] = &[
    hook(
        "check-added-large-files",
        "--enforce-all --maxkb=100",
        Kind::Files,
    ),
    hook("check-symlinks", "", Kind::Links),
    hook("check-case-conflict", "", Kind::Files),
    hook("check-merge-conflict", "--assume-in-merge", Kind::Texts),
    hook("detect-private-key", "", Kind::Texts),
];

const fn hook(command: &'static str, arguments: &'static str, kind: Kind) -> Hook {
    Hook {
        command,
        arguments,
        kind,
    }
}

impl Kind {
    fn list(self, repository: &Repository) -> &Path {
        match self {
            Self::Files => &repository.files,
            Self::Texts => &repository.texts,
            Self::Links => &repository.links,
        }
    }

    /// As pre-commit's configuration says it.
    fn types(self) -> &'static str {
        match self {
            Self::Files => "file",
            Self::Texts => "text",
            Self::Links => "symlink",
        }
    }
}

/// Each hook alone, all of them, all of them on what the pull request changes, and pre-commit with all of them.
pub(super) fn contenders(repository: &Repository, shape: Shape) -> Result<Vec<Contender>> {
    let all: Vec<String> = HOOKS
        .iter()
        .map(|hook| line(hook, hook.kind.list(repository)))
        .collect::<Result<_>>()?;
    let on_changes: Vec<String> = HOOKS
        .iter()
        .filter(|hook| hook.kind != Kind::Links)
        .map(|hook| line(hook, &repository.changed))
        .collect::<Result<_>>()?;
    let shell = |name: String, script: &str| Contender {
        name,
        command: Cmd::new("sh").args(["-c", script]).dir(&repository.folder),
    };
    let mut contenders = vec![shell(TOGETHER.to_owned(), &all.join(" && "))];
    for (hook, line) in HOOKS.iter().zip(&all) {
        let name = format!("`{} {}`", hook.command, hook.arguments);
        contenders.push(shell(name.replace(" `", "`"), line));
    }
    contenders.push(Contender {
        name: "`pre-commit run --all-files` with the five hooks".to_owned(),
        command: pre_commit(&configuration(shape)?)
            .arg("--all-files")
            .dir(&repository.folder),
    });
    contenders.push(shell(
        "the hooks on the changed files only".to_owned(),
        &on_changes.join(" && "),
    ));
    Ok(contenders)
}

/// The hook on a list of names, as pre-commit runs it: in batches, one per core at a time.
fn line(hook: &Hook, list: &Path) -> Result<String> {
    let names = fs::read(list).with_context(|| format!("failed to read `{}`", list.display()))?;
    let names = names.iter().filter(|byte| **byte == 0).count();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let batch = names.div_ceil(cores).max(4);
    Ok(format!(
        "xargs -0 -P {cores} -n {batch} -s {COMMAND_LINE} '{}' {} <'{}'",
        project::venv_bin(hook.command).display(),
        hook.arguments,
        list.display()
    ))
}

/// pre-commit without anything to install: the hooks are there already.
fn pre_commit(configuration: &Path) -> Cmd {
    Cmd::new(project::venv_bin("pre-commit"))
        .args(["run", "--config"])
        .arg(configuration)
        .env(
            "PRE_COMMIT_HOME",
            project::target().join("bench").join("pre-commit"),
        )
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
}

fn configuration(shape: Shape) -> Result<PathBuf> {
    let mut text = String::from("repos:\n- repo: local\n  hooks:\n");
    for hook in HOOKS {
        text.push_str(&format!(
            "  - id: {0}\n    name: {0}\n    language: system\n    types: [{1}]\n    entry: {2} {3}\n",
            hook.command,
            hook.kind.types(),
            project::venv_bin(hook.command).display(),
            hook.arguments
        ));
    }
    let path = project::target()
        .join("bench")
        .join(shape.folder())
        .join("pre-commit.yaml");
    fs::write(&path, text).context("failed to write pre-commit's configuration")?;
    Ok(path)
}

/// The version of the hooks.
pub(super) fn version() -> String {
    let script = "import importlib.metadata as m; print(m.version('pre_commit_hooks'))";
    machine::said(
        &project::venv_bin("python").to_string_lossy(),
        &["-c", script],
    )
    .unwrap_or_else(|| "of unknown version".to_owned())
}
