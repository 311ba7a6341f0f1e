//! The version that sources get after a release, counted up from the latest one.

use std::fmt;
use std::str::FromStr;

use semver::{BuildMetadata, Prerelease, Version};

use super::{VersionError, VersionMode, parse, shown};

/// Which part of a version is counted up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bump {
    Major,
    Minor,
    Patch,
    /// `0.3.0-alpha.1` becomes `0.3.0-alpha.2`; a release becomes the first alpha of the next minor version.
    Alpha,
}

impl Bump {
    pub const ALL: &'static [Self] = &[Self::Major, Self::Minor, Self::Patch, Self::Alpha];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::Alpha => "alpha",
        }
    }

    /// The version after `latest`; what follows a `+` is not counted and goes.
    ///
    /// A prerelease of the very version that would come next becomes that version: `0.3.0-rc.1` with `minor` is `0.3.0`.
    ///
    /// # Errors
    /// An alpha of something that is further than an alpha, or a number that does not fit.
    pub fn next(self, latest: &Version) -> Result<Version, VersionError> {
        let (major, minor, patch) = (latest.major, latest.minor, latest.patch);
        let is_prerelease = !latest.pre.is_empty();
        let up = |number: u64| number.checked_add(1).ok_or_else(|| self.refuse(latest));
        Ok(match self {
            Self::Major if is_prerelease && minor == 0 && patch == 0 => {
                Version::new(major, minor, patch)
            }
            Self::Major => Version::new(up(major)?, 0, 0),
            Self::Minor if is_prerelease && patch == 0 => Version::new(major, minor, patch),
            Self::Minor => Version::new(major, up(minor)?, 0),
            Self::Patch if is_prerelease => Version::new(major, minor, patch),
            Self::Patch => Version::new(major, minor, up(patch)?),
            Self::Alpha => {
                let (base, number) = match is_prerelease {
                    true => (latest.clone(), self.alpha_of(latest)?),
                    false => (Version::new(major, up(minor)?, 0), 1),
                };
                Version {
                    pre: Prerelease::new(&format!("alpha.{number}"))
                        .map_err(|_| self.refuse(latest))?,
                    build: BuildMetadata::EMPTY,
                    ..base
                }
            }
        })
    }

    fn alpha_of(self, latest: &Version) -> Result<u64, VersionError> {
        let number = match latest.pre.as_str() {
            "alpha" => Some(0),
            text => text
                .strip_prefix("alpha.")
                .and_then(|number| number.parse::<u64>().ok()),
        };
        number
            .and_then(|number| number.checked_add(1))
            .ok_or_else(|| self.refuse(latest))
    }

    fn refuse(self, latest: &Version) -> VersionError {
        VersionError::NoNext {
            latest: latest.clone(),
            bump: self,
        }
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Bump {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|bump| bump.as_str() == text)
            .ok_or_else(|| VersionError::Bump(shown(text)))
    }
}

/// What the version of a source tree is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// What the mode makes of the sources' version and the commit.
    Mode(VersionMode),
    /// The version after the latest one.
    Next,
    /// This one.
    Exactly(Version),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode(mode) => mode.fmt(f),
            Self::Next => f.pad("next"),
            Self::Exactly(version) => version.fmt(f),
        }
    }
}

impl FromStr for Target {
    type Err = VersionError;

    /// A version may have the `v` of a tag.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "next" {
            return Ok(Self::Next);
        }
        if let Ok(mode) = text.parse() {
            return Ok(Self::Mode(mode));
        }
        parse(text.strip_prefix('v').unwrap_or(text))
            .map(Self::Exactly)
            .ok_or_else(|| VersionError::Target(shown(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(bump: Bump, latest: &str) -> String {
        let latest = Version::parse(latest).unwrap();
        match bump.next(&latest) {
            Ok(next) => {
                assert!(next > latest || !latest.build.is_empty(), "{next} {latest}");
                next.to_string()
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_part_is_counted_up_and_a_prerelease_becomes_what_it_came_before() {
        for (latest, major, minor, patch, alpha) in [
            ("0.2.3", "1.0.0", "0.3.0", "0.2.4", "0.3.0-alpha.1"),
            ("1.0.0+dev", "2.0.0", "1.1.0", "1.0.1", "1.1.0-alpha.1"),
            (
                "0.3.0-alpha.9+dev",
                "1.0.0",
                "0.3.0",
                "0.3.0",
                "0.3.0-alpha.10",
            ),
            ("1.0.0-alpha", "1.0.0", "1.0.0", "1.0.0", "1.0.0-alpha.1"),
            ("0.2.4-alpha.1", "1.0.0", "0.3.0", "0.2.4", "0.2.4-alpha.2"),
        ] {
            let all = [Bump::Major, Bump::Minor, Bump::Patch, Bump::Alpha];
            assert_eq!(
                all.map(|bump| next(bump, latest)),
                [major, minor, patch, alpha],
                "{latest}"
            );
        }
    }

    #[test]
    fn what_has_no_next_version_is_refused_with_what_to_write() {
        for latest in ["0.3.0-rc.1", "0.3.0-alpha.x", "0.3.0-alpha.1.2"] {
            assert_eq!(
                next(Bump::Alpha, latest),
                format!(
                    "failed to find the next alpha after {latest}: write the version itself, such as 1.2.3"
                )
            );
        }
        let last = format!("{}.0.0", u64::MAX);
        assert!(next(Bump::Major, &last).starts_with("failed to find the next major"));
    }

    #[test]
    fn a_target_is_a_mode_or_next_or_a_version() {
        for (text, target) in [
            ("auto", Target::Mode(VersionMode::Auto)),
            ("commit", Target::Mode(VersionMode::Commit)),
            ("next", Target::Next),
            ("1.2.3-rc.1", Target::Exactly("1.2.3-rc.1".parse().unwrap())),
        ] {
            assert_eq!(text.parse(), Ok(target.clone()));
            assert_eq!(target.to_string(), text);
        }
        assert_eq!("v1.2.3".parse(), Ok(Target::Exactly(Version::new(1, 2, 3))));
        let error = "nightly".parse::<Target>().unwrap_err().to_string();
        for word in ["nightly", "auto", "commit", "release", "next", "1.2.3"] {
            assert!(error.contains(word), "{error}");
        }
    }
}
