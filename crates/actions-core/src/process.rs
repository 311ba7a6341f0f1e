//! Programs that an action runs: their output goes to the log line by line, and they end with the action.

use std::{ffi::OsStr, process::Stdio, time::Duration};

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStderr, ChildStdout, Command},
};

use crate::{Log, text};

/// How many of the last lines an error repeats.
const TAIL: usize = 20;

/// The most that a program may write to us, in bytes: it is held in memory.
const MOST_OUTPUT: u64 = 512 << 20;

/// A longer line is shown as several, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// How long a cancelled program and all that it started may tidy up, as git does with its locks.
const GRACE: Duration = Duration::from_secs(2);

/// A program with its arguments, ready to run.
#[derive(Debug)]
pub struct Program {
    command: Command,
    shown: String,
    stdin: Vec<u8>,
}

/// The end of a program that was listened to in silence.
#[derive(Debug)]
pub struct Captured {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// All that it wrote to standard output.
    pub stdout: Vec<u8>,
    /// The last lines of its standard error.
    pub stderr: Vec<String>,
}

/// Credentials of the job that the tools of clouds read, and the job's own tokens.
const CREDENTIALS: &[&str] = &[
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_RUNTIME_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZBLOB_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_CONNECTION_STRING",
    "AZURE_STORAGE_KEY",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CREDENTIALS",
];

impl Program {
    /// A program by name or path. Its own process group lets us end it together with whatever it started.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program.as_ref());
        command.stdin(Stdio::null()).kill_on_drop(true);
        for (name, value) in outer_cargo::changes() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        #[cfg(unix)]
        command.process_group(0);
        Self {
            command,
            shown: program.as_ref().to_string_lossy().into_owned(),
            stdin: Vec::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&arg.as_ref().to_string_lossy());
        self.command.arg(arg);
        self
    }

    /// Adds arguments that say nothing to a reader, such as settings that are the same every time.
    #[must_use]
    pub fn unshown_args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(self, args: impl IntoIterator<Item = S>) -> Self {
        args.into_iter().fold(self, |program, arg| program.arg(arg))
    }

    /// Runs it in this folder.
    #[must_use]
    pub fn current_dir(mut self, folder: impl AsRef<std::path::Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets a variable for it.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable away from it, as a secret that it has no use for.
    #[must_use]
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Takes the job's credentials away from it, for code of the repository.
    #[must_use]
    pub fn without_credentials(self) -> Self {
        CREDENTIALS
            .iter()
            .fold(self, |it, name| it.env_remove(name))
    }

    /// Takes all variables away from it, for a program whose result must not depend on where it runs. Set those that it
    /// needs afterwards; Windows starts nothing without its own.
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.command.env_clear();
        for name in ["SYSTEMROOT", "SystemDrive", "TEMP", "TMP"] {
            if let (true, Some(value)) = (cfg!(windows), std::env::var_os(name)) {
                self.command.env(name, value);
            }
        }
        self
    }

    /// Gives it this on its standard input, which is empty otherwise; for [`Self::output`] and [`Self::captured`].
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self.command.stdin(Stdio::piped());
        self
    }

    /// Runs it with its output in the log; fails unless it ends with exit code 0.
    pub async fn run(self, log: &Log) -> anyhow::Result<()> {
        let shown = self.shown.clone();
        match self.status(log).await? {
            0 => Ok(()),
            code => bail!(
                "failed to run `{}`: it ended with exit code {code}, see its output above",
                text::one_line(&shown)
            ),
        }
    }

    /// Runs it with its output in the log; gives its exit code, or an error where it could not run or was killed.
    pub async fn status(self, log: &Log) -> anyhow::Result<i32> {
        log.info(format!("$ {}", self.shown));
        let show = |line: &str| log.child_line(line);
        self.watched(show, show).await
    }

    /// Runs it and gives each line of standard output and of standard error away as it comes, with its line end; gives its exit
    /// code, or an error where it could not run or was killed.
    pub async fn watched(
        mut self,
        on_stdout: impl FnMut(&str),
        on_stderr: impl FnMut(&str),
    ) -> anyhow::Result<i32> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut started = self.spawn()?;
        let Guard {
            child, out, err, ..
        } = &mut started;
        let out = lines(out.as_mut(), on_stdout);
        let err = lines(err.as_mut(), on_stderr);
        let (out, err, status) = tokio::join!(out, err, child.wait());
        out.and(err)
            .with_context(|| self.failed("read the output of"))?;
        self.exit_code(&mut started, status)
    }

    /// Runs it and gives each line away as it comes, from both streams in the order in which they were written; gives its exit
    /// code, or an error where it could not run or was killed.
    pub async fn merged(mut self, on_line: impl FnMut(&str)) -> anyhow::Result<i32> {
        let (reader, writer) = std::io::pipe().context("failed to make a pipe")?;
        let second = writer.try_clone().context("failed to make a pipe")?;
        self.command.stdout(writer).stderr(second);
        let mut started = self.spawn()?;
        // The pipe ends when nobody can write to it any more, which includes us.
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        let reader = std::fs::File::from(std::os::fd::OwnedFd::from(reader));
        #[cfg(windows)]
        let reader = std::fs::File::from(std::os::windows::io::OwnedHandle::from(reader));
        let out = lines(Some(tokio::fs::File::from_std(reader)), on_line);
        let (out, status) = tokio::join!(out, started.child.wait());
        out.with_context(|| self.failed("read the output of"))?;
        self.exit_code(&mut started, status)
    }

    fn exit_code(
        &self,
        started: &mut Guard,
        status: std::io::Result<std::process::ExitStatus>,
    ) -> anyhow::Result<i32> {
        let status = status.with_context(|| self.failed("wait for"))?;
        started.ended = true;
        status
            .code()
            .with_context(|| format!("{}: it was killed ({status})", self.failed("run")))
    }

    /// The command line, as people read it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Runs it silently and gives what it wrote to standard output; an error repeats the end of its standard error.
    pub async fn output(self) -> anyhow::Result<Vec<u8>> {
        let failed = self.failed("run");
        let captured = self.captured().await?;
        match captured.code {
            Some(0) => Ok(captured.stdout),
            Some(code) => bail!(
                "{failed}: it ended with exit code {code}: {}",
                captured.stderr.join(" | ")
            ),
            None => bail!("{failed}: it was killed: {}", captured.stderr.join(" | ")),
        }
    }

    /// Runs it silently and gives all of its end, for a caller to whom some exit codes are answers.
    pub async fn captured(mut self) -> anyhow::Result<Captured> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut started = self.spawn()?;
        let Guard {
            child, out, err, ..
        } = &mut started;
        let input = std::mem::take(&mut self.stdin);
        let stdin = child.stdin.take();
        let mut bytes = Vec::new();
        let mut tail: Vec<String> = Vec::new();
        let write_in = async {
            if let Some(mut stdin) = stdin {
                // A program that has read enough closes its end, which is its good right.
                let _closed = stdin.write_all(&input).await;
            }
        };
        let read_out = async {
            if let Some(out) = out {
                out.take(MOST_OUTPUT + 1).read_to_end(&mut bytes).await?;
            }
            match bytes.len() as u64 > MOST_OUTPUT {
                // Its pipe is closed with the program itself, once nobody waits for it any more.
                true => Err(std::io::Error::other("it writes more than 512 MiB")),
                false => Ok(()),
            }
        };
        let read_err = lines(err.as_mut(), |line| {
            if tail.len() == TAIL {
                tail.remove(0);
            }
            tail.push(text::one_line(line.trim_end()).into_owned());
        });
        let read_out = async {
            read_out
                .await
                .with_context(|| self.failed("read the output of"))
        };
        let read_err = async {
            read_err
                .await
                .with_context(|| self.failed("read the output of"))
        };
        let wait = async { child.wait().await.with_context(|| self.failed("wait for")) };
        let write_in = async {
            write_in.await;
            anyhow::Ok(())
        };
        // The first failure ends all of it, and the program with it.
        let ((), (), (), status) = tokio::try_join!(write_in, read_out, read_err, wait)?;
        started.ended = true;
        Ok(Captured {
            code: status.code(),
            stdout: bytes,
            stderr: tail,
        })
    }

    fn spawn(&mut self) -> anyhow::Result<Guard> {
        match self.command.spawn() {
            Ok(mut child) => Ok(Guard {
                #[cfg(unix)]
                group: child.id(),
                out: child.stdout.take(),
                err: child.stderr.take(),
                child,
                ended: false,
            }),
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => {
                let folder = self.command.as_std().get_current_dir();
                match folder.filter(|folder| !folder.is_dir()) {
                    Some(folder) => bail!(
                        "{}: there is no folder `{}`",
                        self.failed("run"),
                        folder.display()
                    ),
                    None => bail!(
                        "{}: the program is not installed, or not on the PATH",
                        self.failed("run")
                    ),
                }
            }
            Err(err) => Err(err).with_context(|| self.failed("run")),
        }
    }

    fn failed(&self, verb: &str) -> String {
        format!("failed to {verb} `{}`", text::one_line(&self.shown))
    }
}

