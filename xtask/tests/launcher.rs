//! The launcher in a release made by hand: it starts the binary that `SHA256SUMS` names, wherever that is, and no other.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod launcher {
    pub(crate) mod release;
}

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use launcher::release::{
    ACTION, BINARY, Downloads, NAME, Release, TAMPERED, assert_names_both_digests, assert_started,
    files, program, refusal, write_sums,
};
use tempfile::TempDir;
use testkit::binary::Run;
use testkit::runner::InJob as _;

#[test]
fn a_binary_beside_the_launcher_is_started() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    assert_started(&release.run().run());
    assert!(release.kept().is_empty());
}

#[test]
fn a_folder_of_ones_own_binaries_comes_with_its_own_sums() {
    let release = Release::new();
    release.pins(NAME, "what the tree pins does not count then");
    let own = release.folder.join("own");
    program(&own.join(NAME), BINARY);
    write_sums(&own, NAME, BINARY);
    assert_started(&release.run().env("CI_ACTIONS_BIN_DIR", own).run());
}

#[test]
fn a_binary_that_lost_its_permission_on_the_way_is_started() {
    let release = Release::new();
    let own = release.folder.join("own");
    fs::create_dir(&own).unwrap();
    fs::write(own.join(NAME), BINARY).unwrap();
    write_sums(&own, NAME, BINARY);
    assert_started(&release.run().env("CI_ACTIONS_BIN_DIR", own).run());
}

#[test]
fn a_binary_in_the_tool_cache_is_started() {
    let release = Release::new();
    program(&release.cached(), BINARY);
    assert_started(&release.run().run());
}

#[test]
fn a_download_is_kept_and_not_repeated() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    assert_started(&release.run().run());
    assert_eq!(release.kept(), [release.cached()]);
    assert_started(&release.run().run());
    assert_eq!(downloads.asked(), ["/v1.2.3/hello-linux-x64"]);
}

#[test]
fn a_release_may_be_a_folder() {
    let release = Release::new();
    let assets = release.folder.join("assets");
    program(&assets.join(NAME), BINARY);
    release.downloads_from(&format!("file://{}", assets.display()));
    assert_started(&release.run().run());
    assert_eq!(release.kept(), [release.cached()]);
}

#[test]
fn a_tampered_binary_is_named_by_both_digests_and_not_started_wherever_it_is() {
    let own = tempfile::tempdir().unwrap();
    write_sums(own.path(), NAME, BINARY);
    let release = Release::new();
    for (place, folder) in [
        (release.dist().join(NAME), ""),
        (own.path().join(NAME), own.path().to_str().unwrap()),
        (release.cached(), ""),
    ] {
        program(&place, TAMPERED);
        let message = refusal(&release.run().env("CI_ACTIONS_BIN_DIR", folder).run());
        assert_names_both_digests(&message);
        let folder = place.parent().unwrap().file_name().unwrap();
        let shown = format!("{}/{NAME} has SHA-256", folder.to_str().unwrap());
        assert!(message.contains(&shown), "{message}");
        fs::remove_file(place).unwrap();
    }
}

#[test]
fn a_tampered_download_is_refused_and_does_not_stay() {
    let release = Release::new();
    let downloads = Downloads::of(Some(TAMPERED));
    release.downloads_from(&downloads.url());
    let message = refusal(&release.run().run());
    assert_names_both_digests(&message);
    assert!(message.contains(&downloads.url()), "{message}");
    assert!(release.kept().is_empty(), "{:?}", release.kept());
    // So the next run gets what the release holds by then.
    let mended = Downloads::of(Some(BINARY));
    release.downloads_from(&mended.url());
    assert_started(&release.run().run());
}

#[test]
fn a_missing_download_is_an_error_that_names_it_and_leaves_nothing() {
    let release = Release::new();
    let downloads = Downloads::of(None);
    release.downloads_from(&downloads.url());
    let message = refusal(&release.run().run());
    let url = format!("{}/{NAME}", downloads.url());
    assert!(message.contains(&url), "{message}");
    assert!(release.kept().is_empty(), "{:?}", release.kept());
}

#[test]
fn a_tree_without_a_release_is_an_error_and_no_finding() {
    let release = Release::new();
    fs::remove_file(release.dist().join("url")).unwrap();
    let message = refusal(&release.run().run());
    assert!(message.contains("dist/url"), "{message}");
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error_and_no_finding() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    fs::write(release.cache(), "a file where a folder should be").unwrap();
    refusal(&release.run().run());
    assert_eq!(downloads.asked(), Vec::<String>::new());
}

#[test]
fn an_unknown_platform_is_told_the_known_ones() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    let message = refusal(
        &release
            .run()
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "RISCV64")
            .run(),
    );
    for word in ["Linux-RISCV64", "macOS", "Windows", "X64", "ARM64"] {
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn on_windows_the_binary_has_its_extension() {
    let release = Release::new();
    let name = "hello-windows-x64.exe";
    release.pins(name, BINARY);
    program(&release.dist().join(name), BINARY);
    assert_started(&release.run().env("RUNNER_OS", "Windows").run());
}

#[test]
fn a_tree_without_sums_is_no_release_and_says_how_to_make_one() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    fs::remove_file(release.dist().join("SHA256SUMS")).unwrap();
    let message = refusal(&release.run().run());
    assert!(
        message.contains("rerun-io/ci-actions/hello@v1"),
        "{message}"
    );
    assert!(message.contains("`cargo xtask dist`"), "{message}");
}

