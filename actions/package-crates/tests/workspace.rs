//! Crates of a small workspace, packaged by the real cargo.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::fs;
use std::path::Path;

use package_formats::Crate;
use serde_json::{Value, json};
use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

const ROOT: &str = "\
[workspace]
resolver = \"2\"
# `top` needs `base`, and comes first.
members = [\"top\", \"base\", \"private\"]

[workspace.package]
version = \"0.3.1\"
edition = \"2021\"
license = \"MIT\"
description = \"A crate of a test\"
repository = \"https://example.com/crates\"
";

fn manifest(name: &str, more: &str) -> String {
    let inherited = ["version", "edition", "license", "description", "repository"]
        .map(|field| format!("{field}.workspace = true\n"))
        .concat();
    format!("[package]\nname = \"{name}\"\n{inherited}{more}")
}

/// A repository with a workspace of three crates, committed.
fn workspace() -> TempRepo {
    let repo = TempRepo::new();
    let needs_base =
        "\n[dependencies]\ntiny-test-base = { path = \"../base\", version = \"0.3.1\" }\n";
    repo.write("Cargo.toml", ROOT)
        .write(".gitignore", "/target\n/dist\n/Cargo.lock\n")
        .write("base/Cargo.toml", manifest("tiny-test-base", ""))
        .write("base/src/lib.rs", "pub const WORD: &str = \"hello\";\n")
        .write("top/Cargo.toml", manifest("tiny-test-top", needs_base))
        .write("top/src/lib.rs", "pub use tiny_test_base::WORD;\n")
        .write(
            "private/Cargo.toml",
            manifest("tiny-test-private", "publish = false\n"),
        )
        .write("private/src/lib.rs", "");
    repo.commit("first");
    repo
}

fn package_crates(folder: &Path) -> Run {
    Run::new(env!("CARGO_BIN_EXE_package-crates"))
        .workspace(folder)
        .tools()
}

fn paths(outcome: &Outcome) -> Vec<String> {
    serde_json::from_str(outcome.output("paths")).unwrap()
}

fn messages(outcome: &Outcome) -> Vec<&str> {
    outcome
        .annotations
        .iter()
        .map(|one| one.message.as_str())
        .collect()
}

/// The message of a run that could not do what it was asked, and has handed nothing over.
fn error<'a>(repo: &TempRepo, outcome: &'a Outcome) -> &'a str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    assert!(!repo.path().join("dist").exists(), "something was written");
    assert_eq!(outcome.annotations.len(), 1, "{outcome}");
    &outcome.annotations[0].message
}

const PATHS: [&str; 2] = [
    "dist/tiny-test-base-0.3.1.crate",
    "dist/tiny-test-top-0.3.1.crate",
];

