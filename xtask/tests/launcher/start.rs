//! What is started, and from where: the binary that `SHA256SUMS` names, as the same process, and no other.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use testkit::binary::Run;
use testkit::runner::InJob as _;

use crate::release::{
    ACTION, BINARY, NAME, Release, TAMPERED, assert_names_both_digests, assert_started,
    path_without, program, refusal, write_sums,
};

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
fn a_tampered_binary_is_named_by_both_digests_and_not_started_wherever_it_is() {
    let own = tempfile::tempdir().unwrap();
    write_sums(own.path(), NAME, BINARY);
    let release = Release::new();
    for (place, folder) in [
        (release.dist().join(NAME), ""),
        (own.path().join(NAME), own.path().to_str().unwrap()),
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
    for (arch, name) in [
        ("X64", "hello-windows-x64.exe"),
        ("ARM64", "hello-windows-arm64.exe"),
    ] {
        let release = Release::new();
        release.pins(name, BINARY);
        program(&release.dist().join(name), BINARY);
        let run = release.run().env("RUNNER_OS", "Windows");
        assert_started(&run.env("RUNNER_ARCH", arch).run());
    }
}

#[test]
fn a_binary_that_this_machine_cannot_run_is_an_error_and_no_finding() {
    // The heads of programs for another processor and for another system.
    let arm = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0\x01\0\0\0\0\0\0\0";
    let windows = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0";
    for head in [&arm[..], &windows[..]] {
        let release = Release::new();
        let place = release.dist().join(NAME);
        fs::write(&place, head).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
        release.pins(NAME, head);
        let message = refusal(&release.run().run());
        assert!(
            message.contains("hello-linux-x64 cannot be run"),
            "{message}"
        );
    }
}

#[test]
fn an_input_that_no_process_can_take_is_an_error_and_no_finding() {
    let release = Release::new();
    program(&release.dist().join(NAME), BINARY);
    // The shell of the step has it, but can start nothing with it.
    let step = r#"export INPUT_NEEDS; printf -v INPUT_NEEDS '%200000s' x; . "$LAUNCHER" hello"#;
    let outcome = Run::new("bash")
        .args(["-c", step])
        .env("LAUNCHER", release.dist().join("run.sh"))
        .run();
    let message = refusal(&outcome);
    assert!(message.contains("Argument list too long"), "{message}");
    assert!(message.contains("128 KiB"), "{message}");
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
