//! What pytest finds, as outputs, annotations and summary say it.

use std::fs;
use std::time::Duration;

use testkit::repo::TempRepo;
use testkit::runner::{Level, Outcome};

use crate::{INSTALLED, test_wheel};

const TESTS: &str = "\
import pytest
import tiny_wheel

def test_good():
    assert tiny_wheel.WHO == 'installed'

def test_bad():
    who = tiny_wheel.WHO
    assert who == 'me', '::error::forged\\n::notice::forged ##[error]forged'

@pytest.mark.skip(reason='later')
def test_later():
    assert False
";

/// The package lies beside its tests, as it does without a `src` folder, and its pyproject.toml is no root of the repository.
fn repository(tests: &str) -> TempRepo {
    let repo = TempRepo::new();
    repo.write("python/tiny_wheel/__init__.py", "WHO = 'source tree'\n")
        .write("python/pyproject.toml", "[tool.pytest.ini_options]\n")
        .write("python/tests/test_tiny.py", tests);
    INSTALLED.write(&repo.path().join("dist"));
    repo
}

#[test]
fn a_failure_is_shown_at_its_line_and_counted_beside_what_passed_and_what_was_skipped() {
    let repo = repository(TESTS);
    repo.write("python/tests/test_lost.py", "\nimport no_such_module\n");
    repo.write("junit.xml", "from an earlier run");
    let run = || {
        test_wheel(repo.path())
            .input("wheel", "dist")
            .input("tests", "python/tests")
    };
    // A file that cannot be imported stops pytest before the first test.
    let lost = run().run();
    lost.assert_code(1);
    let places: Vec<_> = lost
        .annotations
        .iter()
        .map(|one| (one.file.as_deref(), one.line))
        .collect();
    assert_eq!(
        places,
        [(Some("python/tests/test_lost.py"), Some(2))],
        "{lost}"
    );

    repo.delete("python/tests/test_lost.py");
    let outcome = run().run();
    outcome.assert_code(1);
    for (output, value) in [
        ("verdict", "found"),
        ("passed", "1"),
        ("failed", "1"),
        ("skipped", "1"),
        ("version", INSTALLED.version),
        ("report", "junit.xml"),
    ] {
        assert_eq!(outcome.output(output), value, "{output}: {outcome}");
    }
    let [annotation] = outcome.annotations.as_slice() else {
        panic!("text of a test was obeyed: {outcome}");
    };
    assert_eq!(annotation.level, Level::Error);
    assert_eq!(
        annotation.file.as_deref(),
        Some("python/tests/test_tiny.py")
    );
    assert_eq!(annotation.line, Some(9));
    assert_eq!(
        annotation.title.as_deref(),
        Some("python.tests.test_tiny::test_bad")
    );
    assert!(
        annotation.message.contains("forged"),
        "{}",
        annotation.message
    );
    assert!(
        outcome.summary.contains("| 1 | 1 | 1 |"),
        "{}",
        outcome.summary
    );
    let report = fs::read_to_string(repo.path().join("junit.xml")).unwrap();
    assert!(report.contains("<testsuite"), "{report}");
}

#[test]
fn a_package_beside_its_tests_is_tested_as_installed() {
    let repo = repository(
        "from tiny_wheel import WHO\n\ndef test_who():\n    assert WHO == 'installed'\n",
    );
    let outcome = test_wheel(&repo.path().join("python"))
        .input("wheel", "../dist/*.whl")
        .input("tests", "tests/test_tiny.py")
        .input("report", "reports/junit.xml")
        .run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("verdict"), "passed");
    assert_eq!(outcome.output("passed"), "1");
    assert_eq!(outcome.output("report"), "reports/junit.xml");
    assert!(repo.path().join("python/reports/junit.xml").is_file());
    assert_eq!(outcome.annotations, []);
}

#[test]
fn a_module_imported_from_the_source_tree_is_an_error_even_when_every_test_passes() {
    let repo = repository("from tiny_wheel import WHO\n\ndef test_who():\n    assert WHO\n");
    repo.write(
        "python/pyproject.toml",
        "[tool.pytest.ini_options]\npythonpath = ['.']\n",
    );
    let outcome = test_wheel(repo.path())
        .input("wheel", "dist")
        .input("tests", "python/tests")
        .run();
    let told = error(&outcome);
    assert!(told.contains(FROM_THE_SOURCES), "{told}");
}

#[test]
fn a_folder_without_a_test_is_an_error() {
    let repo = repository("def helper():\n    pass\n");
    let outcome = test_wheel(repo.path())
        .input("wheel", "dist")
        .input("tests", "python/tests")
        .run();
    outcome.assert_code(2);
    assert_eq!(
        outcome.annotations[0].message,
        "failed to test the wheel: pytest found no test in python/tests"
    );
    assert!(outcome.outputs.is_empty(), "{outcome}");
}

const FROM_THE_SOURCES: &str = "python/tiny_wheel/__init__.py, not the installed wheel";

