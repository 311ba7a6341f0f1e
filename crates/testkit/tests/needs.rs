//! A test that needs what is not there is told as skipped, and fails in continuous integration.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use testkit::needs;

const INSTALL: &str = "no-such-program (apt-get install no-such-program)";

#[test]
#[ignore = "the other tests start it as a program"]
fn it_needs_a_program() {
    if needs::program(&["no-such-program", "nor-this"], INSTALL).is_some() {
        panic!("it is there");
    }
}

#[test]
#[ignore = "the other tests start it as a program"]
fn it_needs_a_shell() {
    let shell = needs::program(&["no-such-program", "sh"], INSTALL).unwrap();
    assert!(shell.is_file());
}

/// Runs one of them as cargo and nextest do.
fn run(test: &str, ci: Option<&str>, told: &Path) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", test])
        .env("CARGO_PKG_NAME", "hello")
        .env(needs::SKIPPED_TESTS, told)
        .env_remove("CI");
    if let Some(ci) = ci {
        command.env("CI", ci);
    }
    command.output().unwrap()
}

#[test]
fn what_is_missing_is_told_with_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("skipped");
    for ci in [None, Some("false")] {
        let output = run("it_needs_a_program", ci, &told);
        assert!(output.status.success(), "{output:?}");
    }
    let text = std::fs::read_to_string(&told).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected = json!({
        "test": "hello it_needs_a_program",
        "missing": "`no-such-program` or `nor-this` is not installed",
        "install": INSTALL,
    });
    assert_eq!(lines, [expected.clone(), expected]);
}

#[test]
fn in_continuous_integration_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("skipped");
    let output = run("it_needs_a_program", Some("true"), &told);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains(INSTALL), "{said}");
    assert!(!told.exists(), "it failed, it was not skipped");
}

#[test]
fn what_is_there_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("skipped");
    let output = run("it_needs_a_shell", Some("true"), &told);
    assert!(output.status.success(), "{output:?}");
    assert!(!told.exists());
}
