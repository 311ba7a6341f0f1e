//! The action as workflows meet it: through its `action.yml`.

use std::fs;

use sha2::{Digest as _, Sha256};
use testkit::composite::Step;
use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

use crate::{error, krate, told};

/// A folder with the binary as a release names it, and its digest.
fn launchable() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let name = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", "aarch64") => "lint-macos-arm64",
        ("macos", _) => "lint-macos-x64",
        (_, "aarch64") => "lint-linux-arm64",
        _ => "lint-linux-x64",
    };
    let binary = fs::read(env!("CARGO_BIN_EXE_lint")).unwrap();
    let sum = hex::encode(Sha256::digest(&binary));
    fs::write(folder.path().join("SHA256SUMS"), format!("{sum}  {name}\n")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_lint"), folder.path().join(name)).unwrap();
    folder
}

#[test]
fn the_composite_action_lints_and_hands_its_verdict_over() {
    let repo = TempRepo::new();
    krate(&repo, "one", "pub fn f(x:i32) {}\n");
    let binaries = launchable();
    let outcome = Step::new(env!("CARGO_MANIFEST_DIR"))
        .binaries(binaries.path())
        .workspace(repo.path())
        .tools()
        .with("only", "rustfmt\nwords")
        .with("commands", "words: echo '$(touch pwned) `x`'")
        .run();
    outcome.assert_code(1);
    assert_eq!(
        told(&outcome),
        [error("rustfmt", "one/src/lib.rs:1")],
        "{outcome}"
    );
    assert_eq!(outcome.output("verdict"), "found");
    assert!(outcome.stdout.contains("$(touch pwned) `x`"), "{outcome}");
    assert!(!repo.path().join("pwned").exists());
}
