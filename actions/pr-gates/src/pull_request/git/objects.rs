//! Sizes and contents of blobs, many from one process; a clone without blobs gets what it lacks in one request.

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, bail};

use super::Git;

/// The sizes of these blobs, which are fetched where the clone lacks them.
pub(super) async fn sizes(
    git: &Git,
    wanted: HashSet<&str>,
) -> anyhow::Result<HashMap<String, u64>> {
    let mut sizes = known_sizes(git, &wanted).await?;
    let missing: Vec<&str> = wanted
        .into_iter()
        .filter(|id| !sizes.contains_key(*id))
        .collect();
    if !missing.is_empty() {
        fetch(git, &missing).await?;
        sizes.extend(known_sizes(git, &missing.into_iter().collect()).await?);
    }
    Ok(sizes)
}

/// The sizes of those blobs that are here.
pub(super) async fn known_sizes(
    git: &Git,
    wanted: &HashSet<&str>,
) -> anyhow::Result<HashMap<String, u64>> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let output = git
        .command(&[
            "cat-file",
            "--batch-check=%(objectname) %(objectsize)",
            "--buffer",
        ])
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(lines(wanted))
        .output()
        .await?;
    Ok(String::from_utf8_lossy(&output)
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(id, size)| Some((id.to_owned(), size.parse().ok()?)))
        .collect())
}

/// The contents of these blobs as text; whoever asks has seen to it that they are here.
pub(super) async fn texts(
    git: &Git,
    wanted: HashSet<&str>,
) -> anyhow::Result<HashMap<String, String>> {
    let contents = contents(git, wanted).await?.into_iter();
    Ok(contents
        .map(|(id, bytes)| (id, String::from_utf8_lossy(&bytes).into_owned()))
        .collect())
}

/// The contents of these blobs, which are here.
pub(super) async fn contents(
    git: &Git,
    wanted: HashSet<&str>,
) -> anyhow::Result<HashMap<String, Vec<u8>>> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let output = git
        .command(&[
            "cat-file",
            "--batch=%(objectname) %(objectsize)",
            "--buffer",
        ])
        .stdin(lines(&wanted))
        .output()
        .await?;
    parse_batch(&output).context("failed to understand `git cat-file --batch`")
}

fn lines(ids: &HashSet<&str>) -> String {
    ids.iter().flat_map(|id| [id, "\n"]).collect()
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
        contents.insert(id.to_owned(), output.get(from..to)?.to_owned());
        output = output.get(to + 1..)?;
    }
    Some(contents)
}

/// Fetches blobs by their ids, as git itself does for a clone without blobs, but all in one request.
async fn fetch(git: &Git, ids: &[&str]) -> anyhow::Result<()> {
    let files = match ids.len() {
        1 => "1 file".to_owned(),
        n => format!("{n} files"),
    };
    git.log.info(format!(
        "This clone lacks the contents of {files}: fetching them from `origin`."
    ));
    let args = [
        "-c",
        "fetch.negotiationAlgorithm=noop",
        "fetch",
        "origin",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--recurse-submodules=no",
        "--filter=blob:none",
        "--stdin",
    ];
    let fetched = git
        .command(&args)
        .stdin(ids.join("\n") + "\n")
        .captured()
        .await?;
    if fetched.code != Some(0) {
        bail!(
            "failed to fetch {files} that this clone lacks: {}: use `actions/checkout` with `fetch-depth: 0` and without `filter`",
            fetched.stderr.join(" | ")
        );
    }
    Ok(())
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
