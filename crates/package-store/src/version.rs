//! Versions as both SemVer and PEP 440 spell them, because one release holds crates and wheels.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use pep440_rs::PrereleaseKind;

/// A version in SemVer's spelling where there is one (`0.2.0-alpha.1`), else in PEP 440's (`0.2.0.post1`).
///
/// Made from either spelling, with or without a leading `v`; two spellings of one version are equal.
#[derive(Debug, Clone)]
pub struct Version {
    text: String,
    semver: Option<semver::Version>,
    pep440: Option<pep440_rs::Version>,
}

/// Longest version, in bytes: it becomes a part of the names of objects.
const LONGEST: usize = 200;

/// What was given instead of a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version: write it like `1.2.3`, `1.2.3-alpha.1` or `1.2.3a1`")]
pub struct InvalidVersion(String);

impl Version {
    /// Whether it is the version of a commit build, which no registry takes: one with a `+`.
    pub fn is_build(&self) -> bool {
        self.text.contains('+')
    }

    /// Whether it comes before a release: `1.2.0-alpha.1`, `1.2.3.4rc1`, `1.2.0.dev1`.
    pub fn is_prerelease(&self) -> bool {
        match (&self.semver, &self.pep440) {
            (Some(semver), _) => !semver.pre.is_empty(),
            (None, pep440) => pep440.as_ref().is_some_and(|it| it.any_prerelease()),
        }
    }

    /// Whether the two differ in nothing but what follows a `+`.
    pub fn is_build_of(&self, other: &Self) -> bool {
        let plain = |version: &Self| {
            let text = version.text.split('+').next().unwrap_or_default();
            text.parse::<Self>().ok()
        };
        plain(self) == plain(other)
    }

    /// Which of two versions is newer, by SemVer's precedence where both have that spelling, else by PEP 440's order;
    /// `None` if they have no spelling in common.
    ///
    /// What follows a `+` does not count in SemVer. Here its leading numbers do, because commit builds put their date there
    /// (`0.2.0+2026.11.21.g6e4ddaf`); two builds of one day are equal.
    pub fn precedence(&self, other: &Self) -> Option<Ordering> {
        if let (Some(a), Some(b)) = (&self.semver, &other.semver) {
            let dates = || numbers(a.build.as_str()).cmp(&numbers(b.build.as_str()));
            return Some(a.cmp_precedence(b).then_with(dates));
        }
        let (a, b) = (self.pep440.as_ref()?, other.pep440.as_ref()?);
        let plain = |version: &pep440_rs::Version| version.clone().without_local();
        Some(plain(a).cmp(&plain(b)))
    }
}

