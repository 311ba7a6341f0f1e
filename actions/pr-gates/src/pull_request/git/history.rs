//! The commits of the range, and what each brings in, from one `git log`.

use std::collections::HashSet;

use anyhow::Context as _;

use super::{Git, raw};
use crate::pull_request::{Commit, MODE_SUBMODULE, Range};

/// A content that a commit puts at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Brought {
    pub(super) path: String,
    pub(super) blob: String,
    pub(super) commit: String,
}

/// Begins the record of a commit; its fields follow by position, so that no message can forge one.
const FORMAT: &str = "--format=tformat:%x01%H%x00%B%x00";

/// Commits, oldest first. Of a merge only that counts which none of its parents has: the rest came with them.
pub(super) async fn read(git: &Git, range: &Range) -> anyhow::Result<(Vec<Commit>, Vec<Brought>)> {
    let commits = format!("{}..{}", range.base, range.head);
    let args = [
        "-c",
        "log.showSignature=false",
        "log",
        "--reverse",
        "--topo-order",
        "--no-color",
        "--no-notes",
        "--no-mailmap",
        "--encoding=UTF-8",
        "-z",
        "--raw",
        "-c",
        "--no-abbrev",
        "--no-renames",
        "--no-relative",
        "--root",
        FORMAT,
        commits.as_str(),
        "--",
    ];
    parse(&git.run(&args).await?)
}

fn parse(output: &[u8]) -> anyhow::Result<(Vec<Commit>, Vec<Brought>)> {
    let mut commits: Vec<Commit> = Vec::new();
    let mut brought = Vec::new();
    let mut seen: HashSet<(String, String)> = HashSet::new();
    let mut tokens = output.split(|&byte| byte == 0);
    while let Some(token) = tokens.next() {
        let token = token.strip_prefix(b"\n").unwrap_or(token);
        let missing = "failed to understand git's log: a field is missing";
        match token.split_first() {
            None => {}
            Some((1, id)) => {
                let message = tokens.next().context(missing)?;
                commits.push(Commit {
                    id: String::from_utf8_lossy(id).into_owned(),
                    message: String::from_utf8_lossy(message).into_owned(),
                });
            }
            Some(_) => {
                let path = raw::path(tokens.next().context(missing)?);
                let side = raw::new_side(&String::from_utf8_lossy(token))?;
                let commit = commits.last().context(missing)?;
                if let Some(side) = side
                    && side.mode != MODE_SUBMODULE
                    && seen.insert((path.clone(), side.id.clone()))
                {
                    brought.push(Brought {
                        path,
                        blob: side.id,
                        commit: commit.id.clone(),
                    });
                }
            }
        }
    }
    Ok((commits, brought))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_pretend_to_be_a_commit() {
        let log = b"\x01aaaa\0hello\n\n\x01bbbb\n:000000 100644 0 evil A\0\0\n:000000 100644 0000 cccc A\0f\n\x01g\0\0\x01dddd\0\0\0\n";
        let (commits, brought) = parse(log).unwrap();
        let ids: Vec<&str> = commits.iter().map(|commit| commit.id.as_str()).collect();
        assert_eq!(ids, ["aaaa", "dddd"]);
        assert_eq!(
            commits[0].message,
            "hello\n\n\x01bbbb\n:000000 100644 0 evil A"
        );
        assert_eq!(brought.len(), 1);
        assert_eq!(
            (brought[0].path.as_str(), brought[0].commit.as_str()),
            ("f\n\x01g", "aaaa")
        );
    }

    #[test]
    fn a_content_that_comes_back_counts_once_for_its_first_commit() {
        let add = "\n:000000 100644 0000 cccc A\0f\0";
        let gone = "\n:100644 000000 cccc 0000 D\0f\0";
        let log = format!("\x01aaaa\0m\0\0{add}\x01bbbb\0m\0\0{gone}\x01eeee\0m\0\0{add}");
        let (_, brought) = parse(log.as_bytes()).unwrap();
        assert_eq!(brought.len(), 1);
        assert_eq!(brought[0].commit, "aaaa");
    }
}
