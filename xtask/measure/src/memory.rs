//! How much memory a program and all that it starts take at one moment: hooks and gates both run git.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::measure::Contender;

/// Looking slows a program down, so it is looked at in runs of its own: several of a short one, whose peak is easily
/// missed, and one of a long one.
const RUNS: u32 = 5;
const LONG: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(1);

/// The highest sum of resident memory in bytes; nothing where the system does not tell.
///
/// Pages of files that several processes share count for each of them.
pub(super) fn peak(contender: &Contender) -> Result<Option<u64>> {
    let mut peak = None;
    for _ in 0..RUNS {
        let started = Instant::now();
        peak = peak.max(once(contender)?);
        if started.elapsed() > LONG {
            break;
        }
    }
    Ok(peak)
}

/// The same of one run.
pub(super) fn once(contender: &Contender) -> Result<Option<u64>> {
    let mut command = contender.command.command();
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut child = command
        .spawn()
        .with_context(|| format!("failed to start {}", contender.name))?;
    let mut peak = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak.max(sum(child.id()));
        std::thread::sleep(PAUSE);
    };
    ensure!(
        status.success(),
        "failed to look at {}: it ended with {status}",
        contender.name
    );
    Ok(peak)
}

/// The process and its descendants.
fn sum(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let mut bytes = resident(&status)?;
    // Threads start children too.
    for task in fs::read_dir(format!("/proc/{process}/task"))
        .ok()?
        .flatten()
    {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        let children = children.split_whitespace().filter_map(|id| id.parse().ok());
        bytes += children.filter_map(sum).sum::<u64>();
    }
    Some(bytes)
}

/// The line `VmRSS:      2048 kB` of `/proc/PID/status`, in bytes.
fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Cmd;

    #[test]
    #[cfg(target_os = "linux")]
    fn what_a_program_starts_counts_too() {
        let bytes = |script: &str| {
            let contender = Contender {
                name: "shell".to_owned(),
                command: Cmd::new("sh").args(["-c", script]),
            };
            peak(&contender).unwrap().unwrap()
        };
        let alone = bytes("sleep 0.2; true");
        let three = bytes("sleep 0.2 & sleep 0.2 & sleep 0.2 & wait");
        assert!(three > alone, "{three} bytes with three, {alone} with one");
    }
}
