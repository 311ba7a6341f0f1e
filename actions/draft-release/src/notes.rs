//! The notes of a release: our part names packages, digests and how to install; what people write around it stays.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use actions_core::{Table, text};
use bytesize::ByteSize;
use package_store::{Manifest, Record};
use publishing::github_release::{END, START};

use crate::changes::Changes;

/// Headings of our part.
pub(crate) const CHANGES: &str = "### Changes since";
const INSTALL: &str = "### Install";
const PACKAGES: &str = "### Packages";
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
        let _written = write!(notes, "{INSTALL}\n\n```sh\n{}\n```\n\n", lines.join("\n"));
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
    notes += &format!("{PACKAGES}\n\n{}", table.to_markdown());
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

/// The notes with our part in its place; where there was none, it comes after the rest. A list of changes that is there
/// stays where ours could not be read.
pub(crate) fn merged(existing: &str, ours: &str, lists_changes: bool) -> String {
    let existing = existing.replace("\r\n", "\n");
    if let Some((before, rest)) = existing.split_once(START)
        && let Some((old, after)) = rest.split_once(END)
    {
        let ours = match list_in(old) {
            Some(list) if !lists_changes => ours.replacen(START, &format!("{START}\n{list}\n"), 1),
            _ => ours.to_owned(),
        };
        return format!("{before}{}{after}", ours.trim_end());
    }
    match existing.trim_end() {
        "" => ours.to_owned(),
        rest => format!("{rest}\n\n{ours}"),
    }
}

/// The list of changes in a part of ours, down to the heading after it. No title can be a heading: they are escaped.
fn list_in(part: &str) -> Option<&str> {
    let list = part.trim_start().strip_prefix(CHANGES).is_some();
    let end = [INSTALL, PACKAGES].iter().filter_map(|heading| {
        let heading = format!("\n{heading}\n");
        part.find(&heading)
    });
    let list = part.get(..end.min()?).filter(|_| list)?;
    Some(list.trim())
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
        let merged_once = merged(&old, &new, true);
        assert_eq!(
            merged_once,
            format!("Hello!\n\n{START}\nnew\n{END}\nThanks.")
        );
        assert_eq!(merged(&merged_once, &new, true), merged_once);
        assert_eq!(merged("Hello!", &new, true), format!("Hello!\n\n{new}"));
        assert_eq!(merged("", &new, true), new);
        assert_eq!(merged(&new, &new, true), new);
    }
    #[test]
    fn a_list_that_cannot_be_read_again_stays() {
        let list = "### Changes since `v1`\n\n#### Python\n\n- One (#1 by @octocat)";
        let with = |list: &str| format!("{START}\n{list}### Packages\n\nnew\n{END}\n");
        for heading in [
            "### Install\n\n```sh\n\n```\n\n### Packages\n\nold\n",
            "### Packages\n\nold\n",
        ] {
            let old = format!("Hello!\n\n{START}\n{list}\n\n{heading}{END}\n");
            let kept = merged(&old, &with(""), false);
            assert_eq!(kept, format!("Hello!\n\n{}", with(&format!("{list}\n\n"))));
            assert_eq!(merged(&kept, &with(""), false), kept);
            assert_eq!(
                merged(&old, &with(""), true),
                format!("Hello!\n\n{}", with(""))
            );
        }
        let none = with("");
        assert_eq!(merged(&none, &with(""), false), none);
    }
}
