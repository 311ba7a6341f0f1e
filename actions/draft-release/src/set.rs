//! Whether a commit's packages are a release: complete, all of one version, and none of them a commit build.

use std::collections::{BTreeMap, BTreeSet};

use package_store::{ExpectedSet, Gap, Record, Version, project_name};

/// What a complete release has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) version: Option<&'a Version>,
    /// Empty: whatever is there is complete.
    pub(crate) expected: &'a ExpectedSet,
}

/// The packages of a release.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) version: Version,
    pub(crate) packages: Vec<Record>,
}

/// The release that a commit's records make, or everything that is wrong with them.
///
/// A commit may have been built twice, for testing with a `+…` in its version and for release without. The commit build is
/// left out where the same package is there as a release, and is a finding where it is not.
pub(crate) fn judge(records: Vec<Record>, wanted: &Wanted<'_>) -> Result<Set, Vec<String>> {
    let (builds, mut packages): (Vec<Record>, Vec<Record>) =
        records.into_iter().partition(is_commit_build);
    let released: BTreeSet<Key> = packages.iter().map(Key::of).collect();
    let orphans = builds
        .into_iter()
        .filter(|build| !released.contains(&Key::of(build)));
    packages.extend(orphans);

    let mut findings = gaps(&packages, wanted);
    findings.extend(builds_left(&packages));
    let version = match version_of(&packages, wanted.version) {
        Ok(version) if findings.is_empty() => return Ok(Set { version, packages }),
        Ok(_) => return Err(findings),
        Err(others) => others,
    };
    findings.extend(version);
    Err(findings)
}

/// Whether there are packages and none of them could be released.
pub(crate) fn are_commit_builds(records: &[Record]) -> bool {
    !records.is_empty() && records.iter().all(is_commit_build)
}

fn is_commit_build(record: &Record) -> bool {
    record.version.contains('+')
}

/// What makes two records the same package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key([String; 4]);

impl Key {
    fn of(record: &Record) -> Self {
        Self::new(
            &record.kind,
            &record.project,
            &record.platform,
            &record.profile,
        )
    }

    fn new(kind: &str, project: &str, platform: &str, profile: &str) -> Self {
        let project = project_name(project);
        Self([
            kind.to_owned(),
            project,
            platform.to_owned(),
            profile.to_owned(),
        ])
    }
}

fn gaps(packages: &[Record], wanted: &Wanted<'_>) -> Vec<String> {
    if wanted.expected.required.is_empty() && packages.is_empty() {
        return vec!["the commit has no packages in the bucket".to_owned()];
    }
    let gaps = wanted.expected.gaps(packages).into_iter();
    gaps.map(|gap| match gap {
        Gap::Unexpected { ref found, .. } => {
            format!(
                "{gap}; add `{found}` to the table `[packages]`, or to `expected` or `optional`"
            )
        }
        gap => gap.to_string(),
    })
    .collect()
}

fn builds_left(packages: &[Record]) -> Vec<String> {
    let builds = packages.iter().filter(|record| is_commit_build(record));
    builds
        .map(|build| {
            format!(
                "{} is a commit build ({}), and the commit has no release version of it",
                build.file, build.version
            )
        })
        .collect()
}

