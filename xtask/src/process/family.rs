//! Who belongs to a command: the processes of its group, and those below it that made groups of their
//! own, as `act` does for each step.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use rustix::process::{Pid, test_kill_process, test_kill_process_group};

#[derive(Debug, Clone, Copy)]
struct Entry {
    pid: i32,
    parent: i32,
    group: i32,
}

/// The running processes of these groups and below their leaders. Where there is no `/proc` (macOS),
/// those whose group has anybody left are named by their leader alone.
pub(super) fn of(leaders: &[i32]) -> BTreeSet<i32> {
    let Ok(folder) = fs::read_dir("/proc") else {
        let lives = |pid: &i32| {
            Pid::from_raw(*pid).is_some_and(|group| test_kill_process_group(group).is_ok())
        };
        return leaders.iter().copied().filter(lives).collect();
    };
    let running: Vec<Entry> = folder
        .flatten()
        .filter_map(|process| entry(&process.path()))
        .collect();
    let mut family = BTreeSet::new();
    loop {
        let before = family.len();
        for one in &running {
            if leaders.contains(&one.pid)
                || leaders.contains(&one.group)
                || leaders.contains(&one.parent)
                || family.contains(&one.parent)
            {
                family.insert(one.pid);
            }
        }
        if family.len() == before {
            return family;
        }
    }
}

/// Whether a process still runs; one that ended but was not waited for does not.
pub(super) fn runs(pid: i32) -> bool {
    let proc = Path::new("/proc");
    if proc.join("self").exists() {
        return entry(&proc.join(pid.to_string())).is_some();
    }
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

/// Reads `/proc/PID/stat`: `PID (NAME) STATE PARENT GROUP …`, where NAME may hold spaces and brackets.
fn entry(folder: &Path) -> Option<Entry> {
    let pid = folder.file_name()?.to_str()?.parse().ok()?;
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    Some(Entry {
        pid,
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
    })
}