#[test]
fn all_publishable_crates_are_packaged_in_the_order_to_publish_them_and_name_each_others_digest() {
    let repo = workspace();
    let outcome = package_crates(repo.path()).run();
    outcome.assert_code(0);
    assert_eq!(paths(&outcome), PATHS);
    let versions: Value = serde_json::from_str(outcome.output("crates")).unwrap();
    assert_eq!(
        versions,
        json!({"tiny-test-base": "0.3.1", "tiny-test-top": "0.3.1"})
    );
    assert_eq!(messages(&outcome), [""; 0]);

    let [base, top] = PATHS.map(|path| Crate::open(&repo.path().join(path)).unwrap());
    let locked = top
        .lock
        .iter()
        .find(|locked| locked.name == "tiny-test-base");
    let locked = locked.unwrap();
    assert_eq!(locked.checksum.as_ref(), Some(&base.digest.sha256));
    for krate in [&base, &top] {
        assert!(
            outcome.summary.contains(&krate.digest.sha256),
            "{}",
            outcome.summary
        );
    }
    assert_eq!(repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn the_same_commit_gives_the_same_bytes_in_another_folder() {
    let repo = workspace();
    package_crates(repo.path()).run().assert_code(0);
    let clone = repo.shallow_clone(1);
    let outside = tempfile::tempdir().unwrap();
    // From elsewhere, without the build of each crate: neither shows in the files.
    let outcome = package_crates(outside.path())
        .input("manifest-path", clone.path().join("Cargo.toml").as_os_str())
        .input("verify", "false")
        .input("out", "packages/all")
        .run();
    outcome.assert_code(0);
    for (first, second) in PATHS.iter().zip(paths(&outcome)) {
        let first = fs::read(repo.path().join(first)).unwrap();
        let second = fs::read(outside.path().join(&second)).unwrap();
        assert!(first == second, "{outcome}");
    }
}

#[test]
fn what_is_not_committed_is_refused_in_the_words_of_cargo_unless_it_is_allowed() {
    let repo = workspace();
    repo.write("base/src/lib.rs", "pub const WORD: &str = \"changed\";\n");
    let refused = package_crates(repo.path()).run();
    assert!(
        error(&repo, &refused)
            .starts_with("failed to package the crates: failed to run `cargo package"),
        "{refused}"
    );
    assert!(
        refused.stdout.contains("not yet committed into git"),
        "{refused}"
    );
    assert!(refused.stdout.contains("base/src/lib.rs"), "{refused}");

    let allowed = package_crates(repo.path())
        .input("allow-dirty", "true")
        .run();
    allowed.assert_code(0);
    assert_eq!(paths(&allowed), PATHS);
    // The crate itself says so, for whoever wants to release it.
    let base = Crate::open(&repo.path().join(PATHS[0])).unwrap();
    assert!(
        base.check()
            .iter()
            .any(|finding| finding.rule == "vcs-clean"),
        "{:?}",
        base.check()
    );
}

#[test]
fn a_crate_that_does_not_build_alone_is_refused_in_the_words_of_the_compiler() {
    let repo = workspace();
    repo.write(
        "base/Cargo.toml",
        manifest("tiny-test-base", "include = [\"src/lib.rs\"]\n"),
    )
    .write(
        "base/src/lib.rs",
        "pub mod words;\npub const WORD: &str = words::HELLO;\n",
    )
    .write("base/src/words.rs", "pub const HELLO: &str = \"hello\";\n")
    .commit("second");
    let outcome = package_crates(repo.path())
        .input("packages", "tiny-test-base")
        .run();
    assert!(
        error(&repo, &outcome).starts_with("failed to package the crates"),
        "{outcome}"
    );
    assert!(
        outcome.stdout.contains("file not found for module `words`"),
        "{outcome}"
    );
}

#[test]
fn what_the_registry_would_refuse_is_a_finding() {
    let repo = workspace();
    let bare = "[package]\nname = \"tiny-test-base\"\nversion = \"0.3.1\"\nedition = \"2021\"\n";
    repo.write("base/Cargo.toml", bare).commit("second");
    let outcome = package_crates(repo.path())
        .input("packages", "tiny-test-base")
        .run();
    outcome.assert_code(1);
    assert_eq!(paths(&outcome), PATHS[..1]);
    assert_eq!(
        messages(&outcome),
        [
            "tiny-test-base: manifest has no `description`",
            "tiny-test-base: manifest has neither `license` nor `license-file`",
        ]
    );
    assert!(
        outcome.stdout.contains("packaged 1 crate into dist in"),
        "{outcome}"
    );
    assert!(outcome.stdout.contains(" s: 2 findings\n"), "{outcome}");
    assert!(
        outcome.summary.contains("description"),
        "{}",
        outcome.summary
    );
}

#[test]
fn crates_that_cannot_be_packaged_are_errors_that_say_why() {
    let repo = workspace();
    let told = |input: &str, value: &str| {
        let outcome = package_crates(repo.path()).input(input, value).run();
        assert!(!outcome.stdout.contains("cargo package"), "{outcome}");
        error(&repo, &outcome).to_owned()
    };
    assert_eq!(
        told("packages", "tiny-test-base\ntiny-test-tob"),
        "failed to package the crate \"tiny-test-tob\": did you mean `tiny-test-top`?"
    );
    assert_eq!(
        told("packages", "something-else\n"),
        "failed to package the crate \"something-else\": the publishable crates are tiny-test-top and tiny-test-base"
    );
    assert_eq!(
        told("packages", "tiny-test-private"),
        "failed to package the crate \"tiny-test-private\": its Cargo.toml says `publish = false`"
    );
    assert_eq!(
        told("manifest-path", "rust/Cargo.toml"),
        "failed to find the workspace: there is no `rust/Cargo.toml`; set the input `manifest-path` to its Cargo.toml"
    );
    assert!(told("allow-dirty", "maybe").contains("allow-dirty"));
    let forged = told("packages", "x%0A::error::forged");
    assert!(forged.contains("x%0A::error::forged"), "{forged}");
    repo.write("Cargo.toml", "[workspace\n");
    assert!(told("packages", "").starts_with("failed to read the workspace: "));
}

#[test]
fn a_submodule_that_is_not_that_of_the_commit_is_refused_though_cargo_does_not_look() {
    let inner = TempRepo::new();
    inner.write("word.txt", "hello").commit("first");
    let url = inner.path().to_str().unwrap();
    let repo = workspace();
    repo.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        url,
        "base/inner",
    ]);
    repo.commit("second");
    package_crates(repo.path()).run().assert_code(0);
    inner.write("word.txt", "changed").commit("second");
    let submodule = repo.path().join("base/inner");
    repo.git(&["-C", submodule.to_str().unwrap(), "pull", "--quiet"]);
    let refused = package_crates(repo.path()).run();
    refused.assert_code(2);
    let told = "the work tree differs from its commit: `base/inner` changed";
    assert!(
        refused.annotations[0].message.starts_with(told),
        "{refused}"
    );
}
