//! The action as workflows meet it: through its `action.yml`.

use std::fs;

use sha2::{Digest as _, Sha256};
use testkit::composite::Step;
use testkit::runner::InJob as _;

use crate::{path_with, pinned, tests, workspace};

/// A folder with the binary as a release names it, and its digest.
fn launchable() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let name = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", "aarch64") => "test-rust-macos-arm64",
        ("macos", _) => "test-rust-macos-x64",
        (_, "aarch64") => "test-rust-linux-arm64",
        _ => "test-rust-linux-x64",
    };
    let binary = fs::read(env!("CARGO_BIN_EXE_test-rust")).unwrap();
    let sum = hex::encode(Sha256::digest(&binary));
    fs::write(folder.path().join("SHA256SUMS"), format!("{sum}  {name}\n")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_test-rust"), folder.path().join(name)).unwrap();
    folder
}

#[test]
fn the_composite_action_tests_and_hands_its_report_over() {
    let repo = workspace(&[(
        "a",
        &tests(
            "    #[test]\n    fn good() {}\n\n    #[test]\n    fn bad() {\n        panic!(\"no\");\n    }",
        ),
    )]);
    let binaries = launchable();
    let outcome = Step::new(env!("CARGO_MANIFEST_DIR"))
        .binaries(binaries.path())
        .workspace(repo.path())
        .tools()
        .env("PATH", path_with(&[pinned()]))
        .with("packages", "a")
        .with("report", "reports/rust.xml")
        .run();
    outcome.assert_code(1);
    assert_eq!(outcome.output("verdict"), "found");
    assert_eq!(outcome.output("failed"), "1");
    assert_eq!(outcome.output("report"), "reports/rust.xml");
    assert_eq!(outcome.annotations[0].file.as_deref(), Some("a/src/lib.rs"));
    assert!(repo.path().join("reports/rust.xml").is_file());
}