/// The leading numeric parts of build metadata. A build without any is older than one with a date.
fn numbers(build: &str) -> Vec<u64> {
    build
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

/// SemVer's spelling of a PEP 440 version, if it has one.
fn to_semver(version: &pep440_rs::Version) -> Option<semver::Version> {
    if version.epoch() != 0 || version.post().is_some() || version.release().len() > 3 {
        return None;
    }
    let part = |index: usize| version.release().get(index).copied().unwrap_or(0);
    let mut text = format!("{}.{}.{}", part(0), part(1), part(2));
    let mut pre = Vec::new();
    if let Some(found) = version.pre() {
        let word = match found.kind {
            PrereleaseKind::Alpha => "alpha",
            PrereleaseKind::Beta => "beta",
            PrereleaseKind::Rc => "rc",
        };
        pre.push(format!("{word}.{}", found.number));
    }
    if let Some(number) = version.dev() {
        pre.push(format!("dev.{number}"));
    }
    if !pre.is_empty() {
        text = format!("{text}-{}", pre.join("."));
    }
    let local: Vec<String> = version.local().iter().map(ToString::to_string).collect();
    if !local.is_empty() {
        text = format!("{text}+{}", local.join("."));
    }
    text.parse().ok()
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(given: &str) -> Result<Self, InvalidVersion> {
        let bare = given.strip_prefix('v').unwrap_or(given);
        if bare.contains(char::is_whitespace) || bare.len() > LONGEST {
            return Err(InvalidVersion(given.chars().take(80).collect()));
        }
        // SemVer `1.2.3-1` is a prerelease, PEP 440 `1.2.3-1` a post-release: SemVer's reading holds.
        let semver: Option<semver::Version> = bare.parse().ok();
        let pep440: Option<pep440_rs::Version> = bare.parse().ok();
        let pep440 = pep440.filter(|pep| {
            semver
                .as_ref()
                .is_none_or(|semver| semver.pre.is_empty() || pep.any_prerelease())
        });
        let semver = semver.or_else(|| pep440.as_ref().and_then(to_semver));
        let text = match (&semver, &pep440) {
            (Some(semver), _) => semver.to_string(),
            (None, Some(pep440)) => pep440.to_string(),
            (None, None) => return Err(InvalidVersion(given.chars().take(80).collect())),
        };
        Ok(Self {
            text,
            semver,
            pep440,
        })
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        match (&self.pep440, &other.pep440) {
            (Some(a), Some(b)) => a == b,
            _ => self.text == other.text,
        }
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn both_spellings_are_one_version_with_one_text() {
        for (semver, pep440) in [
            ("0.2.0-alpha.1", "0.2.0a1"),
            ("1.0.0-rc.2", "1.0.0rc2"),
            ("1.0.0-dev.3", "1.0.0.dev3"),
            ("1.2.0", "1.2"),
            ("0.2.0+2026.11.21.g6e4ddaf", "0.2.0+2026.11.21.g6e4ddaf"),
        ] {
            assert_eq!(version(semver), version(pep440));
            assert_eq!(version(pep440).to_string(), semver);
        }
        assert_eq!(version("v1.2.3").to_string(), "1.2.3");
    }

    #[test]
    fn a_commit_build_is_another_version_than_the_release() {
        assert_ne!(version("0.2.0+2026.11.21.g6e4ddaf"), version("0.2.0"));
        assert_ne!(version("0.2.0+1"), version("0.2.0+2"));
    }

    #[test]
    fn builds_of_one_version_differ_behind_the_plus_alone() {
        let build = version("0.2.0-alpha.1+2026.11.21.g6e4ddaf");
        assert!(build.is_build() && !version("0.2.0a1").is_build());
        for same in ["0.2.0a1", "0.2.0-alpha.1+dev", "0.2.0a1+dev"] {
            assert!(build.is_build_of(&version(same)), "{same}");
        }
        assert!(!build.is_build_of(&version("0.2.0+2026.11.21.g6e4ddaf")));
    }

    #[test]
    fn order_is_semvers_and_then_the_date_of_the_build() {
        for (older, newer) in [
            ("1.1.5", "1.2.0"),
            ("1.2.0-alpha.9", "1.2.0-beta.1"),
            ("1.2.0-rc.1", "1.2.0"),
            ("0.2.0+2026.11.9.gfffffff", "0.2.0+2026.11.21.g0000000"),
            ("1.0.0.post1", "1.0.0.post2"),
        ] {
            assert_eq!(
                version(older).precedence(&version(newer)),
                Some(Ordering::Less),
                "{older} {newer}"
            );
        }
    }

    #[test]
    fn two_builds_of_one_day_are_in_no_order() {
        let (a, b) = (
            version("0.2.0+2026.11.21.gffffff0"),
            version("0.2.0+2026.11.21.g0000000"),
        );
        assert_eq!(a.precedence(&b), Some(Ordering::Equal));
        assert_ne!(a, b);
    }

    #[test]
    fn what_is_no_version_cannot_become_a_path() {
        for given in ["", "v", "../1.2.3", "1.2.3/x", "latest", "1.2.3\n"] {
            assert!(given.parse::<Version>().is_err(), "{given:?}");
        }
    }
}
