//! How long a program takes from start to end, and how much memory it took at most.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::process::Cmd;

/// One program beside others.
#[derive(Debug)]
pub(super) struct Contender {
    pub(super) name: String,
    pub(super) command: Cmd,
}

#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub(super) name: String,
    pub(super) median: Duration,
    pub(super) fastest: Duration,
    pub(super) slowest: Duration,
    /// Peak resident memory in bytes; nothing where the system does not tell.
    pub(super) memory: Option<u64>,
}

/// Runs per contender that only look at memory, because looking slows them down.
const MEMORY_RUNS: u32 = 3;

/// How long a program that says something is held at its last line.
const HELD: Duration = Duration::from_millis(200);

/// Runs all contenders once a round, and looks at their memory afterwards.
pub(super) fn interleaved(contenders: &[Contender], rounds: u32) -> Result<Vec<Measured>> {
    let times = times(contenders, rounds)?;
    contenders
        .iter()
        .zip(times)
        .map(|(contender, times)| summarise(contender, &times))
        .collect()
}

/// The sorted times of each contender. All run once a round, so that whatever else the machine does hits all alike,
/// and once before, unmeasured, so that all files are in memory.
pub(super) fn times(contenders: &[Contender], rounds: u32) -> Result<Vec<Vec<Duration>>> {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); contenders.len()];
    for round in 0..=rounds {
        for (contender, times) in contenders.iter().zip(&mut times) {
            let elapsed = once(contender)?;
            if round > 0 {
                times.push(elapsed);
            }
        }
    }
    times.iter_mut().for_each(|times| times.sort_unstable());
    Ok(times)
}

fn summarise(contender: &Contender, times: &[Duration]) -> Result<Measured> {
    let mut memory = None;
    for _ in 0..MEMORY_RUNS {
        memory = memory.max(peak_memory(contender)?);
    }
    Ok(Measured {
        name: contender.name.clone(),
        median: median(times),
        fastest: times.first().copied().unwrap_or_default(),
        slowest: times.last().copied().unwrap_or_default(),
        memory,
    })
}

/// The middle of sorted times; of an even number, between the two in the middle.
pub(super) fn median(sorted: &[Duration]) -> Duration {
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        at(half)
    } else {
        (at(half) + at(half.saturating_sub(1))) / 2
    }
}

fn once(contender: &Contender) -> Result<Duration> {
    let mut command = silent(contender);
    let started = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("failed to start {}", contender.name))?;
    let elapsed = started.elapsed();
    ensure!(
        status.success(),
        "failed to measure {}: `{}` ended with {status}",
        contender.name,
        contender.command.shown()
    );
    Ok(elapsed)
}

/// The kernel's own high-water mark, read until the process is gone: it only grows, so the last one counts.
///
/// A program that lives for a millisecond is gone before anybody looks, so its stdout is a pipe that is
/// already full: it stops where it writes its answer, until the pipe is read.
fn peak_memory(contender: &Contender) -> Result<Option<u64>> {
    let (mut reader, writer) = std::io::pipe()?;
    let mut filler = writer.try_clone()?;
    let filling = std::thread::spawn(move || filler.write_all(&vec![0; 1024 * 1024]));
    std::thread::sleep(Duration::from_millis(20));
    let mut command = silent(contender);
    let mut child = command.stdout(writer).spawn()?;
    // The command holds an end of the pipe as well; with it open the reader would never come to the end.
    drop(command);
    let status = format!("/proc/{}/status", child.id());
    let started = Instant::now();
    let mut reading = None;
    let mut peak = None;
    while child.try_wait()?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        peak = high_water_mark(&text).or(peak);
        if reading.is_none() && started.elapsed() > HELD {
            let mut reader = reader.try_clone()?;
            reading = Some(std::thread::spawn(move || {
                std::io::copy(&mut reader, &mut std::io::sink())
            }));
        }
    }
    std::io::copy(&mut reader, &mut std::io::sink())?;
    for end in [
        filling.join().map(|_| ()),
        reading.map_or(Ok(()), |thread| thread.join().map(|_| ())),
    ] {
        ensure!(end.is_ok(), "failed to look at {}", contender.name);
    }
    Ok(peak)
}

/// The line `VmHWM:      2048 kB` of `/proc/PID/status`, in bytes.
fn high_water_mark(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

fn silent(contender: &Contender) -> Command {
    let mut command = contender.command.command();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let times = |millis: &[u64]| -> Vec<Duration> {
            millis.iter().copied().map(Duration::from_millis).collect()
        };
        assert_eq!(median(&times(&[1, 2, 30])), Duration::from_millis(2));
        assert_eq!(median(&times(&[1, 2, 4, 30])), Duration::from_millis(3));
        assert_eq!(median(&[]), Duration::ZERO);
    }

    #[test]
    fn the_kernels_mark_is_in_kib() {
        let status = "Name:\tx\nVmPeak:\t  9000 kB\nVmHWM:\t  2048 kB\n";
        assert_eq!(high_water_mark(status), Some(2 * 1024 * 1024));
        assert_eq!(high_water_mark("Name:\tx\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_program_that_is_gone_at_once_is_still_seen() {
        let contender = Contender {
            name: "echo".to_owned(),
            command: Cmd::new("sh").args(["-c", "echo done"]),
        };
        let bytes = peak_memory(&contender).unwrap().unwrap();
        assert!(bytes > 300_000, "a shell in {bytes} bytes");
    }

    #[test]
    fn a_program_that_fails_is_not_measured() {
        let contender = Contender {
            name: "false".to_owned(),
            command: Cmd::new("false"),
        };
        let error = interleaved(&[contender], 1).unwrap_err();
        assert!(error.to_string().starts_with("failed to measure false: "));
    }
}
