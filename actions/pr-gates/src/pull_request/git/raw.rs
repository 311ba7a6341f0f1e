//! The machine-readable formats of `git diff-tree` and `git ls-tree`, with NUL between names: any byte may be in a name.

use anyhow::{Context as _, anyhow, bail};

use super::{Git, patch};
use crate::pull_request::{AddedLine, Change, Entry, Range, Side};

impl Git<'_> {
    /// What differs between the merge base and the head, and where it is wanted the lines that the head has and the merge
    /// base has not: one process looks for both.
    pub(in crate::pull_request) async fn changes(
        &self,
        range: &Range,
        with_lines: bool,
    ) -> anyhow::Result<(Vec<Change>, Vec<AddedLine>)> {
        let mut args = vec!["-c", "core.quotePath=true", "diff-tree", "-r", "-z"];
        args.extend(["--raw", "--no-renames", "--no-relative", "--no-abbrev"]);
        if with_lines {
            args.extend(patch::ARGS);
            args.extend(["--src-prefix=a/", "--dst-prefix=b/"]);
        }
        args.extend([range.merge_base.as_str(), range.head.as_str()]);
        let output = self.run(&args).await?;
        let (changes, patch) = parse_changes(&output)?;
        Ok((changes, patch::parse(patch)))
    }

    /// All files of a commit.
    pub(in crate::pull_request) async fn tree(&self, commit: &str) -> anyhow::Result<Vec<Entry>> {
        let output = self
            .run(&["ls-tree", "-r", "-z", "--full-tree", commit])
            .await?;
        parse_tree(&output)
    }
}

/// A name of a file as text. Bytes that are no UTF-8 are written as `\xNN`, so that two names never become one.
pub(super) fn path(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes
            .utf8_chunks()
            .map(|chunk| {
                let invalid: String = chunk
                    .invalid()
                    .iter()
                    .map(|byte| format!("\\x{byte:02x}"))
                    .collect();
                format!("{}{invalid}", chunk.valid())
            })
            .collect(),
    }
}

/// The new side of one `:…` header; `None` where the path is gone.
pub(super) fn new_side(header: &str) -> anyhow::Result<Option<Side>> {
    Ok(sides(header)?.1)
}

/// Reads `:100644 100644 <id> <id> M`, or with one more of each in front where a merge has several parents.
fn sides(header: &str) -> anyhow::Result<(Option<Side>, Option<Side>)> {
    let shown = || anyhow!("failed to understand git's line {header:?}");
    let fields = header.trim_start_matches(':');
    let parents = header.len() - fields.len();
    let fields: Vec<&str> = fields.split(' ').collect();
    let side = |at: usize| {
        let mode = fields
            .get(at)
            .and_then(|mode| u32::from_str_radix(mode, 8).ok());
        let id = fields.get(at + parents + 1);
        let (mode, id) = mode.zip(id).with_context(shown)?;
        let side = Side {
            mode,
            id: (*id).to_owned(),
        };
        anyhow::Ok((mode != 0).then_some(side))
    };
    Ok((side(0)?, side(parents)?))
}

/// The text between separators; what ends with one ends there.
pub(super) fn pieces(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, behind) = cut(rest, separator);
        rest = behind;
        Some(piece)
    })
}

/// Up to the separator, and what follows it.
fn cut(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let end = memchr::memchr(separator, text).unwrap_or(text.len());
    let (piece, behind) = text.split_at_checked(end).unwrap_or_default();
    (piece, behind.get(1..).unwrap_or_default())
}

/// More files than this are no pull request that somebody reviews, and would take the memory of a runner.
const MOST_CHANGES: usize = 100_000;

/// The changes, and the patch after them: an empty name stands between the two.
fn parse_changes(output: &[u8]) -> anyhow::Result<(Vec<Change>, &[u8])> {
    let mut changes = Vec::new();
    let mut rest = output;
    while !rest.is_empty() {
        let (header, behind) = cut(rest, 0);
        if header.is_empty() {
            return Ok((changes, behind));
        }
        let (name, behind) = cut(behind, 0);
        if name.is_empty() {
            bail!("failed to understand git: a name is missing");
        }
        if changes.len() == MOST_CHANGES {
            bail!(
                "failed to read the changes: they are in more than {MOST_CHANGES} files; split the pull request, or check that its base is correct"
            );
        }
        let (old, new) = sides(&String::from_utf8_lossy(header))?;
        changes.push(Change {
            path: path(name),
            old,
            new,
        });
        rest = behind;
    }
    Ok((changes, rest))
}

