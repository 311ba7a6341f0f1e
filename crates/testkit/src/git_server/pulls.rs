//! The refs that GitHub makes for a pull request: its head, and what a merge into the base would be.

use super::{GitServer, git, run};

impl GitServer {
    /// Writes `refs/pull/N/head` and `refs/pull/N/merge` anew and returns the merge commit, whose parents are the base
    /// and the head. Its date is the head's, so that the same two sides always have the same merge.
    ///
    /// # Panics
    /// When there is no such branch, or the two cannot be merged: GitHub starts no run then.
    pub fn open_pull(&self, repository: &str, number: u64, head: &str, base: &str) -> String {
        let folder = self.folder(repository);
        let ask = |args: &[&str]| run(&mut git(Some(&folder), args));
        let head = ask(&["rev-parse", "--verify", &format!("{head}^{{commit}}")]);
        let base = ask(&["rev-parse", "--verify", &format!("{base}^{{commit}}")]);
        let tree = ask(&["merge-tree", "--write-tree", &base, &head]);
        let date = ask(&["show", "--no-patch", "--format=%cI", &head]);
        let message = format!("Merge {head} into {base}");
        let merge = run(git(
            Some(&folder),
            &[
                "commit-tree",
                &tree,
                "-p",
                &base,
                "-p",
                &head,
                "-m",
                &message,
            ],
        )
        .env("GIT_AUTHOR_NAME", "GitHub")
        .env("GIT_AUTHOR_EMAIL", "noreply@github.com")
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_NAME", "GitHub")
        .env("GIT_COMMITTER_EMAIL", "noreply@github.com")
        .env("GIT_COMMITTER_DATE", &date));
        for (name, commit) in [("head", &head), ("merge", &merge)] {
            ask(&["update-ref", &format!("refs/pull/{number}/{name}"), commit]);
        }
        merge
    }
}
