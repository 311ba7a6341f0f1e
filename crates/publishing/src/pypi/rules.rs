//! What PyPI itself refuses, known before anything is sent to it.

use super::{Distribution, Error, simple::Listed};
use jiff::{SignedDuration, Timestamp};
use std::str::FromStr as _;

/// A release takes new files this long after its first one (warehouse, `forklift/legacy.py`).
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// PyPI takes no version with a `+` (warehouse, `forklift/metadata.py`).
pub(super) fn refuse_local_versions(files: &[&Distribution]) -> Result<(), Error> {
    let local: Vec<String> = files
        .iter()
        .filter(|file| file.version.contains('+'))
        .map(|file| file.file_name.clone())
        .collect();
    match local.is_empty() {
        true => Ok(()),
        false => Err(Error::LocalVersions(local)),
    }
}

/// Refuses a new file for a release that PyPI has closed; `page` holds the project's files.
pub(super) fn refuse_closed(
    file: &Distribution,
    page: &[Listed],
    now: Timestamp,
) -> Result<(), Error> {
    match first_upload(&file.version, page) {
        Some(first) if now.duration_since(first) > OPEN_FOR => Err(Error::Closed {
            file: file.file_name.clone(),
            version: file.version.clone(),
            first,
        }),
        _ => Ok(()),
    }
}

/// When the release of this version got its first file, as far as the page tells.
fn first_upload(version: &str, page: &[Listed]) -> Option<Timestamp> {
    let version = pep440_rs::Version::from_str(version).ok()?;
    page.iter()
        .filter(|listed| listed.version().as_ref() == Some(&version))
        .filter_map(|listed| listed.uploaded)
        .min()
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
        }
    }

    fn verdict(version: &str, now: &str) -> Result<(), Error> {
        let file = Distribution {
            path: "p".into(),
            file_name: format!("p-{version}-py3-none-any.whl"),
            kind: Kind::Wheel,
            project: "p".to_owned(),
            version: version.to_owned(),
            python: "py3".to_owned(),
            size: 0,
            sha256: String::new(),
            blake2_256: String::new(),
            metadata: Vec::new(),
        };
        let page = [
            listed("p-1.0a1-cp38-abi3-win_amd64.whl", "2026-01-03T00:00:00Z"),
            listed("p-1.0a1.tar.gz", "2026-01-01T00:00:00Z"),
            listed("p-0.9.tar.gz", "2025-01-01T00:00:00Z"),
        ];
        refuse_closed(&file, &page, now.parse().unwrap())
    }

    #[test]
    fn a_release_is_closed_two_weeks_after_its_first_file() {
        assert!(verdict("1.0a1", "2026-01-15T00:00:00Z").is_ok());
        let error = verdict("1.0.a1", "2026-01-15T00:00:01Z").unwrap_err();
        assert!(error.to_string().contains("older than 14 days"));
    }

    #[test]
    fn a_new_version_has_all_the_time() {
        assert!(verdict("1.1", "2027-01-01T00:00:00Z").is_ok());
    }
}
