//! Versions of commit builds and of releases, and how Python spells a Cargo version.

mod next;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use pep440_rs::PrereleaseKind;
use semver::{BuildMetadata, Prerelease, Version};

pub use next::{Bump, Target};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    #[error("failed to read commit `{0}`: a commit id is at least 7 hexadecimal digits")]
    Commit(String),
    #[error(
        "failed to write version {version} for Python: {reason}; the prereleases that both support are alpha.N, beta.N, rc.N and dev.N"
    )]
    NotPython { version: String, reason: String },
    #[error(
        "failed to read version `{0}`: it is neither SemVer (`1.2.3-alpha.4`) nor a PEP 440 version with a SemVer form (`1.2.3a4`)"
    )]
    NotSemVer(String),
    #[error("unknown version mode `{0}`: the modes are auto, commit and release")]
    Mode(String),
    #[error("unknown bump `{0}`: the bumps are major, minor, patch and alpha")]
    Bump(String),
    #[error(
        "failed to read the version `{0}`: it is auto, commit, release, next, or a version such as 1.2.3"
    )]
    Target(String),
    #[error(
        "failed to find the next {bump} after {latest}: write the version itself, such as 1.2.3"
    )]
    NoNext { latest: Version, bump: Bump },
}

impl VersionError {
    pub(crate) fn not_semver(text: &str) -> Self {
        Self::NotSemVer(shown(text))
    }
}

/// Longest version, in bytes: it becomes a part of file names, and no file system takes longer ones.
const LONGEST: usize = 200;

/// Reads a version of SemVer that is no longer than names are.
pub(crate) fn parse(text: &str) -> Option<Version> {
    let fits = text.len() <= LONGEST;
    fits.then(|| Version::parse(text).ok()).flatten()
}

/// The start of what was given, for errors: it may be very long.
fn shown(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Which version a build gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum VersionMode {
    /// A release when the source's version carries no `+…`, otherwise a commit build.
    #[default]
    Auto,
    /// `X.Y.Z[-pre]+YYYY.M.D.g<7 hex>`: for the bucket only, since registries refuse or confuse `+…`.
    Commit,
    /// The source's version without `+…`.
    Release,
}

impl VersionMode {
    pub const ALL: &'static [Self] = &[Self::Auto, Self::Commit, Self::Release];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Commit => "commit",
            Self::Release => "release",
        }
    }

    /// The version that a build of `commit` gets; `date` is the commit's own, in UTC.
    ///
    /// # Errors
    /// A commit build of something that is no commit id.
    pub fn resolve(
        self,
        source: &Version,
        commit: &str,
        date: Date,
    ) -> Result<Version, VersionError> {
        match self {
            Self::Auto if source.build.is_empty() => Ok(source.clone()),
            Self::Auto | Self::Commit => commit_build(source, date, commit),
            Self::Release => Ok(release(source)),
        }
    }
}

impl fmt::Display for VersionMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for VersionMode {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| VersionError::Mode(shown(text)))
    }
}

/// `version` without `+…`.
pub fn release(version: &Version) -> Version {
    Version {
        build: BuildMetadata::EMPTY,
        ..version.clone()
    }
}

/// `X.Y.Z[-pre]+YYYY.M.D.g<7 hex>`; what follows a `+` in `base` gives way.
///
/// Valid in SemVer and in PEP 440 at once: no leading zeros, and a `g` before the digits, because PEP 440 would
/// read `0012345` as the number 12345.
///
/// # Errors
/// `commit` is shorter than 7 digits or not hexadecimal.
pub fn commit_build(base: &Version, date: Date, commit: &str) -> Result<Version, VersionError> {
    let unreadable = || VersionError::Commit(shown(commit));
    let short = commit.get(..7).ok_or_else(unreadable)?.to_ascii_lowercase();
    if !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(unreadable());
    }
    let build = format!("{}.{}.{}.g{short}", date.year(), date.month(), date.day());
    Ok(Version {
        build: BuildMetadata::new(&build).map_err(|_| unreadable())?,
        ..base.clone()
    })
}

