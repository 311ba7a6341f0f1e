//! What is inside of what was fetched: a digest proves that the bytes are those that were uploaded, not that they are good.

use package_formats::{Cause, FormatError, Package};
use package_store::{Record, Version, project_name};

use crate::Fetched;

/// One thing that is wrong with a fetched package.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) file: String,
    pub(crate) rule: &'static str,
    pub(crate) message: String,
}

/// Opens every wheel and crate, and compares it with its record.
pub(crate) async fn check(fetched: &[Fetched]) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    for one in fetched {
        if !matches!(one.record.kind.as_str(), "wheel" | "crate") {
            continue;
        }
        let owned = one.clone();
        // Unpacking is work for a thread that may block, so that a signal is heard meanwhile.
        found.extend(tokio::task::spawn_blocking(move || check_one(&owned)).await??);
    }
    Ok(found)
}

fn check_one(one: &Fetched) -> Result<Vec<Found>, FormatError> {
    let found = |rule, message| Found {
        file: one.record.file.clone(),
        rule,
        message,
    };
    let package = match package_formats::open(&one.path) {
        Ok(package) => package,
        Err(error) if matches!(error.cause, Cause::Io(_)) => return Err(error),
        Err(error) => {
            let finding = error.finding();
            return Ok(vec![found(finding.rule, finding.message)]);
        }
    };
    let mut all: Vec<Found> = package
        .check()
        .into_iter()
        .map(|finding| found(finding.rule, finding.message))
        .collect();
    if let Package::Crate(krate) = &package {
        let finding = krate.check_commit(one.record.commit.as_str());
        all.extend(finding.map(|finding| found(finding.rule, finding.message)));
    }
    all.extend(differences(&package, &one.record).map(|message| found("record", message)));
    Ok(all)
}

/// What the package says of itself and its record says otherwise.
fn differences(package: &Package, record: &Record) -> Option<String> {
    let version: Option<Version> = package.version().parse().ok();
    let same = package.kind().as_str() == record.kind
        && project_name(&package.project()) == project_name(&record.project)
        && version == record.version.parse().ok()
        && package.platform() == record.platform;
    (!same).then(|| {
        format!(
            "it is {} {} {} for {}, but its record says {} {} {} for {}",
            package.kind(),
            package.project(),
            package.version(),
            package.platform(),
            record.kind,
            record.project,
            record.version,
            record.platform
        )
    })
}
