//! Runs that prove nothing, and inputs that do not fit.

use testkit::runner::InJob as _;

use crate::{counts, path_without_nextest, problem, runners, test_rust, tests, workspace};

#[test]
fn no_test_and_only_ignored_tests_are_errors() {
    for runner in runners() {
        let none = workspace(&[("a", "//! Nothing.\n")]);
        let outcome = test_rust(none.path()).input("runner", runner).run();
        assert_eq!(
            problem(&outcome),
            "failed to find a test: the chosen crates have none; name others in the input `packages`"
        );
        let ignored = workspace(&[("a", &tests("    #[test]\n    #[ignore]\n    fn later() {}"))]);
        let outcome = test_rust(ignored.path()).input("runner", runner).run();
        assert_eq!(
            problem(&outcome),
            "failed to run a test: 1 is ignored, and there are no others",
            "{runner}"
        );
        // Documentation tests count.
        let documented = workspace(&[("a", "//! ```\n//! assert!(true);\n//! ```\n")]);
        let outcome = test_rust(documented.path()).input("runner", runner).run();
        outcome.assert_code(0);
        let more = test_rust(documented.path())
            .input("runner", runner)
            .input("min-tests", "2")
            .run();
        assert_eq!(
            problem(&more),
            "failed to run the tests: 1 test ran, but `min-tests` is 2"
        );
        let without = test_rust(documented.path())
            .input("runner", runner)
            .input("doctests", "false")
            .run();
        assert!(
            problem(&without).starts_with("failed to find a test"),
            "{without}"
        );
    }
}

#[test]
fn crates_are_chosen_by_name_and_by_the_workspaces_default() {
    let failing = tests("    #[test]\n    fn bad() {\n        panic!();\n    }");
    let repo = workspace(&[
        ("a", &tests("    #[test]\n    fn good() {}")),
        ("b", &failing),
    ]);
    let run = |packages: &str| test_rust(repo.path()).input("packages", packages).run();
    run("").assert_code(1);
    run("a").assert_code(0);
    let unknown = run("c");
    assert_eq!(
        problem(&unknown),
        "unknown crate \"c\" in the input `packages`: the crates are a and b"
    );
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"b\"]\ndefault-members = [\"a\"]\n",
    );
    run("").assert_code(0);
    // A root package does not hide the other crates.
    repo.delete("Cargo.lock").write(
        "Cargo.toml",
        "[package]\nname = \"root\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\nmembers = [\"a\", \"b\"]\n",
    )
    .write("src/lib.rs", "");
    run("").assert_code(1);
}

#[test]
fn without_nextest_cargo_runs_the_tests_unless_nextest_is_asked_for() {
    let repo = workspace(&[("a", &tests("    #[test]\n    fn good() {}"))]);
    let run = |runner: &str| {
        test_rust(repo.path())
            .env("PATH", path_without_nextest())
            .input("runner", runner)
            .run()
    };
    let outcome = run("auto");
    outcome.assert_code(0);
    assert_eq!(outcome.output("runner"), "cargo");
    assert_eq!(counts(&outcome), ["1", "0", "0", "0"]);
    let asked = run("nextest");
    assert!(
        problem(&asked).contains("install it with `cargo install --locked cargo-nextest`"),
        "{asked}"
    );
}

#[test]
fn a_build_that_cannot_start_is_an_error_and_not_a_finding() {
    let repo = workspace(&[("a", &tests("    #[test]\n    fn good() {}"))]);
    repo.write("a/build.rs", "fn main() {\n    std::process::exit(3);\n}\n");
    let outcome = test_rust(repo.path()).run();
    assert!(
        problem(&outcome).starts_with("failed to build the tests: cargo ended with exit code 101"),
        "{outcome}"
    );
    let nowhere = test_rust(repo.path())
        .input("manifest-path", "x/Cargo.toml")
        .run();
    assert!(
        problem(&nowhere).contains("there is no `x/Cargo.toml`"),
        "{nowhere}"
    );
    repo.delete("a/build.rs")
        .write("Cargo.lock", "version = 4\n");
    let locked = test_rust(repo.path()).run();
    problem(&locked);
    assert!(locked.stdout.contains("--locked"), "{locked}");
}

#[test]
fn the_projects_configuration_of_nextest_counts() {
    if runners().is_empty() {
        return;
    }
    let body = "    #[test]\n    fn good() {}\n\n    #[test]\n    fn left_out() {\n        panic!();\n    }";
    let repo = workspace(&[("a", &tests(body))]);
    repo.write(
        ".config/nextest.toml",
        "[store]\ndir = \"reports\"\n\n[profile.ci]\ndefault-filter = \"not test(left_out)\"\njunit.path = \"own/report.xml\"\n",
    );
    for run in [
        test_rust(repo.path()).input("nextest-profile", "ci"),
        test_rust(repo.path()).env("NEXTEST_PROFILE", "ci"),
    ] {
        let outcome = run.run();
        outcome.assert_code(0);
        assert_eq!(counts(&outcome)[..2], ["1", "0"], "{outcome}");
        assert!(repo.path().join("reports/ci/own/report.xml").is_file());
    }
    test_rust(repo.path()).run().assert_code(1);
}
