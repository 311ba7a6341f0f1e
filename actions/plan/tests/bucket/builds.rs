//! How the packages that the bucket lacks are built, uploaded and fetched: a matrix for each way.

use serde_json::{Value, json};
use testkit::runner::Outcome;

use super::*;

/// What a ready-made workflow goes by.
const RECIPES: &str = r#"
[packages.wheels]
kind = "wheel"
project = "hello-sdk"
platforms = ["linux-x64"]
optional-platforms = ["macos-arm64", "windows-x64"]
job = "wheel"
build = { tests = ["a", "b"] }

[packages.crates]
kind = "crate"
projects = ["hello-core", "hello-cli"]
job = "announce"
build = {}

[packages.tool]
kind = "binary"
project = "hello-cli"
platforms = ["linux-x64", "windows-x64"]
job = "wheel"
build = { command = "make", archive = "tar.gz", windows-archive = "zip" }

[packages.own]
kind = "data"
project = "by-a-job-of-their-own"
job = "announce"
"#;

#[test]
fn a_matrix_for_each_way_of_building_has_a_row_for_each_missing_package() {
    let place = Place::new();
    let windows = "\n[platforms.windows-x64]\nruns-on = \"windows-latest\"\non = [\"schedule\"]\n[jobs.wheel]";
    place.config(&JOBS.replace("\n[jobs.wheel]", windows), RECIPES);
    place.put("linux-x64");
    let outcome = place.hourly().run();
    outcome.assert_code(0);
    // What is built elsewhere may come later.
    assert_eq!(outcome.output("completes"), "false");
    let builds: Value = serde_json::from_str(outcome.output("builds")).unwrap();
    let rows = |matrix: &str| {
        let rows = builds[matrix]["matrix"]["include"].as_array().unwrap();
        assert_eq!(builds[matrix]["run"] == true, rows[0]["platform"] != "none");
        let row = |row: &Value| {
            let of = |pointer: &str| row.pointer(pointer).unwrap().as_str().unwrap().to_owned();
            (of("/package/label"), of("/runs-on"), row["build"].clone())
        };
        rows.iter().map(row).collect::<Vec<_>>()
    };
    let row =
        |label: &str, runs_on: &str, build: Value| (label.to_owned(), runs_on.to_owned(), build);
    let tests = json!({"tests": "a\nb"});
    let tool = |archive: &str| json!({"command": "make", "archive": archive});
    // It is there.
    assert_eq!(
        rows("linux-wheel"),
        [row("linux-wheel", "ubuntu-latest", json!({}))]
    );
    assert_eq!(
        rows("other-wheels"),
        [
            row("wheels (macos-arm64)", "macos-latest", tests.clone()),
            row("wheels (windows-x64)", "windows-latest", tests),
        ]
    );
    assert_eq!(rows("crates"), [row("crates", "ubuntu-latest", json!({}))]);
    assert_eq!(
        rows("bundle"),
        [
            row("tool (linux-x64)", "ubuntu-latest", tool("tar.gz")),
            row("tool (windows-x64)", "windows-latest", tool("zip")),
        ]
    );
    assert_eq!(rows("data"), [row("data", "ubuntu-latest", json!({}))]);

    place.put_one("data", "by-a-job-of-their-own", "any");
    assert_eq!(place.hourly().run().output("completes"), "true");
    // Where a part is asked for by hand, the commit is not complete afterwards.
    let part = place.hourly().input("request", "announce").run();
    part.assert_code(0);
    assert_eq!(part.output("completes"), "false");
    let unasked = place.hourly().input("bucket", "").run();
    assert_eq!(unasked.output("builds"), "");
}

/// What is made with a wheel, beside the wheel.
const MADE: &str = r#"
[packages.wheels]
kind = "wheel"
project = "hello-sdk"
platforms = ["linux-x64"]
job = "wheel"
build = {}

[packages."all data/1"]
kind = "data"
project = "hello-data"
job = "announce"
build = { wheel = "Hello_SDK", scripts = "make.py", outputs = "*" }

[packages.docs]
kind = "docs-python"
project = "hello-sdk"
job = "announce"
build = {}

[packages.crates]
kind = "crate"
projects = ["hello-core", "hello-cli"]
job = "announce"
build = {}

[packages.web]
kind = "wasm"
project = "hello-web"
job = "announce"
build = { command = "make" }
"#;

/// The column `package` of each row of a matrix; none where it does not run.
fn packages(outcome: &Outcome, matrix: &str) -> Vec<Value> {
    let builds: Value = serde_json::from_str(outcome.output("builds")).unwrap();
    let matrix = &builds[matrix];
    let rows = matrix["matrix"]["include"].as_array().unwrap();
    let rows = rows.iter().filter(|_| matrix["run"] == true);
    rows.map(|row| row["package"].clone()).collect()
}

fn of(rows: &[Value], column: &str) -> Vec<String> {
    let text = |row: &Value| row[column].as_str().unwrap().to_owned();
    rows.iter().map(text).collect()
}