/// How maturin writes a Cargo version into a wheel: PEP 440's normal form of the same text.
///
/// # Errors
/// PEP 440 knows no such prerelease (`-nightly.4`), or reads it as something newer than the release (`-1`).
pub fn to_pep440(version: &Version) -> Result<String, VersionError> {
    let fail = |reason: &str| VersionError::NotPython {
        version: shown(&version.to_string()),
        reason: reason.to_owned(),
    };
    let python = pep440_rs::Version::from_str(&version.to_string())
        .map_err(|_| fail("PEP 440 has no such prerelease"))?;
    if python.post().is_some() {
        return Err(fail("PEP 440 reads the prerelease as a post-release"));
    }
    Ok(python.to_string())
}

/// The Cargo version that [`to_pep440`] writes as `text`. SemVer is taken as it is.
///
/// # Errors
/// `text` is neither, or has what SemVer cannot say: an epoch, a fourth number, a post-release.
pub fn from_python(text: &str) -> Result<Version, VersionError> {
    if let Some(version) = parse(text) {
        return Ok(version);
    }
    let fail = || VersionError::not_semver(text);
    if text.len() > LONGEST {
        return Err(fail());
    }
    let python = pep440_rs::Version::from_str(text).map_err(|_| fail())?;
    let (major, minor, patch) = match *python.release() {
        [major] => (major, 0, 0),
        [major, minor] => (major, minor, 0),
        [major, minor, patch] => (major, minor, patch),
        _ => return Err(fail()),
    };
    if python.epoch() != 0 || python.post().is_some() {
        return Err(fail());
    }
    let mut prerelease = Vec::new();
    if let Some(pre) = python.pre() {
        let name = match pre.kind {
            PrereleaseKind::Alpha => "alpha",
            PrereleaseKind::Beta => "beta",
            PrereleaseKind::Rc => "rc",
        };
        prerelease.push(format!("{name}.{}", pre.number));
    }
    if let Some(dev) = python.dev() {
        prerelease.push(format!("dev.{dev}"));
    }
    let local: Vec<_> = python.local().iter().map(ToString::to_string).collect();
    Ok(Version {
        pre: Prerelease::new(&prerelease.join(".")).map_err(|_| fail())?,
        build: BuildMetadata::new(&local.join(".")).map_err(|_| fail())?,
        ..Version::new(major, minor, patch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0012345678901234567890123456789012345678";

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn date() -> Date {
        Date::constant(2023, 3, 5)
    }

    #[test]
    fn a_commit_build_is_the_same_text_in_both_worlds() {
        let build = commit_build(&version("0.3.1"), date(), COMMIT).unwrap();
        assert_eq!(build.to_string(), "0.3.1+2023.3.5.g0012345");
        assert_eq!(to_pep440(&build).unwrap(), "0.3.1+2023.3.5.g0012345");
    }

    #[test]
    fn a_commit_build_of_a_commit_build_is_itself() {
        let build = commit_build(&version("0.3.1-alpha.1+dev"), date(), COMMIT).unwrap();
        assert_eq!(build.to_string(), "0.3.1-alpha.1+2023.3.5.g0012345");
        assert_eq!(commit_build(&build, date(), COMMIT).unwrap(), build);
    }

    #[test]
    fn what_is_no_commit_id_makes_no_version() {
        for commit in ["", "abc123", "main-branch", "äöüäöüä"] {
            let error = commit_build(&version("1.0.0"), date(), commit).unwrap_err();
            assert_eq!(error, VersionError::Commit(commit.to_owned()));
        }
    }

    #[test]
    fn modes_choose_between_release_and_commit_build() {
        for (mode, source, expected) in [
            ("auto", "0.2.0", "0.2.0"),
            ("auto", "0.2.0-rc.1", "0.2.0-rc.1"),
            (
                "auto",
                "0.2.0-alpha.1+dev",
                "0.2.0-alpha.1+2023.3.5.g0012345",
            ),
            ("commit", "0.2.0", "0.2.0+2023.3.5.g0012345"),
            ("release", "0.2.0-alpha.1+dev", "0.2.0-alpha.1"),
        ] {
            let mode: VersionMode = mode.parse().unwrap();
            let resolved = mode.resolve(&version(source), COMMIT, date()).unwrap();
            assert_eq!(resolved.to_string(), expected, "{mode} {source}");
        }
    }

    #[test]
    fn python_spells_cargo_versions_as_maturin_does() {
        for (cargo, python) in [
            ("0.3.1-alpha.1+dev", "0.3.1a1+dev"),
            ("0.3.1-beta", "0.3.1b0"),
            ("0.3.1-rc.2", "0.3.1rc2"),
            ("0.3.1-dev.3", "0.3.1.dev3"),
            ("0.3.1-alpha.1.dev.3", "0.3.1a1.dev3"),
            ("0.3.1-pre.1", "0.3.1rc1"),
            ("0.3.1+Foo-Bar-baz", "0.3.1+foo.bar.baz"),
        ] {
            assert_eq!(to_pep440(&version(cargo)).unwrap(), python);
        }
    }

    #[test]
    fn versions_that_python_reads_otherwise_are_refused() {
        for cargo in ["0.3.1-nightly.4", "0.3.1-alpha.1.2", "0.3.1-1"] {
            let error = to_pep440(&version(cargo)).unwrap_err().to_string();
            assert!(
                error.contains(cargo) && error.contains("alpha.N"),
                "{error}"
            );
        }
    }

    #[test]
    fn python_versions_come_back_as_the_cargo_version_they_were_made_of() {
        for cargo in [
            "1.2.3",
            "0.3.1-alpha.1",
            "0.3.1-beta.0",
            "0.3.1-rc.2",
            "0.3.1-dev.3",
            "0.3.1-alpha.1.dev.3",
            "0.3.1-alpha.1+2023.3.5.g0012345",
        ] {
            let python = to_pep440(&version(cargo)).unwrap();
            assert_eq!(from_python(&python).unwrap(), version(cargo));
        }
        assert_eq!(from_python("1.2").unwrap(), version("1.2.0"));
        for odd in ["1!1.0", "1.2.3.4", "1.0.post1", "one"] {
            assert_eq!(
                from_python(odd),
                Err(VersionError::NotSemVer(odd.to_owned()))
            );
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_version_is_read_or_refused_in_few_words_and_its_spellings_are_one_version() {
        let seeds = [
            "0.3.1-alpha.1+2026.11.21.g6e4ddaf",
            "1!1.0.0rc2.post3.dev4+local.7",
            "18446744073709551615.0.0-alpha.18446744073709551615",
            "v1.2",
        ];
        let words = [
            ".",
            "-",
            "+",
            "alpha.",
            "rc",
            ".dev",
            ".post",
            "!",
            "999999999999999999999999999999",
        ];
        let date = Date::constant(2026, 11, 21);
        testkit::fuzz::texts(&seeds, &words, |text| {
            let few = |error: VersionError| assert!(error.to_string().chars().count() < 1000);
            let _target = text.parse::<Target>().map_err(few);
            let _mode = text.parse::<VersionMode>().map_err(few);
            let _build = commit_build(&Version::new(1, 0, 0), date, text).map_err(few);
            let Ok(version) = from_python(text).map_err(few) else {
                return;
            };
            for bump in Bump::ALL {
                if let Ok(next) = bump.next(&version).map_err(few) {
                    assert!(next > release(&version), "{next} after {version}");
                }
            }
            let build = commit_build(&version, date, "0012345").unwrap();
            assert_eq!(Version::parse(&build.to_string()).unwrap(), build);
            if let Ok(python) = to_pep440(&build).map_err(few)
                && python.len() <= LONGEST
            {
                assert_eq!(to_pep440(&from_python(&python).unwrap()), Ok(python));
            }
        });
    }

    #[test]
    fn endless_versions_are_refused_in_few_words() {
        let digits = "9".repeat(30);
        for text in [
            format!("{digits}.0.0"),
            format!("1.0.{}", "9".repeat(100_000)),
            format!("1.0.0-alpha.{}", "1".repeat(100_000)),
            format!("1.0.0+{}", "a".repeat(100_000)),
            format!("1{}", ".1".repeat(50_000)),
        ] {
            let error = from_python(&text).unwrap_err().to_string();
            assert!(error.len() < 300, "{error}");
            let error = text.parse::<Target>().unwrap_err().to_string();
            assert!(error.len() < 300, "{error}");
        }
    }
}
