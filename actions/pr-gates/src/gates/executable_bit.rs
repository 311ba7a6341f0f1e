//! Gate `executable-bit`: a script without the bit does not run, and a text that has it came from a disk without bits.

use actions_core::text::shell_word;

use super::{Gate, Group};
use crate::{
    blob,
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Change, Fact, PullRequest, Side, Want},
};

pub(crate) const GATE: Gate = Gate {
    id: "executable-bit",
    group: Group::Content,
    rule: "Among new and changed files that match `executable-bit`, scripts (`#!`) are executable and other text files are not.",
    help: "Set or clear the bit with `git update-index --chmod=+x` or `--chmod=-x`, or add the path to `allow-executable-bit`.",
    needs: |inputs| match inputs.executable_bit.executable_bit.is_empty() {
        true => Vec::new(),
        false => vec![Fact::Changes],
    },
    reads: |pr, inputs| {
        let files = files(pr, &inputs.executable_bit);
        files
            .map(|(_, side)| Want::new(&side.id, LONGEST_SCRIPT))
            .collect()
    },
    check: |pr, inputs| check(pr, &inputs.executable_bit),
};

/// Bytes; nobody writes a longer script.
const LONGEST_SCRIPT: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs of files whose executable bit must match their content; `**` for all.
    #[arg(long, value_name = "GLOBS")]
    executable_bit: Vec<Pattern>,
    /// Globs of files to ignore.
    #[arg(long, value_name = "GLOBS")]
    allow_executable_bit: Vec<Pattern>,
}

fn files<'a>(
    pr: &'a PullRequest,
    inputs: &'a Inputs,
) -> impl Iterator<Item = (&'a Change, &'a Side)> {
    let listed = |path: &str| {
        glob::any(&inputs.executable_bit, path) && !glob::any(&inputs.allow_executable_bit, path)
    };
    pr.changed_files()
        .filter(move |(change, _)| listed(&change.path))
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    files(pr, inputs)
        .filter_map(|(change, side)| {
            let bytes = pr.content(&side.id)?;
            // The pointer has the bit of the file that it stands for.
            if blob::is_binary(bytes) || blob::looks_like_pointer(bytes) {
                return None;
            }
            let (message, sign) = match (side.is_executable(), blob::has_shebang(bytes)) {
                (true, false) => ("text file is executable but does not start with `#!`", '-'),
                (false, true) => ("script starts with `#!` but is not executable", '+'),
                _ => return None,
            };
            let path = shell_word(&change.path);
            let help = format!("`git update-index --chmod={sign}x -- {path}`, then commit.");
            Some(Finding::new(message).file(&change.path).help(help))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::pull_request::Content;

    fn found(mode: u32, text: &str) -> Vec<String> {
        let side = |path: &str, new: bool| {
            new.then(|| Side {
                mode,
                id: path.to_owned(),
            })
        };
        let change = |path: &str, new: bool| Change {
            path: path.to_owned(),
            old: side(path, !new),
            new: side(path, new),
        };
        let content = Content {
            size: 1,
            bytes: Some(text.as_bytes().to_vec()),
        };
        let paths = ["a", "vendor/a"];
        let mut changes: Vec<Change> = paths.map(|path| change(path, true)).into();
        changes.push(change("gone", false));
        let pr = PullRequest {
            changes,
            contents: HashMap::from(paths.map(|path| (path.to_owned(), content.clone()))),
            ..PullRequest::default()
        };
        let inputs = Inputs {
            executable_bit: vec!["**".parse().unwrap()],
            allow_executable_bit: vec!["vendor/".parse().unwrap()],
        };
        let found = check(&pr, &inputs);
        found.into_iter().map(|one| one.message).collect()
    }

    #[test]
    fn the_bit_must_fit_the_file() {
        let sh = "#!/bin/sh\n";
        assert!(found(0o100_755, sh).is_empty() && found(0o100_644, "text").is_empty());
        assert_eq!(
            found(0o100_755, "text"),
            ["text file is executable but does not start with `#!`"]
        );
        assert_eq!(
            found(0o100_644, sh),
            ["script starts with `#!` but is not executable"]
        );
    }

    #[test]
    fn programs_links_and_pointers_are_left_alone() {
        assert!(found(0o100_755, "\u{7f}ELF\0").is_empty());
        assert!(found(0o100_755, "version https://git-lfs.github.com/spec/v1\n").is_empty());
        assert!(found(0o120_000, "#!/bin/sh\n").is_empty());
        assert!(found(0o100_644, "#![no_std]\n").is_empty());
    }
}
