//! What is known of an uploaded package; a record exists only when its file is complete.

use serde::{Deserialize, Serialize};

use crate::commit::Commit;
use crate::digest::Digest;
use crate::error::StoreError;
use crate::name::{check_file_name, check_word};
use crate::time::Time;

/// Largest package, in bytes: more than any bucket takes as one object, and little enough to be added up.
const LARGEST: u64 = 1 << 50;
/// Most files of a package that is a folder.
const MOST_FILES: u64 = 100_000_000;

/// One uploaded package of a commit. As JSON: one object, keys in kebab-case in this order, absent values left out.
///
/// What it is (`kind`, `project`, `version`, `platform`, `profile`, `file`) and its bytes never change; who uploaded it when
/// is what the first upload said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// `wheel`, `sdist`, `crate`, `bundle`, `docs`, `data`, …
    pub kind: String,
    /// The project's name as its author writes it.
    pub project: String,
    pub version: String,
    /// `linux-x64`, `any`, …
    pub platform: String,
    /// Build profile; `release` is the one that needs no mention in addresses.
    pub profile: String,
    /// Plain file name; that of the folder where the package is one.
    pub file: String,
    /// Number of files of a package that is a folder, such as docs; `None` for a single file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<u64>,
    /// In bytes; of a folder, the sum over its files.
    pub size: u64,
    /// Of a folder, the digest of its listing: one line `<sha256>  <path>` a file, sorted by path.
    pub sha256: Digest,
    pub content_type: String,
    pub commit: Commit,
    /// The CI run that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_url: Option<String>,
    /// What built it, like `rustc 1.95.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolchain: Option<String>,
    /// A wheel's `Requires-Python`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_python: Option<String>,
    /// Digest of the METADATA file beside a wheel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_sha256: Option<Digest>,
    pub uploaded: Time,
}

impl Record {
    /// Checks every field that becomes part of an address or of a page; a record comes from a bucket that others may write to.
    pub fn check(&self) -> Result<(), StoreError> {
        check_word("kind", &self.kind, "-")?;
        check_word("project", &self.project, "-_.")?;
        check_word("platform", &self.platform, "-_.")?;
        check_word("profile", &self.profile, "-_")?;
        // Both become folders, and some systems do not tell upper from lower case.
        for (what, word) in [("kind", &self.kind), ("profile", &self.profile)] {
            if word.contains(|c: char| c.is_ascii_uppercase()) {
                return Err(StoreError::Value {
                    what,
                    given: word.clone(),
                    expected: "lower case".to_owned(),
                });
            }
        }
        check_file_name(&self.file)?;
        for (what, number, most) in [
            ("size", self.size, LARGEST),
            ("number of files", self.files.unwrap_or(1), MOST_FILES),
        ] {
            if number > most {
                return Err(StoreError::Value {
                    what,
                    given: number.to_string(),
                    expected: format!("at most {most}"),
                });
            }
        }
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '\\');
        if self.version.is_empty() || !self.version.chars().all(plain) {
            return Err(StoreError::Value {
                what: "version",
                given: self.version.escape_debug().to_string(),
                expected: "a version like 1.2.3".to_owned(),
            });
        }
        Ok(())
    }

    /// What it is, for people: `bundle web of project hello`.
    pub(crate) fn named(&self) -> String {
        format!("{} `{}` of project {}", self.kind, self.file, self.project)
    }

    /// What records are sorted by.
    pub(crate) fn order(&self) -> (&str, &str, &str, &str, &str, &str) {
        (
            &self.kind,
            &self.project,
            &self.version,
            &self.platform,
            &self.profile,
            &self.file,
        )
    }

    /// Where two records of the same bytes disagree on what the bytes are; empty if nowhere.
    pub(crate) fn differences(&self, offered: &Self) -> String {
        let shown = |value: Option<&dyn std::fmt::Display>| {
            value.map_or_else(|| "none".to_owned(), |value| format!("`{value}`"))
        };
        let mut differences = Vec::new();
        for (what, there, here) in [
            ("project", &self.project, &offered.project),
            ("version", &self.version, &offered.version),
            ("platform", &self.platform, &offered.platform),
        ] {
            if there != here {
                differences.push(format!("{what}: existing `{there}`, new `{here}`"));
            }
        }
        if self.requires_python != offered.requires_python {
            differences.push(format!(
                "requires-python: existing {}, new {}",
                shown(self.requires_python.as_ref().map(|v| v as _)),
                shown(offered.requires_python.as_ref().map(|v| v as _))
            ));
        }
        if self.metadata_sha256 != offered.metadata_sha256 {
            differences.push(format!(
                "METADATA: existing {}, new {}",
                shown(self.metadata_sha256.as_ref().map(|v| v as _)),
                shown(offered.metadata_sha256.as_ref().map(|v| v as _))
            ));
        }
        differences.join("; ")
    }
}
