//! A bucket that is a folder on a disk that is full.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::needs;

/// Makes a small disk, uploads, makes it larger, uploads again; prints what became of each.
///
/// The disk is one that nobody else sees, or where nobody may mount (as in most containers), the container's own shared memory with a
/// file in it that leaves little room.
const SCRIPT: &str = r#"
mounts=$1; shift
if [ "$mounts" = mount ]; then
  mount -t tmpfs -o size=200k tmpfs disk || exit 0
  disk=disk
  more() { mount -o remount,size=20m disk; }
else
  shared=/dev/shm
  room=$(df -k --output=avail "$shared" | tail -n 1)
  [ "$(df --output=fstype "$shared" | tail -n 1)" = tmpfs ] && [ "$room" -gt 20000 ] && [ "$room" -le 131072 ] || exit 0
  disk=$(mktemp -d "$shared/full-disk-XXXXXX")
  trap 'rm -rf "$disk"' EXIT
  head -c "$(( (room - 200) * 1024 ))" /dev/zero > "$disk/filler"
  more() { rm "$disk/filler"; }
fi
mkdir "$disk/bucket"
"$0" --bucket "$disk/bucket" "$@"; echo "first: $?"
find "$disk/bucket/commit" -path '*/packages/*' -type f -size +300k | sed 's/^/left: /'
find "$disk/bucket" -path '*/records/*' -type f | sed 's/^/recorded: /'
more
"$0" --bucket "$disk/bucket" "$@"; echo "second: $?"
find "$disk/bucket" -path '*/records/*' -type f | sed 's/^/then: /'
"#;

/// Ways to a shell that may mount a disk which nobody else sees: as root of one's own, as root, by `sudo`; at last one that may not.
const SHELLS: [&[&str]; 4] = [
    &["unshare", "--mount", "--map-root-user", "sh"],
    &["unshare", "--mount", "sh"],
    &["sudo", "-n", "unshare", "--mount", "sh"],
    &["sh"],
];

/// What the script said and the errors beside it; nothing where this shell cannot make a disk.
fn upload(shell: &[&str], folder: &Path) -> Option<(String, String)> {
    let (program, arguments) = shell.split_first().unwrap();
    let mounts = match arguments {
        [] => "share",
        _ => "mount",
    };
    let output = Command::new(program)
        .args(arguments)
        .args(["-c", SCRIPT])
        .args([env!("CARGO_BIN_EXE_upload-packages"), mounts])
        .args(["--files", "large.bin", "--kind", "data"])
        .args(["--project", "hello-data", "--version", "0.2.0"])
        .args(["--commit", "6e4ddaf0123456789abcdef0123456789abcdef0"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .current_dir(folder)
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    said.contains("first: ").then_some((said, errors))
}

#[test]
fn a_full_disk_is_an_error_that_says_so_and_the_next_run_completes_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("disk")).unwrap();
    fs::write(folder.path().join("large.bin"), vec![7; 400_000]).unwrap();
    let mut tried = SHELLS.iter().map(|shell| upload(shell, folder.path()));
    let Some((said, errors)) = tried.find_map(|tried| tried) else {
        needs::skip(
            "this user may mount no disk",
            "`unshare` (Debian and Ubuntu: util-linux), and run as root or with user namespaces",
        );
        return;
    };
    for part in ["first: 2", "No space left on device", "second: 0", "then: "] {
        assert!(said.contains(part), "{part} is not in {said}{errors}");
    }
    for part in ["left: ", "recorded: "] {
        assert!(!said.contains(part), "{part} is in {said}");
    }
}
