//! A bucket that is a folder on a disk that is full.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;

/// Mounts a small disk that nobody else sees, uploads, makes it larger, uploads again; prints what became of each.
const SCRIPT: &str = r#"
mount -t tmpfs -o size=200k tmpfs bucket || { echo "no mount"; exit 0; }
"$0" "$@"; echo "first: $?"
find bucket/commit -path '*/packages/*' -type f -size +300k | sed 's/^/left: /'
find bucket -path '*/records/*' -type f | sed 's/^/recorded: /'
mount -o remount,size=20m bucket
"$0" "$@"; echo "second: $?"
find bucket -path '*/records/*' -type f | sed 's/^/then: /'
"#;

#[test]
fn a_full_disk_is_an_error_that_says_so_and_the_next_run_completes_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("bucket")).unwrap();
    fs::write(folder.path().join("large.bin"), vec![7; 400_000]).unwrap();
    let output = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", SCRIPT])
        .arg(env!("CARGO_BIN_EXE_upload-packages"))
        .args([
            "--bucket",
            "bucket",
            "--files",
            "large.bin",
            "--kind",
            "data",
        ])
        .args(["--project", "hello-data", "--version", "0.2.0"])
        .args(["--commit", "6e4ddaf0123456789abcdef0123456789abcdef0"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .output();
    let Ok(output) = output else {
        println!("skipped: there is no `unshare`");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let why = String::from_utf8_lossy(&output.stderr);
    if said.contains("no mount") || why.contains("Operation not permitted") {
        println!("skipped: this user may mount nothing");
        return;
    }
    for part in ["first: 2", "No space left on device", "second: 0", "then: "] {
        assert!(said.contains(part), "{part} is not in {said}{why}");
    }
    for part in ["left: ", "recorded: "] {
        assert!(!said.contains(part), "{part} is in {said}");
    }
}
