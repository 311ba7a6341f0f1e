//! A build that is cancelled ends soon, with all that it started and with the sources as they were.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use testkit::runner::InJob as _;

use crate::package::{DEV, assert_untouched, build_wheel, error, package};

/// A build script that ends only when it is killed: it tells its process id, and asks nobody.
const STUBBORN: &str = r#"
fn main() {
    let script = "trap '' TERM INT; echo $$ > \"$TMPDIR/pid.new\"; mv \"$TMPDIR/pid.new\" \"$TMPDIR/pid\"; while :; do sleep 0.1; done";
    std::process::Command::new("sh").args(["-c", script]).status().unwrap();
}
"#;

/// Process group and state of a process: the third and the first field after the name in `/proc/<pid>/stat`.
fn group_and_state(pid: &str) -> Option<(String, String)> {
    let stat = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().map(str::to_owned);
    let state = fields.next()?;
    Some((fields.nth(1)?, state))
}

/// The processes of a group that are at work; one that nobody has waited for is not.
fn at_work(group: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap();
    let names = processes.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names
        .filter(|pid| group_and_state(pid).is_some_and(|(of, state)| of == group && state != "Z"))
        .collect()
}

fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match look() {
            Some(seen) => return seen,
            None if Instant::now() > deadline => panic!("{what} did not happen within a minute"),
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

#[test]
fn a_cancelled_build_gives_the_sources_back_and_leaves_no_process() {
    let repo = package(DEV);
    repo.write("build.rs", STUBBORN).commit("first");
    let running = build_wheel(&repo).limit(Duration::from_secs(10)).start();
    let pid = running.folder().join("temp/pid");
    let pid = wait_until("the build", || {
        let log = running.stdout();
        assert!(!log.contains("::error"), "{log}");
        fs::read_to_string(&pid).ok()
    });
    let (group, _) = group_and_state(pid.trim()).unwrap();
    assert!(
        at_work(&group).len() > 1,
        "maturin, cargo and the script are one group"
    );
    let stamped = fs::read_to_string(repo.path().join("Cargo.toml")).unwrap();
    assert!(stamped.contains("0.2.0-alpha.1+2026.1.1.g"), "{stamped}");

    running.signal("TERM");
    let outcome = running.wait();
    assert_eq!(
        error(&outcome),
        "cancelled by SIGTERM: completed work is kept, run it again to continue"
    );
    assert_untouched(&repo);
    assert!(!repo.path().join("dist").exists());
    wait_until("the end of every process", || {
        at_work(&group).is_empty().then_some(())
    });

    repo.delete("build.rs").commit("second");
    build_wheel(&repo).run().assert_code(0);
}
