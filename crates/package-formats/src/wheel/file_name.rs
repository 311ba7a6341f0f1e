//! A wheel's file name is its identity for every installer, so it is taken apart once and written back the same.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::platform;

/// `distribution-version[-build]-python-abi-platform.whl`, each tag a set joined with `.` (binary distribution format).
///
/// `Display` gives the same text back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileName {
    /// As written: `_` where the project's name has `-`.
    pub distribution: String,
    /// As written; valid in PEP 440.
    pub version: String,
    /// Starts with a digit; breaks ties between wheels of one version.
    pub build: Option<String>,
    pub python_tags: Vec<String>,
    pub abi_tags: Vec<String>,
    pub platform_tags: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "wheel name `{name}` is invalid: {reason}; the shape is `name-version[-build]-python-abi-platform.whl`"
)]
pub struct FileNameError {
    pub name: String,
    pub reason: String,
}

impl FileName {
    /// PEP 503: lower case, and one `-` for each run of `-`, `_` and `.`.
    pub fn normalized_name(&self) -> String {
        normalized_name(&self.distribution)
    }

    /// Our name for where the wheel runs, for example `linux-x64` or `any`.
    pub fn platform(&self) -> String {
        platform::of_tags(self.platform_tags.iter().map(String::as_str))
    }

    /// Every `python-abi-platform` that the name stands for (PEP 425).
    pub fn tags(&self) -> BTreeSet<String> {
        let mut tags = BTreeSet::new();
        for python in &self.python_tags {
            for abi in &self.abi_tags {
                for platform in &self.platform_tags {
                    tags.insert(format!("{python}-{abi}-{platform}"));
                }
            }
        }
        tags
    }

    /// The version, parsed; `None` only for a value that was not made by parsing.
    pub fn pep440(&self) -> Option<pep440_rs::Version> {
        self.version.parse().ok()
    }
}

/// The tags that a combined one stands for (PEP 425); what is no tag stays as it is.
pub(super) fn expand(tag: &str) -> Vec<String> {
    let parts: Vec<&str> = tag.split('-').collect();
    let [python, abi, platform] = parts.as_slice() else {
        return vec![tag.to_owned()];
    };
    let mut tags = Vec::new();
    for python in python.split('.') {
        for abi in abi.split('.') {
            tags.extend(
                platform
                    .split('.')
                    .map(|platform| format!("{python}-{abi}-{platform}")),
            );
        }
    }
    tags
}

/// PEP 503: lower case, and one `-` for each run of `-`, `_` and `.`.
pub fn normalized_name(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normalized.push(character.to_ascii_lowercase());
        } else if !normalized.ends_with('-') {
            normalized.push('-');
        }
    }
    normalized
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.distribution, self.version)?;
        if let Some(build) = &self.build {
            write!(f, "-{build}")?;
        }
        for tags in [&self.python_tags, &self.abi_tags, &self.platform_tags] {
            write!(f, "-{}", tags.join("."))?;
        }
        f.write_str(".whl")
    }
}

impl FromStr for FileName {
    type Err = FileNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        parse(name).map_err(|reason| FileNameError {
            name: name.to_owned(),
            reason,
        })
    }
}

fn parse(name: &str) -> Result<FileName, String> {
    let stem = name
        .strip_suffix(".whl")
        .ok_or("it does not end in `.whl`")?;
    let parts: Vec<&str> = stem.split('-').collect();
    let (distribution, version, build, tags) = match *parts.as_slice() {
        [distribution, version, a, b, c] => (distribution, version, None, [a, b, c]),
        [distribution, version, build, a, b, c] => (distribution, version, Some(build), [a, b, c]),
        _ => {
            return Err(format!(
                "it has {} parts between `-`, the limit is 5 or 6",
                parts.len()
            ));
        }
    };
    check_distribution(distribution)?;
    if pep440_rs::Version::from_str(version).is_err() {
        return Err(format!("`{version}` is not a Python version (PEP 440)"));
    }
    if let Some(build) = build
        && !build.starts_with(|first: char| first.is_ascii_digit())
    {
        return Err(format!("build `{build}` does not start with a digit"));
    }
    let [python_tags, abi_tags, platform_tags] = tags.map(parse_tags);
    Ok(FileName {
        distribution: distribution.to_owned(),
        version: version.to_owned(),
        build: build.map(str::to_owned),
        python_tags: python_tags?,
        abi_tags: abi_tags?,
        platform_tags: platform_tags?,
    })
}

fn check_distribution(distribution: &str) -> Result<(), String> {
    let ends = distribution.starts_with(|first: char| first.is_ascii_alphanumeric())
        && distribution.ends_with(|last: char| last.is_ascii_alphanumeric());
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    if ends && distribution.chars().all(inner) {
        return Ok(());
    }
    Err(format!(
        "`{distribution}` is not a name: letters, digits, `_` and `.`, with a letter or digit at both ends"
    ))
}

fn parse_tags(set: &str) -> Result<Vec<String>, String> {
    set.split('.')
        .map(|tag| {
            let valid = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if tag.is_empty() || !tag.chars().all(valid) {
                return Err(format!(
                    "`{tag}` in `{set}` is not a tag: letters, digits and `_`"
                ));
            }
            Ok(tag.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_comes_back_as_it_was() {
        // Every combination of what the parts may look like.
        for distribution in ["a", "hello_sdk", "Zope.Interface", "x2"] {
            for version in ["1", "0.2.0a1+2026.11.22.g6e4ddaf", "1!2.0", "2024.01.05"] {
                for build in ["", "1-", "20240105abc-"] {
                    for tags in [
                        "py3-none-any",
                        "py2.py3-none-any",
                        "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64",
                        "cp313-cp313t-macosx_10_12_x86_64.macosx_11_0_arm64",
                    ] {
                        let text = format!("{distribution}-{version}-{build}{tags}.whl");
                        let name: FileName = text.parse().unwrap();
                        assert_eq!(name.to_string(), text);
                        assert_eq!(name.build.is_none(), build.is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn tags_expand_to_every_combination() {
        let name: FileName = "six-1.0-py2.py3-none-any.whl".parse().unwrap();
        assert_eq!(
            name.tags(),
            BTreeSet::from(["py2-none-any".into(), "py3-none-any".into()])
        );
    }

    #[test]
    fn names_are_normalized_as_indexes_do() {
        for (name, normalized) in [
            ("Zope.Interface", "zope-interface"),
            ("hello_sdk", "hello-sdk"),
            ("a-_.b", "a-b"),
        ] {
            assert_eq!(normalized_name(name), normalized);
        }
    }

    #[test]
    fn a_wrong_name_says_what_is_wrong_and_what_is_right() {
        for (name, reason) in [
            ("hello-1.0.tar.gz", "`.whl`"),
            ("hello-1.0-py3-none.whl", "4 parts"),
            // A SemVer prerelease: its `-` makes the rest look like a build number.
            ("hello-0.3.1-alpha.1-py3-none-any.whl", "build `alpha.1`"),
            ("hello-one-py3-none-any.whl", "`one`"),
            ("_hello-1.0-py3-none-any.whl", "`_hello`"),
            ("hello-1.0-py3..py2-none-any.whl", "not a tag"),
        ] {
            let error = name.parse::<FileName>().unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
            assert!(error.contains("name-version[-build]-python-abi-platform.whl"));
        }
    }
}
