//! Gate `lfs`: attribute and pointer must agree, else a clone gets a pointer for a picture, or git the picture for good.

mod attributes;
mod pointer;
mod wildmatch;

use std::{
    collections::{BTreeMap, HashSet},
    ops::RangeInclusive,
};

use actions_core::text::shell_word;
use bytesize::ByteSize;

use self::{attributes::Attributes, pointer::Parsed};
use super::{Gate, Group};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    path,
    pull_request::{Entry, Fact, PullRequest, Tree, Want},
    size,
};

pub(crate) const GATE: Gate = Gate {
    id: "lfs",
    group: Group::Tree,
    rule: "A file is a Git LFS pointer exactly if `.gitattributes` sets `filter=lfs` for it; the pointer is well-formed, its object is no larger than `max-lfs-size`, and files that match `lfs-files` are in LFS.",
    help: "Run `git lfs install`, then `git add --renormalize .` and commit.",
    needs: |_| vec![Fact::Tree],
    reads: |pr, _| reads(pr),
    check: |pr, inputs| check(pr, &inputs.lfs),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs of files that must be in Git LFS, such as `*.png`.
    #[arg(long, value_name = "GLOBS")]
    lfs_files: Vec<Pattern>,
    /// Globs of files to ignore: outside LFS on purpose, or pointers that a test reads.
    #[arg(long, value_name = "GLOBS")]
    allow_outside_lfs: Vec<Pattern>,
    /// Largest object in Git LFS that a pull request may add or change; unlimited by default.
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_lfs_size: Option<ByteSize>,
}

/// Bytes: up to here, a file that should be a pointer is read to say why it is none.
const MEANT_AS_POINTER: u64 = 4 * pointer::TOO_LONG;
/// Bytes; git itself reads lists up to 100 MB.
const LONGEST_LIST: u64 = 1 << 20;
const LIST: &str = ".gitattributes";
/// Bytes: where no attribute asks for a pointer, only a file of a pointer's size is read to see whether it is one.
const SIZES_OF_POINTERS: RangeInclusive<u64> = 100..=300;

fn reads(pr: &PullRequest) -> Vec<Want> {
    if pr.changes.is_empty() {
        return Vec::new();
    }
    let lists = lists(&pr.tree).map(|list| Want::new(&list.id, LONGEST_LIST));
    let before = pr.changes.iter().filter(|change| is_list(&change.path));
    let before = before.filter_map(|change| change.old.as_ref());
    let small = pr.changed_files();
    let mut wants: Vec<Want> = lists
        .chain(before.map(|side| Want::new(&side.id, LONGEST_LIST)))
        .chain(small.map(|(_, side)| Want::of_size(&side.id, SIZES_OF_POINTERS)))
        .collect();
    let has_lists = wants.iter().all(|want| pr.contents.contains_key(&want.id));
    if has_lists {
        let attributes = attributes(pr, &pr.tree);
        let meant = candidates(pr, &attributes);
        wants.extend(
            meant
                .iter()
                .filter(|entry| attributes.is_lfs(&entry.path))
                .map(|entry| Want::new(&entry.id, MEANT_AS_POINTER)),
        );
        let others = meant.iter().filter(|entry| !attributes.is_lfs(&entry.path));
        wants.extend(others.map(|entry| Want::of_size(&entry.id, SIZES_OF_POINTERS)));
    }
    wants
}

fn is_list(path: &str) -> bool {
    path.strip_suffix(LIST)
        .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
}

fn lists(tree: &Tree) -> impl Iterator<Item = &Entry> {
    let files = tree.entries.iter().filter(|entry| entry.is_file());
    files.filter(|entry| is_list(&entry.path))
}

fn attributes(pr: &PullRequest, tree: &Tree) -> Attributes {
    let mut attributes = Attributes::default();
    for list in lists(tree) {
        let text = String::from_utf8_lossy(pr.content(&list.id).unwrap_or_default());
        attributes.add(path::folder(&list.path), &text);
    }
    attributes
}

