//! Under which heading of the notes a pull request stands: its label decides.

use std::str::FromStr;

/// A label, and under which heading its pull requests stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub(crate) label: String,
    pub(crate) heading: String,
}

/// A line that is no such pair.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad line `{0}`: write a label and its heading, like `🐍 python = Python`")]
pub struct InvalidHeading(String);

impl FromStr for Heading {
    type Err = InvalidHeading;

    fn from_str(line: &str) -> Result<Self, InvalidHeading> {
        let (label, heading) = line.rsplit_once('=').unwrap_or_default();
        match (label.trim(), heading.trim()) {
            ("", _) | (_, "") => Err(InvalidHeading(line.trim().to_owned())),
            (label, heading) => Ok(Self {
                label: label.to_owned(),
                heading: heading.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_heading_is_refused_with_an_example() {
        for line in ["python", "= Python", "python =", ""] {
            let error = line.parse::<Heading>().unwrap_err().to_string();
            assert!(error.contains("`🐍 python = Python`"), "{error}");
        }
    }
}
