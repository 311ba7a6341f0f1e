//! Where a version goes, and what would be left out because a place is not configured.

use super::Packages;
use crate::{crates_io, github_release, pypi};

/// Where a version goes. What is not there is not asked and gets nothing.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    /// A Python index; without credentials it can be read alone.
    pub pypi: Option<(pypi::Index, Option<pypi::Credentials>)>,
    /// A Cargo registry; without credentials it can be read alone.
    pub crates: Option<(crates_io::Registry, Option<crates_io::Credentials>)>,
    /// The repository whose release gets the files, and whose tags follow the channels.
    pub github: Option<github_release::Repository>,
}

/// What the person who releases has turned off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Off {
    /// Nothing goes to a Python index.
    pub pypi: bool,
    /// Nothing goes to a Cargo registry.
    pub crates: bool,
    /// Nothing goes to GitHub's release.
    pub github: bool,
}

impl Targets {
    /// Ends the tokens that were minted for them, some seconds at the most. They end by themselves within minutes, so a
    /// failure is only told.
    pub async fn end(&self) {
        let pypi = match &self.pypi {
            Some((_, Some(pypi::Credentials::Trusted(publisher)))) => Some(publisher),
            _ => None,
        };
        let crates = match &self.crates {
            Some((_, Some(crates_io::Credentials::Trusted(publisher)))) => Some(publisher),
            _ => None,
        };
        let publishers = [pypi, crates].into_iter().flatten();
        futures::future::join_all(publishers.map(|publisher| publisher.end())).await;
    }

    /// What the version has packages for, and what could not be sent: each with what to type. A run that left it out would
    /// be green without having published.
    pub(super) fn missing(&self, packages: &Packages, off: Off) -> Vec<String> {
        let mut missing = Vec::new();
        let wheels = packages.count_of_index();
        if wheels > 0 && !off.pypi && !matches!(self.pypi, Some((_, Some(_)))) {
            missing.push(format!(
                "{} for PyPI, but neither a password nor an identity to send them with: set the input `pypi-password`, set `id-token: write` in the job's permissions, or set `pypi: off`",
                counted(wheels, "file")
            ));
        }
        let crates = packages.crates().len();
        if crates > 0 && !off.crates && !matches!(self.crates, Some((_, Some(_)))) {
            missing.push(format!(
                "{} for crates.io, but neither a token nor an identity to send them with: set the input `crates-token`, set `id-token: write` in the job's permissions, or set `crates: off`",
                counted(crates, "crate")
            ));
        }
        if !off.github && self.github.is_none() {
            missing.push(
                "a release on GitHub, but no token to publish it with: set the input `token`, or set `github: off`"
                    .to_owned(),
            );
        }
        missing
    }
}

fn counted(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}
