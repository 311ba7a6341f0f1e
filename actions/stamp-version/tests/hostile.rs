//! Runs that are killed at any write, and files that a stranger put into the checkout.

#![cfg(unix)]
#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

/// A workspace of three crates and a Python package, with a lock file; committed.
fn workspace() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n[workspace.package]\nversion = \"0.2.0\"\n",
    )
    .write("crates/README.md", "Ours.\n")
    .write("pyproject.toml", "[project]\nname = \"hello\"\nversion = \"0.2.0\"\n");
    let mut lock = "version = 4\n".to_owned();
    for name in ["a", "b", "c"] {
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.2.0\"\nedition = \"2024\"\n");
        repo.write(&format!("crates/{name}/Cargo.toml"), manifest)
            .write(&format!("crates/{name}/src/lib.rs"), "");
        lock.push_str(&format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"0.2.0\"\n"
        ));
    }
    repo.write("Cargo.lock", lock);
    repo.commit("first");
    repo
}

fn stamp(repo: &TempRepo) -> Run {
    Run::new(env!("CARGO_BIN_EXE_stamp-version"))
        .workspace(repo.path())
        .sha(&repo.sha("HEAD"))
}

fn error(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    &outcome.annotations[0].message
}

/// Every file with its bytes, git's own left out but for what we keep there.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_gits =
                path.parent().unwrap().ends_with(".git") && !name.contains("stamp-version");
            // What a link leads to lies elsewhere.
            if is_gits || path.is_symlink() {
                continue;
            } else if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    files
}

/// Whether system calls can be watched here: containers may forbid it.
fn can_trace() -> bool {
    let tried = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .status();
    let can = tried.is_ok_and(|status| status.success());
    if !can {
        println!(
            "skipped: strace is not installed, or may not trace here: `apt-get install strace`"
        );
    }
    can
}

/// The program, killed when it makes the `nth` system call of this kind. Whether it was killed at all.
fn killed_at(repo: &TempRepo, call: &str, nth: usize, arguments: &[&str]) -> bool {
    let inject = format!("inject={call}:signal=SIGKILL:when={nth}");
    let status = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={call}"),
            "-e",
            &inject,
        ])
        .arg(env!("CARGO_BIN_EXE_stamp-version"))
        .args(arguments)
        .current_dir(repo.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .status()
        .unwrap();
    !status.success()
}

const CALLS: [&str; 5] = ["rename", "openat", "unlink", "fsync", "write"];
/// More calls of a kind than a run makes.
const MOST: usize = 400;

#[test]
fn a_stamp_that_is_killed_at_any_write_is_finished_by_the_next_run() {
    if !can_trace() {
        return;
    }
    let repo = workspace();
    let before = files(repo.path());
    let arguments = ["--version=0.3.0"];
    stamp(&repo).args(arguments).run().assert_code(0);
    let stamped = files(repo.path());
    stamp(&repo).arg("--undo").run().assert_code(0);
    assert_eq!(files(repo.path()), before);
    let mut half_way = 0;
    for call in CALLS {
        let mut kills = 0;
        while killed_at(&repo, call, kills + 1, &arguments) {
            kills += 1;
            assert!(kills < MOST, "{call} has no end");
            let left = files(repo.path());
            half_way += usize::from(left != before && left != stamped);
            let again = stamp(&repo).args(arguments).run();
            again.assert_code(0);
            assert_eq!(files(repo.path()), stamped, "{call} {kills}: {again}");
            stamp(&repo).arg("--undo").run().assert_code(0);
            assert_eq!(files(repo.path()), before, "{call} {kills}");
        }
        assert!(kills > 0 || call == "unlink", "no {call} was seen");
        stamp(&repo).arg("--undo").run().assert_code(0);
        assert_eq!(files(repo.path()), before);
    }
    assert!(half_way > 10, "only {half_way} kills came half-way");
}

#[test]
fn an_undo_that_is_killed_at_any_write_is_finished_by_the_next_undo() {
    if !can_trace() {
        return;
    }
    let repo = workspace();
    let before = files(repo.path());
    for call in ["rename", "unlink"] {
        for nth in 1..MOST {
            stamp(&repo).arg("--version=0.3.0").run().assert_code(0);
            stamp(&repo).arg("--version=0.4.0").run().assert_code(0);
            let killed = killed_at(&repo, call, nth, &["--undo"]);
            stamp(&repo).arg("--undo").run().assert_code(0);
            assert_eq!(files(repo.path()), before, "{call} {nth}");
            if !killed {
                break;
            }
        }
    }
}

