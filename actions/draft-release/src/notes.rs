//! The notes of a release: our part names packages, digests and how to install; what people write around it stays.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use actions_core::{Table, text};
use bytesize::ByteSize;
use package_store::{Manifest, Record};

use crate::changes::Changes;

const START: &str = "<!-- draft-release: packages -->";
const END: &str = "<!-- /draft-release -->";
/// Characters that we fill, of the 125,000 that GitHub takes: people write around our part.
const MOST_CHARACTERS: usize = 115_000;
/// Rows that leave room for the changes.
const MOST_ROWS: usize = 200;

/// Our part, between its markers: what changed, how to install it, and what it is.
pub(crate) fn notes(manifest: &Manifest, changes: Option<&Changes>) -> String {
    let packages = of_packages(manifest.packages(), manifest.commit().as_str());
    let room = MOST_CHARACTERS.saturating_sub(packages.chars().count());
    let changes = changes.map(|changes| changes.to_markdown(room) + "\n");
    format!("{START}\n{}{packages}{END}\n", changes.unwrap_or_default())
}

fn of_packages(packages: &[Record], commit: &str) -> String {
    let mut notes = String::new();
    let installs = installs(packages);
    if !installs.is_empty() {
        let lines: Vec<String> = installs.into_iter().collect();
        // A write to a string cannot fail.
        let _written = write!(notes, "### Install\n\n```sh\n{}\n```\n\n", lines.join("\n"));
    }
    let mut table = Table::new(&["package", "platform", "size", "SHA-256"]);
    for record in packages.iter().take(MOST_ROWS) {
        let size = ByteSize::b(record.size).to_string();
        table.row([
            &record.file,
            &record.platform,
            &size,
            &record.sha256.to_string(),
        ]);
    }
    notes += &format!("### Packages\n\n{}", table.to_markdown());
    if let Some(more @ 1..) = packages.len().checked_sub(MOST_ROWS) {
        notes += &format!("\n… and {more} more.\n");
    }
    notes + &format!("\nBuilt from {}.\n", text::markdown_code(commit))
}

/// What to type once the packages are published; each line can pick this version only.
fn installs(packages: &[Record]) -> BTreeSet<String> {
    packages
        .iter()
        .filter_map(|record| match record.kind.as_str() {
            "wheel" => Some(format!(
                "pip install {}=={}",
                record.project, record.version
            )),
            "crate" => Some(format!("cargo add {}@={}", record.project, record.version)),
            _ => None,
        })
        .collect()
}

/// The notes with our part in its place; where there was none, it comes after the rest.
pub(crate) fn merged(existing: &str, ours: &str) -> String {
    let existing = existing.replace("\r\n", "\n");
    if let Some((before, rest)) = existing.split_once(START)
        && let Some((_, after)) = rest.split_once(END)
    {
        return format!("{before}{}{after}", ours.trim_end());
    }
    match existing.trim_end() {
        "" => ours.to_owned(),
        rest => format!("{rest}\n\n{ours}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: &str, file: &str) -> Record {
        serde_json::from_value(serde_json::json!({
            "kind": kind, "project": "hello", "version": "0.2.0", "platform": "any", "profile": "release",
            "file": file, "size": 2048, "sha256": "0".repeat(64), "content-type": "x",
            "commit": "6e4ddaf0123456789abcdef0123456789abcdef0", "uploaded": "2026-11-21T08:15:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn packages_are_listed_with_digests_and_install_lines() {
        let notes = of_packages(
            &[
                record("crate", "hello-0.2.0.crate"),
                record("wheel", "w.whl"),
                record("data", "d"),
            ],
            "6e4ddaf",
        );
        let zeros = "0".repeat(64);
        for part in [
            "```sh\ncargo add hello@=0.2.0\npip install hello==0.2.0\n```\n",
            &format!("| hello-0.2.0.crate | any | 2.0 KiB | {zeros} |\n"),
            "Built from `6e4ddaf`.\n",
        ] {
            assert!(notes.contains(part), "{notes}");
        }
    }

    #[test]
    fn a_name_cannot_write_markup_into_the_notes() {
        let notes = of_packages(&[record("data", "a|<!-- x -->@everyone")], "6e4ddaf");
        assert!(
            notes.contains("a\\|&lt;\\!-- x --&gt;\\@everyone"),
            "{notes}"
        );
    }

    #[test]
    fn very_many_packages_stay_below_githubs_limit() {
        let many: Vec<Record> = (0..2000)
            .map(|n| record("data", &format!("{n:0>200}")))
            .collect();
        let notes = of_packages(&many, "6e4ddaf");
        assert!(notes.contains("… and 1800 more."));
        assert!(notes.chars().count() < 125_000, "{}", notes.len());
    }

    #[test]
    fn what_people_wrote_around_our_part_stays() {
        let old = format!("Hello!\r\n\r\n{START}\r\nold\r\n{END}\r\nThanks.");
        let new = format!("{START}\nnew\n{END}\n");
        let merged_once = merged(&old, &new);
        assert_eq!(
            merged_once,
            format!("Hello!\n\n{START}\nnew\n{END}\nThanks.")
        );
        assert_eq!(merged(&merged_once, &new), merged_once);
        assert_eq!(merged("Hello!", &new), format!("Hello!\n\n{new}"));
        assert_eq!(merged("", &new), new);
        assert_eq!(merged(&new, &new), new);
    }
}
