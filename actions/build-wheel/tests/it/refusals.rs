//! What cannot be built, and what a person is told.

use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

use crate::package::{DEV, assert_untouched, build_wheel, error, package};

#[test]
fn inputs_that_cannot_be_right_are_errors_before_anything_is_built() {
    let repo = package(DEV);
    repo.commit("first");
    let unknown = "1".repeat(40);
    for (input, value, told) in [
        (
            "package",
            "python",
            "failed to find the package: there is no `python/pyproject.toml`; set the input `package` to its folder",
        ),
        ("version", "nightly", "auto"),
        (
            "commit",
            "main",
            "failed to read the commit \"main\": it must be a full id of 40 hexadecimal digits",
        ),
        ("commit", "a\n::error::forged", "40 hexadecimal digits"),
        (
            "commit",
            &unknown,
            "in this checkout: a shallow one needs `fetch-depth: 2` on a pull request, or `fetch-depth: 0`",
        ),
        (
            "profil",
            "release",
            "unknown input `profil` (the variable INPUT_PROFIL), did you mean `profile`?",
        ),
    ] {
        let outcome = build_wheel(&repo).input(input, value).run();
        let message = error(&outcome);
        assert!(message.contains(told), "{input}: {message}");
        assert!(!outcome.stdout.contains("maturin build"), "{outcome}");
    }
    let event = build_wheel(&repo)
        .env("GITHUB_EVENT_PATH", "gone.json")
        .run();
    assert!(
        error(&event).starts_with("failed to read the event file `gone.json`"),
        "{event}"
    );
    assert!(!repo.path().join("dist").exists());
    assert_untouched(&repo);
}

#[test]
fn a_package_without_a_version_or_with_a_broken_file_is_an_error_that_names_the_file() {
    let repo = TempRepo::new();
    repo.write("pyproject.toml", "[project]\nname = \"x\"\n")
        .commit("first");
    let none = build_wheel(&repo).run();
    assert!(
        error(&none).contains(
            "write `version` into `[project]` of pyproject.toml or into `[package]` of Cargo.toml"
        ),
        "{none}"
    );
    repo.write("pyproject.toml", "[project\n").commit("second");
    let broken = build_wheel(&repo).run();
    assert!(error(&broken).contains("pyproject.toml"), "{broken}");
    assert_untouched(&repo);
}

#[test]
fn what_maturin_and_cargo_refuse_is_said_in_their_words() {
    let repo = package(DEV);
    repo.commit("first");
    for (input, value, told) in [
        ("profile", "fastest", "profile `fastest` is not defined"),
        ("target", "pdp11-unknown-unix", "pdp11-unknown-unix"),
        (
            "maturin-args",
            "--no-such-flag",
            "unexpected argument '--no-such-flag'",
        ),
    ] {
        let outcome = build_wheel(&repo).input(input, value).run();
        let message = error(&outcome);
        assert!(
            message.starts_with("failed to build the wheel: failed to run `maturin build"),
            "{message}"
        );
        assert!(outcome.stdout.contains(told), "{input}: {outcome}");
        assert_untouched(&repo);
    }
}

#[test]
fn a_file_that_is_not_that_of_the_commit_is_refused_before_anything_is_stamped() {
    let repo = package(DEV);
    repo.commit("first");
    repo.write("src/main.rs", "fn main() {}\n");
    let refused = build_wheel(&repo).run();
    let told = "the work tree differs from its commit: `src/main.rs` changed";
    assert!(error(&refused).starts_with(told), "{refused}");
    build_wheel(&repo)
        .input("allow-dirty", "true")
        .run()
        .assert_code(0);
}
