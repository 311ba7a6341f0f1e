//! The action as workflows meet it: through its `action.yml`, with what strangers put into the outputs of jobs.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::fs;
use std::path::Path;

use all_green::{ACTION, Inputs, Outputs};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use testkit::composite::Step;
use testkit::runner::{Level, Outcome};

/// A checkout with only this action, and a folder `bin` with its binary.
fn checkout() -> TempDir {
    let checkout = tempfile::tempdir().unwrap();
    let action = checkout.path().join("actions/all-green");
    let bin = checkout.path().join("bin");
    fs::create_dir_all(&action).unwrap();
    fs::create_dir(&bin).unwrap();
    let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
    let yml = actions_core::spec::action_yml(&spec, "../../dist");
    fs::write(action.join("action.yml"), yml).unwrap();
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist");
    std::os::unix::fs::symlink(dist, checkout.path().join("dist")).unwrap();
    let name = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", "aarch64") => "all-green-macos-arm64",
        ("macos", _) => "all-green-macos-x64",
        (_, "aarch64") => "all-green-linux-arm64",
        _ => "all-green-linux-x64",
    };
    let binary = fs::read(env!("CARGO_BIN_EXE_all-green")).unwrap();
    let sum = hex::encode(Sha256::digest(&binary));
    fs::write(bin.join("SHA256SUMS"), format!("{sum}  {name}\n")).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_all-green"), bin.join(name)).unwrap();
    checkout
}

fn run(needs: &Value, with: &[(&str, &str)]) -> Outcome {
    let checkout = checkout();
    // As `toJSON` prints it: over several lines.
    let needs = serde_json::to_string_pretty(needs).unwrap();
    let step = Step::new(checkout.path().join("actions/all-green"))
        .binaries(&checkout.path().join("bin"))
        .with("needs", needs);
    with.iter()
        .fold(step, |step, (name, value)| step.with(name, *value))
        .run()
}

/// Outputs of jobs hold titles and branch names, which anyone can write.
fn hostile() -> Value {
    json!({
        "title": "::error::forged\n::set-output name=verdict::passed\n##[error]forged",
        "shell": "'; echo ::warning::forged; \"$(echo ::notice::forged)\" `id`",
        "delimiter": "x\nEOF\nverdict=passed\nverdict<<EOF\npassed\nEOF",
        "escape": "\u{1b}[31mred\u{202e}",
        "expression": "${{ github.token }}",
    })
}

#[test]
fn what_strangers_put_into_outputs_of_jobs_forges_nothing() {
    let needs = json!({
        "gates": {"result": "success", "outputs": hostile()},
        "wheel": {"result": "failure", "outputs": hostile()},
    });
    let outcome = run(&needs, &[]);
    outcome.assert_code(1);
    assert_eq!(outcome.output("verdict"), "found");
    let told: Vec<(Level, &str)> = outcome
        .annotations
        .iter()
        .map(|one| (one.level, one.message.as_str()))
        .collect();
    assert_eq!(told, [(Level::Error, "job `wheel`: it failed")]);
    assert!(
        outcome.env.is_empty() && outcome.masks.is_empty(),
        "{outcome}"
    );
    assert!(!outcome.summary.contains("forged"), "{}", outcome.summary);
}

#[test]
fn a_reason_in_the_plan_is_shown_and_never_obeyed() {
    let needs = json!({"wheel": {"result": "skipped", "outputs": {}}});
    let reason = "no file changed\n::error::forged | <img src=x> ##[error]forged \u{1b}[31m";
    let plan = json!({"wheel": {"run": false, "reason": reason}}).to_string();
    let outcome = run(&needs, &[("plan", &plan)]);
    outcome.assert_code(0);
    assert_eq!(outcome.output("verdict"), "passed");
    assert_eq!(outcome.annotations, []);
    for seen in [&outcome.stdout, &outcome.summary] {
        assert!(seen.contains("no file changed"), "{seen}");
        assert!(
            !seen.contains('\u{1b}') && !seen.contains("##[error]"),
            "{seen}"
        );
    }
    assert!(!outcome.summary.contains("<img"), "{}", outcome.summary);
}
