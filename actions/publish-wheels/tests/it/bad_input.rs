//! What cannot be published: each a clear error, and nothing sent.

use std::fs;

use testkit::binary::Run;
use testkit::pypiserver::{PASSWORD, PypiServer, USER};
use testkit::runner::InJob as _;

use super::{MASKS, action, refusal, wheel};

/// Nobody listens there: a run that gets that far fails in another way.
const NOWHERE: &str = "http://127.0.0.1:9/";

fn run() -> Run {
    Run::new(env!("CARGO_BIN_EXE_publish-wheels"))
        .input("index-url", NOWHERE)
        .input("password", PASSWORD)
}

#[test]
fn without_password_and_identity_the_permission_is_named() {
    let (server, folder) = (PypiServer::start(), tempfile::tempdir().unwrap());
    wheel(folder.path(), "0.2.0", "hi");
    let outcome = action(folder.path(), &server.url)
        .input("username", USER)
        .run();
    let message = refusal(&outcome);
    assert!(message.contains("there is no `password`"), "{message}");
    assert!(message.contains("`id-token: write`"), "{message}");
    assert_eq!(server.files(), Vec::<String>::new());
}

#[test]
fn a_glob_that_matches_nothing_is_quoted() {
    let folder = tempfile::tempdir().unwrap();
    wheel(folder.path(), "0.2.0", "hi");
    let globs = "*.whl\ndist/*.whl\n";
    let outcome = run().workspace(folder.path()).input("files", globs).run();
    let message = refusal(&outcome);
    assert!(
        message.contains("no file matches `dist/*.whl`"),
        "{message}"
    );
}

#[test]
fn no_files_at_all_is_a_missing_input() {
    let message = refusal(&run().run());
    assert!(message.contains("missing input `files`"), "{message}");
    let message = refusal(&run().input("files", "a[").run());
    assert!(message.contains("`files`"), "{message}");
}

#[test]
fn a_file_that_is_no_wheel_is_named_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let name = "hello_sdk-0.2.0-py3-none-any.whl";
    for (name, bytes, told) in [
        (name, "this is no zip", name),
        (name, "", name),
        ("hello.whl", "this is no zip", "hello.whl"),
        (
            "hello_sdk-0.2.0.tar.gz",
            "this is no gzip",
            "hello_sdk-0.2.0.tar.gz",
        ),
        ("hello_sdk-0.2.0.zip", "", "`.whl` and `.tar.gz`"),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        let message = refusal(&run().input("files", &file).run());
        assert!(message.starts_with("failed to "), "{message}");
        assert!(message.contains(told), "{message}");
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_wheel_cut_off_is_no_wheel() {
    let folder = tempfile::tempdir().unwrap();
    let file = wheel(folder.path(), "0.2.0", "hi");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let message = refusal(&run().input("files", &file).run());
    assert!(
        message.contains("hello_sdk-0.2.0-py3-none-any.whl"),
        "{message}"
    );
}

#[test]
fn a_name_with_a_line_break_forges_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a\n::add-mask::forged\n.whl");
    fs::write(&file, "no zip").unwrap();
    let outcome = action(folder.path(), NOWHERE)
        .input("password", PASSWORD)
        .run();
    refusal(&outcome);
    assert_eq!(outcome.masks, MASKS, "{outcome}");
}

#[test]
fn an_address_that_is_none_or_carries_a_password_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    wheel(folder.path(), "0.2.0", "hi");
    for (url, told) in [
        ("index.example", "failed to read the address"),
        ("ftp://index.example/", "https://"),
        (
            "https://me:hunter2@index.example/",
            "it contains credentials",
        ),
    ] {
        let outcome = run()
            .input("files", folder.path().join("*"))
            .input("index-url", url)
            .run();
        let message = refusal(&outcome);
        assert!(message.contains(told), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_password_on_the_command_line_is_refused_and_not_repeated() {
    let outcome = run().arg("--password=hunter2").run();
    let message = refusal(&outcome);
    assert!(message.contains("INPUT_PASSWORD"), "{message}");
    assert!(!outcome.to_string().contains("hunter2"), "{outcome}");
}

#[test]
fn an_unknown_input_and_an_unreadable_config_are_named() {
    let message = refusal(&run().input("pasword", "x").run());
    assert!(message.contains("did you mean `password`?"), "{message}");
    let message = refusal(&run().input("config", "gone.toml").run());
    assert!(message.contains("`gone.toml`"), "{message}");
    let message = refusal(&run().input("dry-run", "yes").run());
    assert!(message.contains("`dry-run`"), "{message}");
}
