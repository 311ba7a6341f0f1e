//! The kinds of packages that are stored and released, spelled in one place.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a package is; part of its identity in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Wheel,
    Crate,
    Sdist,
    Data,
    Wasm,
    DocsPython,
    DocsRust,
    Bundle,
    Binary,
}

impl Kind {
    pub const ALL: &'static [Self] = &[
        Self::Wheel,
        Self::Crate,
        Self::Sdist,
        Self::Data,
        Self::Wasm,
        Self::DocsPython,
        Self::DocsRust,
        Self::Bundle,
        Self::Binary,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wheel => "wheel",
            Self::Crate => "crate",
            Self::Sdist => "sdist",
            Self::Data => "data",
            Self::Wasm => "wasm",
            Self::DocsPython => "docs-python",
            Self::DocsRust => "docs-rust",
            Self::Bundle => "bundle",
            Self::Binary => "binary",
        }
    }

    /// The kind that a file's extension alone decides; `None` for one that several kinds use, such as `.tar.gz`.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "whl" => Some(Self::Wheel),
            "crate" => Some(Self::Crate),
            "wasm" => Some(Self::Wasm),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is the name of no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown kind `{0}`: the kinds are wheel, crate, sdist, data, wasm, docs-python, docs-rust, bundle, binary"
)]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_spelled_alike_in_text_and_in_json() {
        for kind in Kind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
        }
    }

    #[test]
    fn an_unknown_kind_is_answered_with_all_of_them() {
        let error = "wheels".parse::<Kind>().unwrap_err().to_string();
        for kind in Kind::ALL {
            assert!(error.contains(kind.as_str()), "{error}");
        }
    }
}