/// The files that the pull request changes, and those that it gives the attribute or takes it from.
fn candidates<'a>(pr: &'a PullRequest, now: &Attributes) -> Vec<&'a Entry> {
    let mut found: BTreeMap<&str, &Entry> = pr
        .changed_files()
        .filter_map(|(change, _)| pr.tree.entry(&change.path))
        .map(|entry| (entry.path.as_str(), entry))
        .collect();
    if pr.changes.iter().any(|change| is_list(&change.path)) {
        let before = attributes(pr, &pr.tree.before(&pr.changes));
        let files = pr.tree.entries.iter().filter(|entry| entry.is_file());
        let turned = files.filter(|entry| now.is_lfs(&entry.path) != before.is_lfs(&entry.path));
        found.extend(turned.map(|entry| (entry.path.as_str(), entry)));
    }
    found.into_values().collect()
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    if pr.changes.is_empty() {
        return Vec::new();
    }
    let attributes = attributes(pr, &pr.tree);
    let mut seen = HashSet::new();
    candidates(pr, &attributes)
        .into_iter()
        .filter(|entry| !glob::any(&inputs.allow_outside_lfs, &entry.path))
        .filter(|entry| seen.insert(entry.path.as_str()))
        .filter_map(|entry| {
            let finding = judge(pr, inputs, entry, attributes.is_lfs(&entry.path))?;
            Some(finding.file(&entry.path))
        })
        .collect()
}