#[test]
fn what_is_built_is_uploaded_as_what_the_table_says() {
    let place = Place::new();
    place.config(JOBS, MADE);
    let outcome = place.hourly().run();
    outcome.assert_code(0);
    let wheels = packages(&outcome, "linux-wheel");
    assert_eq!(of(&wheels, "artifact"), ["wheels@linux-x64"]);
    assert_eq!(of(&wheels, "expected"), ["wheel hello-sdk linux-x64"]);
    // The Linux wheel has its own upload, before anything is made with it.
    let uploads = packages(&outcome, "upload");
    assert_eq!(
        of(&uploads, "artifact"),
        ["all%20data%2f1@any", "docs@any", "crates@any", "web@any"]
    );
    assert_eq!(
        of(&uploads, "expected"),
        [
            "data hello-data any",
            "docs-python hello-sdk any",
            "crate hello-core any\ncrate hello-cli any",
            "wasm hello-web any"
        ]
    );
    assert_eq!(of(&uploads, "folder"), ["", "docs-python", "", "hello-web"]);
    assert_eq!(
        of(&packages(&outcome, "data"), "wheel"),
        ["wheels@linux-x64"]
    );
    assert_eq!(
        of(&packages(&outcome, "docs"), "wheel"),
        ["wheels@linux-x64"]
    );
    assert!(packages(&outcome, "fetch-wheel").is_empty());
}

#[test]
fn a_wheel_that_is_not_built_is_fetched_once() {
    let place = Place::new();
    place.config(JOBS, MADE);
    place.put("linux-x64");
    let outcome = place.hourly().run();
    outcome.assert_code(0);
    assert!(packages(&outcome, "linux-wheel").is_empty());
    let fetched = packages(&outcome, "fetch-wheel");
    assert_eq!(of(&fetched, "artifact"), ["wheel of hello-sdk (release)"]);
    assert_eq!(of(&fetched, "project"), ["hello-sdk"]);
    for matrix in ["data", "docs"] {
        let made = packages(&outcome, matrix);
        assert_eq!(of(&made, "wheel"), ["wheel of hello-sdk (release)"]);
    }
}

#[test]
fn a_bucket_that_may_not_be_asked_is_taken_for_empty() {
    let place = Place::new();
    place.config(JOBS, MADE);
    // Nobody listens there, and nobody asks.
    let closed = "s3://packages?endpoint=http://127.0.0.1:1&region=x";
    let unasked = || {
        place
            .hourly()
            .input("bucket", closed)
            .input("assume-empty", "true")
    };
    let outcome = unasked().run();
    outcome.assert_code(0);
    assert_eq!(packages(&outcome, "linux-wheel").len(), 1);
    assert_eq!(packages(&outcome, "upload").len(), 4);
    assert_eq!(outcome.output("complete"), "false");
    assert_eq!(outcome.output("completes"), "false");
    let told = "The bucket was not asked (`assume-empty`): packages are built as if it were empty.";
    assert_eq!(outcome.annotations[0].message, told);
    assert!(
        outcome
            .summary
            .contains("| wheel hello-sdk linux-x64 | not asked |"),
        "{outcome}"
    );

    // Without its wheel nothing can be made with it.
    let part = unasked().input("request", "announce").run();
    part.assert_code(0);
    assert_eq!(of(&packages(&part, "upload"), "name"), ["crates", "web"]);
    let told = "not built: all data/1 and docs, made with a Linux wheel that this run neither builds nor fetches";
    assert!(
        part.annotations.iter().any(|it| it.message == told),
        "{part}"
    );

    let alone = place
        .hourly()
        .input("bucket", "")
        .input("assume-empty", "true")
        .run();
    alone.assert_code(2);
    assert!(
        alone.stdout.contains("give the input `bucket` too"),
        "{alone}"
    );
}

#[test]
fn a_wheel_that_could_be_one_of_two_must_be_named() {
    let place = Place::new();
    let other = MADE.replace(
        "[packages.docs]",
        "[packages.other]\nkind = \"wheel\"\nproject = \"other\"\nplatforms = [\"linux-x64\"]\njob = \"wheel\"\nbuild = {}\n\n[packages.docs]",
    );
    place.config(JOBS, &other);
    let outcome = place.hourly().run();
    outcome.assert_code(2);
    let told = "failed to choose the wheel that `docs` is made with: there are wheels of hello-sdk and other; give its project as the key `wheel` of its table `build`";
    assert!(outcome.stdout.contains(told), "{outcome}");
}

/// GitHub refuses the whole workflow, and says nothing of packages.
#[test]
fn more_rows_than_a_matrix_may_have_are_an_error() {
    let place = Place::new();
    let platforms = [
        "linux-x64",
        "macos-arm64",
        "linux-arm64",
        "macos-x64",
        "windows-x64",
    ];
    let mut jobs = JOBS.to_owned();
    for platform in &platforms[2..] {
        jobs.push_str(&format!(
            "[platforms.{platform}]\nruns-on = \"any\"\non = [\"schedule\"]\n"
        ));
    }
    let packages = (0..70).map(|it| {
        let name = format!("w{it}");
        format!("[packages.{name}]\nkind = \"wheel\"\nproject = \"{name}\"\nplatforms = {platforms:?}\njob = \"wheel\"\nbuild = {{}}\n")
    });
    place.config(&jobs, &packages.collect::<String>());
    let outcome = place.hourly().run();
    outcome.assert_code(2);
    let told =
        "the matrix `other-wheels` of the output `builds` has 280 rows, and GitHub allows 256";
    assert!(outcome.stdout.contains(told), "{outcome}");
}
