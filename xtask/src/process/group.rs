//! A child in a process group of its own, so that ending it ends what it started, and so that Ctrl-C
//! leaves nothing behind.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::family;

/// How long a group may take to clean up before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// The groups that run, by the process id of their leader.
static LIVE: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

fn live() -> MutexGuard<'static, BTreeSet<i32>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Children sit in other groups than ours, so the terminal's Ctrl-C does not reach them: pass it on.
pub fn end_children_on_signals() -> Result<()> {
    let mut signals =
        Signals::new([SIGINT, SIGTERM, SIGHUP]).context("failed to listen for Ctrl-C")?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let leaders: Vec<i32> = live().iter().copied().collect();
            end_groups(&leaders);
            #[allow(clippy::exit, reason = "a signal ends this process, wherever it is")]
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// A running child; dropping it ends its whole group.
#[derive(Debug)]
pub struct Group {
    child: Child,
    leader: i32,
}

impl Group {
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let child = command.process_group(0).spawn()?;
        let leader = i32::try_from(child.id()).context("a process id does not fit")?;
        live().insert(leader);
        Ok(Self { child, leader })
    }

    /// The process id of the child.
    #[cfg(test)]
    pub fn id(&self) -> i32 {
        self.leader
    }

    /// Waits for the child. What it left running in its group ends when this value is dropped.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait().context("failed to wait for a command")
    }

    /// How the child ended, or nothing while it runs.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("failed to look at a command")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        end_groups(&[self.leader]);
        // A child that cannot be waited for is not ours any more.
        self.child.wait().map(drop).unwrap_or_default();
        live().remove(&self.leader);
    }
}

/// Asks the groups and everything below them to end, waits, and kills what is left.
fn end_groups(leaders: &[i32]) {
    let mut known = family::of(leaders);
    if known.is_empty() {
        return;
    }
    signal_all(leaders, &known, Signal::TERM);
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        known.extend(family::of(leaders));
        known.retain(|&pid| family::runs(pid));
        if known.is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    signal_all(leaders, &known, Signal::KILL);
}

fn signal_all(leaders: &[i32], below: &BTreeSet<i32>, signal: Signal) {
    // A process that is gone already is what we want, so errors say nothing here.
    for pid in leaders.iter().filter_map(|&pid| Pid::from_raw(pid)) {
        kill_process_group(pid, signal).unwrap_or_default();
    }
    for pid in below.iter().filter_map(|&pid| Pid::from_raw(pid)) {
        kill_process(pid, signal).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon(mut holds: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instant::now() < deadline {
            if holds() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    #[test]
    fn ending_a_group_ends_a_grandchild_in_a_session_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = "setsid sh -c 'echo $$ >\"$0.new\"; mv \"$0.new\" \"$0\"; exec sleep 600' \"$1\" & wait";
        let group = Group::spawn(
            Command::new("sh")
                .args(["-c", script, "sh"])
                .arg(file.as_os_str()),
        )
        .unwrap();
        assert!(soon(|| file.exists()));
        let pid = std::fs::read_to_string(&file).unwrap();
        let pid: i32 = pid.trim().parse().unwrap();
        assert!(family::runs(pid));
        drop(group);
        assert!(soon(|| !family::runs(pid)));
    }

    #[test]
    fn what_a_finished_command_left_running_ends_with_it() {
        let mut group = Group::spawn(Command::new("sh").args(["-c", "sleep 600 &"])).unwrap();
        let leader = group.id();
        assert!(group.wait().unwrap().success());
        assert!(!family::of(&[leader]).is_empty());
        drop(group);
        assert!(soon(|| family::of(&[leader]).is_empty()));
    }
}
