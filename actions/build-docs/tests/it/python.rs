//! Documentation of Python, from the wheel that people install.

use std::fs;

use testkit::packages::Wheel;
use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

use crate::{build_docs, error};

const WHEEL: Wheel<'static> = Wheel {
    project: "tiny-wheel",
    version: "0.1.0",
    tags: "py3-none-any",
    module: "\"\"\"Tiny, as installed.\"\"\"\n\ndef greet(name: str = 'value-of-a-variable') -> str:\n    \"\"\"Greets.\"\"\"\n    return name\n",
};

/// A source tree with another module of the same name.
fn repo() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".gitignore", "/dist/\n")
        .write("tiny_wheel.py", "\"\"\"From the source tree.\"\"\"\n")
        .commit("first");
    WHEEL.write(&repo.path().join("dist"));
    repo
}

#[test]
fn pdoc_documents_the_installed_wheel_with_the_same_bytes_anywhere() {
    let repo = repo();
    let first = build_docs(&repo)
        .input("language", "python")
        .input("wheel", "dist")
        .run();
    first.assert_code(0);
    let docs = repo.path().join("dist/docs");
    let page = fs::read_to_string(docs.join("tiny_wheel.html")).unwrap();
    assert!(page.contains("Tiny, as installed."), "{page}");
    assert!(!page.contains("From the source tree"), "{page}");
    assert!(docs.join("index.html").is_file());

    let other = repo.shallow_clone(1);
    WHEEL.write(&other.path().join("dist"));
    // pdoc would show the variable's name in place of the default.
    let second = build_docs(&other)
        .env("ANY", "value-of-a-variable")
        .env("PYTHONPATH", other.path())
        .input("language", "python")
        .input("wheel", "dist")
        .run();
    second.assert_code(0);
    assert_eq!(first.output("sha256"), second.output("sha256"));
}

#[test]
fn the_projects_own_command_finds_the_installed_wheel() {
    let repo = repo();
    let outcome = build_docs(&repo)
        .input("language", "python")
        .input("wheel", "dist")
        .input(
            "command",
            "python -P -c 'import tiny_wheel; print(tiny_wheel.__doc__)' > \"$OUT/index.html\"",
        )
        .input("out", "dist/docs-python")
        .run();
    outcome.assert_code(0);
    let page = repo.path().join("dist/docs-python/index.html");
    assert_eq!(fs::read_to_string(page).unwrap(), "Tiny, as installed.\n");
}

#[test]
fn a_command_that_leaves_no_first_page_is_a_finding() {
    let repo = repo();
    let run = |command: &str| {
        build_docs(&repo)
            .input("language", "rust")
            .input("command", command)
            .run()
    };
    let none = run(":");
    none.assert_code(1);
    assert_eq!(
        none.annotations[0].message,
        "documentation contains no files"
    );
    let other = run("echo '<p>' > \"$OUT/readme.html\"");
    other.assert_code(1);
    assert_eq!(
        other.annotations[0].message,
        "documentation has no `index.html`"
    );
    let place = run("echo \"<p>$PWD\" > \"$OUT/index.html\"");
    place.assert_code(0);
    assert!(
        place.annotations[0]
            .message
            .contains("a folder of this machine"),
        "{place}"
    );
    let failed = run("exit 3");
    assert!(error(&failed).contains("exit code 3"), "{failed}");
}