fn parse_tree(output: &[u8]) -> anyhow::Result<Vec<Entry>> {
    pieces(output, 0)
        .filter(|line| !line.is_empty())
        .map(|line| {
            entry(line).with_context(|| format!("failed to understand git's line {:?}", path(line)))
        })
        .collect()
}

/// `100644 blob <id>TAB<name>`
fn entry(line: &[u8]) -> Option<Entry> {
    let tab = memchr::memchr(b'\t', line)?;
    let (head, name) = line.split_at_checked(tab)?;
    let mut fields = std::str::from_utf8(head).ok()?.split(' ');
    let mode = u32::from_str_radix(fields.next()?, 8).ok()?;
    let id = fields.nth(1)?;
    Some(Entry {
        path: path(name.get(1..)?),
        mode,
        id: id.to_owned(),
        size: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_any_byte_but_nul() {
        let output = b":000000 100644 0000 aaaa A\0a\nb \"c\xff\0:120000 000000 bbbb 0000 D\0l\0";
        let (changes, patch) = parse_changes(output).unwrap();
        assert!(patch.is_empty());
        assert_eq!(changes[0].path, "a\nb \"c\\xff");
        assert_eq!(
            (
                changes[0].old.as_ref(),
                changes[0].new.as_ref().unwrap().mode
            ),
            (None, 0o100_644)
        );
        assert!(changes[1].old.as_ref().unwrap().is_symlink() && changes[1].new.is_none());
    }

    #[test]
    fn a_merge_has_its_own_side_last() {
        let side = new_side("::100644 100644 100755 aaaa bbbb cccc MM")
            .unwrap()
            .unwrap();
        assert_eq!((side.mode, side.id.as_str()), (0o100_755, "cccc"));
        assert_eq!(
            new_side("::100644 100644 000000 aaaa bbbb 0000 DD").unwrap(),
            None
        );
    }

    #[test]
    fn a_tab_in_a_name_is_part_of_it() {
        let entries = parse_tree(b"100644 blob aaaa\ta\tb\0").unwrap();
        assert_eq!(
            (entries[0].path.as_str(), entries[0].id.as_str()),
            ("a\tb", "aaaa")
        );
    }

    #[test]
    fn output_that_makes_no_sense_is_an_error() {
        assert!(parse_changes(b":100644\0a\0").is_err());
        assert!(parse_changes(b":000000 100644 0000 aaaa A\0").is_err());
        assert!(parse_tree(b"100644 blob aaaa a").is_err());
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn output_is_understood_or_refused_and_every_name_comes_back() {
        let seeds: &[&[u8]] = &[
            b":000000 100644 0000 aaaa A\0a\nb \"c\xff\0:120000 000000 bbbb 0000 D\0l\0",
            b"100644 blob aaaa\ta\tb\x00160000 commit bbbb\tsub\x00120000 blob cccc\tl\0",
            b"::100644 100644 100755 aaaa bbbb cccc MM\0x\0",
        ];
        testkit::fuzz::bytes(seeds, &[b":", b"100644", b"\t", b"\0:"], |bytes| {
            let _either = (parse_changes(bytes), parse_tree(bytes));
            let name: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
            if name.is_empty() {
                return;
            }
            let changes = [
                b":100644 100755 aaaa bbbb M\0".as_slice(),
                &name,
                b"\0:000000 100644 0000 cccc A\0z\0\0diff",
            ];
            let changes = changes.concat();
            let (changes, patch) = parse_changes(&changes).unwrap();
            assert_eq!(patch, b"diff");
            assert_eq!(changes.len(), 2);
            assert_eq!(changes[0].path, path(&name));
            let entry = [b"100644 blob aaaa\t".as_slice(), &name, b"\0"];
            let entries = parse_tree(&entry.concat()).unwrap();
            assert_eq!(entries[0].path, path(&name));
        });
    }
}
