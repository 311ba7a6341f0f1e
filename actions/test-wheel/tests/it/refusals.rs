//! What is wrong with a wheel or with an input, and what a person is told.

use std::fs;

use testkit::packages::Wheel;
use testkit::runner::Outcome;

use crate::{INSTALLED, test_wheel};

fn error(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    &outcome.annotations[0].message
}

#[test]
fn a_wheel_that_cannot_be_read_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let broken = "broken-1.0-py3-none-any.whl";
    fs::write(folder.path().join(broken), "this is no zip").unwrap();
    fs::write(folder.path().join("notes.txt"), "hello").unwrap();
    let run = |wheel: &str| test_wheel(folder.path()).input("wheel", wheel);
    let no_zip = run(broken).run();
    assert_eq!(
        error(&no_zip),
        format!("failed to open wheel {broken}: it is not a zip archive")
    );
    let no_wheel = run("notes.txt").run();
    assert!(
        error(&no_wheel).starts_with("failed to open wheel notes.txt: "),
        "{no_wheel}"
    );
    let gone = run("gone.whl").run();
    assert!(
        error(&gone).contains("at \"gone.whl\": it has the wheels none"),
        "{gone}"
    );
}

#[test]
fn inputs_that_do_not_fit_are_errors_before_anything_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    INSTALLED.write(folder.path());
    let neither = test_wheel(folder.path()).run();
    assert!(error(&neither).contains("`wheel`"), "{neither}");
    let both = test_wheel(folder.path())
        .input("wheel", ".")
        .input("bucket", "./bucket")
        .run();
    assert!(error(&both).contains("`bucket`"), "{both}");
    let scheme = test_wheel(folder.path())
        .input("bucket", "ftp://bucket")
        .input("commit", "6e4ddaf0123456789abcdef0123456789abcdef0")
        .run();
    assert!(error(&scheme).contains("ftp"), "{scheme}");
    let tests = test_wheel(folder.path())
        .input("wheel", ".")
        .input("tests", "tests\nno such folder")
        .run();
    assert_eq!(
        error(&tests),
        "failed to find the tests: there is no `tests`"
    );
    let python = test_wheel(folder.path())
        .input("wheel", ".")
        .input("python", "no-such-python")
        .run();
    assert!(error(&python).contains("no-such-python"), "{python}");
    for outcome in [neither, both, scheme, tests, python] {
        assert!(!outcome.stdout.contains("pip install"), "{outcome}");
    }
}

#[test]
fn a_wheel_for_another_python_or_system_says_for_which() {
    let folder = tempfile::tempdir().unwrap();
    for (tags, told) in [
        (
            "cp27-cp27mu-manylinux1_x86_64",
            "it is for CPython 2.7 on linux-x64 (manylinux1_x86_64), and this is CPython 3.",
        ),
        (
            "cp39-abi3-win_amd64",
            "it is for CPython 3.9 or later on windows-x64 (win_amd64), and this is CPython 3.",
        ),
    ] {
        let path = Wheel { tags, ..INSTALLED }.write(folder.path());
        let outcome = test_wheel(folder.path())
            .input("wheel", path.as_os_str())
            .run();
        let message = error(&outcome);
        assert!(message.contains(told), "{message}");
        assert!(message.contains("set the input `python`"), "{message}");
        assert!(!outcome.stdout.contains("pip install"), "{outcome}");
    }
}

#[test]
fn a_module_of_another_name_must_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let outer = Wheel {
        project: "tiny-wheel",
        module: "raise ImportError('needs a licence')\n",
        ..INSTALLED
    };
    outer.write(folder.path());
    let run = || test_wheel(folder.path()).input("wheel", ".");
    let broken = run().run();
    let message = error(&broken);
    assert!(
        message.contains("failed to import `tiny_wheel` from the installed wheel: if the module has another name, set the input `import`"),
        "{message}"
    );
    assert!(message.contains("needs a licence"), "{message}");
    // It is there in every Python, but the wheel did not bring it.
    let foreign = run().input("import", "json").run();
    assert!(
        error(&foreign)
            .starts_with("failed to import `json` from the installed wheel: it came from "),
        "{foreign}"
    );
}

#[test]
fn what_the_tests_need_cannot_replace_the_wheel_that_is_tested() {
    let folder = tempfile::tempdir().unwrap();
    INSTALLED.write(folder.path());
    let newer = Wheel {
        version: "9.9",
        ..INSTALLED
    };
    let newer = newer.write(&folder.path().join("elsewhere"));
    fs::write(folder.path().join("test_a.py"), "def test_a():\n    pass\n").unwrap();
    let outcome = test_wheel(folder.path())
        .input("wheel", "*.whl")
        .input("tests", "test_a.py")
        .input("requirements", newer.as_os_str())
        .run();
    assert!(
        error(&outcome).starts_with("failed to install the requirements of the tests: "),
        "{outcome}"
    );
    assert!(outcome.stdout.contains("9.9"), "{outcome}");
}
