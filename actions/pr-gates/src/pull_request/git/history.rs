//! The commits of the range, and what each brings in, from one `git log`.

use anyhow::Context as _;

use super::{Git, raw};
use crate::pull_request::{
    Commit, Range,
    history::{Steps, Walked, in_order},
};

/// Begins the record of a commit; its fields follow by position, so that no message can forge one.
const FORMAT: &str = "--format=tformat:%x01%H%x00%P%x00%cd%x00%B%x00";

impl Git<'_> {
    /// Commits, oldest first. Of a merge only that counts which none of its parents has: the rest came with them.
    pub(in crate::pull_request) async fn history(
        &self,
        range: &Range,
    ) -> anyhow::Result<(Vec<Walked>, Steps)> {
        let commits = format!("{}..{}", range.base, range.head);
        let args = [
            "-c",
            "log.showSignature=false",
            "log",
            "--no-color",
            "--no-notes",
            "--no-mailmap",
            "--encoding=UTF-8",
            // In UTC, as the API says it: these decide the order.
            "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
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
        let (commits, steps) = parse(&self.run(&args).await?)?;
        Ok((in_order(commits), steps))
    }
}

fn parse(output: &[u8]) -> anyhow::Result<(Vec<Walked>, Steps)> {
    let mut commits: Vec<Walked> = Vec::new();
    let mut steps = Steps::new();
    let mut tokens = output.split(|&byte| byte == 0);
    while let Some(token) = tokens.next() {
        let token = token.strip_prefix(b"\n").unwrap_or(token);
        let mut field = || {
            let field = tokens.next();
            field.context("failed to understand git's log: a field is missing")
        };
        match token.split_first() {
            None => {}
            Some((1, id)) => {
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                let (parents, date) = (text(field()?), text(field()?));
                commits.push(Walked {
                    commit: Commit::new(text(id), &text(field()?)),
                    tree: String::new(),
                    parents: parents.split_whitespace().map(str::to_owned).collect(),
                    date,
                });
            }
            Some(_) => {
                let path = raw::path(field()?);
                let side = raw::new_side(&String::from_utf8_lossy(token))?;
                let walked = commits.last().context("failed to understand git's log")?;
                let step = steps.entry(walked.commit.id.clone()).or_default();
                step.extend(side.map(|side| (path, side)));
            }
        }
    }
    Ok((commits, steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_pretend_to_be_a_commit() {
        let log = b"\x01aaaa\0\0date\0hello\n\n\x01bbbb\n:000000 100644 0 evil A\0\0\n:000000 100644 0000 cccc A\0f\n\x01g\0\0\x01dddd\0aaaa eeee\0date\0\0\0\n";
        let (commits, steps) = parse(log).unwrap();
        let ids: Vec<&str> = commits.iter().map(|it| it.commit.id.as_str()).collect();
        assert_eq!(ids, ["aaaa", "dddd"]);
        assert_eq!(
            commits[0].commit.message,
            "hello\n\n\x01bbbb\n:000000 100644 0 evil A"
        );
        assert_eq!(commits[1].parents, ["aaaa", "eeee"]);
        assert_eq!(steps.len(), 1);
        assert_eq!(steps["aaaa"][0].0, "f\n\x01g");
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn no_message_and_no_name_forges_a_commit_or_a_file() {
        let seeds: &[&[u8]] = &[
            b"\x01aaaa\0\0date\0hello\n\n\x01bbbb\n:000000 100644 0 evil A\0\0\n:000000 100644 0000 cccc A\0f\n\x01g\0\0",
            b"Add parser\n\nSigned-off-by: Ada\n",
        ];
        let words: &[&[u8]] = &[b"\x01", b"\n:000000 100644 0000 evil A", b"\0\x01aaaa\0"];
        testkit::fuzz::bytes(seeds, words, |bytes| {
            let _either = parse(bytes);
            let text: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
            let name = [b"x".as_slice(), &text].concat();
            let log = [
                b"\x01aaaa\0\0date\0".as_slice(),
                &text,
                b"\0\0\n:000000 100644 0000 cccc A\0",
                &name,
                b"\0\0\x01bbbb\0aaaa\0date\0",
                &text,
                b"\0\0\n",
            ];
            let (commits, steps) = parse(&log.concat()).unwrap();
            let ids: Vec<&str> = commits.iter().map(|it| it.commit.id.as_str()).collect();
            assert_eq!(ids, ["aaaa", "bbbb"]);
            let message = String::from_utf8_lossy(&text);
            assert_eq!(commits[0].commit.message, message.trim_end_matches('\n'));
            assert_eq!((steps.len(), steps["aaaa"].len()), (1, 1));
            assert_eq!(steps["aaaa"][0].0, raw::path(&name));
        });
    }
}
