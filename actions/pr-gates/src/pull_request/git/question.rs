//! One question to git, as a recording keeps it.

use actions_core::{git::Git, process::Program};
use anyhow::bail;

use crate::pull_request::reads::{Answer, Reads};

/// What every repository has without being told: no attribute of the pull request decides what we see of it.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Git maps packs into memory as a whole, once for each process: of a large repository that is most of what a run takes.
const SMALL_WINDOWS: [&str; 4] = [
    "-c",
    "core.packedGitWindowSize=1m",
    "-c",
    "core.packedGitLimit=32m",
];

/// A git command, ready to run.
pub(super) struct Question<'a> {
    reads: &'a Reads,
    program: Program,
    shown: String,
}

impl<'a> Question<'a> {
    pub(super) fn new(reads: &'a Reads, git: &Git, on_runner: bool, args: &[&str]) -> Self {
        let mut program = git
            .command([])
            .env("TZ", "UTC")
            .env("GIT_ATTR_SOURCE", EMPTY_TREE)
            .unshown_args(SMALL_WINDOWS);
        // In a container the checkout belongs to another user. On a laptop, who owns a repository is a good question.
        if on_runner {
            program = program.unshown_args(["-c", "safe.directory=*"]);
        }
        Self {
            reads,
            program: program.args(args),
            shown: format!("git {}", args.join(" ")),
        }
    }

    /// Answers from what the clone has, and fetches nothing.
    pub(super) fn without_fetching(mut self) -> Self {
        self.program = self.program.env("GIT_NO_LAZY_FETCH", "1");
        self
    }

    /// One line each on its standard input.
    pub(super) fn lines<'b>(mut self, lines: impl IntoIterator<Item = &'b str>) -> Self {
        let mut lines: Vec<&str> = lines.into_iter().collect();
        // A question that is repeated is the same question.
        lines.sort_unstable();
        let first = lines.first().copied().unwrap_or_default();
        self.shown = format!("{} < {} lines from {first}", self.shown, lines.len());
        let text: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
        self.program = self.program.stdin(text);
        self
    }

    /// Its end, whatever it is.
    pub(super) async fn captured(self) -> anyhow::Result<Answer> {
        let run = async {
            let captured = self.program.captured().await?;
            Ok(Answer {
                code: captured.code,
                notes: captured.stderr,
                body: captured.stdout,
            })
        };
        self.reads.ask(&self.shown, run).await
    }

    /// What it wrote; an error repeats the end of its standard error.
    pub(super) async fn output(self) -> anyhow::Result<Vec<u8>> {
        let shown = self.shown.clone();
        let answer = self.captured().await?;
        match answer.code {
            Some(0) => Ok(answer.body),
            Some(code) => bail!(
                "failed to run `{shown}`: it ended with exit code {code}: {}",
                answer.notes.join(" | ")
            ),
            None => bail!(
                "failed to run `{shown}`: it was killed: {}",
                answer.notes.join(" | ")
            ),
        }
    }
}
