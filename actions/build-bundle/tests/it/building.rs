//! What the command gets, and what must come of it.

use std::fs;

use testkit::composite::Step;
use testkit::runner::InJob as _;

use crate::{build_bundle, error, repo};

#[test]
fn the_command_finds_its_folder_its_commit_and_a_time_and_the_folder_is_the_bundle() {
    let repo = repo();
    repo.write("dist/app/stale.txt", "from an earlier run");
    let outcome = build_bundle(&repo)
        .input(
            "command",
            "cp include/hello.h \"$OUT\"\necho \"$COMMIT $SOURCE_DATE_EPOCH\" > \"$OUT/built\"\n",
        )
        .input("dir", "dist/app")
        .input("must-contain", "*.h\nbuilt")
        .run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("path"), "dist/app");
    assert_eq!(outcome.output("files"), "2");
    let built = fs::read_to_string(repo.path().join("dist/app/built")).unwrap();
    let time = repo.git(&["show", "--no-patch", "--format=%ct", "HEAD"]);
    assert_eq!(built, format!("{} {}\n", repo.sha("HEAD"), time.trim()));
    let size = 17 + built.len();
    assert_eq!(outcome.output("size"), size.to_string());
    let listed = std::process::Command::new("sh")
        .args([
            "-c",
            "LC_ALL=C; sha256sum built hello.h | sha256sum | cut -c 1-64",
        ])
        .current_dir(repo.path().join("dist/app"))
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(outcome.output("sha256"), listed.trim());
}

/// A folder that the launcher takes the binary from.
fn launchable() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let arch = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    let os = match std::env::consts::OS {
        "macos" => "macos",
        _ => "linux",
    };
    let name = format!("build-bundle-{os}-{arch}");
    let binary = folder.path().join(&name);
    fs::copy(env!("CARGO_BIN_EXE_build-bundle"), &binary).unwrap();
    let digest = package_formats::digest::sha256_file(&binary).unwrap();
    let sums = format!("{}  {name}\n", digest.sha256);
    fs::write(folder.path().join("SHA256SUMS"), sums).unwrap();
    folder
}

#[test]
fn the_composite_action_hands_a_command_of_several_lines_on_unread() {
    let repo = repo();
    let binaries = launchable();
    let outcome = Step::new(env!("CARGO_MANIFEST_DIR"))
        .binaries(binaries.path())
        .workspace(repo.path())
        .sha(&repo.sha("HEAD"))
        .with(
            "command",
            "word='$(false) `false` %0A'\n\necho \"$word\" > \"$OUT/a\"",
        )
        .with("must-contain", "a")
        .run();
    outcome.assert_code(0);
    let made = fs::read_to_string(repo.path().join("dist/bundle/a")).unwrap();
    assert_eq!(made, "$(false) `false` %0A\n");
}

#[test]
fn the_first_line_that_fails_stops_the_command_also_in_a_pipe() {
    let repo = repo();
    for (shell, command, code) in [
        ("bash", "false | true\ntouch \"$OUT/late\"", 1),
        ("sh", "exit 7\ntouch \"$OUT/late\"", 7),
        ("python", "import sys\nsys.exit(5)", 5),
    ] {
        let outcome = build_bundle(&repo)
            .input("command", command)
            .input("shell", shell)
            .run();
        assert_eq!(
            error(&outcome),
            format!(
                "failed to build the bundle: the input `command` ended with exit code {code}, see its output above"
            )
        );
        assert!(!repo.path().join("dist/bundle/late").exists());
    }
}

#[test]
fn what_is_missing_from_the_bundle_is_a_finding_and_nothing_is_packed() {
    let repo = repo();
    let run = |command: &str| {
        build_bundle(&repo)
            .input("command", command)
            .input("archive", "zip")
            .input("must-contain", "index.html\n*.wasm")
            .run()
    };
    let outcome = run("echo '<p>' > \"$OUT/index.html\"; echo '<p>404' > \"$OUT/app.wasm\"");
    outcome.assert_code(1);
    assert_eq!(outcome.annotations.len(), 1);
    assert!(
        outcome.annotations[0]
            .message
            .ends_with("`app.wasm` does not start like a WebAssembly module"),
        "{outcome}"
    );
    let outcome = run("touch \"$OUT/index.html\"");
    outcome.assert_code(1);
    assert_eq!(outcome.annotations.len(), 2);
    let outcome = run(":");
    outcome.assert_code(1);
    assert!(
        outcome.summary.contains("bundle contains no files"),
        "{outcome}"
    );
    assert!(!repo.path().join("dist/bundle.zip").exists());
}
