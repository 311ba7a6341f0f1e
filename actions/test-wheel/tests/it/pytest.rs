//! What pytest finds, as outputs, annotations and summary say it.

use std::fs;

use testkit::repo::TempRepo;
use testkit::runner::Level;

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
    outcome.assert_code(2);
    let message = &outcome.annotations[0].message;
    assert!(
        message.starts_with(
            "failed to test the wheel: the tests imported `tiny_wheel` from the source tree"
        ),
        "{outcome}"
    );
    assert!(
        outcome
            .stdout
            .contains("python/tiny_wheel/__init__.py, not the installed wheel"),
        "{outcome}"
    );
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
