//! Sizes and contents of blobs, many from one process; a clone without blobs gets what it lacks in one request.

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, bail};
use bytesize::ByteSize;

use super::Git;

/// How git announces each blob.
const NAME_AND_SIZE: &str = "%(objectname) %(objectsize)";

impl Git<'_> {
    /// A file of a commit, where the clone has both.
    pub(in crate::pull_request) async fn file(
        &self,
        commit: &str,
        path: &str,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        let object = format!("{commit}:{path}");
        let read = self
            .command(&["cat-file", "blob", &object])
            .without_fetching();
        let answer = read.captured().await?;
        Ok((answer.code == Some(0)).then_some(answer.body))
    }

    /// The sizes of these blobs, which are fetched where the clone lacks them.
    pub(in crate::pull_request) async fn sizes(
        &self,
        wanted: HashSet<&str>,
    ) -> anyhow::Result<HashMap<String, u64>> {
        let mut sizes = self.known_sizes(&wanted).await?;
        let missing: HashSet<&str> = wanted
            .into_iter()
            .filter(|id| !sizes.contains_key(*id))
            .collect();
        if !missing.is_empty() {
            self.fetch_blobs(&missing).await?;
            let fetched = self.known_sizes(&missing).await?;
            self.log.info(format!(
                "They are {} in all.",
                ByteSize(fetched.values().sum::<u64>())
            ));
            sizes.extend(fetched);
        }
        Ok(sizes)
    }

    /// The sizes of those blobs that are here.
    pub(in crate::pull_request) async fn known_sizes(
        &self,
        wanted: &HashSet<&str>,
    ) -> anyhow::Result<HashMap<String, u64>> {
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let check = format!("--batch-check={NAME_AND_SIZE}");
        let output = self
            .command(&["cat-file", &check, "--buffer"])
            .without_fetching()
            .lines(wanted.iter().copied())
            .output()
            .await?;
        Ok(String::from_utf8_lossy(&output)
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(id, size)| Some((id.to_owned(), size.parse().ok()?)))
            .collect())
    }

    /// The contents of these blobs; whoever asks has seen to it that they are here, by asking for their sizes.
    pub(in crate::pull_request) async fn contents(
        &self,
        wanted: &HashSet<&str>,
    ) -> anyhow::Result<HashMap<String, Vec<u8>>> {
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let batch = format!("--batch={NAME_AND_SIZE}");
        let output = self
            .command(&["cat-file", &batch, "--buffer"])
            .lines(wanted.iter().copied())
            .output()
            .await?;
        parse_batch(&output).context("failed to understand `git cat-file --batch`")
    }

    /// Fetches blobs by their ids, as git itself does for a clone without blobs, but all in one request.
    async fn fetch_blobs(&self, ids: &HashSet<&str>) -> anyhow::Result<()> {
        let files = match ids.len() {
            1 => "1 file".to_owned(),
            n => format!("{n} files"),
        };
        self.log.info(format!(
            "This clone lacks the contents of {files}: fetching them from `origin`."
        ));
        let args = [
            "-c",
            "fetch.negotiationAlgorithm=noop",
            "fetch",
            actions_core::git::UPLOAD_PACK,
            "origin",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--recurse-submodules=no",
            "--filter=blob:none",
            "--stdin",
        ];
        let fetched = self
            .command(&args)
            .lines(ids.iter().copied())
            .captured()
            .await?;
        if fetched.code != Some(0) {
            bail!(
                "failed to fetch {files} that this clone lacks: {}: use `actions/checkout` with `fetch-depth: 0` and without `filter`",
                fetched.notes.join(" | ")
            );
        }
        Ok(())
    }
}

/// `<id> <size>LF<content>LF`, and so on.
fn parse_batch(mut output: &[u8]) -> Option<HashMap<String, Vec<u8>>> {
    let mut contents = HashMap::new();
    while !output.is_empty() {
        let end = output.iter().position(|&byte| byte == b'\n')?;
        let (id, size) = std::str::from_utf8(output.get(..end)?)
            .ok()?
            .split_once(' ')?;
        let from = end + 1;
        let to = from.checked_add(size.parse().ok()?)?;
        contents.insert(id.to_owned(), output.get(from..to)?.to_vec());
        output = output.get(to + 1..)?;
    }
    Some(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_may_hold_line_breaks() {
        let contents = parse_batch(b"aaaa 3\nx\ny\nbbbb 0\n\n").unwrap();
        assert_eq!(contents["aaaa"], b"x\ny");
        assert_eq!(contents["bbbb"], b"");
    }

    #[test]
    fn an_object_that_is_not_there_is_an_error() {
        assert!(parse_batch(b"aaaa missing\n").is_none());
        assert!(parse_batch(b"aaaa 10\nxy").is_none());
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn contents_come_back_whole_and_half_an_answer_is_refused() {
        let seeds: &[&[u8]] = &[
            b"aaaa 3\nx\ny\nbbbb 0\n\n",
            b"a|b\n|\xff|",
            b"aaaa missing\n",
        ];
        testkit::fuzz::bytes(seeds, &[b"|", b" 5\n", b" missing\n"], |bytes| {
            let _either = parse_batch(bytes);
            let contents: Vec<&[u8]> = bytes.split(|byte| *byte == b'|').collect();
            let mut answer = Vec::new();
            for (nth, content) in contents.iter().enumerate() {
                answer.extend(format!("{nth:040x} {}\n", content.len()).into_bytes());
                answer.extend([content, b"\n".as_slice()].concat());
            }
            let found = parse_batch(&answer).unwrap();
            assert_eq!(found.len(), contents.len());
            for (nth, content) in contents.iter().enumerate() {
                let id = format!("{nth:040x}");
                assert_eq!(found[&id], *content);
            }
            let (_, half) = answer.split_last().unwrap();
            assert!(parse_batch(half).is_none());
        });
    }
}
