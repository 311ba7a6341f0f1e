//! Documentation of Rust, as a browser finds it.

use std::fs;

use testkit::runner::InJob as _;

use crate::{build_docs, error, repo};

#[test]
fn the_first_page_leads_to_a_crate_and_the_same_commit_gives_the_same_bytes_anywhere() {
    let repo = repo();
    repo.write("dist/docs/stale/index.html", "from an earlier run");
    let first = build_docs(&repo).input("language", "rust").run();
    first.assert_code(0);
    assert_eq!(first.output("dir"), "dist/docs");
    let docs = repo.path().join("dist/docs");
    let index = fs::read_to_string(docs.join("index.html")).unwrap();
    assert!(index.contains("url=one/index.html"), "{index}");
    assert!(docs.join("one/struct.Thing.html").is_file());
    assert!(!docs.join("stale").exists() && !docs.join(".lock").exists());

    let other = repo.shallow_clone(1);
    let second = build_docs(&other)
        .env("CARGO_BUILD_JOBS", "1")
        .input("language", "rust")
        .run();
    second.assert_code(0);
    assert_eq!(first.output("sha256"), second.output("sha256"));
}

#[test]
fn some_crates_and_the_front_page_are_chosen() {
    let repo = repo();
    let run = |index: &str| {
        build_docs(&repo)
            .input("language", "rust")
            .input("crates", "two\nthree")
            .input("index", index)
            .input("out", "dist/docs-rust")
            .run()
    };
    let outcome = run("two");
    outcome.assert_code(0);
    let docs = repo.path().join("dist/docs-rust");
    let index = fs::read_to_string(docs.join("index.html")).unwrap();
    assert!(index.contains("url=two/index.html"), "{index}");
    assert!(!docs.join("one").exists());
    let unknown = run("one");
    assert_eq!(
        error(&unknown),
        "failed to find the crate `one` that the input `index` names: the documented crates are three and two"
    );
}

#[test]
fn a_link_to_nothing_is_a_finding_at_its_page_or_a_warning() {
    let repo = repo();
    repo.write(
        "one/src/lib.rs",
        "//! Read [more](../more.html) and [others](https://example.com/x).\n",
    )
    .commit("second");
    let run = |level: &str| {
        build_docs(&repo)
            .input("language", "rust")
            .input("broken-links", level)
            .run()
    };
    let outcome = run("error");
    outcome.assert_code(1);
    assert_eq!(outcome.annotations.len(), 1);
    assert_eq!(
        outcome.annotations[0].message,
        "`one/index.html` links to `../more.html`, which does not exist"
    );
    let outcome = run("warning");
    outcome.assert_code(0);
    assert_eq!(outcome.annotations.len(), 1);
}

#[test]
fn a_warning_of_rustdoc_is_an_error_where_that_is_asked_for() {
    let repo = repo();
    repo.write("one/src/lib.rs", "//! See [`Gone`].\n")
        .commit("second");
    let run = |deny: &str| {
        build_docs(&repo)
            .input("language", "rust")
            .input("deny-warnings", deny)
            .run()
    };
    run("false").assert_code(0);
    let denied = run("true");
    assert!(
        error(&denied).starts_with("failed to build the documentation: failed to run `cargo doc"),
        "{denied}"
    );
    assert!(
        denied.stdout.contains("unresolved link to `Gone`"),
        "{denied}"
    );
}
