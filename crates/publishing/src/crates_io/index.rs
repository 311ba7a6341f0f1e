//! The sparse index: where a crate's lines are, and what they say about a version.

use jiff::Timestamp;
use semver::{BuildMetadata, Version};
use serde::Deserialize;

/// `config.json` at the root of an index.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Config {
    /// Absent where nothing can be published.
    pub(super) api: Option<String>,
    #[serde(default)]
    pub(super) auth_required: bool,
}

/// One version of a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The crate's name as its registry spells it.
    pub(super) name: String,
    pub(super) version: Version,
    /// SHA-256 of the `.crate`, hex, lower case.
    pub(super) cksum: String,
    pub(super) yanked: bool,
    /// When it was published, where the index says so.
    pub(super) published: Option<Timestamp>,
}

/// Where a crate's lines are: `1/a`, `2/ab`, `3/a/abc`, `ab/cd/abcdef`, always in lower case
/// (the Cargo Book, "Index format").
pub(super) fn path_of(name: &str) -> String {
    let name = name.to_lowercase();
    let letters: Vec<char> = name.chars().collect();
    match letters.as_slice() {
        [] => name,
        [_] => format!("1/{name}"),
        [_, _] => format!("2/{name}"),
        [a, _, _] => format!("3/{a}/{name}"),
        [a, b, c, d, ..] => format!("{a}{b}/{c}{d}/{name}"),
    }
}

/// Reads the lines. A line that cannot be read is passed over, as cargo does: newer formats add lines of their own.
pub(super) fn entries(lines: &[u8]) -> Vec<Entry> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(default)]
        name: String,
        vers: Version,
        cksum: String,
        #[serde(default)]
        yanked: bool,
        pubtime: Option<String>,
    }
    lines
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Line>(line).ok())
        .map(|line| Entry {
            name: line.name,
            version: line.vers,
            cksum: line.cksum.to_lowercase(),
            yanked: line.yanked,
            published: line.pubtime.and_then(|time| time.parse().ok()),
        })
        .collect()
}

/// The entry of a version. Build metadata does not count: `0.3.1+a` and `0.3.1+b` are one version to a registry.
pub(super) fn find<'a>(entries: &'a [Entry], version: &Version) -> Option<&'a Entry> {
    entries
        .iter()
        .find(|entry| bare(&entry.version) == bare(version))
}

/// A version without its build metadata.
pub(super) fn bare(version: &Version) -> Version {
    Version {
        build: BuildMetadata::EMPTY,
        ..version.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_have_folders_of_their_own() {
        let paths = ["a", "ab", "aBc", "serde", "Hello-SDK"].map(path_of);
        assert_eq!(
            paths,
            ["1/a", "2/ab", "3/a/abc", "se/rd/serde", "he/ll/hello-sdk"]
        );
    }

    #[test]
    fn build_metadata_makes_no_other_version() {
        let lines = concat!(
            r#"{"name":"a","vers":"0.3.1+one","deps":[],"cksum":"AB","features":{},"yanked":false}"#,
            "\n{\"something\":\"newer\"}\n"
        );
        let entries = entries(lines.as_bytes());
        let there = find(&entries, &"0.3.1+two".parse().unwrap()).unwrap();
        assert_eq!(there.cksum, "ab");
        assert_eq!(find(&entries, &"0.3.2".parse().unwrap()), None);
    }
}
