//! Git in a checkout that somebody else has configured.

#![cfg(feature = "async")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use std::path::Path;
use std::process::Command;

use actions_core::git;
use testkit::hostile_git::Armed;
use testkit::repo::TempRepo;

fn repository() -> TempRepo {
    let repo = TempRepo::new();
    repo.write("a.txt", "one")
        .write(".gitignore", "/out\n")
        .commit("first");
    repo.write("a.txt", "two")
        .write("out/b", "")
        .commit("second");
    repo
}

#[tokio::test]
async fn no_question_runs_a_program_of_the_checkout() {
    let repo = repository();
    let head = repo.sha("HEAD");
    let armed = Armed::new(&repo);
    for args in [
        vec!["show", "--no-patch", "--format=%ct", head.as_str(), "--"],
        vec!["rev-parse", "HEAD"],
        vec!["check-ignore", "--quiet", "--", "out"],
        vec!["ls-files", "-z", "--", "out"],
        vec!["log", "--raw", "HEAD"],
        vec![
            "diff-tree",
            "-r",
            "-p",
            "--no-ext-diff",
            "--no-textconv",
            "HEAD^",
            "HEAD",
        ],
        vec!["cat-file", "blob", "HEAD:a.txt"],
    ] {
        let shown = args.join(" ");
        let offline = git::offline(args.iter().copied()).current_dir(repo.path());
        let said = offline.captured().await.unwrap();
        assert_eq!(said.code, Some(0), "{shown}: {:?}", said.stderr);
        armed.assert_unharmed(&shown);
        let online = git::Git::open(repo.path()).await.unwrap();
        let said = online.command(args).current_dir(repo.path());
        assert_eq!(said.captured().await.unwrap().code, Some(0), "{shown}");
        armed.assert_unharmed(&shown);
    }
    // The trap works: git as everybody starts it walks into it.
    let plain = Command::new("git")
        .args(["status"])
        .current_dir(repo.path())
        .output();
    assert!(plain.is_ok());
    let walked = std::panic::catch_unwind(|| armed.assert_unharmed("git"));
    assert!(walked.is_err());
}

#[tokio::test]
async fn a_fetch_runs_a_program_of_the_checkout_for_no_kind_of_remote() {
    let repo = repository();
    let armed = Armed::new(&repo);
    let origin = repository();
    let remotes = armed.remotes();
    let good = format!("file://{}", origin.path().display());
    for remote in remotes.iter().chain([&good]) {
        let git = git::Git::open(repo.path()).await.unwrap();
        let url = format!("remote.origin.url={remote}");
        let fetch = git
            .command([
                "-c",
                &url,
                "fetch",
                "--quiet",
                git::UPLOAD_PACK,
                "origin",
                "main",
            ])
            .current_dir(repo.path());
        let fetched = fetch.captured().await.unwrap();
        assert_eq!(
            fetched.code == Some(0),
            *remote == good,
            "{remote}: {:?}",
            fetched.stderr
        );
        armed.assert_unharmed(remote);
    }
}

#[tokio::test]
async fn the_git_folder_is_found_and_none_is_an_error() {
    let repo = repository();
    let found = git::private_folder(repo.path()).await.unwrap();
    assert!(found.ends_with(".git"), "{found:?}");
    let outside = tempfile::tempdir().unwrap();
    assert!(git::private_folder(outside.path()).await.is_err());
    assert!(git::private_folder(Path::new("/nowhere")).await.is_err());
}
