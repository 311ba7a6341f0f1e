//! Gate `large-files`: a large file stays in the history for good, and every clone pays for it.

use actions_core::text::shell_word;
use bytesize::ByteSize;

use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Fact, IntroducedFile, PullRequest, short},
};

pub(crate) const GATE: Gate = Gate {
    id: "large-files",
    group: Group::History,
    rule: "No commit brings in a file over `max-file-size`, also if a later commit takes it away again.",
    help: "Put the file in Git LFS, or add its path to `allow-large-files`.",
    needs: |inputs| match inputs.large_files.allow_large_files.is_empty() {
        true => vec![Fact::History],
        false => vec![Fact::History, Fact::TreeSizes],
    },
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.large_files),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Largest file that a commit may add or change; a file of exactly this size may.
    #[arg(long, value_name = "SIZE", default_value = "100KiB", value_parser = parse_size)]
    max_file_size: ByteSize,
    /// Globs of files that may be larger.
    #[arg(long, value_name = "GLOBS")]
    allow_large_files: Vec<Pattern>,
}

fn parse_size(text: &str) -> Result<ByteSize, String> {
    text.parse()
        .map_err(|_| "expected a number with a unit, such as `100KiB`, `2MB` or `512`".to_owned())
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let limit = inputs.max_file_size.as_u64();
    let too_large = pr
        .introduced
        .iter()
        .filter(|file| file.size > limit)
        .filter(|file| !glob::any(&inputs.allow_large_files, &file.path))
        .map(|file| finding(pr, inputs.max_file_size, file));
    too_large.chain(stale_globs(pr, inputs)).collect()
}

fn finding(pr: &PullRequest, limit: ByteSize, file: &IntroducedFile) -> Finding {
    let size = ByteSize::b(file.size);
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
                "{} To take it out of commit {commit}: \
                 `git rm --cached -- {path} && git commit --fixup={commit} && git rebase --interactive --autosquash {base}`.",
                GATE.help,
                path = shell_word(&pathspec(&file.path))
            ),
        ),
        other => {
            let later = other.map_or("removes", |_| "replaces");
            (
                format!(
                    "file is {size} in commit {commit}, over the limit of {limit}, and stays in the history although a later commit {later} it"
                ),
                format!(
                    "Make one commit of the branch: `git reset --soft {base} && git commit`, then `git push --force-with-lease`."
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

/// A glob that lets nothing through any more would let the next large file through unseen.
fn stale_globs(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let limit = inputs.max_file_size;
    let needed = |pattern: &Pattern| {
        let in_tree = pr
            .tree
            .entries
            .iter()
            // In a blobless clone a size may be unknown: then nobody can tell.
            .any(|entry| {
                entry.size.is_none_or(|size| size > limit.as_u64()) && pattern.matches(&entry.path)
            });
        let brought =
            |file: &IntroducedFile| file.size > limit.as_u64() && pattern.matches(&file.path);
        in_tree || pr.introduced.iter().any(brought)
    };
    inputs
        .allow_large_files
        .iter()
        .filter(|pattern| !needed(pattern))
        .map(|pattern| {
            let pattern = pattern.as_str();
            Finding::warning(format!(
                "\"{pattern}\" in `allow-large-files` matches no file over {limit}"
            ))
            .help("Take the line out of `allow-large-files`.")
        })
        .collect()
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
            max_file_size: parse_size(size).unwrap(),
            allow_large_files: allow.iter().map(|glob| glob.parse().unwrap()).collect(),
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
                "Put the file in Git LFS, or add its path to `allow-large-files`. To take it out of commit 1111111: \
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
                .ends_with("although a later commit removes it")
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
                .ends_with("although a later commit replaces it")
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
    fn a_size_without_sense_is_refused() {
        assert!(
            parse_size("12 parrots")
                .unwrap_err()
                .starts_with("expected a number with a unit")
        );
        assert_eq!(parse_size("512").unwrap(), ByteSize::b(512));
    }
}
