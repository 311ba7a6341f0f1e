//! The action as a person runs it: on a repository of their own, from the command line and as a step.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::path::Path;
use std::process::Command;

use testkit::binary::Run;
use testkit::composite::Step;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

/// A workspace in CRLF with comments, a Python package, and one crate with a version of its own; committed.
fn workspace() -> TempRepo {
    let repo = TempRepo::new();
    let root = "# Ours.\r\n[workspace]\r\nmembers = [\"core\", \"cli\", \"apart\"]\r\nresolver = \"3\"\r\n\
        [workspace.package]\r\nversion = \"0.2.0-alpha.1+dev\" # one for all\r\n\
        [workspace.dependencies]\r\ncore = { path = \"core\", version = \"=0.2.0-alpha.1\" }\r\n";
    repo.write("Cargo.toml", root)
        .write(
            "pyproject.toml",
            "[project]\nname = \"hello\"\nversion = \"0.2.0a1+dev\"\n",
        )
        .write(".gitignore", "/target\n");
    for (name, version, rest) in [
        ("core", "version.workspace = true", ""),
        (
            "cli",
            "version.workspace = true",
            "[dependencies]\ncore.workspace = true\n",
        ),
        ("apart", "version = \"7.0.0\"", ""),
    ] {
        let manifest =
            format!("[package]\nname = \"{name}\"\n{version}\nedition = \"2024\"\n{rest}");
        repo.write(&format!("{name}/Cargo.toml"), manifest)
            .write(&format!("{name}/src/lib.rs"), "");
    }
    cargo(repo.path(), &["generate-lockfile", "--offline"]);
    repo.commit("first");
    repo
}

fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn locked(repo: &TempRepo) -> String {
    cargo(
        repo.path(),
        &[
            "metadata",
            "--locked",
            "--offline",
            "--no-deps",
            "--format-version=1",
        ],
    )
}

fn stamp(repo: &TempRepo) -> Run {
    Run::new(env!("CARGO_BIN_EXE_stamp-version"))
        .workspace(repo.path())
        .sha(&repo.sha("HEAD"))
}

fn error(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    assert_eq!(outcome.annotations.len(), 1, "{outcome}");
    &outcome.annotations[0].message
}

fn status(repo: &TempRepo) -> String {
    repo.git(&["status", "--porcelain"])
}

#[test]
fn a_commit_build_is_stamped_everywhere_once_and_undone_to_the_last_byte() {
    let repo = workspace();
    let head = repo.sha("HEAD");
    let short: String = head.chars().take(7).collect();
    let version = format!("0.2.0-alpha.1+2026.1.1.g{short}");
    let first = stamp(&repo).run();
    first.assert_code(0);
    assert_eq!(first.output("version"), version);
    assert_eq!(
        first.output("python-version"),
        version.replace("-alpha.1", "a1")
    );
    assert_eq!(first.output("old-version"), "0.2.0-alpha.1+dev");
    assert_eq!(first.output("changed"), "true");
    assert_eq!(
        first.output("files"),
        r#"["Cargo.lock","Cargo.toml","pyproject.toml"]"#
    );
    assert!(
        first.stdout.contains("apart/Cargo.toml stays at 7.0.0"),
        "{first}"
    );
    assert_eq!(
        status(&repo),
        " M Cargo.lock\n M Cargo.toml\n M pyproject.toml",
        "the undo file is seen by nobody"
    );
    assert!(locked(&repo).contains(&format!("\"version\":\"{version}\"")));

    let again = stamp(&repo).run();
    again.assert_code(0);
    assert_eq!(again.output("changed"), "false");
    assert_eq!(again.output("version"), version);

    let undone = stamp(&repo).input("undo", "true").run();
    undone.assert_code(0);
    assert_eq!(undone.output("version"), "0.2.0-alpha.1+dev");
    assert_eq!(undone.output("old-version"), version);
    assert_eq!(status(&repo), "");
    let nothing = stamp(&repo).arg("--undo").run();
    nothing.assert_code(0);
    assert!(nothing.stdout.contains("nothing to undo"), "{nothing}");
}

#[test]
fn a_dry_run_prints_a_patch_that_git_applies_and_writes_nothing() {
    let repo = workspace();
    let outcome = stamp(&repo)
        .args(["--version", "next", "--bump", "minor", "--dry-run"])
        .run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("version"), "0.2.0");
    assert_eq!(outcome.output("changed"), "false");
    assert_eq!(status(&repo), "");
    let is_patch = |line: &&str| {
        ["--- ", "+++ ", "@@ ", "-", "+"]
            .iter()
            .any(|mark| line.starts_with(mark))
    };
    let patch: String = outcome
        .stdout
        .lines()
        .filter(is_patch)
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(
        patch.contains("-version = \"0.2.0-alpha.1+dev\" # one for all"),
        "{outcome}"
    );
    assert!(
        patch.contains("+core = { path = \"core\", version = \"=0.2.0\" }"),
        "{outcome}"
    );
    // The log has no carriage returns, so git is told to bear with them.
    repo.write("change.patch", patch);
    repo.git(&[
        "apply",
        "--unidiff-zero",
        "--ignore-whitespace",
        "change.patch",
    ]);
    repo.delete("change.patch");
    let applied = stamp(&repo).args(["--version", "0.2.0"]).run();
    applied.assert_code(0);
    assert_eq!(applied.output("changed"), "false", "{applied}");
}

