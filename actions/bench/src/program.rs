//! The command of one side: an executable with its arguments, started without a shell, and without what it must not see.

use std::path::{Path, PathBuf};

use actions_core::{Context, process::Program};
use anyhow::{Context as _, bail};

/// An executable and its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// Absolute if it is a file; otherwise the name of a program on the `PATH`.
    pub(crate) executable: PathBuf,
    arguments: Vec<String>,
    /// What it is called in messages.
    pub(crate) side: &'static str,
}

impl Command {
    /// Splits a command as a shell would, without running one.
    pub(crate) fn parse(input: &'static str, text: &str) -> anyhow::Result<Self> {
        let Some(words) = shlex::split(text) else {
            bail!("failed to read the input `{input}` from \"{text}\": a quote is not closed");
        };
        let Some((executable, arguments)) = words.split_first() else {
            bail!("missing input `{input}`: it is empty");
        };
        let path = Path::new(executable);
        let is_path = path.components().count() > 1 || path.is_absolute();
        let executable = match is_path {
            true => std::path::absolute(path)
                .with_context(|| format!("failed to find the executable of `{input}`"))?,
            false => path.to_owned(),
        };
        if is_path && !executable.is_file() {
            bail!(
                "failed to find the executable of `{input}`: there is no file `{}`",
                path.display()
            );
        }
        Ok(Self {
            executable,
            arguments: arguments.to_vec(),
            side: input,
        })
    }

    /// The same arguments for the executable of base.
    pub(crate) fn of_base(&self, executable: PathBuf) -> Self {
        Self {
            executable,
            arguments: self.arguments.clone(),
            side: "base",
        }
    }

    /// The executable as a file that can be kept.
    pub(crate) fn file(&self) -> Option<&Path> {
        let path = self.executable.as_path();
        path.is_absolute().then_some(path)
    }

    pub(crate) fn program(&self) -> Program {
        Program::new(&self.executable)
            .without_credentials()
            .args(&self.arguments)
    }

    /// The same under another program, which gets these arguments first.
    pub(crate) fn under(&self, program: &str, first: &[String]) -> Program {
        Program::new(program)
            .without_credentials()
            .args(first)
            .arg(&self.executable)
            .args(&self.arguments)
    }

    /// The name of the executable without folder and extension.
    pub(crate) fn name(&self) -> String {
        let stem = self.executable.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// Runs it once, and gives what it wrote to standard output.
    pub(crate) async fn output(&self, cx: &Context, program: Program) -> anyhow::Result<Vec<u8>> {
        let captured = program.captured().await?;
        if captured.code == Some(0) {
            return Ok(captured.stdout);
        }
        for line in &captured.stderr {
            cx.log.child_line(line);
        }
        let ended = match captured.code {
            Some(code) => format!("it ended with exit code {code}"),
            None => "it was killed".to_owned(),
        };
        bail!(
            "failed to run the benchmarks of {}: {ended}, see its output above",
            self.side
        )
    }
}
