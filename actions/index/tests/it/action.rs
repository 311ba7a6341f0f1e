//! The action as a workflow runs it.

use std::fs;

use crate::bucket::{COMMIT, Place};

const URL: (&str, &str) = ("public-url", "https://packages.example.org");

#[test]
fn all_pages_are_written_once_and_the_title_and_address_are_kept() {
    let place = Place::full();
    let first = place.index(&[URL, ("title", "Hello packages")]);
    first.assert_code(0);
    assert_eq!(
        first.output("page"),
        "https://packages.example.org/index.html"
    );
    assert_eq!(first.output("projects"), r#"["hello-sdk"]"#);
    assert!(
        first.output("written").contains("days/2026-11-19/2.html"),
        "{first}"
    );
    assert!(first.summary.contains("### Hello packages"), "{first}");
    let again = place.index(&[]);
    again.assert_code(0);
    assert_eq!(again.output("written"), "[]");
}

#[test]
fn one_commit_is_found_by_its_first_digits_and_says_what_is_missing() {
    let place = Place::full();
    let expected = "wheel hello-sdk linux-x64\nwheel hello-sdk linux-arm64";
    let run = place.index(&[URL, ("commit", "6e4ddaf"), ("expected", expected)]);
    run.assert_code(0);
    assert!(
        run.summary.contains("missing: wheel hello-sdk linux-arm64"),
        "{run}"
    );
    assert!(
        run.summary
            .contains("pip install \"hello-sdk @ https://packages.example.org/"),
        "{run}"
    );
    let page = format!("https://packages.example.org/commit/{COMMIT}/index.html");
    assert_eq!(run.output("page"), page);
    assert!(!place.path("bucket/channels/latest/index.html").exists());
}

#[test]
fn a_channels_pages_are_written_alone() {
    let place = Place::full();
    let run = place.index(&[URL, ("channel", "latest")]);
    run.assert_code(0);
    assert!(run.summary.contains("octocat"), "{run}");
    let page = place.path("bucket/channels/latest/simple/hello-sdk/index.html");
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("0.2.0") && !page.contains("0.1.0"), "{page}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let place = Place::full();
    let run = place.index(&[URL, ("dry-run", "true")]);
    run.assert_code(0);
    assert!(run.stdout.contains("dry run: would write"), "{run}");
    assert!(!place.path("bucket/index.html").exists());
    assert!(!place.path("bucket/site").exists());
}

#[test]
fn bad_inputs_are_answered_with_what_to_type() {
    let place = Place::empty();
    for (inputs, expected) in [
        (
            [("public-url", "packages.example.org")].as_slice(),
            "https://packages.example.org",
        ),
        (&[("channel", "lastest")], "`latest`"),
        (&[("commit", "6e4ddaf")], "unknown commit"),
        (&[("expected", "wheel a any")], "set the input `commit`"),
        (&[("commit", COMMIT)], "has none of its packages"),
    ] {
        let run = place.index(inputs);
        run.assert_code(2);
        assert!(run.stdout.contains(expected), "{expected}: {run}");
    }
}
