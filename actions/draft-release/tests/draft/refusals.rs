//! What the action refuses, and what it says to type instead.

use super::*;

#[test]
fn a_token_that_is_missing_or_may_only_read_is_told_which_permission_it_lacks() {
    let place = Place::new();
    for token in ["", "secret-reader"] {
        let outcome = place.run().input("token", token).run();
        outcome.assert_code(2);
        assert!(outcome.stdout.contains("`contents: write`"), "{outcome}");
        assert!(
            !outcome
                .stdout
                .replace("::add-mask::secret-reader", "")
                .contains("secret-"),
            "{outcome}"
        );
        assert!(!place.is_frozen());
    }
    assert!(place.repository().refs.is_empty());
}

#[test]
fn bad_inputs_are_answered_with_the_right_ones() {
    let place = Place::new();
    for (name, value, told) in [
        (
            "expected",
            "wheel hello-sdk",
            "expected `kind project platform`",
        ),
        ("headings", "python", "write a label and its heading"),
        ("version", "latest", "write it like `1.2.3`"),
        ("version", "1.0.0\n::error::x", "write it like `1.2.3`"),
        ("bucket", "ftp://x", "unknown bucket address"),
        ("bucket", "./package", "failed to open"),
        (
            "commit",
            "main",
            "it must be a full id of 40 hexadecimal digits",
        ),
    ] {
        let outcome = place.run().input(name, value).run();
        place.assert_refused(&outcome, 2, &[told]);
        assert_eq!(outcome.annotations.len(), 1, "{outcome}");
    }
    let empty = place.run().sha(OTHER).input("expected", "").run();
    place.assert_refused(&empty, 1, &["the commit has no packages in the bucket"]);
}

#[test]
fn a_commit_that_has_commit_builds_alone_passes_where_that_is_asked_for() {
    let place = Place::new();
    for (kind, project) in [("wheel", "hello-sdk"), ("crate", "hello-core")] {
        place.put(kind, project, "any", "0.2.0+2026.11.21.g1111111", OTHER);
    }
    let on = |commit: &str, skip: &str| {
        let run = place.run().sha(commit).input("expected", "");
        run.input("skip-commit-builds", skip).run()
    };
    let refused = on(OTHER, "false");
    place.assert_refused(&refused, 1, &["is a commit build"]);
    let skipped = on(OTHER, "true");
    skipped.assert_code(0);
    assert!(skipped.stdout.contains("nothing to release"), "{skipped}");
    assert_eq!(skipped.output("tag"), "");
    assert!(!place.is_frozen() && place.writes() == 0);
    // A commit without packages was forgotten, and a release is drafted.
    let forgotten = on(&"2".repeat(40), "true");
    place.assert_refused(&forgotten, 1, &["no packages in the bucket"]);
    let drafted = on(COMMIT, "true");
    drafted.assert_code(0);
    assert_eq!(drafted.output("tag"), "v0.2.0-alpha.1");
}
