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
            "missing input `wheel`: set it to the wheel's path, or set `bucket` and `commit`",
        ),
        ("python", "wheel", "gone.whl", "it has the wheels none"),
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
            "there is no `rust/Cargo.toml`; set the input `package` to its folder",
        ),
        ("rust", "out", "one", "git does not ignore it"),
        ("rust", "out", "..", "`..` contains the sources"),
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

#[test]
fn a_source_that_is_not_that_of_the_commit_is_refused_unless_that_is_allowed() {
    let repo = repo();
    repo.write("one/src/lib.rs", "//! Changed.\n");
    let refused = build_docs(&repo).input("language", "rust").run();
    let told = "the work tree differs from its commit: `one/src/lib.rs` changed";
    assert!(error(&refused).starts_with(told), "{refused}");
    build_docs(&repo)
        .input("language", "rust")
        .input("allow-dirty", "true")
        .run()
        .assert_code(0);
}

#[cfg(unix)]
#[test]
fn what_a_build_script_puts_among_the_pages_is_neither_followed_nor_waited_for() {
    for (make, told) in [
        ("ln -s /dev/zero", "points outside"),
        ("ln -s /proc/self/environ", "points outside"),
        ("ln -s .", "not a regular file"),
        ("mkfifo", "not a regular file"),
    ] {
        let repo = repo();
        repo.write(
            "one/build.rs",
            format!(
                "fn main() {{\n    let out = std::env::var(\"OUT_DIR\").unwrap();\n    let target = std::path::Path::new(&out).ancestors().nth(4).unwrap();\n    let doc = target.join(\"doc\");\n    std::fs::create_dir_all(&doc).unwrap();\n    let made = std::process::Command::new(\"sh\").args([\"-c\", \"{make} evil.html\"]).current_dir(doc).status();\n    assert!(made.unwrap().success());\n}}\n"
            ),
        )
        .commit("second");
        let outcome = build_docs(&repo)
            .input("language", "rust")
            .input("crates", "one")
            .run();
        let message = error(&outcome);
        assert!(
            message.contains("evil.html") && message.contains(told),
            "{make}: {message}"
        );
    }
}