#[test]
fn a_dry_run_after_a_kill_writes_nothing_and_says_what_to_do() {
    if !can_trace() {
        return;
    }
    let repo = workspace();
    assert!(killed_at(&repo, "rename", 3, &["--version=0.3.0"]));
    let left = files(repo.path());
    let outcome = stamp(&repo).args(["--version=0.3.0", "--dry-run"]).run();
    assert!(
        error(&outcome).contains("an earlier run was interrupted"),
        "{outcome}"
    );
    assert_eq!(files(repo.path()), left);
    stamp(&repo).arg("--undo").run().assert_code(0);
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn an_undo_file_that_leads_elsewhere_is_refused_and_nothing_is_written() {
    let repo = workspace();
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("Cargo.toml");
    fs::write(&victim, "mine\n").unwrap();
    symlink(outside.path(), repo.path().join("link")).unwrap();
    fs::write(repo.path().join("build.rs"), "mine\n").unwrap();
    let up = "../".repeat(20);
    let before = files(repo.path());
    for path in [
        format!(
            "{up}{}",
            victim.display().to_string().trim_start_matches('/')
        ),
        victim.display().to_string(),
        "link/Cargo.toml".to_owned(),
        ".git/config".to_owned(),
        ".git/Cargo.toml".to_owned(),
        "build.rs".to_owned(),
    ] {
        let stamped = "f20dbf6b8ffeb5a5cd4ee7a8e9f9a5a6c1ad9ab9dbb8a9d4a2e6e6fa06d3dcf4";
        let file = serde_json::json!({"version": "0.1.0", "files": {
            "Cargo.toml": {"text": "owned\n", "stamped": stamped},
            path.as_str(): {"text": "owned\n", "stamped": stamped},
        }});
        let undo_file = outside.path().join("undo.json");
        fs::write(&undo_file, file.to_string()).unwrap();
        let outcome = stamp(&repo)
            .arg("--undo")
            .arg(format!("--undo-file={}", undo_file.display()))
            .run();
        error(&outcome);
        assert!(outcome.outputs.is_empty(), "{outcome}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine\n", "{path}");
        assert_eq!(files(repo.path()), before, "{path}");
    }
}

#[test]
fn a_manifest_that_is_a_link_out_a_pipe_or_endless_is_refused_without_its_content() {
    let outside = tempfile::tempdir().unwrap();
    let token = outside.path().join("token");
    fs::write(&token, "hunter2 = = \n").unwrap();
    for target in [
        token.as_path(),
        Path::new("/proc/self/environ"),
        Path::new("/dev/zero"),
    ] {
        let repo = workspace();
        for file in [
            "Cargo.toml",
            "crates/a/Cargo.toml",
            "Cargo.lock",
            "pyproject.toml",
        ] {
            let path = repo.path().join(file);
            let good = fs::read(&path).unwrap();
            fs::remove_file(&path).unwrap();
            symlink(target, &path).unwrap();
            let outcome = stamp(&repo).arg("--version=0.3.0").run();
            assert!(error(&outcome).contains(file), "{outcome}");
            for secret in ["hunter2", "PATH="] {
                assert!(!outcome.stdout.contains(secret), "{outcome}");
            }
            fs::remove_file(&path).unwrap();
            fs::write(&path, good).unwrap();
        }
    }
    let repo = workspace();
    let config = repo.path().join(".github/ci-actions.toml");
    fs::create_dir(config.parent().unwrap()).unwrap();
    let made = Command::new("mkfifo").arg(&config).status().unwrap();
    assert!(made.success());
    let outcome = stamp(&repo).arg("--version=0.3.0").run();
    assert!(
        error(&outcome).contains("it is not a regular file"),
        "{outcome}"
    );
}

#[test]
fn no_program_that_the_checkout_names_is_run() {
    let repo = workspace();
    let armed = testkit::hostile_git::Armed::new(&repo);
    let sha = repo.path().join(".git/refs/heads/main");
    let sha = fs::read_to_string(sha).unwrap();
    let run = || {
        Run::new(env!("CARGO_BIN_EXE_stamp-version"))
            .workspace(repo.path())
            .sha(sha.trim())
    };
    run().arg("--version=commit").run().assert_code(0);
    run().arg("--undo").run().assert_code(0);
    armed.assert_unharmed("stamp-version");
}

#[test]
fn a_glob_of_members_without_end_is_an_error_and_no_panic() {
    let repo = workspace();
    let member = format!("{}a{}", "{".repeat(250), "}".repeat(250));
    repo.write(
        "Cargo.toml",
        format!(
            "[workspace]\nmembers = [\"{member}\"]\n[workspace.package]\nversion = \"0.2.0\"\n"
        ),
    );
    let outcome = stamp(&repo).arg("--version=0.3.0").run();
    assert!(
        error(&outcome).contains("over the limit of 16"),
        "{outcome}"
    );
}
