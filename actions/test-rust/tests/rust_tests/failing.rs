//! Failures: of tests, of documentation tests, of programs, and of the compiler.

use std::fs;

use testkit::runner::InJob as _;

use crate::{counts, runners, test_rust, tests, workspace};

const LIBRARY: &str = "//! A library.

/// ```
/// assert_eq!(a::one(), 1);
/// ```
/// ```
/// assert_eq!(a::one(), 2, \"of the documentation\");
/// ```
pub fn one() -> i32 {
    1
}
";

const BODY: &str = "    #[test]
    fn good() {}

    #[test]
    fn bad() {
        println!(\"::error::forged | <b>\");
        assert_eq!(super::one(), 2, \"one is not two\");
    }

    #[test]
    #[should_panic]
    fn calm() {}

    #[test]
    #[ignore = \"later\"]
    fn later() {}
";

#[test]
fn failures_are_shown_at_the_line_of_their_panic_with_what_they_printed() {
    for runner in runners() {
        let repo = workspace(&[
            ("a", &format!("{LIBRARY}\n{}", tests(BODY))),
            ("b", &tests("    #[test]\n    fn good() {}")),
        ]);
        repo.write(
            "a/tests/it.rs",
            "#[test]\nfn from_outside() {\n    panic!(\"outside\");\n}\n",
        );
        repo.write("junit.xml", "from an earlier run");
        let outcome = test_rust(repo.path()).input("runner", runner).run();
        outcome.assert_code(1);
        assert_eq!(counts(&outcome), ["3", "4", "0", "1"], "{outcome}");
        assert_eq!(outcome.output("verdict"), "found");
        assert_eq!(outcome.output("runner"), runner);
        let mut places: Vec<String> = outcome
            .annotations
            .iter()
            .map(|one| {
                let title = one.title.as_deref().unwrap_or_default();
                format!(
                    "{title} {}:{}",
                    one.file.as_deref().unwrap_or_default(),
                    one.line.unwrap_or_default()
                )
            })
            .collect();
        places.sort();
        assert_eq!(places.len(), 4, "{places:?} {outcome}");
        assert!(
            places[0].starts_with("a::doc::a/src/lib.rs - one (line 6) a/src/lib.rs:"),
            "{places:?}"
        );
        assert_eq!(places[1], "a::it::from_outside a/tests/it.rs:3");
        assert_eq!(places[2], "a::tests::bad a/src/lib.rs:21", "{outcome}");
        assert!(places[3].starts_with("a::tests::calm "), "{places:?}");

        let summary = &outcome.summary;
        for part in [
            "| a::tests::bad | a/src/lib.rs:21 | ",
            "<details><summary>a::tests::bad</summary>",
            "::error::forged | <b>",
            "one is not two",
            "of the documentation",
        ] {
            assert!(summary.contains(part), "{runner} {part}: {summary}");
        }
        let slowest = if runner == "nextest" {
            "| slowest tests |"
        } else {
            "| slowest test programs |"
        };
        assert!(summary.contains(slowest), "{summary}");
        let report = fs::read_to_string(repo.path().join(outcome.output("report"))).unwrap();
        for part in [
            "<testcase classname=\"b\" name=\"tests::good\"",
            "<testcase classname=\"a::it\" name=\"from_outside\"",
            "file=\"a/src/lib.rs\" line=\"20\"><failure",
        ] {
            assert!(report.contains(part), "{runner} {part}: {report}");
        }
    }
}

#[test]
fn a_program_that_crashes_fails_and_hides_no_other() {
    for runner in runners() {
        let repo = workspace(&[(
            "a",
            &tests("    #[test]\n    fn crash() {\n        std::process::abort();\n    }"),
        )]);
        repo.write("a/tests/it.rs", "#[test]\nfn good() {}\n");
        let outcome = test_rust(repo.path()).input("runner", runner).run();
        outcome.assert_code(1);
        assert_eq!(counts(&outcome), ["1", "1", "0", "0"], "{runner} {outcome}");
        assert!(
            outcome.annotations[0].message.contains("SIGABRT"),
            "{outcome}"
        );
    }
}

#[test]
fn a_test_program_without_rusts_harness_is_one_test() {
    let repo = workspace(&[("a", &tests("    #[test]\n    fn good() {}"))]);
    let manifest = fs::read_to_string(repo.path().join("a/Cargo.toml")).unwrap();
    let own = "\n[[test]]\nname = \"own\"\nharness = false\n";
    repo.write("a/Cargo.toml", manifest + own).write(
        "a/tests/own.rs",
        "fn main() {\n    println!(\"own words\");\n}\n",
    );
    let run = || test_rust(repo.path()).input("runner", "cargo").run();
    let good = run();
    good.assert_code(0);
    assert_eq!(counts(&good), ["2", "0", "0", "0"], "{good}");
    repo.write(
        "a/tests/own.rs",
        "fn main() {\n    println!(\"own words\");\n    std::process::exit(3);\n}\n",
    );
    let bad = run();
    bad.assert_code(1);
    assert_eq!(bad.annotations[0].title.as_deref(), Some("a::own::main"));
    assert!(bad.annotations[0].message.contains("own words"), "{bad}");
}

#[test]
fn what_does_not_compile_is_shown_at_its_line() {
    let repo = workspace(&[(
        "a",
        &tests("    #[test]\n    fn odd() {\n        let x: i32 = \"text\";\n    }"),
    )]);
    let outcome = test_rust(&repo.path().join("a")).run();
    outcome.assert_code(1);
    let [one] = outcome.annotations.as_slice() else {
        panic!("{outcome}");
    };
    assert_eq!(one.file.as_deref(), Some("a/src/lib.rs"));
    assert_eq!(one.line, Some(5));
    assert!(
        one.message.contains("mismatched types (E0308)"),
        "{outcome}"
    );
    assert_eq!(outcome.output("report"), "");
    assert!(
        outcome.summary.contains("| mismatched types"),
        "{}",
        outcome.summary
    );
}

#[test]
fn colours_and_another_target_folder_change_nothing() {
    let repo = workspace(&[(
        "a",
        &tests("    #[test]\n    fn bad() {\n        panic!(\"no\");\n    }"),
    )]);
    for runner in runners() {
        let outcome = test_rust(repo.path())
            .input("runner", runner)
            .env("CARGO_TERM_COLOR", "always")
            .env("FORCE_COLOR", "1")
            .env("CLICOLOR_FORCE", "1")
            .env("CARGO_TARGET_DIR", repo.path().join("elsewhere"))
            .run();
        outcome.assert_code(1);
        assert_eq!(outcome.annotations[0].line, Some(5), "{outcome}");
    }
}

#[test]
fn a_test_that_hangs_is_ended_and_named() {
    let body = "    #[test]
    fn good() {}

    #[test]
    fn hangs() {
        loop {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
    }
";
    let repo = workspace(&[("a", &tests(body))]);
    for runner in runners() {
        let outcome = test_rust(repo.path())
            .input("runner", runner)
            .input("test-timeout", "2s")
            .run();
        outcome.assert_code(1);
        let [one] = outcome.annotations.as_slice() else {
            panic!("{outcome}");
        };
        let told = format!("{} {}", one.title.clone().unwrap_or_default(), one.message);
        assert!(
            told.contains("tests::hangs") && !told.contains("tests::good"),
            "{told}"
        );
        assert_eq!(counts(&outcome)[..2], ["1", "1"], "{outcome}");
    }
}
