//! Lines such as `1MiB for assets/**`: another limit for some files.

use std::{fmt, str::FromStr};

use bytesize::ByteSize;

use crate::{glob::Pattern, size};

#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub(super) size: ByteSize,
    pub(super) files: Pattern,
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (limit, files) = text
            .split_once(" for ")
            .ok_or("expected a size and a glob, such as `1MiB for assets/**`")?;
        Ok(Self {
            size: size::parse(limit.trim())?,
            files: files.trim().parse()?,
        })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.size, self.files.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_size_for_a_glob() {
        let limit: Limit = "1MiB for docs/what for.md".parse().unwrap();
        assert_eq!(limit.size, ByteSize::mib(1));
        assert!(limit.files.matches("docs/what for.md"));
    }

    #[test]
    fn what_is_missing_is_said() {
        for (text, wanted) in [
            ("1MiB", "such as `1MiB for assets/**`"),
            ("large for *.png", "a number with a unit"),
            ("1MiB for [", "unclosed character class"),
        ] {
            let err = text.parse::<Limit>().unwrap_err();
            assert!(err.contains(wanted), "{err}");
        }
    }
}
