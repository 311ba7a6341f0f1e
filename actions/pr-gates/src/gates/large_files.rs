//! Gate `large-files`: a large file stays in the history for good, and every clone pays for it.

mod limit;

use std::collections::HashSet;

use actions_core::text::shell_word;
use bytesize::ByteSize;

use self::limit::Limit;
use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Fact, IntroducedFile, PullRequest, short},
    size,
};

pub(crate) const GATE: Gate = Gate {
    id: "large-files",
    group: Group::History,
    rule: "No commit adds a file over `max-file-size`, even if a later commit removes it, and together they add at most `max-growth`.",
    help: "Put the file in Git LFS, or add its path to `allow-large-files`.",
    needs: |inputs| match inputs.large_files.lists_are_empty() {
        true => vec![Fact::History],
        false => vec![Fact::History, Fact::TreeSizes],
    },
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.large_files),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Largest file that a commit may add or change; a file of exactly this size is allowed.
    #[arg(long, value_name = "SIZE", default_value = "100KiB", value_parser = size::parse)]
    max_file_size: ByteSize,
    /// Other limits for some files, such as `1MiB for assets/**`; the last matching line counts.
    #[arg(long, value_name = "LIMITS")]
    file_size_limits: Vec<Limit>,
    /// Globs of files that may be larger.
    #[arg(long, value_name = "GLOBS")]
    allow_large_files: Vec<Pattern>,
    /// Maximum that all commits together may add, before compression; unlimited by default.
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_growth: Option<ByteSize>,
}

impl Inputs {
    fn lists_are_empty(&self) -> bool {
        self.allow_large_files.is_empty() && self.file_size_limits.is_empty()
    }

    fn limit(&self, path: &str) -> ByteSize {
        let limits = self.file_size_limits.iter();
        let last = limits.rev().find(|limit| limit.files.matches(path));
        last.map_or(self.max_file_size, |limit| limit.size)
    }
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let too_large = pr
        .introduced
        .iter()
        .map(|file| (file, inputs.limit(&file.path)))
        .filter(|(file, limit)| file.size > limit.as_u64())
        .filter(|(file, _)| !glob::any(&inputs.allow_large_files, &file.path))
        .map(|(file, limit)| finding(pr, limit, file));
    too_large
        .chain(growth(pr, inputs))
        .chain(stale_globs(pr, inputs))
        .collect()
}

/// What every clone has more to get; a content that stands at several paths is stored once.
fn growth(pr: &PullRequest, inputs: &Inputs) -> Option<Finding> {
    let limit = inputs.max_growth?;
    let mut seen = HashSet::new();
    let new = pr.introduced.iter();
    let new: Vec<_> = new.filter(|file| seen.insert(file.blob.as_str())).collect();
    let total: u64 = new.iter().map(|file| file.size).sum();
    if total <= limit.as_u64() {
        return None;
    }
    let largest = new.iter().max_by_key(|file| file.size)?;
    let (total, limit) = size::over(total, limit);
    let (size, files) = (ByteSize::b(largest.size), new.len());
    let finding = Finding::new(format!(
        "commits add {total} in {files} blobs, over the limit of {limit}; the largest is this one with {size}"
    ));
    Some(finding.file(&largest.path).commit(&largest.commit).help(
        "Put the largest files in Git LFS, and do not commit generated files; the limit is `max-growth`.",
    ))
}

fn finding(pr: &PullRequest, limit: ByteSize, file: &IntroducedFile) -> Finding {
    let (size, limit) = size::over(file.size, limit);
    let commit = short(&file.commit);
    let base = pr
        .range
        .as_ref()
        .map_or("", |range| short(&range.merge_base));
    let at_head = pr.tree.entry(&file.path);
    let (message, help) = match at_head {
        Some(entry) if entry.id == file.blob => (
            format!("file is {size}, over the limit of {limit}"),
            format!(
                "{} To remove it from commit {commit}: \
                 `git rm --cached -- {path} && git commit --fixup={commit} && git rebase --interactive --autosquash {base}`.",
                GATE.help,
                path = shell_word(&pathspec(&file.path))
            ),
        ),
        other => {
            let later = other.map_or("removes", |_| "replaces");
            (
                format!(
                    "file is {size} in commit {commit}, over the limit of {limit}, and stays in the history even though a later commit {later} it"
                ),
                format!(
                    "Squash the branch into one commit: `git reset --soft {base} && git commit`, then `git push --force-with-lease`."
                ),
            )
        }
    };
    Finding::new(message)
        .file(&file.path)
        .commit(&file.commit)
        .help(help)
}

