//! A user's own command: run by the shell that was asked for, whatever the system's default is.

use clap::ValueEnum;

use crate::process::Program;

/// What reads a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Stops at the first line that fails, also within a pipe.
    Bash,
    /// Stops at the first line that fails.
    Sh,
    /// PowerShell 7; stops at the first error.
    Pwsh,
    /// The program `python3`.
    Python,
}

impl Shell {
    /// The command as a program. It reaches the shell as one argument, so nothing in it is read twice.
    pub fn program(self, command: &str) -> Program {
        match self {
            Self::Bash => Program::new("bash")
                .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"])
                .arg(command),
            Self::Sh => Program::new("sh").args(["-e", "-c"]).arg(command),
            // As the runner does it: an error ends the script, and the last program's exit code is the script's.
            Self::Pwsh => Program::new("pwsh")
                .args(["-NoProfile", "-NonInteractive", "-Command"])
                .arg(format!(
                    "$ErrorActionPreference = 'stop'\n{command}\nif (Test-Path variable:LASTEXITCODE) {{ exit $LASTEXITCODE }}"
                )),
            Self::Python => Program::new("python3").arg("-c").arg(command),
        }
    }
}
