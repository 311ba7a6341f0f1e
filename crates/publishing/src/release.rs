//! A release: a version's frozen list goes to every place that shows it, in the one order that is safe to stop anywhere.

mod driver;
mod error;
mod opened;
mod report;
mod resolve;
mod sign;
mod steps;
mod targets;

pub use driver::{Release, Stopped};
pub use error::Error;
pub use opened::Opened;
pub use report::{Listener, Progress, Report, Row, Step, StepReport};
pub(crate) use resolve::fetch_one;
pub use resolve::{fetch, find, tag_of};
pub use sign::Signing;
pub use targets::{Off, Targets};

use package_store::{Manifest, Record, Version, layout::RELEASE as RELEASE_PROFILE};
use std::path::PathBuf;

use crate::pypi;

/// A version as it was frozen, with all of its files on this machine.
#[derive(Debug, Clone)]
pub struct Packages {
    /// The frozen list; it also names the version and the commit.
    pub manifest: Manifest,
    /// The version's git tag, `v1.2.3`.
    pub tag: String,
    /// In the order of the manifest.
    pub files: Vec<Package>,
}

/// A package of the list, with the bytes that its record names.
#[derive(Debug, Clone)]
pub struct Package {
    /// What the manifest says of it.
    pub record: Record,
    /// Where it is; a folder where the package is one.
    pub path: PathBuf,
    /// What is inside of a wheel, an sdist or a crate.
    pub opened: Option<Opened>,
}

impl Packages {
    /// The version, in SemVer's spelling where it has one, without `v`.
    pub fn version(&self) -> &str {
        self.manifest.version()
    }

    /// The full id of the commit.
    pub fn commit(&self) -> &str {
        self.manifest.commit().as_str()
    }

    /// The version, to be compared with others.
    pub(crate) fn parsed_version(&self) -> Result<Version, Error> {
        let version = self.version().parse();
        version.map_err(|_| Error::CommitBuild(self.version().to_owned()))
    }

    /// How many files an index gets.
    pub(crate) fn count_of_index(&self) -> usize {
        let files = self.files.iter();
        files.filter(|one| one.goes_to_an_index()).count()
    }

    /// The wheels and sdists that an index gets.
    pub fn distributions(&self) -> Vec<pypi::Distribution> {
        let opened = self.files.iter().filter_map(Package::distribution);
        opened.collect()
    }

    /// The crates that a registry gets.
    pub fn crates(&self) -> Vec<package_formats::Crate> {
        let crates = self.files.iter().filter_map(|one| match &one.opened {
            Some(Opened::Crate(krate)) if one.is_release_build() => Some(krate),
            _ => None,
        });
        crates.cloned().collect()
    }

    /// The files that GitHub's release gets: everything that is one file.
    pub fn assets(&self) -> Vec<&Package> {
        let files = self.files.iter();
        files
            .filter(|one| one.is_release_build() && one.record.files.is_none())
            .collect()
    }
}

impl Package {
    fn is_release_build(&self) -> bool {
        self.record.profile == RELEASE_PROFILE
    }

    pub(crate) fn goes_to_an_index(&self) -> bool {
        self.is_release_build() && matches!(self.record.kind.as_str(), "wheel" | "sdist")
    }

    /// The package as an index takes it; `None` for what no index takes.
    fn distribution(&self) -> Option<pypi::Distribution> {
        match &self.opened {
            _ if !self.is_release_build() => None,
            Some(Opened::Wheel(wheel)) => Some(pypi::Distribution::from_wheel(wheel)),
            Some(Opened::Sdist(sdist)) => Some(pypi::Distribution::from_sdist(sdist)),
            Some(Opened::Crate(_)) | None => None,
        }
    }
}
