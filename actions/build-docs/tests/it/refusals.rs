//! What is wrong with an input, and what a person is told before anything is built.

use crate::{build_docs, error, repo};

#[test]
fn inputs_that_cannot_be_right_are_errors_before_anything_is_built() {
    let repo = repo();
    for (language, input, value, told) in [
        ("", "out", "dist/docs", "`language`"),
        ("ruby", "out", "dist/docs", "python"),
        (
            "python",
            "out",
            "dist/docs",
            "missing input `wheel`: give the wheel's path, or the `bucket` and `commit`",
        ),
        ("python", "wheel", "gone.whl", "the wheels there are none"),
        (
            "rust",
            "wheel",
            "gone.whl",
            "`wheel` and `bucket` are for `language: python`",
        ),
        (
            "rust",
            "package",
            "rust",
            "there is no `rust/Cargo.toml`; give its folder as the input `package`",
        ),
        ("rust", "out", "one", "git does not ignore it"),
        ("rust", "out", "..", "`..` holds the sources"),
        ("rust", "broken-links", "ignore", "warning"),
        ("rust", "crate", "one", "did you mean `crates`?"),
    ] {
        let outcome = build_docs(&repo)
            .input("language", language)
            .input(input, value)
            .run();
        let message = error(&outcome);
        assert!(message.contains(told), "{input}={value}: {message}");
        assert!(!outcome.stdout.contains("cargo doc"), "{outcome}");
    }
    assert!(repo.path().join("one/src/lib.rs").is_file());
}

#[test]
fn what_cargo_refuses_is_said_in_its_words() {
    let repo = repo();
    for (input, value, told) in [
        ("crates", "four", "four"),
        ("features", "nope", "nope"),
        ("profile", "fastest", "profile `fastest` is not defined"),
    ] {
        let outcome = build_docs(&repo)
            .input("language", "rust")
            .input(input, value)
            .run();
        assert!(
            error(&outcome).starts_with("failed to build the documentation: "),
            "{outcome}"
        );
        assert!(outcome.stdout.contains(told), "{outcome}");
    }
}
