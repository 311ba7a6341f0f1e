//! The action before PyPI: its rules are asked before the first byte, and what it tells is told.

use std::path::Path;

use testkit::binary::Run;
use testkit::packages::{Sdist, Wheel};
use testkit::pypi::{AS_TEST_PYPI, Options, PypiIndex, TOKEN};
use testkit::runner::InJob as _;

use super::action;

const NAME: &str = "hello_sdk-0.2.0-py3-none-any.whl";

/// A run that takes the server for TestPyPI.
fn publish(files: &Path, pypi: &PypiIndex) -> Run {
    action(files, AS_TEST_PYPI)
        .input("password", TOKEN)
        .env("HTTPS_PROXY", pypi.url())
}

#[test]
fn everything_that_pypi_would_refuse_is_a_finding_and_nothing_is_asked() {
    let pypi = PypiIndex::start(Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let wheel = Wheel::default();
    wheel.write_with(
        folder.path(),
        "2.1",
        "Classifier: Private :: Do Not Upload\n",
    );
    Wheel {
        tags: "py3-none-linux_x86_64",
        ..wheel
    }
    .write(folder.path());
    Sdist {
        version: "0.2.0+local",
        ..Sdist::default()
    }
    .write(folder.path());
    for dry_run in ["true", "false"] {
        let outcome = publish(folder.path(), &pypi)
            .input("dry-run", dry_run)
            .run();
        outcome.assert_code(1);
        for rule in ["pypi-private", "pypi-platform", "pypi-local-version"] {
            assert!(outcome.summary.contains(rule), "{outcome}");
        }
        assert_eq!(outcome.annotations.len(), 3, "{outcome}");
        assert!(
            outcome.stdout.contains("published nothing: 3 findings"),
            "{outcome}"
        );
    }
    assert_eq!(pypi.requests(), []);
}

#[test]
fn a_yanked_version_is_a_warning_in_a_dry_run_too() {
    let pypi = PypiIndex::start(Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    Wheel::default().write(folder.path());
    publish(folder.path(), &pypi).run().assert_code(0);
    pypi.yank("hello-sdk", "0.2.0", "it crashes");
    for dry_run in ["true", "false"] {
        let outcome = publish(folder.path(), &pypi)
            .input("dry-run", dry_run)
            .run();
        outcome.assert_code(0);
        assert_eq!(outcome.output("unchanged"), format!("[\"{NAME}\"]"));
        assert!(
            outcome.summary.contains("already there, yanked"),
            "{outcome}"
        );
        let warnings: Vec<&str> = outcome
            .annotations
            .iter()
            .map(|one| one.message.as_str())
            .collect();
        let [warning] = warnings.as_slice() else {
            panic!("expected one warning\n{outcome}");
        };
        assert!(warning.contains("is yanked: it crashes"), "{warning}");
    }
}

#[test]
fn attestations_among_the_files_stop_nothing() {
    let pypi = PypiIndex::start(Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    Wheel::default().write(folder.path());
    let beside = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    beside(&format!("{NAME}.publish.attestation"), "not JSON");
    beside("other-1.0-py3-none-any.whl.publish.attestation", "{}");
    let outcome = publish(folder.path(), &pypi).run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("published"), format!("[\"{NAME}\"]"));
    for told in [
        "it is not JSON",
        "other-1.0-py3-none-any.whl is not among the files",
    ] {
        assert!(outcome.stdout.contains(told), "{outcome}");
    }
}