#[test]
fn the_next_version_is_counted_from_the_latest_published_one() {
    for (inputs, version) in [
        (
            &[("bump", "alpha"), ("from", "v0.3.0"), ("dev", "true")][..],
            "0.4.0-alpha.1+dev",
        ),
        (&[("bump", "patch"), ("from", "0.3.0")], "0.3.1"),
        (&[("bump", "major")], "1.0.0"),
        (&[], "0.2.0-alpha.2"),
    ] {
        let repo = workspace();
        let mut run = stamp(&repo).input("version", "next");
        for (name, value) in inputs {
            run = run.input(name, *value);
        }
        let outcome = run.run();
        outcome.assert_code(0);
        assert_eq!(outcome.output("version"), version);
        let seen = locked(&repo);
        assert!(
            seen.contains(&format!("\"version\":\"{version}\"")),
            "{seen}"
        );
        assert!(outcome.summary.contains(version), "{}", outcome.summary);
    }
}

#[test]
fn several_stamps_are_taken_back_at_once() {
    let repo = workspace();
    for version in ["0.3.0", "commit", "1.0.0-rc.1"] {
        stamp(&repo).input("version", version).run().assert_code(0);
    }
    let undone = stamp(&repo).input("undo", "true").run();
    undone.assert_code(0);
    assert_eq!(undone.output("version"), "0.2.0-alpha.1+dev");
    assert_eq!(status(&repo), "");
}

#[test]
fn what_cannot_be_right_is_an_error_that_says_what_to_type_and_changes_nothing() {
    let repo = workspace();
    for (name, value, told) in [
        (
            "version",
            "nightly",
            "it is auto, commit, release, next, or a version such as 1.2.3",
        ),
        ("workspace", "core", "it is a member of the workspace"),
        ("workspace", "gone", "there is no folder `gone`"),
        (
            "pyprojects",
            "python/*.toml",
            "no file matches `python/*.toml`",
        ),
        ("commit", "main", "40 hexadecimal digits"),
        (
            "bump",
            "tiny",
            "the bumps are major, minor, patch and alpha",
        ),
    ] {
        let outcome = stamp(&repo).input(name, value).run();
        let message = error(&outcome);
        assert!(message.contains(told), "{name}: {message}");
        assert_eq!(status(&repo), "");
    }
    let from = stamp(&repo)
        .input("version", "next")
        .input("from", "latest")
        .run();
    assert!(
        error(&from).contains("failed to read the input `from`"),
        "{from}"
    );
    let rc = stamp(&repo)
        .input("version", "next")
        .input("from", "1.0.0-rc.1")
        .run();
    assert!(error(&rc).contains("write the version itself"), "{rc}");
    let both = stamp(&repo).args(["--undo", "--dry-run"]).run();
    assert!(
        error(&both).contains("set only one of `undo` and `dry-run`"),
        "{both}"
    );
    assert_eq!(status(&repo), "");
}

#[test]
fn a_stamp_whose_undo_file_is_gone_is_told_and_a_file_that_was_edited_is_kept() {
    let repo = workspace();
    stamp(&repo)
        .input("undo-file", "kept.json")
        .run()
        .assert_code(0);
    let lost = stamp(&repo).input("undo", "true").run();
    assert!(
        error(&lost).contains("set `undo-file` to the file of the run that stamped"),
        "{lost}"
    );
    repo.write("pyproject.toml", "[project]\nversion = \"0.9\"\n");
    let edited = stamp(&repo)
        .input("undo", "true")
        .input("undo-file", "kept.json")
        .run();
    assert!(
        error(&edited).contains("pyproject.toml: it changed since it was stamped; set its version back to 0.2.0-alpha.1+dev by hand, and delete "),
        "{edited}"
    );
    assert_eq!(status(&repo), " M pyproject.toml\n?? kept.json");
}

#[test]
fn without_a_checkout_a_release_needs_only_a_place_for_the_undo_file() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"hello\"\nversion = \"0.2.0+dev\"\n";
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    let run = || {
        Run::new(env!("CARGO_BIN_EXE_stamp-version"))
            .workspace(folder.path())
            .env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap())
            .input("version", "release")
    };
    let refused = run().run();
    assert!(
        error(&refused).contains("set the input `undo-file`"),
        "{refused}"
    );
    let done = run().input("undo-file", "../undo.json").run();
    done.assert_code(0);
    assert_eq!(done.output("version"), "0.2.0");
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
    let name = format!("stamp-version-{os}-{arch}");
    let binary = folder.path().join(&name);
    std::fs::copy(env!("CARGO_BIN_EXE_stamp-version"), &binary).unwrap();
    let digest = package_formats::digest::sha256_file(&binary).unwrap();
    let sums = format!("{}  {name}\n", digest.sha256);
    std::fs::write(folder.path().join("SHA256SUMS"), sums).unwrap();
    folder
}

#[test]
fn the_composite_action_stamps_and_takes_back() {
    let repo = workspace();
    let binaries = launchable();
    let step = || {
        Step::new(env!("CARGO_MANIFEST_DIR"))
            .binaries(binaries.path())
            .workspace(repo.path())
            .sha(&repo.sha("HEAD"))
    };
    let stamped = step().with("version", "commit").run();
    stamped.assert_code(0);
    assert!(
        stamped.output("version").contains("+2026.1.1.g"),
        "{stamped}"
    );
    let undone = step().with("undo", "true").run();
    undone.assert_code(0);
    assert_eq!(status(&repo), "");
}
