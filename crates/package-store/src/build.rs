//! Which of a commit's packages are its build: what channels of commits, as `main` and `nightly`, stand at.

use crate::expected::Expected;
use crate::record::Record;
use crate::version::Version;

/// What a commit's packages are when nobody names a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Build {
    /// A commit build: the version with a `+` that names it, and its packages.
    Of(Version, Vec<Record>),
    /// No commit build, but packages of these versions.
    Releases(Vec<String>),
    /// Builds of several versions.
    Several(Vec<String>),
}

impl Build {
    /// Chooses from all records of a commit.
    ///
    /// A commit may have been built twice, for testing with a `+` in its version and for release without. The release is left
    /// out where the same package is there as a commit build.
    pub fn choose(records: &[Record]) -> Self {
        let mut versions: Vec<Version> = Vec::new();
        for version in records.iter().filter_map(|it| it.version.parse().ok()) {
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
        let texts = |versions: &[Version]| versions.iter().map(ToString::to_string).collect();
        let (builds, releases): (Vec<Version>, Vec<Version>) =
            versions.into_iter().partition(Version::is_build);
        if builds.is_empty() {
            return Self::Releases(texts(&releases));
        }
        // A stamped version names the commit; an unstamped one, as `0.2.0+dev`, goes with it.
        let names_commit = |version: &&Version| {
            let short = |record: &Record| {
                version
                    .to_string()
                    .ends_with(&format!("g{}", record.commit.short()))
            };
            records.first().is_some_and(short)
        };
        let stamped: Vec<Version> = builds.iter().filter(names_commit).cloned().collect();
        let candidates = if stamped.is_empty() { builds } else { stamped };
        match candidates.as_slice() {
            [version] => Self::Of(version.clone(), packages(records, version)),
            several => Self::Several(texts(several)),
        }
    }
}

fn packages(records: &[Record], version: &Version) -> Vec<Record> {
    let parsed = |record: &Record| record.version.parse::<Version>().ok();
    let is_build = |record: &Record| parsed(record).is_some_and(|it| it.is_build());
    let kept = records.iter().filter(|record| {
        let fits = parsed(record).is_some_and(|it| it.is_build_of(version));
        let built = |other: &Record| is_build(other) && Expected::of(record).is(other);
        fits && (is_build(record) || !records.iter().any(built))
    });
    kept.cloned().collect()
}
