//! Flaky tests: those that pass when they are tried again.

use crate::{counts, runners, test_rust, tests, workspace};

const BODY: &str = "    #[test]
    fn second_time() {
        let mark = std::path::Path::new(env!(\"CARGO_MANIFEST_DIR\")).join(\"mark\");
        if !mark.exists() {
            std::fs::write(mark, \"\").unwrap();
            panic!(\"not at first\");
        }
    }

    #[test]
    fn never() {
        panic!(\"not ever\");
    }
";

#[test]
fn a_test_that_passes_on_retry_is_flaky_and_told_with_its_first_failure() {
    for runner in runners() {
        let repo = workspace(&[("a", &tests(BODY))]);
        let run = |retries: &str| {
            test_rust(repo.path())
                .input("runner", runner)
                .input("retries", retries)
                .run()
        };
        let once = run("0");
        once.assert_code(1);
        assert_eq!(counts(&once), ["0", "2", "0", "0"], "{runner} {once}");
        repo.delete("a/mark");
        let outcome = run("2");
        outcome.assert_code(1);
        assert_eq!(counts(&outcome), ["1", "1", "1", "0"], "{runner} {outcome}");
        assert!(
            outcome
                .summary
                .contains("| a::tests::second\\_time | a/src/lib.rs:8 | not at first |"),
            "{}",
            outcome.summary
        );
        // It is no annotation: nobody has to do anything about it in this change.
        assert_eq!(outcome.annotations.len(), 1, "{outcome}");
        assert_eq!(
            outcome.annotations[0].title.as_deref(),
            Some("a::tests::never")
        );
    }
}