/// The path as git takes it: a colon in front and stars would mean more than themselves.
fn pathspec(path: &str) -> String {
    match path.starts_with(':') || path.contains(['*', '?', '[', '\\']) {
        true => format!(":(literal){path}"),
        false => path.to_owned(),
    }
}

/// A line that lets nothing through any more would let the next large file through unseen.
fn stale_globs(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let is_needed = |pattern: &Pattern, limit: &dyn Fn(&str) -> u64| {
        let too_large = |path: &str, size: u64| pattern.matches(path) && size > limit(path);
        let in_tree = pr.tree.entries.iter().any(|entry| {
            // In a blobless clone a size may be unknown: then nobody can tell.
            too_large(&entry.path, entry.size.unwrap_or(u64::MAX))
        });
        in_tree
            || pr
                .introduced
                .iter()
                .any(|file| too_large(&file.path, file.size))
    };
    let allowed = inputs.allow_large_files.iter();
    let allowed =
        allowed.filter(|pattern| !is_needed(pattern, &|path| inputs.limit(path).as_u64()));
    let default = inputs.max_file_size;
    let raised = inputs.file_size_limits.iter();
    let raised = raised
        .filter(|limit| limit.size > default && !is_needed(&limit.files, &|_| default.as_u64()));
    let allowed = allowed.map(|pattern| stale(pattern.as_str(), "allow-large-files", default));
    let raised = raised.map(|limit| stale(&limit.to_string(), "file-size-limits", default));
    allowed.chain(raised).collect()
}

