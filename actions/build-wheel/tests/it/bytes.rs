//! The same commit gives the same bytes, and nothing that was there before is taken for them.

use std::fs;

use testkit::runner::Level;

use crate::package::{DEV, build_wheel, package, with_sbom, without_maturin};

#[test]
fn the_same_commit_gives_the_same_bytes_in_another_folder_and_by_a_maturin_of_our_own() {
    let repo = package(DEV);
    repo.commit("first");
    let first = build_wheel(&repo).run();
    first.assert_code(0);
    let clone = repo.shallow_clone(1);
    let second = without_maturin(&clone).run();
    second.assert_code(0);
    assert!(
        second.stdout.contains("::group::Install maturin 1."),
        "{second}"
    );
    assert_eq!(first.output("file"), second.output("file"));
    assert_eq!(first.output("sha256"), second.output("sha256"));
}

#[test]
fn an_older_wheel_in_the_folder_is_never_taken_for_the_new_one() {
    let repo = package(DEV);
    repo.commit("first");
    let built = build_wheel(&repo).run();
    built.assert_code(0);
    let (path, stale) = (
        repo.path().join(built.output("path")),
        repo.path().join("dist/tiny_tool-9.9-py3-none-any.whl"),
    );
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, "no wheel").unwrap();
    fs::write(&stale, "no wheel either").unwrap();
    let again = build_wheel(&repo).run();
    again.assert_code(0);
    assert_eq!(again.output("path"), built.output("path"));
    assert!(
        fs::read(&path).unwrap() == bytes,
        "the wheel is another one"
    );
    assert_eq!(fs::read_to_string(&stale).unwrap(), "no wheel either");
}

#[test]
fn a_wheel_that_would_be_another_elsewhere_is_warned_of() {
    let repo = package(DEV);
    with_sbom(&repo);
    repo.commit("first");
    let outcome = build_wheel(&repo).run();
    outcome.assert_code(0);
    assert_eq!(outcome.annotations.len(), 1, "{outcome}");
    let warning = &outcome.annotations[0];
    assert_eq!(warning.level, Level::Warning);
    assert!(
        warning.message.contains("/sboms/tiny-tool.cyclonedx.json`")
            && warning
                .message
                .ends_with("write `rust = false` under `[tool.maturin.sbom]` in pyproject.toml"),
        "{}",
        warning.message
    );
}
