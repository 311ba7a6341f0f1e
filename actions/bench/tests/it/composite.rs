//! The action through its `action.yml`, as a runner plays it.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use testkit::composite::Step;
use testkit::runner::InJob as _;

use crate::programs::{names, prints, script};

#[test]
fn a_step_of_a_workflow_compares_and_hands_its_outputs_over() {
    let folder = tempfile::tempdir().unwrap();
    let name = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", "aarch64") => "bench-macos-arm64",
        ("macos", _) => "bench-macos-x64",
        (_, "aarch64") => "bench-linux-arm64",
        _ => "bench-linux-x64",
    };
    let binaries = folder.path().join("binaries");
    fs::create_dir(&binaries).unwrap();
    let binary = fs::read(env!("CARGO_BIN_EXE_bench")).unwrap();
    let sum = hex::encode(Sha256::digest(&binary));
    fs::write(binaries.join("SHA256SUMS"), format!("{sum}  {name}\n")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_bench"), binaries.join(name)).unwrap();

    let workspace = folder.path().join("work");
    script(&workspace, "base", &prints(&[("parse", 10_000_000, "ns")]));
    script(&workspace, "head", &prints(&[("parse", 11_000_000, "ns")]));
    let outcome = Step::new(Path::new(env!("CARGO_MANIFEST_DIR")))
        .binaries(&binaries)
        .workspace(&workspace)
        .with("base", "./base")
        .with("head", "./head")
        .with("fail-on", "never")
        .run();
    outcome.assert_code(0);
    assert_eq!(names(&outcome, "worse"), ["parse"]);
    assert_eq!(outcome.output("blocks"), "13");
    assert!(outcome.summary.contains("| parse |"), "{outcome}");
}