/// Ends the whole process group when the action stops waiting, as on a cancel.
///
/// It holds the pipes too: while a program tidies up, somebody must be there to whom it can say so.
struct Guard {
    child: Child,
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
    #[cfg(unix)]
    group: Option<u32>,
    /// The program has ended and so has its output; what it left behind on purpose is none of our business.
    #[cfg_attr(not(unix), allow(dead_code, reason = "there are no process groups"))]
    ended: bool,
}

#[cfg(unix)]
impl Drop for Guard {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
        let group = self.group.and_then(|id| i32::try_from(id).ok());
        let (false, Some(group)) = (self.ended, group.and_then(Pid::from_raw)) else {
            return;
        };
        // An error says that the group is gone, which is what we want.
        let _gone = kill_process_group(group, Signal::TERM);
        let until = std::time::Instant::now() + GRACE;
        while std::time::Instant::now() < until {
            let _reaped = self.child.try_wait();
            if test_kill_process_group(group).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _gone = kill_process_group(group, Signal::KILL);
    }
}

async fn lines(
    reader: Option<impl AsyncRead + Unpin>,
    mut line_done: impl FnMut(&str),
) -> std::io::Result<()> {
    let Some(reader) = reader else { return Ok(()) };
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    // A line without end comes in pieces.
    while (&mut reader)
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)
        .await?
        > 0
    {
        line_done(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(())
}
