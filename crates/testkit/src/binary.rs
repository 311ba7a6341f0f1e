//! Runs an action's binary as its launcher does, without the launcher: inputs arrive as `INPUT_*`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::runner::{InJob, Job, Outcome, Running};

/// A run of a binary in a cleaned environment.
#[derive(Debug)]
pub struct Run {
    binary: PathBuf,
    args: Vec<OsString>,
    pub(crate) job: Job,
}

impl InJob for Run {
    fn job_mut(&mut self) -> &mut Job {
        &mut self.job
    }
}

impl Run {
    /// Prepares a run of `binary`; integration tests know it as `env!("CARGO_BIN_EXE_…")`.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self {
            binary: binary.into(),
            args: Vec::new(),
            job: Job::default(),
        }
    }

    /// Sets an input by the name that a workflow author writes: `max-file-size` becomes `INPUT_MAX_FILE_SIZE`.
    #[must_use]
    pub fn input(self, name: &str, value: impl Into<OsString>) -> Self {
        let variable = format!("INPUT_{}", name.to_uppercase().replace(['-', ' '], "_"));
        self.env(&variable, value)
    }

    /// Adds an argument of the command line.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds several arguments of the command line.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Starts the binary and returns at once.
    pub fn start(self) -> Running {
        let mut command = Command::new(&self.binary);
        command.args(&self.args);
        self.job.start(command, &BTreeMap::new())
    }

    /// Runs the binary to its end.
    pub fn run(self) -> Outcome {
        self.start().wait()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn shell(script: &str) -> Run {
        Run::new("/bin/sh").args(["-c", script])
    }

    #[test]
    fn inputs_arrive_and_outputs_come_back() {
        let script = r#"
            echo "size=$INPUT_MAX_FILE_SIZE" >> "$GITHUB_OUTPUT"
            printf 'both<<EOF\n1\n2\nEOF\n' >> "$GITHUB_OUTPUT"
            echo '## hello' >> "$GITHUB_STEP_SUMMARY"
            cat "$GITHUB_EVENT_PATH"
            echo "::error title=t::m" >&2
            exit 3
        "#;
        let outcome = shell(script)
            .input("max-file-size", "1KiB")
            .event("push", &serde_json::json!({"after": "x"}))
            .run();
        outcome.assert_code(3);
        assert_eq!(outcome.output("size"), "1KiB");
        assert_eq!(outcome.output("both"), "1\n2");
        assert_eq!(outcome.summary, "## hello\n");
        assert!(outcome.stdout.contains(r#""after": "x""#), "{outcome}");
        assert_eq!(outcome.annotations.len(), 1);
    }

    #[test]
    fn nothing_of_the_callers_environment_gets_in() {
        let outcome = shell("env").run();
        let home = std::env::var("HOME").unwrap_or_default();
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        assert!(!outcome.stdout.contains("CARGO_MANIFEST_DIR"), "{outcome}");
        assert!(
            !outcome.stdout.contains(&format!("HOME={home}\n")),
            "{outcome}"
        );
    }

    #[test]
    #[should_panic(expected = "still ran after")]
    fn a_step_over_its_limit_is_killed_and_fails_the_test() {
        shell("sleep 60").limit(Duration::from_millis(50)).run();
    }

    #[test]
    fn a_signal_reaches_the_entry_process() {
        let running =
            shell("trap 'echo interrupted; exit 9' INT; echo ready; while :; do sleep 0.05; done")
                .start();
        for _ in 0..400 {
            if running.stdout().contains("ready") {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        running.signal("INT");
        let outcome = running.wait();
        outcome.assert_code(9);
        assert!(outcome.stdout.contains("interrupted"), "{outcome}");
    }
}
