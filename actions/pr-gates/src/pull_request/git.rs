//! Facts from git objects, by the `git` program, in as few processes as possible; the work tree is never looked at.

mod fetch;
mod history;
mod objects;
pub(super) mod patch;
mod question;
mod raw;

use std::path::Path;

use actions_core::{Context, Log};
use anyhow::bail;

use self::question::Question;
use super::reads::{Answer, Reads};

/// The repository around the working folder.
pub(super) struct Git<'a> {
    log: Log,
    reads: &'a Reads,
    program: actions_core::git::Git,
    on_runner: bool,
    /// The file that lists where the history was cut off.
    shallow_file: String,
    shallow: bool,
}

impl<'a> Git<'a> {
    /// Opens the repository; an error says why there is none.
    pub(super) async fn open(cx: &Context, reads: &'a Reads) -> anyhow::Result<Self> {
        let mut git = Self {
            log: cx.log.clone(),
            reads,
            program: match reads.is_replay() {
                true => actions_core::git::Git::default(),
                false => actions_core::git::Git::open(Path::new(".")).await?,
            },
            on_runner: cx.env.on_runner(),
            shallow_file: String::new(),
            shallow: false,
        };
        let args = [
            "rev-parse",
            "--is-shallow-repository",
            "--git-path",
            "shallow",
        ];
        let asked = git.command(&args).captured().await?;
        let answer = String::from_utf8_lossy(&asked.body).into_owned();
        let (Some(0), Some((shallow, file))) = (asked.code, answer.trim_end().split_once('\n'))
        else {
            bail!(
                "failed to find a git repository: {}: use `actions/checkout` before this step, \
                 or read the repository through the API with `source: api`",
                asked.notes.join(" | ")
            );
        };
        git.shallow = shallow == "true";
        git.shallow_file = file.to_owned();
        Ok(git)
    }

    /// A git command whose output no configuration and no language changes.
    fn command(&self, args: &[&str]) -> Question<'_> {
        Question::new(self.reads, &self.program, self.on_runner, args)
    }

    async fn run(&self, args: &[&str]) -> anyhow::Result<Vec<u8>> {
        self.command(args).output().await
    }

    async fn try_run(&self, args: &[&str]) -> anyhow::Result<Answer> {
        self.command(args).captured().await
    }

    /// The address that `origin` has.
    pub(super) async fn origin(&self) -> anyhow::Result<Option<String>> {
        let asked = self
            .try_run(&["config", "--get", "remote.origin.url"])
            .await?;
        let url = String::from_utf8_lossy(&asked.body).trim().to_owned();
        Ok((asked.code == Some(0) && !url.is_empty()).then_some(url))
    }
}
