//! What a file is: what it says itself where it can speak, and what the inputs say of the others.

use std::path::Path;

use anyhow::{Context as _, bail};
use package_formats::{Cause, Finding, Kind, Package, platform};
use package_store::{Commit, NewPackage, Version, project_name};

use crate::Inputs;

/// A file with what will be recorded of it.
#[derive(Debug)]
pub(crate) struct Described {
    /// Its version is empty where the file does not say it.
    pub(crate) package: NewPackage,
    pub(crate) findings: Vec<Finding>,
}

/// Opens a file and checks it by its content.
pub(crate) fn describe(path: &Path, inputs: &Inputs, commit: &Commit) -> anyhow::Result<Described> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .with_context(|| {
            format!(
                "failed to upload `{}`: its name is not UTF-8",
                path.display()
            )
        })?;
    let package = NewPackage {
        profile: inputs.profile.clone(),
        file_name: name.to_owned(),
        path: path.to_owned(),
        toolchain: inputs.toolchain.clone(),
        ..NewPackage::default()
    };
    let own = match path.is_dir() {
        true => None,
        false => Kind::of_path(path),
    };
    let (package, findings) = match own {
        Some(Kind::Wheel | Kind::Crate) => speaking(path, package, inputs, commit)?,
        own => silent(own, package, inputs)?,
    };
    Ok(Described { package, findings })
}

/// A file that says itself what it is: an input that says otherwise is a mistake of one of the two.
fn speaking(
    path: &Path,
    package: NewPackage,
    inputs: &Inputs,
    commit: &Commit,
) -> anyhow::Result<(NewPackage, Vec<Finding>)> {
    let opened = match package_formats::open(path) {
        Ok(opened) => opened,
        Err(error) if matches!(error.cause, Cause::Io(_)) => return Err(error.into()),
        Err(error) => return Ok((package, vec![error.finding()])),
    };
    let mut findings = opened.check();
    if let Package::Crate(krate) = &opened {
        findings.extend(krate.check_commit(commit.as_str()));
    }
    // With folders beside it, the inputs speak of these.
    if inputs.folders.is_empty() {
        findings.extend(disagreements(&opened, inputs));
    }
    let mut package = NewPackage {
        kind: opened.kind().to_string(),
        project: opened.project(),
        version: opened.version(),
        platform: opened.platform(),
        ..package
    };
    if let Package::Wheel(wheel) = &opened {
        package.metadata = Some(wheel.metadata.raw.clone());
        package.requires_python = wheel.metadata.requires_python().map(str::to_owned);
    }
    Ok((package, findings))
}

fn disagreements(opened: &Package, inputs: &Inputs) -> Vec<Finding> {
    let version: Option<Version> = opened.version().parse().ok();
    let other_version = inputs
        .version
        .as_ref()
        .filter(|_| version != inputs.version);
    let other_project = inputs
        .project
        .as_ref()
        .filter(|given| project_name(given) != project_name(&opened.project()));
    let other_platform = inputs
        .platform
        .as_ref()
        .filter(|given| **given != opened.platform());
    let other_kind = inputs.kind.filter(|given| *given != opened.kind());
    [
        (
            "kind",
            opened.kind().to_string(),
            other_kind.map(|kind| kind.to_string()),
        ),
        ("project", opened.project(), other_project.cloned()),
        ("platform", opened.platform(), other_platform.cloned()),
        (
            "version",
            opened.version(),
            other_version.map(ToString::to_string),
        ),
    ]
    .into_iter()
    .filter_map(|(what, own, given)| {
        let message = format!(
            "its {what} is {own}, but the input `{what}` says {}",
            given?
        );
        Some(Finding {
            rule: what,
            message,
        })
    })
    .collect()
}

/// A file that does not say what it is.
fn silent(
    own: Option<Kind>,
    package: NewPackage,
    inputs: &Inputs,
) -> anyhow::Result<(NewPackage, Vec<Finding>)> {
    let shown = package.path.display();
    let Some(kind) = inputs.kind.or(own) else {
        let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        bail!(
            "failed to determine the kind of `{shown}`: set the input `kind`, one of {}",
            actions_core::list(&kinds)
        );
    };
    if matches!(kind, Kind::Wheel | Kind::Crate) {
        bail!("failed to upload `{shown}` as a {kind}: its name must end with `.whl` or `.crate`");
    }
    let Some(project) = inputs.project.clone() else {
        bail!("failed to determine the project of `{shown}`: set the input `project`");
    };
    let platform = inputs.platform.as_deref().unwrap_or(platform::ANY);
    let findings = package_formats::check(kind, &package.path, platform)?;
    let package = NewPackage {
        kind: kind.to_string(),
        project,
        platform: platform.to_owned(),
        ..package
    };
    Ok((package, findings))
}