fn judge(pr: &PullRequest, inputs: &Inputs, entry: &Entry, has_attribute: bool) -> Option<Finding> {
    let file = pr.contents.get(&entry.id)?;
    let parsed = file.bytes.as_deref().map_or(Parsed::Other, pointer::parse);
    let wanted = inputs.lfs_files.iter().find(|one| one.matches(&entry.path));
    let (size, path) = (ByteSize::b(file.size), shell_word(&entry.path));
    match parsed {
        Parsed::Malformed(problem) => Some(
            Finding::new(format!("Git LFS pointer is malformed: {problem}")).help(format!(
                "Restore the file itself and add it again: `git lfs install && git add --renormalize -- {path}`."
            )),
        ),
        Parsed::Pointer(_) if !has_attribute => Some(
            Finding::new("file is a Git LFS pointer, but `.gitattributes` does not set `filter=lfs` for it, so clones contain the pointer instead of the file").help(format!(
                "Run `git lfs track --filename {path}` and commit `.gitattributes`; if a test reads the pointer, add it to `allow-outside-lfs`."
            )),
        ),
        Parsed::Pointer(object) => {
            let limit = inputs.max_lfs_size.filter(|limit| object > limit.as_u64())?;
            let (object, limit) = size::over(object, limit);
            Some(
                Finding::new(format!("object in Git LFS is {object}, over the limit of {limit}"))
                    .help("Make the file smaller, or store it elsewhere and download it where it is needed."),
            )
        }
        // Git LFS leaves empty files as they are.
        Parsed::Other if file.size == 0 => None,
        Parsed::Other if has_attribute => Some(
            Finding::new(format!(
                "file of {size} is in git itself, although `.gitattributes` sets `filter=lfs` for it"
            ))
            .help(format!(
                "Run `git lfs install && git add --renormalize -- {path}` and commit; if the file should stay outside, add it to `allow-outside-lfs`."
            )),
        ),
        Parsed::Other => wanted.map(|pattern| {
            let pattern = pattern.as_str();
            Finding::new(format!(
                "file of {size} is not in Git LFS, but matches \"{pattern}\" of `lfs-files`"
            ))
            .help(format!(
                "Run `git lfs track {} && git add --renormalize -- {path}` and commit it with `.gitattributes`.",
                shell_word(pattern)
            ))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{Change, Content, Side};

    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 2097152\n";
    const ATTRIBUTES: &str = "*.png filter=lfs diff=lfs merge=lfs -text\n";

    fn inputs() -> Inputs {
        Inputs {
            lfs_files: Vec::new(),
            allow_outside_lfs: vec!["tests/".parse().unwrap()],
            max_lfs_size: None,
        }
    }

    /// Path and text; what reads nothing is never looked at.
    fn pr(before: &[(&str, &str)], after: &[(&str, &str)]) -> PullRequest {
        let side = |files: &[(&str, &str)], path: &str| {
            let file = files.iter().find(|(one, _)| *one == path)?;
            Some(Side {
                mode: 0o100_644,
                id: format!("id of {}", file.1),
            })
        };
        let paths: HashSet<&str> = before.iter().chain(after).map(|(path, _)| *path).collect();
        let changes = paths.into_iter().map(|path| Change {
            path: path.to_owned(),
            old: side(before, path),
            new: side(after, path),
        });
        let mut pr = PullRequest {
            changes: changes.filter(|change| change.old != change.new).collect(),
            tree: Tree::new(
                after
                    .iter()
                    .map(|&(path, text)| Entry {
                        path: path.to_owned(),
                        mode: 0o100_644,
                        id: format!("id of {text}"),
                        size: None,
                    })
                    .collect(),
            ),
            ..PullRequest::default()
        };
        for _ in 0..3 {
            for want in reads(&pr) {
                let text = want.id.strip_prefix("id of ").unwrap().as_bytes().to_vec();
                let size = text.len() as u64;
                let bytes = want.sizes.contains(&size).then_some(text);
                let old = pr.contents.remove(&want.id).and_then(|one| one.bytes);
                pr.contents.insert(
                    want.id,
                    Content {
                        size,
                        bytes: bytes.or(old),
                    },
                );
            }
        }
        pr
    }

    fn found(before: &[(&str, &str)], after: &[(&str, &str)], inputs: &Inputs) -> Vec<String> {
        check(&pr(before, after), inputs)
            .into_iter()
            .map(|one| format!("{}: {}", one.file.unwrap(), one.message))
            .collect()
    }

    #[test]
    fn a_pointer_with_the_attribute_and_a_file_without_it_pass() {
        let files = [
            (LIST, ATTRIBUTES),
            ("a.png", POINTER),
            ("a.rs", "fn a() {}"),
            ("b.png", ""),
        ];
        assert_eq!(found(&[], &files, &inputs()), [""; 0]);
    }

    #[test]
    fn a_file_that_should_be_a_pointer_is_found() {
        let large = "x".repeat(9000);
        let files = [
            (LIST, ATTRIBUTES),
            ("a.png", "\u{89}PNG"),
            ("docs/b.png", &large),
        ];
        assert_eq!(
            found(&files[..1], &files, &inputs()),
            [
                "a.png: file of 5 B is in git itself, although `.gitattributes` sets `filter=lfs` for it",
                "docs/b.png: file of 8.8 KiB is in git itself, although `.gitattributes` sets `filter=lfs` for it"
            ]
        );
    }

    #[test]
    fn a_pointer_without_the_attribute_is_found() {
        let found = found(
            &[],
            &[("a.bin", POINTER), ("tests/a.bin", POINTER)],
            &inputs(),
        );
        assert_eq!(
            found,
            [
                "a.bin: file is a Git LFS pointer, but `.gitattributes` does not set `filter=lfs` for it, so clones contain the pointer instead of the file"
            ]
        );
    }

    #[test]
    fn a_malformed_pointer_is_found_also_where_it_is_too_long() {
        let long = format!("{POINTER}{}", "x y\n".repeat(300));
        let crlf = POINTER.replace('\n', "\r\n");
        let files = [(LIST, ATTRIBUTES), ("a.png", &crlf), ("b.png", &long)];
        assert_eq!(
            found(&[], &files, &inputs()),
            [
                "a.png: Git LFS pointer is malformed: its lines end with CRLF",
                "b.png: Git LFS pointer is malformed: it has 1332 bytes, but a pointer is smaller than 1024"
            ]
        );
    }

    #[test]
    fn an_object_at_the_limit_passes_and_a_larger_one_does_not() {
        let files = [(LIST, ATTRIBUTES), ("a.png", POINTER)];
        let limited = |size: &str| Inputs {
            max_lfs_size: Some(size::parse(size).unwrap()),
            ..inputs()
        };
        assert_eq!(found(&[], &files, &limited("2MiB")), [""; 0]);
        assert_eq!(
            found(&[], &files, &limited("1MiB")),
            ["a.png: object in Git LFS is 2.0 MiB, over the limit of 1.0 MiB"]
        );
    }

    #[test]
    fn what_must_be_in_lfs_is_found_where_it_is_not() {
        let inputs = Inputs {
            lfs_files: vec!["*.png".parse().unwrap()],
            ..inputs()
        };
        assert_eq!(
            found(&[], &[("a.png", "x"), ("tests/a.png", "x")], &inputs),
            ["a.png: file of 1 B is not in Git LFS, but matches \"*.png\" of `lfs-files`"]
        );
    }

    #[test]
    fn a_change_of_attributes_is_held_against_files_that_did_not_change() {
        let before = [
            ("a.png", "x"),
            ("b.bin", POINTER),
            (LIST, "*.bin filter=lfs\n"),
        ];
        let after = [("a.png", "x"), ("b.bin", POINTER), (LIST, ATTRIBUTES)];
        let found = found(&before, &after, &inputs());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("a.png: file of 1 B is in git itself"));
        assert!(found[1].starts_with("b.bin: file is a Git LFS pointer"));
    }

    #[test]
    fn what_was_wrong_before_and_is_not_touched_is_left_alone() {
        let before = [("a.png", "x"), (LIST, ATTRIBUTES)];
        let after = [("a.png", "x"), (LIST, ATTRIBUTES), ("a.rs", "y")];
        assert_eq!(found(&before, &after, &inputs()), [""; 0]);
    }
}
