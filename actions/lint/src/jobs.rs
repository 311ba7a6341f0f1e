//! What runs where, and what does not run and why.

use std::path::{Path, PathBuf};

use crate::{
    cargo::{self, Workspaces},
    choice::{Choice, Wanted},
    linters::{self, Linter, Scope},
    own::Own,
    parse::CONFIGS_OF_CARGO_DENY,
    project::{self, Project},
};

/// A linter in a folder.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) what: What,
    pub(crate) folder: PathBuf,
}

#[derive(Debug)]
pub(crate) enum What {
    /// With more arguments that follow its own.
    Known(&'static Linter, Vec<String>),
    Own(Own),
}

impl What {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Known(linter, _) => linter.id,
            Self::Own(own) => &own.name,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Jobs {
    pub(crate) run: Vec<Job>,
    /// What does not run, with the reason.
    pub(crate) not_run: Vec<(String, String)>,
    /// What keeps us from knowing what to run.
    pub(crate) problems: Vec<String>,
}

/// Looks for everything that is wanted.
pub(crate) async fn find(
    project: &Project,
    choice: &Choice,
    own: &[Own],
    arguments: &[(String, Vec<String>)],
) -> Jobs {
    let mut jobs = Jobs::default();
    let mut workspaces = None;
    for linter in linters::ALL {
        let wanted = choice.wants(|name| linter.is(name));
        if let Wanted::No(why) = wanted {
            jobs.not_run.push((linter.id.to_owned(), why.to_owned()));
            continue;
        }
        let needs_cargo = matches!(linter.scope, Scope::Workspace | Scope::DeniedWorkspace);
        if needs_cargo && workspaces.is_none() {
            let mut found = cargo::workspaces(project).await;
            found.unread = !found.problems.is_empty();
            jobs.problems.append(&mut found.problems);
            for (manifest, why) in std::mem::take(&mut found.strays) {
                jobs.not_run
                    .push((format!("cargo's linters on {manifest}"), why));
            }
            workspaces = Some(found);
        }
        let folders = folders(project, linter, wanted, workspaces.as_ref(), &mut jobs);
        let extra: Vec<String> = arguments
            .iter()
            .filter(|(name, _)| name == linter.id)
            .flat_map(|(_, words)| words.clone())
            .collect();
        for folder in folders {
            let mut more = more(project, linter, &folder, &extra);
            more.extend(extra.iter().cloned());
            let what = What::Known(linter, more);
            jobs.run.push(Job { what, folder });
        }
    }
    for own in own {
        match choice.wants(|name| own.name == name) {
            Wanted::No(why) => jobs.not_run.push((own.name.clone(), why.to_owned())),
            _ => jobs.run.push(Job {
                what: What::Own(own.clone()),
                folder: project.folder.clone(),
            }),
        }
    }
    jobs
}

/// Where a linter runs; none with a reason in `jobs`.
fn folders(
    project: &Project,
    linter: &Linter,
    wanted: Wanted,
    workspaces: Option<&Workspaces>,
    jobs: &mut Jobs,
) -> Vec<PathBuf> {
    let all = workspaces
        .map(|found| found.folders.clone())
        .unwrap_or_default();
    let unread = workspaces.is_some_and(|found| found.unread);
    let (found, missing) = match linter.scope {
        Scope::Workspace => (all, "there is no `Cargo.toml`".to_owned()),
        Scope::DeniedWorkspace if all.is_empty() => (all, "there is no `Cargo.toml`".to_owned()),
        Scope::DeniedWorkspace if wanted == Wanted::Named => (all, String::new()),
        Scope::DeniedWorkspace => {
            let denied = |folder: &PathBuf| {
                CONFIGS_OF_CARGO_DENY
                    .iter()
                    .any(|name| folder.join(name).is_file())
            };
            let missing = "there is no `deny.toml` in the folder of a workspace";
            (all.into_iter().filter(denied).collect(), missing.to_owned())
        }
        Scope::TopmostConfig(config) | Scope::EachConfig(config) => {
            let (mut found, mut unreadable) = match linter.scope {
                Scope::TopmostConfig(_) => project.topmost(config),
                _ => project.configured(config),
            };
            unreadable.retain(|problem| !jobs.problems.contains(problem));
            jobs.problems.append(&mut unreadable);
            if found.is_empty() && wanted == Wanted::Named {
                found.push(project.folder.clone());
            }
            let missing = format!("it is not configured: there is no {}", config.list());
            (found, missing)
        }
    };
    // What cargo could not read is a problem of its own.
    if found.is_empty() && !unread {
        match wanted {
            Wanted::Named => jobs
                .problems
                .push(format!("failed to run {}: {missing}", linter.id)),
            _ => jobs.not_run.push((linter.id.to_owned(), missing)),
        }
    }
    found
}

/// Arguments that depend on the folder.
fn more(project: &Project, linter: &Linter, folder: &Path, extra: &[String]) -> Vec<String> {
    let names_files = extra.iter().any(|word| !word.starts_with('-'));
    // What the lock file says is what is built everywhere else.
    let locked = folder
        .join("Cargo.lock")
        .is_file()
        .then(|| "--locked".to_owned());
    match linter.id {
        "clippy" => locked.into_iter().collect(),
        "cargo-deny" => locked.into_iter().chain(["check".to_owned()]).collect(),
        "mypy" if !names_files && !project::mypy_knows_its_files(&project.checkout, folder) => {
            vec![".".to_owned()]
        }
        _ => Vec::new(),
    }
}
