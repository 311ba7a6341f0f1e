//! What an index refuses, known before anything is sent to it.

use super::{Distribution, simple::Listed};
use jiff::{SignedDuration, Timestamp};
use package_formats::Finding;
use std::{fmt, str::FromStr as _};

/// A release takes new files this long after its first one (warehouse, `forklift/legacy.py`).
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// One thing to fix before a file can be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name.
    pub file: String,
    /// The rule that it breaks.
    pub rule: &'static str,
    /// What is wrong; no full stop.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.file, self.message, self.rule)
    }
}

/// Everything that the rules of packages say about the files; `for_pypi` adds what PyPI alone refuses.
pub(super) fn check(files: &[&Distribution], for_pypi: bool) -> Vec<Problem> {
    let of = |file: &Distribution, findings: &[Finding]| -> Vec<Problem> {
        findings
            .iter()
            .map(|finding| Problem {
                file: file.file_name.clone(),
                rule: finding.rule,
                message: finding.message.clone(),
            })
            .collect()
    };
    files
        .iter()
        .flat_map(|file| {
            let mut problems = of(file, &file.findings);
            if for_pypi {
                problems.extend(of(file, &file.findings_for_pypi));
            }
            problems
        })
        .collect()
}

/// Says it when PyPI has closed the release for new files; `page` holds the project's files.
pub(super) fn closed(file: &Distribution, page: &[Listed], now: Timestamp) -> Option<Problem> {
    let first = first_upload(&file.version, page)?;
    (now.duration_since(first) > OPEN_FOR).then(|| Problem {
        file: file.file_name.clone(),
        rule: "pypi-closed-release",
        message: format!(
            "PyPI accepts no new files for a release older than 14 days, and {} got its first on {first}; publish a new version",
            file.version
        ),
    })
}

/// When the release of this version got its first file, as far as the page tells.
fn first_upload(version: &str, page: &[Listed]) -> Option<Timestamp> {
    of_version(version, page)
        .filter_map(|listed| listed.uploaded)
        .min()
}

/// Why the version is yanked, if a file of it is; an empty text when nobody said why.
pub(super) fn yanked(version: &str, page: &[Listed]) -> Option<String> {
    of_version(version, page).find_map(|listed| listed.yanked.clone())
}

fn of_version<'a>(version: &str, page: &'a [Listed]) -> impl Iterator<Item = &'a Listed> {
    let version = pep440_rs::Version::from_str(version).ok();
    page.iter()
        .filter(move |listed| version.is_some() && listed.version() == version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pypi::Kind;

    fn listed(file_name: &str, uploaded: &str) -> Listed {
        Listed {
            file_name: file_name.to_owned(),
            url: "https://host.example/".parse().unwrap(),
            sha256: None,
            uploaded: uploaded.parse().ok(),
            yanked: file_name
                .ends_with("0.9.tar.gz")
                .then(|| "broken".to_owned()),
        }
    }

    fn page() -> [Listed; 3] {
        [
            listed("p-1.0a1-cp38-abi3-win_amd64.whl", "2026-01-03T00:00:00Z"),
            listed("p-1.0a1.tar.gz", "2026-01-01T00:00:00Z"),
            listed("p-0.9.tar.gz", "2025-01-01T00:00:00Z"),
        ]
    }

    fn verdict(version: &str, now: &str) -> Option<Problem> {
        let file = Distribution {
            path: "p".into(),
            file_name: format!("p-{version}-py3-none-any.whl"),
            kind: Kind::Wheel,
            project: "p".to_owned(),
            version: version.to_owned(),
            python: "py3".to_owned(),
            size: 0,
            sha256: String::new(),
            metadata: Vec::new(),
            attestations: Vec::new(),
            findings: Vec::new(),
            findings_for_pypi: Vec::new(),
        };
        closed(&file, &page(), now.parse().unwrap())
    }

    #[test]
    fn a_release_is_closed_two_weeks_after_its_first_file() {
        assert_eq!(verdict("1.0a1", "2026-01-15T00:00:00Z"), None);
        let problem = verdict("1.0.a1", "2026-01-15T00:00:01Z").unwrap();
        assert!(problem.message.contains("older than 14 days"));
    }

    #[test]
    fn a_new_version_has_all_the_time() {
        assert_eq!(verdict("1.1", "2027-01-01T00:00:00Z"), None);
    }

    #[test]
    fn a_version_is_yanked_under_each_of_its_spellings() {
        assert_eq!(yanked("0.9.0", &page()).as_deref(), Some("broken"));
        assert_eq!(yanked("1.0a1", &page()), None);
        assert_eq!(yanked("not a version", &page()), None);
    }
}
