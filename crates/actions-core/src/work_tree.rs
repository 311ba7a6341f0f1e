//! Whether the work tree is the commit: what is built from other files must not be kept as if it came from that commit.

use std::path::Path;

use anyhow::bail;

use crate::{
    Context,
    git::{self, Git},
    suggest::list,
    text,
};

/// Files that a message names before it only counts.
const NAMED: usize = 5;

impl Context {
    /// Refuses the work tree of a folder if its tracked files or its submodules are not those of its commit.
    ///
    /// Files that git does not track are fine: tools leave them everywhere. Outside of a repository there is no commit to compare
    /// with. With `allowed` the differences are a warning.
    pub async fn check_work_tree(&self, folder: &Path, allowed: bool) -> anyhow::Result<()> {
        // A machine without git has no checkout either.
        if git::offline(["--version"]).captured().await.is_err() {
            return Ok(());
        }
        let status = Git::open(folder)
            .await?
            .command(["status", "--porcelain=v1", "-z"])
            .args(["--untracked-files=no", "--ignore-submodules=untracked"])
            .current_dir(folder)
            .captured()
            .await?;
        if status.code != Some(0) {
            let told = status.stderr.join(" ");
            if told.contains("not a git repository") {
                return Ok(());
            }
            bail!(
                "failed to compare the work tree with its commit: {}",
                text::one_line(&told)
            );
        }
        let changed = paths(&status.stdout);
        if changed.is_empty() {
            return Ok(());
        }
        let mut named: Vec<String> = changed
            .iter()
            .take(NAMED)
            .map(|path| format!("`{}`", text::one_line(path)))
            .collect();
        if let Some(more @ 1..) = changed.len().checked_sub(NAMED) {
            named.push(format!("{more} more"));
        }
        let differs = format!(
            "the work tree differs from its commit: {} changed",
            list(&named)
        );
        if allowed {
            self.log.warning(format!("{differs} (`allow-dirty`)"));
            return Ok(());
        }
        bail!(
            "{differs}; commit or restore the changes (submodules with `git submodule update --init --recursive`), or set `allow-dirty: true`"
        )
    }
}

/// The paths that `git status --porcelain=v1 -z` lists; a renamed file has its old path in an entry of its own.
fn paths(listed: &[u8]) -> Vec<String> {
    let mut entries = listed.split(|byte| *byte == 0);
    let mut paths = Vec::new();
    while let Some(entry) = entries.next() {
        let Some((state, path)) = entry.split_at_checked(3) else {
            continue;
        };
        paths.push(String::from_utf8_lossy(path).into_owned());
        if state.iter().any(|byte| matches!(byte, b'R' | b'C')) {
            entries.next();
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_file_is_one_path() {
        let listed = b" M src/lib.rs\0R  new name.rs\0old name.rs\0 m vendored\0";
        assert_eq!(paths(listed), ["src/lib.rs", "new name.rs", "vendored"]);
        assert!(paths(b"").is_empty());
    }
}