fn stale(line: &str, input: &str, limit: ByteSize) -> Finding {
    Finding::warning(format!(
        "\"{line}\" in `{input}` matches no file over {limit}"
    ))
    .help(format!("Remove the line from `{input}`."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Severity,
        pull_request::{Entry, Range, Tree},
    };

    const COMMIT: &str = "1111111111111111111111111111111111111111";
    const BASE: &str = "2222222222222222222222222222222222222222";

    fn pr(introduced: &[(&str, &str, u64)], tree: &[(&str, &str, u64)]) -> PullRequest {
        PullRequest {
            range: Some(Range {
                base: BASE.to_owned(),
                merge_base: BASE.to_owned(),
                head: COMMIT.to_owned(),
            }),
            introduced: introduced
                .iter()
                .map(|&(path, blob, size)| IntroducedFile {
                    path: path.to_owned(),
                    blob: blob.to_owned(),
                    size,
                    commit: COMMIT.to_owned(),
                })
                .collect(),
            tree: Tree::new(
                tree.iter()
                    .map(|&(path, id, size)| Entry {
                        path: path.to_owned(),
                        mode: 0o100_644,
                        id: id.to_owned(),
                        size: Some(size),
                    })
                    .collect(),
            ),
            ..PullRequest::default()
        }
    }

    fn inputs(size: &str, allow: &[&str]) -> Inputs {
        Inputs {
            max_file_size: size::parse(size).unwrap(),
            file_size_limits: Vec::new(),
            allow_large_files: allow.iter().map(|glob| glob.parse().unwrap()).collect(),
            max_growth: None,
        }
    }

    #[test]
    fn a_file_at_the_limit_passes() {
        let pr = pr(&[("a.bin", "x", 1024)], &[("a.bin", "x", 1024)]);
        assert_eq!(check(&pr, &inputs("1KiB", &[])), []);
        assert_eq!(check(&pr, &inputs("1023", &[])).len(), 1);
    }

    #[test]
    fn a_file_over_the_limit_is_found_with_its_commit_and_what_to_type() {
        let pr = pr(&[("a b.bin", "x", 2 << 20)], &[("a b.bin", "x", 2 << 20)]);
        let found = check(&pr, &inputs("100KiB", &[]));
        assert_eq!(
            found[0].message,
            "file is 2.0 MiB, over the limit of 100.0 KiB"
        );
        assert_eq!(found[0].file.as_deref(), Some("a b.bin"));
        assert_eq!(found[0].commit.as_deref(), Some(COMMIT));
        assert_eq!(
            found[0].help.as_deref(),
            Some(
                "Put the file in Git LFS, or add its path to `allow-large-files`. To remove it from commit 1111111: \
                 `git rm --cached -- 'a b.bin' && git commit --fixup=1111111 && git rebase --interactive --autosquash 2222222`."
            )
        );
    }

    #[test]
    fn a_file_that_a_later_commit_removes_is_found_all_the_same() {
        let found = check(&pr(&[("a.bin", "x", 2000)], &[]), &inputs("1KiB", &[]));
        assert!(
            found[0]
                .message
                .ends_with("even though a later commit removes it")
        );
        assert!(
            found[0]
                .help
                .as_ref()
                .unwrap()
                .contains("`git reset --soft 2222222 && git commit`")
        );
        let pr = pr(&[("a.bin", "x", 2000)], &[("a.bin", "y", 1)]);
        let found = check(&pr, &inputs("1KiB", &[]));
        assert!(
            found[0]
                .message
                .ends_with("even though a later commit replaces it")
        );
    }

    #[test]
    fn a_path_that_git_would_take_for_a_pattern_is_shown_as_a_literal_one() {
        assert_eq!(pathspec("a b.bin"), "a b.bin");
        assert_eq!(pathspec(":x"), ":(literal):x");
        assert_eq!(pathspec("*.bin"), ":(literal)*.bin");
    }

    #[test]
    fn an_allowed_file_passes() {
        let pr = pr(&[("docs/a.png", "x", 2000)], &[("docs/a.png", "x", 2000)]);
        assert_eq!(check(&pr, &inputs("1KiB", &["*.png"])), []);
    }

    #[test]
    fn an_entry_of_the_allow_list_that_nothing_needs_is_a_warning() {
        let pr = pr(&[], &[("small.png", "x", 10), ("big.bin", "y", 2000)]);
        let found = check(&pr, &inputs("1KiB", &["*.png", "*.bin", "gone.txt"]));
        let messages: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "\"*.png\" in `allow-large-files` matches no file over 1.0 KiB",
                "\"gone.txt\" in `allow-large-files` matches no file over 1.0 KiB"
            ]
        );
        assert!(found.iter().all(|one| one.severity == Severity::Warning));
    }

    #[test]
    fn a_file_whose_size_is_unknown_may_need_its_entry() {
        let mut pr = pr(&[], &[("a.png", "x", 0)]);
        pr.tree.entries[0].size = None;
        assert_eq!(check(&pr, &inputs("1KiB", &["*.png"])), []);
    }

    #[test]
    fn the_last_limit_that_matches_counts() {
        let limits = ["1MiB for assets/", "1KiB for *.json"];
        let inputs = Inputs {
            file_size_limits: limits.iter().map(|line| line.parse().unwrap()).collect(),
            ..inputs("100KiB", &[])
        };
        let files = [
            ("assets/a.bin", "a", 1 << 20),
            ("assets/a.json", "b", 2000),
            ("a.bin", "c", 101 << 10),
        ];
        let found = check(&pr(&files, &[]), &inputs);
        let places: Vec<&str> = found
            .iter()
            .map(|one| one.file.as_deref().unwrap())
            .collect();
        assert_eq!(places, ["assets/a.json", "a.bin"]);
        assert!(
            found[0].message.contains("over the limit of 1.0 KiB"),
            "{found:?}"
        );
    }

    #[test]
    fn a_raised_limit_that_nothing_needs_is_a_warning_and_a_lowered_one_is_not() {
        let limits = ["1MiB for assets/", "1KiB for *.json"];
        let inputs = Inputs {
            file_size_limits: limits.iter().map(|line| line.parse().unwrap()).collect(),
            ..inputs("100KiB", &[])
        };
        let found = check(&pr(&[], &[("assets/a.bin", "a", 1000)]), &inputs);
        let messages: Vec<&str> = found.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(
            messages,
            ["\"1.0 MiB for assets/\" in `file-size-limits` matches no file over 100.0 KiB"]
        );
    }

    #[test]
    fn growth_counts_each_content_once() {
        let files = [
            ("a.bin", "x", 600),
            ("b.bin", "x", 600),
            ("c.bin", "y", 400),
        ];
        let limited = |limit: &str| Inputs {
            max_growth: Some(size::parse(limit).unwrap()),
            ..inputs("100KiB", &[])
        };
        assert_eq!(check(&pr(&files, &[]), &limited("1000")), []);
        let found = check(&pr(&files, &[]), &limited("999"));
        assert_eq!(
            found[0].message,
            "commits add 1000 B in 2 blobs, over the limit of 999 B; the largest is this one with 600 B"
        );
        assert_eq!(found[0].file.as_deref(), Some("a.bin"));
    }
}
