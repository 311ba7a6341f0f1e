//! Base and head in turns: each verdict, and how it ends.

use std::fs;

use serde_json::Value;
use testkit::runner::{InJob as _, Level};

use crate::programs::{comparison, names, prints, script};

#[test]
fn what_became_worse_fails_the_check_with_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let base = prints(&[
        ("parse", 10_000_000, "ns"),
        ("print", 5_000_000, "ns"),
        ("sort", 2_000_000, "ns"),
    ]);
    let head = prints(&[
        ("parse", 10_500_000, "ns"),
        ("print", 4_500_000, "ns"),
        ("sort", 2_000_000, "ns"),
    ]);
    let run = comparison(folder.path(), &base, &head).run();
    run.assert_code(1);
    assert_eq!(run.output("verdict"), "found");
    assert_eq!(names(&run, "worse"), ["parse"]);
    assert_eq!(names(&run, "better"), ["print"]);
    assert_eq!(names(&run, "same"), ["sort"]);
    assert_eq!(names(&run, "unsure"), Vec::<String>::new());
    assert_eq!(run.output("seed"), "1");
    let [one] = run.annotations.as_slice() else {
        panic!("{run}");
    };
    assert_eq!(one.level, Level::Error);
    assert!(
        one.message
            .starts_with("benchmark `parse` got worse:  10.55"),
        "{run}"
    );
    assert!(
        one.message.contains("+5.0\u{a0}% (95 % interval +"),
        "{run}"
    );
    for expected in ["| parse | 10.05", "| worse |", "| better |", "| same |"] {
        assert!(run.summary.contains(expected), "{expected}: {run}");
    }
    assert!(run.stdout.contains("block 1 of 15: "), "{run}");
    // Worse first.
    assert!(
        run.stdout.find("parse  ").unwrap() < run.stdout.find("sort   ").unwrap(),
        "{run}"
    );
}

#[test]
fn only_a_warning_is_left_where_the_check_never_fails() {
    let folder = tempfile::tempdir().unwrap();
    let run = comparison(
        folder.path(),
        &prints(&[("parse", 10_000_000, "ns")]),
        &prints(&[("parse", 11_000_000, "ns")]),
    );
    let run = run.input("fail-on", "never").run();
    run.assert_code(0);
    assert_eq!(run.output("verdict"), "passed");
    assert_eq!(names(&run, "worse"), ["parse"]);
    assert_eq!(run.annotations[0].level, Level::Warning);
}

#[test]
fn equal_programs_are_the_same_and_their_results_are_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let program = prints(&[("parse", 10_000_000, "ns")]);
    let run = comparison(folder.path(), &program, &program).run();
    run.assert_code(0);
    assert_eq!(names(&run, "same"), ["parse"]);
    assert_eq!(run.annotations.len(), 0, "{run}");
    let results = fs::read(folder.path().join(run.output("results"))).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
    assert_eq!(results[0]["name"], "parse");
    assert_eq!(results[0]["unit"], "ns");
    let value = results[0]["value"].as_f64().unwrap();
    assert!((10_000_000.0..=10_100_000.0).contains(&value), "{value}");
}

#[test]
fn a_rate_that_falls_is_worse() {
    let folder = tempfile::tempdir().unwrap();
    let base = prints(&[("read", 1000, "MB/s"), ("score", 1000, "points")]);
    let head = prints(&[("read", 900, "MB/s"), ("score", 900, "points")]);
    let run = comparison(folder.path(), &base, &head)
        .input("higher-is-better", "points")
        .run();
    run.assert_code(1);
    assert_eq!(names(&run, "worse"), ["read", "score"]);
    assert!(
        run.annotations[0].message.ends_with("and higher is better"),
        "{run}"
    );
}

#[test]
fn a_change_below_the_minimum_effect_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let run = comparison(
        folder.path(),
        &prints(&[("parse", 10_000_000, "ns")]),
        &prints(&[("parse", 10_500_000, "ns")]),
    );
    let run = run.input("minimum-effect", "10%").run();
    run.assert_code(0);
    assert_eq!(names(&run, "same"), ["parse"]);
    assert!(run.summary.contains("changes below 10% are"), "{run}");
}

#[test]
fn without_time_for_enough_blocks_the_verdict_is_unsure_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let slow = |value| {
        prints(&[("parse", value, "ns")]).replace("printf 'running", "sleep 0.3\nprintf 'running")
    };
    let run = comparison(folder.path(), &slow(10_000_000), &slow(20_000_000))
        .input("time-budget", "1s")
        .run();
    run.assert_code(0);
    assert_eq!(run.output("blocks"), "1");
    assert_eq!(names(&run, "unsure"), ["parse"]);
    let expected =
        "1 benchmark unsure after 1 block: a verdict needs at least 13 blocks. Raise `time-budget`";
    assert!(run.stdout.contains(expected), "{run}");
}

#[test]
fn more_rounds_run_while_anything_is_unsure() {
    let folder = tempfile::tempdir().unwrap();
    // Noise of 40 %, of which one has another order than the other.
    let program = |factor: u32| {
        let noise = format!("noise=$((n * {factor} % 101 * 40))");
        prints(&[("parse", 10_000_000, "ns")]).replace("noise=$((n * 7919 % 101))", &noise)
    };
    let run = comparison(folder.path(), &program(7919), &program(6007)).run();
    run.assert_code(0);
    assert_eq!(names(&run, "unsure"), ["parse"]);
    assert_eq!(run.output("blocks"), "52");
    assert!(
        run.stdout
            .contains("unsure after 39 blocks (3 of 4 rounds)"),
        "{run}"
    );
}

#[test]
fn new_and_removed_benchmarks_are_listed_and_a_removed_one_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let base = prints(&[("parse", 10_000_000, "ns"), ("old", 1_000_000, "ns")]);
    let head = prints(&[("parse", 10_000_000, "ns"), ("young", 1_000_000, "ns")]);
    let run = comparison(folder.path(), &base, &head).run();
    run.assert_code(0);
    assert_eq!(names(&run, "added"), ["young"]);
    assert_eq!(names(&run, "vanished"), ["old"]);
    assert_eq!(run.annotations.len(), 1, "{run}");
    assert_eq!(
        run.annotations[0].message,
        "benchmark `old` is gone: only base has it"
    );
}

#[test]
fn the_benchmarks_do_not_see_the_credentials_of_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let text = prints(&[("parse", 1000, "ns")]).replace(
        "printf 'running",
        "env | grep -c SECRET-VALUE >&2 && exit 9\nprintf 'running",
    );
    let run = comparison(folder.path(), &text, &text)
        .env("AWS_SECRET_ACCESS_KEY", "SECRET-VALUE-1")
        .env("GITHUB_TOKEN", "SECRET-VALUE-2")
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SECRET-VALUE-3")
        .run();
    run.assert_code(0);
}

#[test]
fn arguments_are_split_as_a_shell_does_it_and_none_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let text = "#!/bin/sh\nprintf '[{\"name\": \"%s\", \"value\": 1, \"unit\": \"ms\"}]' \"$1\"\n";
    script(folder.path(), "head", text);
    let run = comparison(folder.path(), text, text)
        .input("head", "./head 'two words $(touch made)'")
        .input("base", "./base 'two words $(touch made)'")
        .run();
    run.assert_code(0);
    assert_eq!(names(&run, "same"), ["two words $(touch made)"]);
    assert!(!folder.path().join("made").exists());
}
