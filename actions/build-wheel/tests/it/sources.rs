//! The version is set in the sources for the time of a build, and every byte comes back however it ends.

use crate::package::{DEV, assert_untouched, build_wheel, error, package};

#[test]
fn a_package_without_a_lock_file_gets_none() {
    let repo = package(DEV);
    repo.delete("Cargo.lock").commit("first");
    build_wheel(&repo).run().assert_code(0);
    assert_untouched(&repo);
}

#[test]
fn a_build_that_fails_gives_the_sources_back_and_shows_what_the_compiler_said() {
    let repo = package(DEV);
    repo.write("src/main.rs", "fn main() {\n    nowhere();\n}\n")
        .commit("first");
    let outcome = build_wheel(&repo).run();
    assert!(
        error(&outcome).starts_with("failed to build the wheel: failed to run `maturin build"),
        "{outcome}"
    );
    for words in ["cannot find function `nowhere`", "src/main.rs:2:5"] {
        assert!(outcome.stdout.contains(words), "no {words:?} in {outcome}");
    }
    assert!(!repo.path().join("dist").exists());
    assert_untouched(&repo);
}
