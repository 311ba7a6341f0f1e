//! Gate `file-names`: a name that Windows cannot hold makes the repository impossible to check out there.

use std::collections::HashSet;

use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "file-names",
    group: Group::Tree,
    rule: "Every new file name is valid on Windows, and its path is no longer than `max-path-length`.",
    help: "Rename the file, or add its path to `allow-file-names`.",
    needs: |_| vec![Fact::Changes],
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.file_names),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Maximum path length of a new file, in UTF-16 units as Windows counts them; Windows allows 259, including the folder of the clone.
    #[arg(long, value_name = "LENGTH", default_value_t = 200)]
    max_path_length: usize,
    /// Globs of files that may have any name.
    #[arg(long, value_name = "GLOBS")]
    allow_file_names: Vec<Pattern>,
}

/// Devices that have a name in every folder of Windows, whatever the extension: "Naming Files, Paths, and Namespaces".
const DEVICES: [&str; 8] = [
    "aux", "com", "con", "conin$", "conout$", "lpt", "nul", "prn",
];

/// Bytes: what Linux file systems hold as one name.
const LONGEST_NAME: usize = 255;

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let mut seen: HashSet<&str> = HashSet::new();
    pr.changes
        .iter()
        .filter(|change| change.adds() && !glob::any(&inputs.allow_file_names, &change.path))
        .filter_map(|change| {
            let path = change.path.as_str();
            let message = match bad_name(path) {
                // A folder is said once, however many files lie in it.
                Some((prefix, _)) if !seen.insert(prefix) => return None,
                Some((_, problem)) => problem,
                None => too_long(path, inputs.max_path_length)?,
            };
            Some(Finding::new(message).file(path))
        })
        .collect()
}

/// The first part of a path that is no good, as the path up to its end, with what to say of it.
fn bad_name(path: &str) -> Option<(&str, String)> {
    let mut end = 0;
    for name in path.split('/') {
        end += name.len();
        if let Some(problem) = problem(name) {
            return Some((path.get(..end)?, format!("name {name:?} {problem}")));
        }
        end += 1;
    }
    None
}

fn problem(name: &str) -> Option<String> {
    let forbidden = |c: &char| matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*');
    if let Some(c) = name.chars().find(|c| c.is_control()) {
        return Some(format!(
            "contains the control character U+{:04X}",
            u32::from(c)
        ));
    }
    if name.contains("\\x") {
        return Some(
            "contains `\\`, which Windows does not allow, or bytes that are not UTF-8".to_owned(),
        );
    }
    if name.contains('\\') {
        return Some("contains `\\`, which Windows treats as a folder separator".to_owned());
    }
    if let Some(c) = name.chars().find(forbidden) {
        return Some(format!("contains `{c}`, which Windows does not allow"));
    }
    if name.ends_with(['.', ' ']) {
        return Some("ends with a dot or a space, which Windows drops".to_owned());
    }
    if is_device(name) {
        return Some("is a device name on Windows".to_owned());
    }
    let bytes = name.len();
    (bytes > LONGEST_NAME).then(|| {
        format!("has {bytes} bytes, over the limit of {LONGEST_NAME} of most file systems")
    })
}

fn is_device(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end_matches(' ');
    let stem = stem.to_ascii_lowercase();
    let (device, port) = match stem.char_indices().next_back() {
        Some((at, '1'..='9' | '¹' | '²' | '³')) => (stem.get(..at).unwrap_or_default(), true),
        _ => (stem.as_str(), false),
    };
    DEVICES.contains(&device) && port == matches!(device, "com" | "lpt")
}

fn too_long(path: &str, limit: usize) -> Option<String> {
    let length = path.encode_utf16().count();
    (length > limit).then(|| format!("path has {length} characters, over the limit of {limit}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{Change, Side};

    fn found(paths: &[&str], limit: usize, allow: &[&str]) -> Vec<String> {
        let changes = paths.iter().map(|&path| Change {
            path: path.to_owned(),
            old: None,
            new: Some(Side {
                mode: 0o100_644,
                id: String::new(),
            }),
        });
        let pr = PullRequest {
            changes: changes.collect(),
            ..PullRequest::default()
        };
        let inputs = Inputs {
            max_path_length: limit,
            allow_file_names: allow.iter().map(|glob| glob.parse().unwrap()).collect(),
        };
        let found = check(&pr, &inputs);
        found.into_iter().map(|one| one.message).collect()
    }

    #[test]
    fn ordinary_and_odd_names_pass() {
        let names = [
            "a b/ç/日本/🐍.rs",
            ".env",
            "com",
            "com10",
            "lpt0",
            "console",
            "con-fig",
            "a.con",
            "nul1",
            "auxiliary.txt",
            "[x]&'(y).txt",
        ];
        assert_eq!(found(&names, 200, &[]), [""; 0]);
    }

    #[test]
    fn devices_are_found_with_any_case_and_extension() {
        for name in [
            "con",
            "CON.txt",
            "x/Nul/y",
            "com1",
            "LPT9.tar.gz",
            "com¹",
            "aux .c",
            "conin$",
        ] {
            let found = found(&[name], 200, &[]);
            assert_eq!(found.len(), 1, "{name}");
            assert!(
                found[0].ends_with("is a device name on Windows"),
                "{found:?}"
            );
        }
    }

    #[test]
    fn characters_and_endings_that_windows_cannot_hold_are_found() {
        assert_eq!(
            found(&["a:b"], 200, &[]),
            ["name \"a:b\" contains `:`, which Windows does not allow"]
        );
        assert_eq!(
            found(&["a\nb"], 200, &[]),
            ["name \"a\\nb\" contains the control character U+000A"]
        );
        assert_eq!(
            found(&["a\\b"], 200, &[]),
            ["name \"a\\\\b\" contains `\\`, which Windows treats as a folder separator"]
        );
        assert_eq!(
            found(&["d./x", "e "], 200, &[]),
            [
                "name \"d.\" ends with a dot or a space, which Windows drops",
                "name \"e \" ends with a dot or a space, which Windows drops"
            ]
        );
    }

    #[test]
    fn a_folder_is_said_once() {
        assert_eq!(found(&["aux/a", "aux/b", "aux/c"], 200, &[]).len(), 1);
    }

    #[test]
    fn lengths_are_counted_as_windows_counts() {
        assert!(found(&["abcde"], 5, &[]).is_empty());
        assert_eq!(
            found(&["abcdef"], 5, &[]),
            ["path has 6 characters, over the limit of 5"]
        );
        assert_eq!(
            found(&["🐍🐍🐍"], 5, &[]),
            ["path has 6 characters, over the limit of 5"]
        );
        let long = "é".repeat(128);
        assert!(found(&[&long], 200, &[])[0].contains("has 256 bytes, over the limit of 255"));
    }

    #[test]
    fn an_allowed_name_passes() {
        assert!(found(&["tests/data/a:b"], 5, &["tests/data/"]).is_empty());
    }
}
