//! The caches: what is found there is checked, what is wrong there is replaced, and what cannot be written is passed over.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use testkit::binary::Run;
use testkit::runner::InJob as _;

use crate::release::{
    ACTION, BINARY, Downloads, NAME, Release, TAMPERED, assert_names_both_digests, assert_started,
    files, program, refusal,
};

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

#[test]
fn a_wrong_binary_in_the_cache_is_dropped_and_downloaded_once() {
    // Cut off in the middle, empty, other bytes.
    for wrong in [&BINARY[..20], "", TAMPERED] {
        let release = Release::new();
        let downloads = Downloads::of(Some(BINARY));
        release.downloads_from(&downloads.url());
        program(&release.cached(), wrong);
        let outcome = release.run().run();
        outcome.assert_code(0);
        assert_eq!(outcome.annotations, [], "{outcome}");
        assert!(outcome.stdout.contains("downloading it again"), "{outcome}");
        assert!(outcome.stdout.ends_with("started\n"), "{outcome}");
        assert_eq!(fs::read_to_string(release.cached()).unwrap(), BINARY);
        assert_started(&release.run().run());
        assert_eq!(downloads.asked().len(), 1);
    }
}

#[test]
fn a_wrong_binary_in_the_cache_and_a_wrong_download_are_refused() {
    let release = Release::new();
    let downloads = Downloads::of(Some(TAMPERED));
    release.downloads_from(&downloads.url());
    program(&release.cached(), TAMPERED);
    assert_names_both_digests(&refusal(&release.run().run()));
    assert_eq!(downloads.asked().len(), 1);
    assert!(release.kept().is_empty(), "{:?}", release.kept());
}

#[test]
fn a_cache_that_cannot_be_written_gives_way_to_the_folder_of_the_job() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    fs::write(release.cache(), "a file where a folder should be").unwrap();
    let temporary = release.folder.join("temporary");
    fs::create_dir(&temporary).unwrap();
    for _ in 0..2 {
        assert_started(&release.run().env("RUNNER_TEMP", &temporary).run());
    }
    assert_eq!(downloads.asked().len(), 1);
    assert_eq!(files(&temporary).len(), 1);
}

#[test]
fn where_nothing_can_be_kept_each_step_downloads_and_starts() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    fs::write(release.cache(), "a file where a folder should be").unwrap();
    let temporary = release.folder.join("temporary");
    fs::create_dir(&temporary).unwrap();
    let run = || {
        let run = release
            .run()
            .env("RUNNER_TEMP", release.folder.join("none"));
        run.env("TMPDIR", &temporary).run()
    };
    // A folder cannot be made in a file's place.
    fs::write(release.folder.join("none"), "").unwrap();
    assert_started(&run());
    assert_started(&run());
    assert_eq!(downloads.asked().len(), 2);
    assert_eq!(files(&temporary), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_link_in_the_place_of_the_binary_leads_nowhere() {
    for content in [None, Some("a file of somebody")] {
        let release = Release::new();
        let downloads = Downloads::of(Some(BINARY));
        release.downloads_from(&downloads.url());
        let victim = release.folder.join("victim");
        if let Some(content) = content {
            fs::write(&victim, content).unwrap();
        }
        fs::create_dir_all(release.cached().parent().unwrap()).unwrap();
        symlink(&victim, release.cached()).unwrap();
        release.run().run().assert_code(0);
        assert_eq!(fs::read_to_string(&victim).ok().as_deref(), content);
        assert!(!release.cached().is_symlink());
        assert_eq!(fs::read_to_string(release.cached()).unwrap(), BINARY);
    }
}

#[test]
fn a_pipe_in_the_place_of_the_binary_is_not_waited_for() {
    let release = Release::new();
    let downloads = Downloads::of(Some(BINARY));
    release.downloads_from(&downloads.url());
    fs::create_dir_all(release.cached().parent().unwrap()).unwrap();
    let made = Command::new("mkfifo").arg(release.cached()).status();
    assert!(made.unwrap().success());
    assert_started(&release.run().run());
    assert_eq!(fs::read_to_string(release.cached()).unwrap(), BINARY);
}

/// Right when the digest has been made, at the worst moment, the original changes.
#[test]
fn a_binary_that_is_swapped_after_its_check_is_not_started() {
    let swapped = "#!/bin/sh\necho swapped\n";
    for how in ["cp", "mv"] {
        let release = Release::new();
        let other = release.folder.join("other");
        program(&other, swapped);
        program(&release.cached(), BINARY);
        let path = release.path_with(
            "openssl",
            &format!(
                "\"$real\" \"$@\" || exit 1\n{how} '{}' '{}'",
                other.display(),
                release.cached().display()
            ),
        );
        let path = format!("{}:{}", path.display(), std::env::var("PATH").unwrap());
        let outcome = release.run().env("PATH", path).run();
        assert_eq!(fs::read_to_string(release.cached()).unwrap(), swapped);
        assert_started(&outcome);
    }
}

#[test]
fn the_copy_that_is_started_is_private_and_does_not_stay() {
    let release = Release::new();
    let binary = "#!/bin/sh\necho \"started $0\"\nstat -c %a \"${0%/*}\"\n";
    let temporary = release.folder.join("temporary");
    fs::create_dir(&temporary).unwrap();
    release.pins(NAME, binary);
    program(&release.dist().join(NAME), binary);
    release
        .run()
        .env("RUNNER_TEMP", &temporary)
        .run()
        .assert_code(0);
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    // Elsewhere it stays until the job ends, below a folder of its own.
    let name = "hello-macos-x64";
    release.pins(name, binary);
    program(&release.dist().join(name), binary);
    let run = release.run().env("RUNNER_OS", "macOS");
    let outcome = run.env("RUNNER_TEMP", &temporary).run();
    assert!(outcome.stdout.ends_with("\n700\n"), "{outcome}");
    assert_eq!(files(&temporary).len(), 1);
}
