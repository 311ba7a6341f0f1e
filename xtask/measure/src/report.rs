//! `BENCHMARKS.md`: each command owns one section between its markers, the rest is written by hand.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::project;

/// Replaces the section of `command` (such as `bench start`); adds it at the end of the file the first time.
pub(super) fn write(command: &str, body: &str) -> Result<()> {
    let path = project::root().join("BENCHMARKS.md");
    let text =
        fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
    fs::write(&path, replaced(&text, command, body))
        .with_context(|| format!("failed to write {}", path.display()))
}

fn replaced(text: &str, command: &str, body: &str) -> String {
    let opening = format!("<!-- written by `cargo xtask {command}` -->");
    let closing = format!("<!-- end of `cargo xtask {command}` -->");
    let section = format!("{opening}\n{}\n{closing}", body.trim());
    let parts = text.split_once(&opening).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&closing)?;
        Some((before, after))
    });
    match parts {
        Some((before, after)) => format!("{before}{section}{after}"),
        None => format!("{}\n\n{section}\n", text.trim_end()),
    }
}

/// A table in Markdown; the first column to the left, numbers to the right.
pub(super) fn markdown(header: &[&str], rows: &[Vec<String>]) -> String {
    let rule = header.iter().enumerate();
    let rule: Vec<&str> = rule
        .map(|(i, _)| if i == 0 { "---" } else { "---:" })
        .collect();
    let mut lines = vec![
        format!("| {} |", header.join(" | ")),
        format!("|{}|", rule.join("|")),
    ];
    lines.extend(rows.iter().map(|row| format!("| {} |", row.join(" | "))));
    lines.join("\n")
}

/// Whether a goal was met, at the end of its line.
pub(super) fn verdict(held: bool) -> &'static str {
    if held { "held" } else { "missed" }
}

/// `4.2 ms`.
pub(super) fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// `0.62 MB`, a million bytes, as downloads are told; below a tenth of it `98.0 KB`.
pub(super) fn megabytes(bytes: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "shown with two digits")]
    let bytes = bytes as f64;
    if bytes < 100_000.0 {
        format!("{:.1} KB", bytes / 1e3)
    } else {
        format!("{:.2} MB", bytes / 1e6)
    }
}

/// `54.8 MiB`, as memory is told.
pub(super) fn mebibytes(bytes: Option<u64>) -> String {
    #[allow(clippy::cast_precision_loss, reason = "shown with one digit")]
    bytes.map_or_else(
        || "unknown".to_owned(),
        |bytes| format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_added_once_and_then_replaced() {
        let first = replaced("# Benchmarks\n\nBy hand.\n", "bench start", "one");
        assert!(first.starts_with("# Benchmarks\n\nBy hand.\n\n<!-- written by"));
        let other = replaced(&first, "bench gates", "other");
        let second = replaced(&other, "bench start", "two");
        assert_eq!(second, other.replace("\none\n", "\ntwo\n"));
        assert!(second.contains("\nother\n"));
    }

    #[test]
    fn sizes_are_told_as_downloads_and_memory_are() {
        assert_eq!(megabytes(98_000), "98.0 KB");
        assert_eq!(megabytes(620_000), "0.62 MB");
        assert_eq!(mebibytes(Some(3 * 1024 * 1024 / 2)), "1.5 MiB");
        assert_eq!(mebibytes(None), "unknown");
    }
}
