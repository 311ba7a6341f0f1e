//! Which packages these must be: whoever hands files on must not choose under which name they are kept.

use std::collections::BTreeSet;

use package_formats::Finding;
use package_store::{Expected, ExpectedSet};

use crate::describe::Described;

/// Adds a finding for each package that is expected and not there, and to each that is not expected.
pub(crate) fn compare(
    expected: &[String],
    files: &mut [Described],
) -> anyhow::Result<Vec<Finding>> {
    if expected.is_empty() {
        return Ok(Vec::new());
    }
    let expected = ExpectedSet::parse(expected, &[] as &[&str])?.required;
    let mut there = BTreeSet::new();
    // What a file is that cannot be read is not known, and told already.
    let unknown = files.iter().any(|file| file.package.kind.is_empty());
    for file in files {
        let package = &file.package;
        if package.kind.is_empty() {
            continue;
        }
        let is = Expected {
            kind: package.kind.clone(),
            project: package.project.clone(),
            platform: package.platform.clone(),
            profile: package.profile.clone(),
        };
        match expected.iter().position(|it| it.same(&is)) {
            Some(place) => {
                there.insert(place);
            }
            None => file.findings.push(Finding {
                rule: "expected",
                message: format!("it is `{is}`, which is not one of the packages in `expected`"),
            }),
        }
    }
    let lines = expected.iter().enumerate();
    let missing = lines.filter(|(place, _)| !unknown && !there.contains(place));
    Ok(missing
        .map(|(_, line)| Finding {
            rule: "expected",
            message: format!("none of the files is `{line}`"),
        })
        .collect())
}
