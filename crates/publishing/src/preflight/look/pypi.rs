//! What a Python index has of these packages, and what it would say to them.

use super::{Seen, mint, read, token};
use crate::{
    endpoints,
    http::shown,
    outcome::Conflict,
    preflight::{
        facts::{Login, Registry, Told, Upload},
        report::sentence,
    },
    pypi::{Credentials, Error, Index, Planned, Problem, Survey},
    release::{Packages, Targets},
};

pub(super) async fn look(packages: &Packages, targets: &Targets) -> Seen<Option<Registry>> {
    let mut unseen = Vec::new();
    let Some((index, credentials)) = &targets.pypi else {
        return (None, unseen);
    };
    let mut registry = Registry {
        address: called(index),
        official: endpoints::is_pypi(index.upload_url()),
        ..Registry::default()
    };
    let files = packages.distributions();
    if files.is_empty() {
        return (None, unseen);
    }
    match index.survey(&files, credentials.as_ref()).await {
        Ok(Survey { planned, problems }) => {
            registry.problems.extend(problems.iter().map(problem));
            registry
                .problems
                .extend(planned.iter().filter_map(conflict));
            registry.cautions = planned.iter().filter_map(yanked).collect();
            registry.uploads = Some(planned.iter().map(upload).collect());
        }
        Err(error) => {
            // What is wrong with the files themselves is known all the same.
            registry
                .problems
                .extend(index.check(&files).iter().map(problem));
            match error {
                Error::NoIndex { .. } | Error::Twice { .. } | Error::File { .. } => {
                    registry.problems.push(broken(&registry.address, &error));
                }
                error => {
                    read::<(), _>(&mut unseen, &registry.address, Err(error));
                }
            }
        }
    }
    let is_needed = registry.uploads.is_none() || registry.to_send().next().is_some();
    registry.login = match credentials {
        None => Login::Missing,
        Some(Credentials::Password { username, password }) => {
            let projects = registry.names_to_send();
            let wrong = registry
                .official
                .then(|| token::wrong_for_pypi(username, password, &projects));
            Login::Token(wrong.flatten())
        }
        Some(Credentials::Trusted(publisher)) => {
            mint(&mut unseen, &registry.address, publisher, is_needed).await
        }
    };
    (Some(registry), unseen)
}

/// How people call the index.
fn called(index: &Index) -> String {
    match index.upload_url().host_str() {
        Some(endpoints::TEST_PYPI_HOST) => "TestPyPI".to_owned(),
        _ if endpoints::is_pypi(index.upload_url()) => "PyPI".to_owned(),
        _ => shown(index.upload_url()),
    }
}

fn upload(planned: &Planned) -> Upload {
    Upload {
        file: planned.file.clone(),
        name: planned.project.clone(),
        size: planned.size,
        is_new: planned.new_project,
        state: planned.state.clone(),
    }
}

fn problem(problem: &Problem) -> Told {
    Told {
        place: problem.file.clone(),
        what: format!("{} ({})", problem.message, problem.rule),
        fix: "Fix it in the project and build a new version: a version's files do not change."
            .to_owned(),
    }
}

fn conflict(planned: &Planned) -> Option<Told> {
    let Conflict {
        file,
        existing,
        ours,
    } = planned.conflict()?;
    Some(Told {
        place: file,
        what: format!("different bytes exist under this name: sha256 {existing}, ours is {ours}"),
        fix: "Release another version: a file cannot be replaced.".to_owned(),
    })
}

fn yanked(planned: &Planned) -> Option<Told> {
    let caution = planned.caution()?;
    let what = caution.strip_prefix(&format!("{}: ", planned.file));
    Some(Told {
        place: planned.file.clone(),
        what: what.unwrap_or(&caution).to_owned(),
        fix:
            "Un-yank it on the project's page if it is to be installed, or release another version."
                .to_owned(),
    })
}

fn broken(place: &str, error: &Error) -> Told {
    let text = error.to_string();
    let (what, fix) = text
        .split_once("; ")
        .unwrap_or((&text, "fix it and run again"));
    Told {
        place: place.to_owned(),
        what: what.to_owned(),
        fix: sentence(fix),
    }
}
