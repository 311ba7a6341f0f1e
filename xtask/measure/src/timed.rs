//! Wall time and CPU of one run of a program with all that it starts.

use std::time::Duration;

use anyhow::Result;

use super::measure;
use crate::process::Cmd;

/// Wall time, and the time of all cores together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timed {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
}

/// A command whose errors are short.
pub(super) fn quiet(program: impl AsRef<std::ffi::OsStr>) -> Cmd {
    Cmd::new(program).env("RUST_BACKTRACE", "0")
}

/// Runs a command once; a shell's `time` also counts what its children took.
pub(super) fn time(command: &Cmd) -> Result<Timed> {
    let inner = command.command();
    let mut timed = Cmd::new("bash")
        .args(["-c", "TIMEFORMAT='%3R %3U %3S'; time \"$@\"", "bash"])
        .arg(inner.get_program())
        .args(inner.get_args());
    for (name, value) in inner.get_envs() {
        timed = match value {
            Some(value) => timed.env(name, value),
            None => timed.env_remove(name),
        };
    }
    if let Some(folder) = inner.get_current_dir() {
        timed = timed.dir(folder);
    }
    let finished = timed.finish()?;
    anyhow::ensure!(
        finished.status.success(),
        "failed to measure `{}`: {}",
        command.shown(),
        finished.output()
    );
    let line = finished.stderr.lines().last().unwrap_or_default();
    let seconds: Vec<f64> = line
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let [wall, user, system] = *seconds.as_slice() else {
        anyhow::bail!("failed to read how long `{}` took: {line}", command.shown());
    };
    Ok(Timed {
        wall: Duration::from_secs_f64(wall),
        cpu: Duration::from_secs_f64(user + system),
    })
}

/// The middle of each; nothing without a run.
pub(super) fn median(times: &[Timed]) -> Option<Timed> {
    (!times.is_empty()).then(|| Timed {
        wall: middle(times.iter().map(|time| time.wall).collect()),
        cpu: middle(times.iter().map(|time| time.cpu).collect()),
    })
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    measure::median(&times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_computes_counts_and_what_it_sleeps_does_not() {
        let script = "sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'; sleep 0.3";
        let timed = time(&Cmd::new("sh").args(["-c", script])).unwrap();
        assert!(timed.wall >= Duration::from_millis(300), "{timed:?}");
        assert!(timed.cpu > Duration::ZERO, "{timed:?}");
        assert!(
            timed.wall >= timed.cpu + Duration::from_millis(200),
            "{timed:?}"
        );
    }

    #[test]
    fn a_program_that_fails_is_not_measured() {
        let error = time(&Cmd::new("sh").args(["-c", "echo $((6 * 7)); exit 3"])).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("failed to measure `sh"), "{error}");
        assert!(error.contains("42"), "{error}");
    }
}