/// A test file that imports the wheel, and what else lies in the repository.
fn run(files: &[(&str, &str)], inputs: &[(&str, &str)]) -> (TempRepo, Outcome) {
    let repo = repository("import tiny_wheel\n\ndef test_who():\n    assert tiny_wheel.WHO\n");
    for (path, text) in files {
        repo.write(path, text);
    }
    let run = test_wheel(repo.path())
        .input("wheel", "dist")
        .input("tests", "python/tests");
    let run = inputs
        .iter()
        .fold(run, |run, (name, value)| run.input(name, value));
    let outcome = run.run();
    (repo, outcome)
}

fn error(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    &outcome.annotations[0].message
}

#[test]
fn workers_that_import_the_source_tree_are_found_too() {
    let parallel = "[tool.pytest.ini_options]\npythonpath = ['.']\naddopts = '-n 2'\n";
    let (_repo, outcome) = run(
        &[("python/pyproject.toml", parallel)],
        &[("requirements", "pytest-xdist==3.8.0")],
    );
    let told = error(&outcome);
    assert!(told.contains(FROM_THE_SOURCES), "{told}");
}

#[test]
fn the_projects_own_configuration_decides_how_tests_are_imported() {
    // A helper beside the tests, and a package of tests, for which pytest puts the source tree first.
    let helper = [
        ("python/tests/helper.py", "WHO = 'installed'\n"),
        (
            "python/tests/test_helper.py",
            "from helper import WHO\nimport tiny_wheel\n\ndef test_it():\n    assert tiny_wheel.WHO == WHO\n",
        ),
    ];
    let (_repo, outcome) = run(&helper, &[]);
    outcome.assert_code(0);
    assert_eq!(outcome.output("passed"), "2");

    let package = [("python/tests/__init__.py", "")];
    let (_repo, outcome) = run(&package, &[]);
    let told = error(&outcome);
    assert!(
        told.contains("set `pytest-args: --import-mode=importlib`"),
        "{told}"
    );
    let (_repo, outcome) = run(&package, &[("pytest-args", "--import-mode=importlib")]);
    outcome.assert_code(0);
}

#[test]
fn tests_that_are_all_skipped_test_nothing() {
    let skipped = [(
        "python/tests/test_tiny.py",
        "import pytest\npytestmark = pytest.mark.skip\n\ndef test_a():\n    pass\n\ndef test_b():\n    pass\n",
    )];
    let (_repo, outcome) = run(&skipped, &[]);
    assert_eq!(
        error(&outcome),
        "failed to test the wheel: 0 tests ran and 2 were skipped, but `min-tests` is 1"
    );
    let (_repo, outcome) = run(&skipped, &[("min-tests", "0")]);
    outcome.assert_code(0);
    assert_eq!(outcome.output("skipped"), "2");
}

const HANGS: &str = "\
import time
import pytest
import tiny_wheel

def test_before():
    assert tiny_wheel.WHO == 'installed'

def test_hangs():
    print('waiting')
    time.sleep(600)
";

#[test]
fn a_test_that_hangs_is_named_and_what_ran_before_counts() {
    for (args, requirements) in [("", ""), ("-n 1", "pytest-xdist==3.8.0")] {
        let (repo, outcome) = run(
            &[("python/tests/test_tiny.py", HANGS)],
            &[
                ("timeout", "10s"),
                ("pytest-args", &args.replace(' ', "\n")),
                ("requirements", requirements),
            ],
        );
        outcome.assert_code(1);
        assert_eq!(
            (outcome.output("passed"), outcome.output("failed")),
            ("1", "1"),
            "{outcome}"
        );
        let [annotation] = outcome.annotations.as_slice() else {
            panic!("{outcome}");
        };
        assert_eq!(
            annotation.title.as_deref(),
            Some("python.tests.test_tiny::test_hangs")
        );
        assert_eq!(annotation.line, Some(8));
        assert_eq!(
            annotation.message,
            "it was still running: the tests took longer than `timeout: 10s`"
        );
        // Where it hangs.
        assert!(
            outcome
                .stdout
                .contains("test_tiny.py\", line 10 in test_hangs"),
            "{outcome}"
        );
        assert!(repo.path().join("junit.xml").is_file());
    }
}

#[test]
fn a_cancelled_run_names_the_test_that_was_running() {
    let repo = repository(&HANGS.replace("print('waiting')", "open('waiting', 'w').close()"));
    let running = test_wheel(repo.path())
        .input("wheel", "dist")
        .input("tests", "python/tests")
        .start();
    let waiting = repo.path().join("waiting");
    let hangs = (0..6_000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        waiting.exists()
    });
    assert!(hangs, "{}", running.stdout());
    running.signal("TERM");
    let outcome = running.wait();
    outcome.assert_code(2);
    assert!(
        outcome
            .stdout
            .contains("still running: python/tests/test_tiny.py::test_hangs"),
        "{outcome}"
    );
    assert!(
        outcome
            .summary
            .contains("it was still running: the run was cancelled"),
        "{}",
        outcome.summary
    );
    assert!(repo.path().join("junit.xml").is_file());
}
