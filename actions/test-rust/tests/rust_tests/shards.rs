//! Shards: together they are the suite.

use std::collections::BTreeSet;
use std::fs;

use testkit::repo::TempRepo;

use crate::{problem, runners, test_rust, tests, workspace};

/// Names in the report, with their classes.
pub(crate) fn names(repo: &TempRepo) -> Vec<String> {
    let report = fs::read_to_string(repo.path().join("junit.xml")).unwrap();
    let cases = report.split("<testcase ").skip(1);
    cases
        .map(|case| case.split("\" ").take(2).collect::<Vec<_>>().join(" "))
        .map(|case| case.trim_end_matches(['/', '>', '\n', '"', ' ']).to_owned())
        .collect()
}

#[test]
fn all_shards_together_run_each_test_once() {
    for runner in runners() {
        let body: String = (0..12)
            .map(|n| format!("    #[test]\n    fn case_{n}() {{}}\n"))
            .collect();
        let library = format!("//! ```\n//! assert!(true);\n//! ```\n{}", tests(&body));
        // The same names in both, as `tests::works` is everywhere.
        let repo = workspace(&[("a", &library), ("b", &tests(&body))]);
        let run = |shard: &str| {
            let outcome = test_rust(repo.path())
                .input("runner", runner)
                .input("shard", shard)
                .run();
            outcome.assert_code(0);
            names(&repo)
        };
        let parts: Vec<Vec<String>> = ["1/3", "2/3", "3/3"].map(run).to_vec();
        let all: BTreeSet<&String> = parts.iter().flatten().collect();
        assert_eq!(all.len(), 25, "{runner} {all:?}");
        assert_eq!(parts.iter().flatten().count(), 25, "{runner} {parts:?}");
        assert!(
            parts.iter().all(|part| !part.is_empty() && part.len() < 20),
            "{parts:?}"
        );
    }
}

#[test]
fn a_shard_may_be_empty_where_others_are_not() {
    for runner in runners() {
        let repo = workspace(&[("a", &tests("    #[test]\n    fn only() {}"))]);
        let mut passed = 0;
        for shard in ["1/4", "2/4", "3/4", "4/4"] {
            let outcome = test_rust(repo.path())
                .input("runner", runner)
                .input("shard", shard)
                .run();
            outcome.assert_code(0);
            passed += outcome.output("passed").parse::<usize>().unwrap();
        }
        assert_eq!(passed, 1, "{runner}");
        let none = workspace(&[("a", "")]);
        let outcome = test_rust(none.path())
            .input("runner", runner)
            .input("shard", "1/2")
            .run();
        assert!(
            problem(&outcome).starts_with("failed to find a test"),
            "{outcome}"
        );
    }
    let repo = workspace(&[("a", "")]);
    let outcome = test_rust(repo.path()).input("shard", "3/2").run();
    assert!(problem(&outcome).contains("such as `2/5`"), "{outcome}");
}
