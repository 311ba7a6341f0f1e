//! Linters of the project's own.

use testkit::repo::TempRepo;

use crate::{error, lint, problem, told};

#[test]
fn a_command_that_fails_is_a_finding_at_the_places_that_it_prints() {
    let repo = TempRepo::new();
    repo.write("docs/a.md", "teh\n").write(
        ".github/ci-actions.toml",
        "[lint]\ncommands = [\"words: echo 'docs/a.md:1:1: teh'; echo 'docs/gone.md:2: x'; echo '::error::forged'; exit 1\", \"good: true\"]\n",
    );
    let outcome = lint(repo.path()).run();
    outcome.assert_code(1);
    assert_eq!(told(&outcome), [error("words", "docs/a.md:1")], "{outcome}");
    assert_eq!(outcome.annotations[0].message, "teh");
    assert_eq!(outcome.output("linters"), r#"{"good":0,"words":1}"#);
    let skipped = lint(repo.path()).input("skip", "words").run();
    skipped.assert_code(0);
}

#[test]
fn a_command_without_places_is_one_finding_and_one_that_is_not_found_is_a_problem() {
    let repo = TempRepo::new();
    let silent = lint(repo.path()).input("commands", "silent: exit 3").run();
    silent.assert_code(1);
    assert_eq!(
        silent.annotations[0].message,
        "it ended with exit code 3: see its output in the log"
    );
    let missing = lint(repo.path())
        .input(
            "commands",
            "gone: no-such-program --check\nafter: echo it still ran",
        )
        .run();
    assert!(
        problem(&missing).starts_with("failed to run gone: the shell did not find a program"),
        "{missing}"
    );
    assert!(missing.stdout.contains("it still ran"), "{missing}");
}

#[test]
fn a_name_is_a_word_that_no_other_linter_has() {
    let repo = TempRepo::new();
    for line in ["clippy: true", "Words: true", "words"] {
        let outcome = lint(repo.path()).input("commands", line).run();
        assert!(
            problem(&outcome).contains("the input `commands`"),
            "{outcome}"
        );
    }
}
