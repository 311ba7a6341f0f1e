//! The repository that is released to: what it has, and what is pushed to it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::git;
use crate::process::Cmd;
use crate::project;

/// The commit that each tag names.
pub(super) type Tags = BTreeMap<String, String>;

#[derive(Debug)]
pub(super) struct Remote {
    root: PathBuf,
    name: String,
}

impl Remote {
    pub(super) fn new(root: &Path, name: &str) -> Self {
        Self {
            root: root.to_owned(),
            name: name.to_owned(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Brings its branches here.
    pub(super) fn fetch(&self) -> Result<()> {
        let branches = format!("+refs/heads/*:{}*", self.branches());
        self.git()
            .args(["fetch", "--quiet", "--prune", "--no-tags"])
            .args([&self.name, &branches])
            .run()?;
        Ok(())
    }

    /// Its tags as they are now.
    pub(super) fn tags(&self) -> Result<Tags> {
        let listed = self.git().args(["ls-remote", "--tags", &self.name]).run()?;
        Ok(read_tags(&listed))
    }

    /// The commit of a branch, as of the last [`Self::fetch`].
    pub(super) fn branch(&self, name: &str) -> Result<Option<String>> {
        let name = format!("{}{name}", self.branches());
        let found = self
            .git()
            .args(["for-each-ref", "--format=%(objectname)", &name])
            .run()?;
        Ok(found.lines().next().map(str::to_owned))
    }

    /// The tree of a commit, which is fetched where it is not here.
    pub(super) fn tree_of(&self, commit: &str) -> Result<String> {
        let tree = format!("{commit}^{{tree}}");
        let ask = || self.git().args(["rev-parse", "--verify", "--quiet", &tree]);
        let found = ask().finish()?;
        if !found.status.success() {
            self.git()
                .args(["fetch", "--quiet", "--no-tags", &self.name, commit])
                .run()?;
        }
        Ok(ask().run()?.trim().to_owned())
    }

    /// Refuses a tree with a workflow that no branch has: GitHub takes such a push from nobody but a person.
    pub(super) fn allows_workflows_of(&self, tree: &str) -> Result<()> {
        let branches = self
            .git()
            .args(["for-each-ref", "--format=%(refname)", &self.branches()])
            .run()?;
        let known: Vec<String> = branches
            .lines()
            .map(|branch| self.workflows(branch))
            .collect::<Result<_>>()?;
        for workflow in self.workflows(tree)?.lines() {
            if known
                .iter()
                .any(|lines| lines.lines().any(|it| it == workflow))
            {
                continue;
            }
            let path = workflow.split('\t').next_back().unwrap_or_default();
            bail!(
                "failed to release: no branch of {} has `{path}` as it is in this checkout, and GitHub does not let a \
                 workflow's token push it otherwise. Push the commit that you release to a branch first, then start again",
                self.name
            );
        }
        Ok(())
    }

    /// Sets a ref that is not there or that leads to this commit.
    pub(super) fn push(&self, commit: &str, name: &str) -> Result<()> {
        let what = format!("{commit}:{name}");
        self.git()
            .args(["push", "--quiet", &self.name, &what])
            .run()?;
        Ok(())
    }

    /// Sets a tag, if it still names what it named before.
    pub(super) fn move_tag(&self, tag: &str, before: Option<&str>, commit: &str) -> Result<()> {
        let name = format!("refs/tags/{tag}");
        let lease = format!("--force-with-lease={name}:{}", before.unwrap_or_default());
        let what = format!("{commit}:{name}");
        self.git()
            .args(["push", "--quiet", &lease, &self.name, &what])
            .run()?;
        Ok(())
    }

    /// One line for each workflow of a commit or a tree: its mode, its content's id and its path.
    fn workflows(&self, of: &str) -> Result<String> {
        let folder = format!("{}/", project::WORKFLOWS);
        self.git().args(["ls-tree", "-r", of, &folder]).run()
    }

    fn branches(&self) -> String {
        format!("refs/remotes/{}/", self.name)
    }

    fn git(&self) -> Cmd {
        git(&self.root)
    }
}

/// Reads `git ls-remote`; an annotated tag has a second line that says its commit.
fn read_tags(listed: &str) -> Tags {
    let mut tags = Tags::new();
    for line in listed.lines() {
        let Some((commit, name)) = line.split_once("\trefs/tags/") else {
            continue;
        };
        let name = name.strip_suffix("^{}").unwrap_or(name);
        tags.insert(name.to_owned(), commit.to_owned());
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotated_tag_counts_as_the_commit_that_it_names() {
        let tags = read_tags("1a\trefs/tags/v1\n2b\trefs/tags/v1.0.0\n3c\trefs/tags/v1.0.0^{}\n");
        assert_eq!(tags["v1"], "1a");
        assert_eq!(tags["v1.0.0"], "3c");
    }
}
