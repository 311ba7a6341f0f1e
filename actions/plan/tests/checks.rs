//! The output that the published workflow for lint, build and test goes by.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};

const CONFIG: &str = r#"
[platforms.linux-x64]
runs-on = "ubuntu-latest"
default = true

[platforms.macos-arm64]
runs-on = ["self-hosted", "mac"]
target = "aarch64-apple-darwin"
on = ["schedule"]

[jobs.style]
uses = "lint"
with = { skip = ["mypy", "ruff"] }

[jobs.rust]
uses = "test-rust"
platforms = ["all"]
with = { all-features = true, setup = "apt-get install mold", shards = 2 }

[jobs.python]
uses = "wheel"
platforms = ["all"]
with = { packages = ["wheels"] }

[jobs.later]
uses = "command"
with = { command = "make later" }
on = ["pull_request"]

[jobs.own]

[packages.wheels]
kind = "wheel"
project = "hello-sdk"
platforms = ["linux-x64", "macos-arm64"]
job = "own"
build = { tests = "tests" }
"#;

fn plan(config: &str) -> Outcome {
    let place = TempDir::new().unwrap();
    fs::create_dir(place.path().join(".github")).unwrap();
    fs::write(place.path().join(".github/ci-actions.toml"), config).unwrap();
    let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
    let event = json!({"schedule": "0 3 * * *", "repository": repository});
    Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(place.path())
        .event("schedule", &event)
        .input("jobs", "checks")
        .run()
}

#[test]
fn each_check_has_a_row_for_each_platform_shard_and_wheel() {
    let outcome = plan(CONFIG);
    outcome.assert_code(0);
    let checks: Value = serde_json::from_str(outcome.output("checks")).unwrap();
    let rows = |check: &str| {
        let rows = checks[check]["matrix"]["include"].as_array().unwrap();
        let runs = checks[check]["run"] == true;
        assert_eq!(runs, rows[0]["platform"] != "none", "{check}");
        let label = |row: &Value| row["job"]["label"].as_str().unwrap().to_owned();
        let labels: Vec<String> = rows.iter().map(label).collect();
        (labels, rows[0].clone())
    };
    let (labels, row) = rows("lint");
    assert_eq!(labels, ["style (linux-x64)"]);
    assert_eq!(row["with"], json!({"skip": "mypy\nruff"}));
    let (labels, row) = rows("test-rust");
    assert_eq!(
        labels,
        [
            "rust (linux-x64, 1/2)",
            "rust (linux-x64, 2/2)",
            "rust (macos-arm64, 1/2)",
            "rust (macos-arm64, 2/2)",
        ]
    );
    assert_eq!(row["job"]["shard"], "1/2");
    let with = json!({"all-features": "true", "setup": "apt-get install mold"});
    assert_eq!(row["with"], with);
    let (labels, row) = rows("wheel");
    assert_eq!(labels, ["wheels (linux-x64)", "wheels (macos-arm64)"]);
    assert_eq!(row["build"], json!({"tests": "tests"}));
    assert_eq!(row["package"]["profile"], "release");
    assert_eq!(row["job"]["name"], "python");
    // They run at other events, or nowhere.
    for check in ["bench", "command"] {
        assert_eq!(checks[check]["run"], false);
        assert_eq!(rows(check).1["with"], json!({}));
    }
    // The jobs of other workflows are left out.
    assert_eq!(outcome.output("jobs"), r#"["python","rust","style"]"#);
}

#[test]
fn tables_that_no_check_can_follow_are_errors_that_say_what_to_write() {
    let with = "with = { packages = [\"wheels\"] }";
    for (from, to, said) in [
        (
            "uses = \"lint\"",
            "uses = \"linter\"",
            "expected one of `lint`, `test-rust`, `wheel`, `bench`, `command`",
        ),
        ("uses = \"lint\"\n", "", "`with` has inputs for `uses`"),
        (
            "skip = [",
            "skips = [",
            "unknown key \"skips\": did you mean `skip`?",
        ),
        (
            "command = \"make later\"",
            "",
            "`uses = \"command\"` needs a command",
        ),
        (
            "shards = 2",
            "shards = 0",
            "`shards = 0`: expected a number from 1 to 255",
        ),
        (
            "[\"wheels\"] }",
            "[\"wheel\"] }",
            "tests the package `wheel`, but `[packages]` has no such wheel with a table `build`; it has wheels",
        ),
        (
            with,
            "",
            "job `python` has `uses = \"wheel\"` and no wheel to build",
        ),
    ] {
        assert!(CONFIG.contains(from), "{from}");
        let outcome = plan(&CONFIG.replacen(from, to, 1));
        outcome.assert_code(2);
        let text = outcome.stdout;
        assert!(text.contains(said), "{said}\n{text}");
    }
    let without = CONFIG.replace("uses = ", "description = ");
    let without = without.lines().filter(|line| !line.starts_with("with = "));
    let outcome = plan(&without.collect::<Vec<_>>().join("\n"));
    outcome.assert_code(2);
    let said = "the input `jobs` is `checks`, but no job of the config file has `uses`";
    assert!(outcome.stdout.contains(said), "{}", outcome.stdout);
}

#[test]
fn more_rows_than_github_allows_are_an_error() {
    let outcome = plan(&CONFIG.replace("shards = 2", "shards = 129"));
    outcome.assert_code(2);
    let said = "the matrix `test-rust` of the output `checks` has 258 rows, and GitHub allows 256";
    assert!(outcome.stdout.contains(said), "{}", outcome.stdout);
}
