//! Lines of the index, and where a crate's page is.
//!
//! Source: <https://doc.rust-lang.org/cargo/reference/registry-index.html>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One version of a crate.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub name: String,
    pub vers: String,
    pub deps: Vec<Dependency>,
    /// SHA-256 of the `.crate` file, hexadecimal.
    pub cksum: String,
    pub features: BTreeMap<String, Vec<String>>,
    /// Features in the syntax that old versions of cargo cannot read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features2: Option<BTreeMap<String, Vec<String>>>,
    pub yanked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rust_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub v: Option<u32>,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pubtime: Option<String>,
}

/// One dependency of a version.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Dependency {
    /// The name in the manifest, which is not the crate's when it is renamed.
    pub name: String,
    pub req: String,
    pub features: Vec<String>,
    pub optional: bool,
    pub default_features: bool,
    pub target: Option<String>,
    /// `normal`, `build` or `dev`.
    pub kind: String,
    /// The index it comes from; `None` for this one.
    pub registry: Option<String>,
    /// The crate's name when it is renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
}

impl Dependency {
    /// The name of the crate.
    pub fn package_name(&self) -> &str {
        self.package.as_deref().unwrap_or(&self.name)
    }
}

/// The page of a crate, below the root of the index: `1/a`, `2/ab`, `3/a/abc`, `ab/cd/abcdef`.
pub(super) fn page(name: &str) -> String {
    let name = name.to_lowercase();
    let part = |from: usize, to: usize| name.get(from..to).unwrap_or_default();
    match name.len() {
        length @ (1 | 2) => format!("{length}/{name}"),
        3 => format!("3/{}/{name}", part(0, 1)),
        _ => format!("{}/{}/{name}", part(0, 2), part(2, 4)),
    }
}

/// Whether two versions are one to crates.io, which does not look at build metadata.
pub(super) fn same_version(a: &str, b: &str) -> bool {
    let bare = |version: &str| version.split('+').next().map(str::to_owned);
    bare(a) == bare(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_sorted_by_the_length_of_the_lower_case_name() {
        for (name, expected) in [
            ("A", "1/a"),
            ("ab", "2/ab"),
            ("abc", "3/a/abc"),
            ("abcd", "ab/cd/abcd"),
            ("Hello-core", "he/ll/hello-core"),
        ] {
            assert_eq!(page(name), expected);
        }
    }

    #[test]
    fn versions_that_differ_in_build_metadata_are_one() {
        assert!(same_version("0.3.1+a", "0.3.1"));
        assert!(!same_version("0.3.1-a", "0.3.1"));
    }
}
