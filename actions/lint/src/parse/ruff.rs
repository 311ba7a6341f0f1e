//! Ruff's JSON, and the diff of its formatter.

use std::path::PathBuf;

use actions_core::Diagnostic;
use serde::Deserialize;

use super::{Parsed, Said};

#[derive(Deserialize)]
struct Message {
    filename: PathBuf,
    code: Option<String>,
    message: String,
    location: Location,
    fix: Option<Fix>,
}

#[derive(Deserialize)]
struct Location {
    row: u32,
}

#[derive(Deserialize)]
struct Fix {
    message: Option<String>,
}

pub(crate) fn ruff_check(said: &Said) -> Parsed {
    Parsed::of_document(&said.stdout, |messages: Vec<Message>| {
        messages.into_iter().map(finding).collect()
    })
}

fn finding(one: Message) -> Diagnostic {
    let fix = one.fix.and_then(|fix| fix.message);
    let message = match fix {
        Some(fix) => format!("{}\n{fix}", one.message),
        None => one.message,
    };
    Diagnostic::error(message)
        .at(one.filename, Some(one.location.row))
        .code(one.code)
}

/// One finding per file, at the first line that would change, and one per file that it cannot read.
pub(crate) fn ruff_format(said: &Said) -> Parsed {
    let mut parsed = Parsed::default();
    for file in said.stdout.split("--- ").skip(1) {
        let Some(path) = file.lines().next() else {
            continue;
        };
        let found = Diagnostic::error("file would be reformatted").at(path, first_change(file));
        parsed.findings.push(found);
    }
    if parsed.findings.is_empty() {
        parsed.rest = said.stdout.lines().map(str::to_owned).collect();
    }
    parsed
        .findings
        .extend(said.stderr.lines().filter_map(unreadable));
    parsed
}

/// As in `error: Failed to parse a.py:1:7: Expected a parameter`.
fn unreadable(line: &str) -> Option<Diagnostic> {
    let mut parts = line.strip_prefix("error: Failed to parse ")?.splitn(4, ':');
    let (path, row) = (parts.next()?, parts.next()?.parse().ok()?);
    let message = parts.nth(1)?.trim();
    Some(
        Diagnostic::error(message)
            .at(path, Some(row))
            .code(Some("invalid-syntax".to_owned())),
    )
}

/// The first line of the old file that a unified diff changes.
fn first_change(diff: &str) -> Option<u32> {
    let mut lines = diff.lines().skip_while(|line| !line.starts_with("@@ -"));
    let head = lines.next()?.strip_prefix("@@ -")?;
    let start: u32 = head.split([',', ' ']).next()?.parse().ok()?;
    let unchanged = lines
        .take_while(|line| !line.starts_with(['-', '+']))
        .count();
    // A file that gets its first line has a hunk that starts at 0.
    Some(start.saturating_add(u32::try_from(unchanged).ok()?).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(stdout: &str, stderr: &str) -> Said {
        Said {
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            ..Said::default()
        }
    }

    #[test]
    fn a_finding_of_the_linter_has_its_rule_and_its_fix() {
        let json = r#"[{"cell":null,"code":"F401","end_location":{"column":10,"row":1},"filename":"/r/m.py","fix":{"applicability":"safe","edits":[],"message":"Remove unused import: `os`"},"location":{"column":8,"row":1},"message":"`os` imported but unused","noqa_row":1,"url":"x"}]"#;
        let parsed = ruff_check(&said(json, ""));
        assert_eq!(
            parsed.findings[0].text(),
            "`os` imported but unused (F401)\nRemove unused import: `os`"
        );
        assert_eq!(parsed.findings[0].at_place(), "/r/m.py:1");
    }

    #[test]
    fn a_file_to_format_is_told_at_its_first_change() {
        let diff = "--- m.py\n+++ m.py\n@@ -1,4 +1,8 @@\n import os\n+\n def f():\n-y = f( 1)\n\n--- sub/n.py\n+++ sub/n.py\n@@ -7 +7 @@\n-x=1\n+x = 1\n";
        let error =
            "error: Failed to parse o.py:3:7: Expected a name\n2 files would be reformatted\n";
        let parsed = ruff_format(&said(diff, error));
        let places: Vec<String> = parsed.findings.iter().map(Diagnostic::at_place).collect();
        assert_eq!(places, ["m.py:2", "sub/n.py:7", "o.py:3"]);
        assert_eq!(parsed.findings[2].message, "Expected a name");
    }

    #[test]
    fn what_is_not_json_is_unreadable_and_lines_above_it_are_kept() {
        assert!(ruff_check(&said("ruff failed\n", "")).unreadable);
        let parsed = ruff_check(&said("a warning\n[]", ""));
        assert_eq!(
            (parsed.rest.as_slice(), parsed.unreadable),
            (["a warning".to_owned()].as_slice(), false)
        );
    }
}