#[test]
fn a_binary_that_the_sums_do_not_list_is_not_started() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    // The name must be the whole one.
    release.pins("hello-linux-x64.old", BINARY);
    let message = refusal(&release.run().run());
    assert!(message.contains(NAME), "{message}");
    assert!(message.contains("does not list"), "{message}");
}

#[test]
fn spaces_in_the_folder_and_in_the_cache_do_no_harm() {
    let release = Release::below("a release  with spaces");
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    assert_started(&release.run().run());
    assert_eq!(release.kept(), [release.cached()]);
    assert!(
        release
            .cached()
            .to_str()
            .unwrap()
            .contains("a release  with")
    );
    program(&release.dist().join(NAME), BINARY);
    assert_started(&release.run().run());
}

#[test]
fn arguments_arrive_as_they_are() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    let outcome = release
        .run_with(&["a b", "line 1\nline 2", "", "*", "$HOME `id`", "--x=\"y\""])
        .run();
    assert_started(&outcome);
    assert_eq!(
        outcome.stdout,
        "started\n[a b]\n[line 1\nline 2]\n[]\n[*]\n[$HOME `id`]\n[--x=\"y\"]\n"
    );
}

#[test]
fn the_exit_code_of_the_binary_is_the_steps() {
    let release = Release::new();
    for code in [1, 2] {
        let binary = format!("#!/bin/sh\necho started\nexit {code}\n");
        release.pins(NAME, &binary);
        program(&release.dist().join(NAME), &binary);
        let outcome = release.run().run();
        outcome.assert_code(code);
        assert_eq!(outcome.annotations, [], "{outcome}");
    }
}

#[test]
fn a_signal_to_the_step_reaches_the_binary_because_it_is_the_same_process() {
    let release = Release::new();
    let binary = "#!/bin/sh\ntrap 'echo stopped; exit 7' TERM\necho \"binary $$\"\n\
                  while :; do sleep 0.02; done\n";
    release.pins(NAME, binary);
    program(&release.dist().join(NAME), binary);
    let step = r#"echo "step $$"; exec "$GITHUB_ACTION_PATH/../tree/dist/run.sh" hello"#;
    let running = Run::new("bash")
        .args(["-c", step])
        .env("GITHUB_ACTION_PATH", release.folder.join(ACTION))
        .limit(Duration::from_secs(60))
        .start();
    for _ in 0..3000 {
        if running.stdout().contains("binary ") {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    running.signal("TERM");
    let outcome = running.wait();
    outcome.assert_code(7);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let [step, binary, "stopped"] = lines.as_slice() else {
        panic!("{outcome}");
    };
    assert_eq!(step.strip_prefix("step "), binary.strip_prefix("binary "));
}

/// A folder with links to what the launcher may need, without some of it.
fn path_without(missing: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "bash",
        "chmod",
        "curl",
        "env",
        "mkdir",
        "mv",
        "openssl",
        "perl",
        "rm",
        "sh",
        "sha256sum",
        "shasum",
        "uname",
    ] {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {name}")])
            .output()
            .unwrap();
        let place = String::from_utf8(found.stdout).unwrap();
        if found.status.success() && !missing.contains(&name) {
            symlink(place.trim(), folder.path().join(name)).unwrap();
        }
    }
    folder
}

#[test]
fn any_of_three_programs_makes_the_digest() {
    for missing in [
        &["sha256sum", "shasum"][..],
        &["openssl", "shasum"],
        &["openssl", "sha256sum"],
    ] {
        let release = Release::new();
        let path = path_without(missing);
        program(&release.dist().join(NAME), BINARY);
        assert_started(&release.run().env("PATH", path.path()).run());
        program(&release.dist().join(NAME), TAMPERED);
        let message = refusal(&release.run().env("PATH", path.path()).run());
        assert_names_both_digests(&message);
    }
}

#[test]
fn without_any_of_them_nothing_is_started() {
    let release = Release::new();
    let path = path_without(&["openssl", "sha256sum", "shasum"]);
    program(&release.dist().join(NAME), BINARY);
    refusal(&release.run().env("PATH", path.path()).run());
}

#[test]
fn without_a_home_and_without_a_runner_the_cache_is_in_the_temporary_folder() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    let temporary = release.folder.join("temporary");
    let launcher = release.dist().join("run.sh");
    let run = || {
        Run::new("env")
            .args(["-u", "HOME", "-u", "RUNNER_TOOL_CACHE"])
            .args(["-u", "RUNNER_OS", "-u", "RUNNER_ARCH", "bash"])
            .arg(&launcher)
            .arg(ACTION)
            .env("TMPDIR", &temporary)
            .run()
    };
    // What this machine is, `uname` says.
    let here = match std::env::consts::ARCH {
        "aarch64" => "hello-linux-arm64",
        _ => NAME,
    };
    release.pins(here, BINARY);
    assert_started(&run());
    assert_started(&run());
    assert_eq!(downloads.asked().len(), 1);
    assert_eq!(files(&temporary).len(), 1);
}
