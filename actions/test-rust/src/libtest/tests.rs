//! Tests of the reader, on what cargo really printed.

use super::*;

const TESTS: &str = include_str!("fixtures/tests.txt");
const DOCTESTS: &str = include_str!("fixtures/doctests.txt");

/// Names every program by its file, without the digest.
fn class_of(what: &str) -> Option<String> {
    if let Some(name) = what.strip_prefix("Doc-tests ") {
        return Some(name.to_owned());
    }
    let file = what.strip_suffix(')')?.rsplit('/').next()?;
    Some(file.split('-').next()?.to_owned())
}

fn read(text: &str) -> Reader {
    let mut reader = Reader::default();
    text.lines().for_each(|line| reader.line(line, class_of));
    reader.end();
    reader
}

fn shown(reader: &Reader) -> Vec<String> {
    let one = |case: &Case| {
        let end = match &case.end {
            End::Passed => "passed".to_owned(),
            End::Flaky(_) => "flaky".to_owned(),
            End::Skipped => "skipped".to_owned(),
            End::Failed(text) => format!("failed: {}", text.lines().next().unwrap_or_default()),
        };
        format!("{} {} {end}", case.class, case.name)
    };
    reader.cases.iter().map(one).collect()
}

#[test]
fn what_cargo_printed_becomes_one_case_for_each_test() {
    let reader = read(TESTS);
    assert_eq!(
        shown(&reader),
        [
            "a tests::does_not_panic failed: note: test did not panic as expected at a/src/lib.rs:25:8",
            "a tests::errs failed: Error: \"sad\"",
            "a tests::flaky passed",
            "a tests::good passed",
            "a tests::later skipped",
            "a tests::bad failed: hello out",
            "a tests::panics passed",
            "it main failed: the test program ended before all its tests did",
            "b tests::good passed",
        ]
    );
    let crashed = reader
        .cases
        .iter()
        .find(|case| case.name == "main")
        .unwrap();
    assert!(crashed.text().contains("SIGABRT"), "{}", crashed.text());
    assert_eq!(
        reader.programs,
        [("a".to_owned(), 0.06), ("b".to_owned(), 0.0)]
    );
}

#[test]
fn documentation_tests_are_read_too() {
    let reader = read(DOCTESTS);
    assert_eq!(
        shown(&reader),
        [
            "a a/src/lib.rs - f (line 5) failed: Test executable failed (exit status: 101).",
            "a a/src/lib.rs - f (line 2) passed",
            "a a/src/lib.rs - f (line 8) failed: error[E0308]: mismatched types",
        ]
    );
}

#[test]
fn names_that_output_has_spoiled_are_counted_and_failures_found_in_the_list() {
    let text = "     Running x (a/x-1)\n\nrunning 3 tests\ntest good ... a word\nok\ntest bad ... another\nFAILED\ntest plain ... ok\n\nfailures:\n\nfailures:\n    bad\n\ntest result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s\n";
    let reader = read(text);
    assert_eq!(
        shown(&reader),
        ["x plain passed", "x bad failed: ", "x (unnamed 1) passed"]
    );
}

#[test]
fn a_program_without_the_harness_is_one_test() {
    let good = read(
        "     Running own (a/own-1)\nown words\n     Running next (a/next-1)\n\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
    );
    assert_eq!(shown(&good), ["own main passed"]);
    let bad = read(
        "     Running own (a/own-1)\nown words\nerror: test failed, to rerun pass `--test own`\n",
    );
    assert_eq!(shown(&bad), ["own main failed: the test program failed"]);
}

#[test]
fn any_output_is_read() {
    testkit::fuzz::texts(
        &[TESTS, DOCTESTS],
        &[
            "test ",
            " ... ok",
            "---- ",
            " stdout ----",
            "failures:\n",
            "18446744073709551615 passed",
        ],
        |text| {
            read(text);
        },
    );
}
