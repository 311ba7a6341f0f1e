//! Runs other programs: each in a process group of its own, ended with this one, its failure shown with
//! the command line and the end of its output.

mod family;
mod group;
mod server;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

pub use group::{Group, end_children_on_signals};
pub use server::{Server, free_port};

/// How much of a failed command's output is shown.
const TAIL_LINES: usize = 60;

/// One command, told in words while it is built and run once.
#[derive(Debug)]
pub struct Cmd {
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, Option<OsString>)>,
    folder: Option<PathBuf>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Finished {
    /// Both streams, stderr first: compilers talk there, and a test's verdict comes last.
    pub fn output(&self) -> String {
        let separator = if self.stderr.is_empty() || self.stderr.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        format!("{}{separator}{}", self.stderr, self.stdout)
    }
}

impl Cmd {
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            variables: Vec::new(),
            folder: None,
        }
    }

    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let arguments = arguments.into_iter().map(|one| one.as_ref().to_owned());
        self.arguments.extend(arguments);
        self
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let value = Some(value.as_ref().to_owned());
        self.variables.push((name.as_ref().to_owned(), value));
        self
    }

    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), None));
        self
    }

    /// The folder it runs in; otherwise that of this process.
    pub fn dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// The command line as a person would paste it (without variables, which may hold secrets).
    pub fn shown(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        let quoted: Vec<String> = words.map(|word| quote(&word.to_string_lossy())).collect();
        quoted.join(" ")
    }

    /// Runs it, waits, and returns however it ended. Fails only when it could not be started.
    pub fn finish(&self) -> Result<Finished> {
        // Files rather than pipes: a grandchild that outlives the command would hold a pipe open for ever.
        let mut stdout = tempfile::tempfile().context("failed to create a file for output")?;
        let mut stderr = tempfile::tempfile().context("failed to create a file for output")?;
        let mut command = self.command();
        command
            .stdin(Stdio::null())
            .stdout(stdout.try_clone()?)
            .stderr(stderr.try_clone()?);
        let mut group = Group::spawn(&mut command)
            .with_context(|| format!("failed to start `{}`", self.shown()))?;
        let status = group.wait()?;
        Ok(Finished {
            status,
            stdout: read_all(&mut stdout)?,
            stderr: read_all(&mut stderr)?,
        })
    }

    /// Runs it and returns its stdout; any other exit code than 0 is an error that shows its output.
    pub fn run(&self) -> Result<String> {
        let finished = self.finish()?;
        if finished.status.success() {
            return Ok(finished.stdout);
        }
        bail!(
            "`{}` ended with {}\n{}",
            self.shown(),
            finished.status,
            tail(&finished.output(), TAIL_LINES)
        );
    }

    /// Runs it with our own streams, waits, and returns how it ended.
    pub fn attached(&self) -> Result<ExitStatus> {
        let mut group = Group::spawn(&mut self.command())
            .with_context(|| format!("failed to start `{}`", self.shown()))?;
        group.wait()
    }

    /// For those who need the process itself, such as a [`Server`].
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        let variables = outer_cargo::changes().into_iter();
        for (name, value) in variables.chain(self.variables.iter().cloned()) {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }
}

/// The last lines of a text, and how many were left out.
pub fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    let hidden = all.len().saturating_sub(lines);
    let shown = all.iter().skip(hidden).copied().collect::<Vec<_>>();
    if hidden == 0 {
        shown.join("\n")
    } else {
        format!("… {hidden} lines before …\n{}", shown.join("\n"))
    }
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn read_all(file: &mut File) -> Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_command_line_and_the_end_of_its_output() {
        let command = Cmd::new("sh").args(["-c", "echo first; echo 'it broke' >&2; exit 3"]);
        let error = command.run().unwrap_err().to_string();
        assert!(error.starts_with("`sh -c 'echo first;"), "{error}");
        assert!(error.contains("exit status: 3"), "{error}");
        assert!(error.contains("it broke\nfirst"), "{error}");
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let error = Cmd::new("no-such-program").run().unwrap_err();
        assert!(format!("{error:#}").starts_with("failed to start `no-such-program`: "));
    }

    #[test]
    fn a_long_output_is_cut_at_its_start() {
        assert_eq!(tail("1\n2\n3\n", 2), "… 1 lines before …\n2\n3");
        assert_eq!(tail("1\n2\n", 2), "1\n2");
    }
}
