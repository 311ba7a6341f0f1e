//! Added lines without a clone: from the patches that the API shows, and from the contents where it shows none.

use std::collections::HashMap;

use imara_diff::{Algorithm, Diff, InternedInput, sources::byte_lines};
use serde::Deserialize;

use crate::pull_request::{AddedLine, Change, Side, git::patch};

/// Where git looks for a zero byte to tell a binary file from text.
const BINARY_PREFIX: usize = 8000;

/// A changed file as comparisons and pull requests list it.
#[derive(Debug, Deserialize)]
pub(super) struct ListedFile {
    filename: String,
    status: String,
    sha: Option<String>,
    #[serde(default)]
    additions: usize,
    patch: Option<String>,
}

/// Whether both sides are files with contents to compare; links and submodules are none.
pub(super) fn has_lines(change: &Change) -> bool {
    let new = change.new.as_ref().filter(|side| side.is_file());
    let old = change.old.as_ref().filter(|side| side.is_file());
    new.is_some_and(|new| old.is_none_or(|old| old.id != new.id))
}

/// The patches that can be trusted, by path: of the very content that the tree has, whole, and not of a rename.
pub(super) fn patches(
    files: Vec<ListedFile>,
    changes: &[&Change],
) -> HashMap<String, Vec<AddedLine>> {
    let ids: HashMap<&str, &str> = changes
        .iter()
        .filter_map(|change| Some((change.path.as_str(), change.new.as_ref()?.id.as_str())))
        .collect();
    files
        .into_iter()
        .filter_map(|file| {
            let same = ids.get(file.filename.as_str()).copied() == file.sha.as_deref();
            let status = matches!(file.status.as_str(), "added" | "modified");
            // What is no UTF-8 cannot be told from its replacement any more.
            let patch = file.patch.filter(|patch| !patch.contains('\u{fffd}'))?;
            let lines = patch::hunks(&file.filename, patch.as_bytes());
            let whole = lines.len() == file.additions && file.additions > 0;
            (same && status && whole).then_some((file.filename, lines))
        })
        .collect()
}

/// The blobs that [`compared`] needs of a change.
pub(super) fn blobs(change: &Change) -> impl Iterator<Item = &str> {
    let old = change.old.as_ref().filter(|side| side.is_file());
    let new = change.new.as_ref().filter(|side| side.is_file());
    old.into_iter().chain(new).map(|side| side.id.as_str())
}

/// The lines that a change adds, from its contents; binary files have none.
pub(super) fn compared(change: &Change, contents: &HashMap<String, Vec<u8>>) -> Vec<AddedLine> {
    let of = |side: Option<&Side>| {
        let content = side
            .filter(|side| side.is_file())
            .and_then(|side| contents.get(&side.id));
        content.map_or(&[][..], Vec::as_slice)
    };
    let (old, new) = (of(change.old.as_ref()), of(change.new.as_ref()));
    if is_binary(old) || is_binary(new) {
        return Vec::new();
    }
    let input = InternedInput::new(byte_lines(old), byte_lines(new));
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_lines(&input);
    input
        .after
        .iter()
        .zip(0_u32..)
        .filter(|(_, at)| diff.is_added(*at))
        .map(|(token, at)| {
            let line: &[u8] = input.interner[*token];
            AddedLine {
                path: change.path.clone(),
                line: at + 1,
                text: String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line))
                    .into_owned(),
            }
        })
        .collect()
}

fn is_binary(content: &[u8]) -> bool {
    content.iter().take(BINARY_PREFIX).any(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(id: &str) -> Option<Side> {
        Some(Side {
            mode: 0o100_644,
            id: id.to_owned(),
        })
    }

    fn change(old: &str, new: &str) -> Change {
        Change {
            path: "a".to_owned(),
            old: side(old),
            new: side(new),
        }
    }

    fn added(old: &[u8], new: &[u8]) -> Vec<String> {
        let contents = HashMap::from([
            ("1".to_owned(), old.to_vec()),
            ("2".to_owned(), new.to_vec()),
        ]);
        compared(&change("1", "2"), &contents)
            .into_iter()
            .map(|line| format!("{}:{}", line.line, line.text))
            .collect()
    }

    #[test]
    fn lines_of_contents_are_those_of_a_patch() {
        assert_eq!(added(b"a\nb\nc\n", b"a\nx\r\nc\nd"), ["2:x\r", "4:d"]);
        assert_eq!(added(b"", b"a\n\nb"), ["1:a", "2:", "3:b"]);
        assert!(added(b"a\n", b"").is_empty());
        assert!(added(b"a\n", b"a\0b\n").is_empty());
    }

    #[test]
    fn a_patch_that_is_cut_or_of_another_content_is_not_used() {
        let file = |sha: &str, additions| ListedFile {
            filename: "a".to_owned(),
            status: "modified".to_owned(),
            sha: Some(sha.to_owned()),
            additions,
            patch: Some("@@ -1,2 +1,3 @@\n x\n+y\n z".to_owned()),
        };
        let changed = change("1", "2");
        let used = |file| patches(vec![file], &[&changed]).len();
        assert_eq!(used(file("2", 1)), 1);
        assert_eq!(used(file("3", 1)), 0);
        assert_eq!(used(file("2", 2)), 0);
    }
}
