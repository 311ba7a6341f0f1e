//! Which packages a complete commit has, and what is missing, doubled or unexpected.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::layout;
use crate::name::project_name;
use crate::record::Record;

/// One package that a complete commit has; as text `kind project platform`, with the profile after it unless it is `release`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Expected {
    pub kind: String,
    pub project: String,
    pub platform: String,
    pub profile: String,
}

/// A line that names no package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad line `{0}`: expected `kind project platform`, like `wheel hello-sdk linux-x64`")]
pub struct InvalidExpected(String);

/// One way in which a commit's packages are not the expected set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// Expected and not there.
    Missing(Expected),
    /// Expected once and there under several file names, or expected by several lines.
    Duplicate {
        expected: Expected,
        files: Vec<String>,
    },
    /// There and not expected.
    Unexpected { found: Expected, file: String },
}

impl Expected {
    pub(crate) fn of(record: &Record) -> Self {
        Self {
            kind: record.kind.clone(),
            project: record.project.clone(),
            platform: record.platform.clone(),
            profile: record.profile.clone(),
        }
    }

    /// Whether a record is of this package, in whatever version.
    pub fn is(&self, record: &Record) -> bool {
        self.same(&Self::of(record))
    }

    /// Whether both name the same package, however they spell its project.
    pub fn same(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    /// What two names of the same package have in common.
    pub(crate) fn key(&self) -> (String, String, String, String) {
        (
            self.kind.clone(),
            project_name(&self.project),
            self.platform.clone(),
            self.profile.clone(),
        )
    }
}

/// The packages of a complete commit, and those that it may have beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedSet {
    pub required: Vec<Expected>,
    pub optional: Vec<Expected>,
}

impl ExpectedSet {
    /// Reads both lists from their lines.
    pub fn parse(
        required: &[impl AsRef<str>],
        optional: &[impl AsRef<str>],
    ) -> Result<Self, InvalidExpected> {
        Ok(Self {
            required: lines(required)?,
            optional: lines(optional)?,
        })
    }

    /// Every difference between these records and the set. Nothing is demanded where nothing is required.
    pub fn gaps(&self, records: &[Record]) -> Vec<Gap> {
        if self.required.is_empty() {
            return Vec::new();
        }
        // An optional package that is there is expected like any other: it must not be there twice.
        let there = |line: &&Expected| records.iter().any(|record| line.is(record));
        let optional = self.optional.iter().filter(there);
        let expected: Vec<Expected> = self.required.iter().chain(optional).cloned().collect();
        completeness(records, &expected)
    }
}

fn lines(lines: &[impl AsRef<str>]) -> Result<Vec<Expected>, InvalidExpected> {
    lines.iter().map(|line| line.as_ref().parse()).collect()
}

/// Compares a commit's records with the expected set and lists every difference: by line of the expected set first, then
/// what is unexpected. Empty if the commit is complete.
pub fn completeness(records: &[Record], expected: &[Expected]) -> Vec<Gap> {
    let mut found: BTreeMap<_, Vec<&Record>> = BTreeMap::new();
    for record in records {
        found
            .entry(Expected::of(record).key())
            .or_default()
            .push(record);
    }
    let mut gaps = Vec::new();
    let mut seen = Vec::new();
    for line in expected {
        let key = line.key();
        if seen.contains(&key) {
            continue;
        }
        match found.remove(&key).as_deref() {
            None => gaps.push(Gap::Missing(line.clone())),
            Some([_]) => {}
            Some(several) => gaps.push(Gap::Duplicate {
                expected: line.clone(),
                files: several.iter().map(|record| record.file.clone()).collect(),
            }),
        }
        seen.push(key);
    }
    gaps.extend(found.into_values().flatten().map(|record| Gap::Unexpected {
        found: Expected::of(record),
        file: record.file.clone(),
    }));
    gaps
}

impl FromStr for Expected {
    type Err = InvalidExpected;

    fn from_str(line: &str) -> Result<Self, InvalidExpected> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (kind, project, platform, profile) = match *words.as_slice() {
            [kind, project, platform] => (kind, project, platform, layout::RELEASE),
            [kind, project, platform, profile] => (kind, project, platform, profile),
            _ => return Err(InvalidExpected(line.trim().to_owned())),
        };
        Ok(Self {
            kind: kind.to_owned(),
            project: project.to_owned(),
            platform: platform.to_owned(),
            profile: profile.to_owned(),
        })
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.kind, self.project, self.platform)?;
        if self.profile == layout::RELEASE {
            Ok(())
        } else {
            write!(f, " {}", self.profile)
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(expected) => write!(f, "missing: {expected}"),
            Self::Duplicate { expected, files } => {
                write!(f, "duplicate: {expected} is {}", files.join(" and "))
            }
            Self::Unexpected { found, file } => write!(f, "unexpected: {found} is {file}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn record(kind: &str, project: &str, platform: &str, file: &str) -> Record {
        Record {
            kind: kind.to_owned(),
            project: project.to_owned(),
            version: "0.1.0".to_owned(),
            platform: platform.to_owned(),
            profile: "release".to_owned(),
            file: file.to_owned(),
            files: None,
            size: 1,
            sha256: Digest::of(file.as_bytes()),
            content_type: "application/zip".to_owned(),
            commit: "6e4ddaf0123456789abcdef0123456789abcdef0".parse().unwrap(),
            run_url: None,
            toolchain: None,
            requires_python: None,
            metadata_sha256: None,
            uploaded: "2026-11-21T08:15:00Z".parse().unwrap(),
        }
    }

    fn expected(lines: &str) -> Vec<Expected> {
        lines.lines().map(|line| line.parse().unwrap()).collect()
    }

    #[test]
    fn a_complete_commit_has_no_gap_however_a_project_is_spelled() {
        let records = [record("wheel", "hello_sdk", "linux-x64", "a.whl")];
        assert_eq!(
            completeness(&records, &expected("wheel hello-sdk linux-x64")),
            []
        );
    }

    #[test]
    fn missing_duplicate_and_unexpected_are_listed_together() {
        let mut debug = record("wheel", "hello-sdk", "linux-x64", "a.whl");
        debug.profile = "dev".to_owned();
        let records = [
            record("crate", "hello", "any", "hello.crate"),
            record("wheel", "hello-sdk", "linux-x64", "a.whl"),
            record("wheel", "hello-sdk", "linux-x64", "b.whl"),
            debug,
        ];
        let gaps = completeness(
            &records,
            &expected("wheel hello-sdk linux-x64\nwheel hello-sdk macos-arm64\ndocs hello any"),
        );
        let lines: Vec<String> = gaps.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "duplicate: wheel hello-sdk linux-x64 is a.whl and b.whl",
                "missing: wheel hello-sdk macos-arm64",
                "missing: docs hello any",
                "unexpected: crate hello any is hello.crate",
                "unexpected: wheel hello-sdk linux-x64 dev is a.whl",
            ]
        );
    }

    #[test]
    fn a_line_of_two_words_is_refused_with_an_example() {
        let error = "wheel hello-sdk".parse::<Expected>().unwrap_err();
        assert!(error.to_string().contains("linux-x64"));
    }
}