/// The version of the release, or what contradicts it. Commit builds have no say.
fn version_of(packages: &[Record], given: Option<&Version>) -> Result<Version, Vec<String>> {
    let mut by_version: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for package in packages.iter().filter(|record| !is_commit_build(record)) {
        let version: Result<Version, _> = package.version.parse();
        let version = version.map_or_else(|_| package.version.clone(), |it| it.to_string());
        by_version.entry(version).or_default().push(&package.file);
    }
    if let Some(given) = given {
        if given.to_string().contains('+') {
            return Err(vec![format!(
                "{given} is the version of a commit build: a release has no `+…`"
            )]);
        }
        by_version.remove(&given.to_string());
        let others: Vec<String> = by_version
            .into_iter()
            .flat_map(|(version, files)| files.into_iter().map(move |file| (version.clone(), file)))
            .map(|(version, file)| format!("{file} has version {version}, not {given}"))
            .collect();
        return match others.is_empty() {
            true => Ok(given.clone()),
            false => Err(others),
        };
    }
    let mut versions = by_version.keys();
    match (
        versions.next().map(|it| it.parse::<Version>()),
        versions.next(),
    ) {
        (Some(Ok(only)), None) => Ok(only),
        (Some(Err(error)), None) => Err(vec![error.to_string()]),
        // No release at all: that was said already, by whatever is there instead.
        (None, _) => Err(Vec::new()),
        (Some(_), Some(_)) => Err(by_version
            .into_iter()
            .map(|(version, files)| {
                format!(
                    "the packages have several versions: {} of {version}",
                    files.join(" and ")
                )
            })
            .collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: &str, project: &str, platform: &str, version: &str) -> Record {
        serde_json::from_value(serde_json::json!({
            "kind": kind, "project": project, "version": version, "platform": platform, "profile": "release",
            "file": format!("{project}-{version}.{kind}"), "size": 1, "sha256": "0".repeat(64),
            "content-type": "x", "commit": "6e4ddaf0123456789abcdef0123456789abcdef0",
            "uploaded": "2026-11-21T08:15:00Z",
        }))
        .unwrap()
    }

    fn judge_with(
        records: Vec<Record>,
        expected: &str,
        version: Option<&str>,
    ) -> Result<Set, Vec<String>> {
        let lines: Vec<&str> = expected.lines().collect();
        let expected = ExpectedSet::parse(&lines, &["wheel hello-sdk macos-arm64"]).unwrap();
        let version: Option<Version> = version.map(|version| version.parse().unwrap());
        let wanted = Wanted {
            version: version.as_ref(),
            expected: &expected,
        };
        judge(records, &wanted)
    }

    const BOTH: &str = "wheel hello-sdk linux-x64\ncrate hello-core any";

    #[test]
    fn a_version_is_one_however_cargo_and_python_spell_it() {
        let records = vec![
            record("wheel", "hello-sdk", "linux-x64", "0.2.0a1"),
            record("wheel", "hello-sdk", "macos-arm64", "0.2.0a1"),
            record("crate", "hello-core", "any", "0.2.0-alpha.1"),
        ];
        let set = judge_with(records, BOTH, None).unwrap();
        assert_eq!(set.version.to_string(), "0.2.0-alpha.1");
        assert_eq!(set.packages.len(), 3);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let records = vec![
            record("wheel", "hello-sdk", "linux-x64", "0.2.0"),
            record("wheel", "hello-sdk", "linux-x64", "0.2.1"),
            record("data", "hello-data", "any", "0.2.0"),
        ];
        assert_eq!(
            judge_with(records, BOTH, Some("0.2.0")).unwrap_err(),
            [
                "duplicate: wheel hello-sdk linux-x64 is hello-sdk-0.2.0.wheel and hello-sdk-0.2.1.wheel",
                "missing: crate hello-core any",
                "unexpected: data hello-data any is hello-data-0.2.0.data; add `data hello-data any` to the table `[packages]`, or to `expected` or `optional`",
                "hello-sdk-0.2.1.wheel has version 0.2.1, not 0.2.0",
            ]
        );
    }

    #[test]
    fn a_commit_build_beside_its_release_is_left_out() {
        let records = vec![
            record("wheel", "hello-sdk", "linux-x64", "0.2.0"),
            record(
                "wheel",
                "hello_sdk",
                "linux-x64",
                "0.2.0+2026.11.21.g6e4ddaf",
            ),
        ];
        let set = judge_with(records, "", None).unwrap();
        assert_eq!(set.packages.len(), 1);
    }

    #[test]
    fn a_commit_build_alone_is_no_release() {
        let build = || {
            record(
                "wheel",
                "hello-sdk",
                "linux-x64",
                "0.2.0+2026.11.21.g6e4ddaf",
            )
        };
        let told = "hello-sdk-0.2.0+2026.11.21.g6e4ddaf.wheel is a commit build (0.2.0+2026.11.21.g6e4ddaf), and the commit has no release version of it";
        assert_eq!(judge_with(vec![build()], "", None).unwrap_err(), [told]);
        let records = vec![build(), record("crate", "hello-core", "any", "0.2.0")];
        assert_eq!(judge_with(records, BOTH, None).unwrap_err(), [told]);
    }

    #[test]
    fn two_versions_without_a_choice_name_the_files_of_each() {
        let records = vec![
            record("wheel", "hello-sdk", "linux-x64", "0.2.0"),
            record("crate", "hello-core", "any", "0.1.0"),
        ];
        assert_eq!(
            judge_with(records, BOTH, None).unwrap_err(),
            [
                "the packages have several versions: hello-core-0.1.0.crate of 0.1.0",
                "the packages have several versions: hello-sdk-0.2.0.wheel of 0.2.0",
            ]
        );
    }

    #[test]
    fn nothing_is_no_release() {
        assert_eq!(
            judge_with(Vec::new(), "", None).unwrap_err(),
            ["the commit has no packages in the bucket"]
        );
        assert_eq!(judge_with(Vec::new(), BOTH, None).unwrap_err().len(), 2);
    }
}
