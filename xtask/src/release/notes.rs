//! What a release says of itself: the version's section of CHANGELOG.md.

use std::fs;

use anyhow::{Context as _, Result};

use crate::dist::Source;

pub(super) fn of(source: &Source) -> Result<String> {
    let path = source.root.join("CHANGELOG.md");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("failed to read `{}`", path.display()))?;
    let version = source.version.to_string();
    section(&text, &version).with_context(|| {
        format!("failed to find the notes: CHANGELOG.md has no text below `## {version}`; describe the changes there")
    })
}

/// The text below a heading such as `## 1.2.3`, `## v1.2.3` or `## [1.2.3] - 2026-01-31`.
fn section(text: &str, version: &str) -> Option<String> {
    let of_version = |line: &str| {
        let title = line.strip_prefix("## ")?.trim_start_matches(['[', 'v']);
        let rest = title.strip_prefix(version)?;
        let ends = rest.is_empty() || rest.starts_with([' ', ']', ':']);
        ends.then_some(())
    };
    let below = text
        .lines()
        .skip_while(|line| of_version(line).is_none())
        .skip(1);
    let lines: Vec<&str> = below.take_while(|line| !line.starts_with("## ")).collect();
    let section = lines.join("\n").trim().to_owned();
    (!section.is_empty()).then_some(section)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Changelog\n\n## Unreleased\n\n- new\n\n## 1.1.0\n\n- eleven\n\n### More\n\ntext\n\n\
                        ## [1.0.10] - 2026-02-01\n- ten\n## v1.0.1: quick\n- one\n## 1.0.0\n\n";

    #[test]
    fn the_notes_are_the_section_of_the_very_version() {
        let found = |version: &str| section(TEXT, version);
        assert_eq!(found("1.1.0").unwrap(), "- eleven\n\n### More\n\ntext");
        assert_eq!(found("1.0.10").unwrap(), "- ten");
        assert_eq!(found("1.0.1").unwrap(), "- one");
    }

    #[test]
    fn a_version_without_a_section_or_without_a_text_has_no_notes() {
        for version in ["1.0.0", "1.0", "1.1", "2.0.0"] {
            assert_eq!(section(TEXT, version), None, "{version}");
        }
    }
}
