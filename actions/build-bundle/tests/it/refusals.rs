//! What cannot be bundled, and what a person is told.

use crate::{build_bundle, error, repo};

#[test]
fn inputs_that_cannot_be_right_are_errors_before_the_command_runs() {
    let repo = repo();
    repo.write("web/index.html", "<p>").commit("second");
    for (input, value, told) in [
        ("archive", "rar", "tar.gz"),
        ("shell", "fish", "pwsh"),
        (
            "name",
            "../x",
            "it is the name of a file, without folder and extension",
        ),
        ("must-contain", "/etc/*", "`/etc/*` leaves the bundle"),
        ("must-contain", "[", "`[` is no glob"),
        ("dir", ".", "missing input `name`"),
        ("dir", "..", "missing input `name`"),
        (
            "dir",
            "web",
            "failed to empty `web`: git does not ignore it, so its files may be somebody's; remove it, add it to .gitignore, or give another folder as the input `dir`",
        ),
        ("commit", "main", "40 hexadecimal digits"),
        ("must-contains", "x", "did you mean `must-contain`?"),
    ] {
        let outcome = build_bundle(&repo)
            .input("command", "echo ran > ran; touch \"$OUT/a\"")
            .input(input, value)
            .run();
        let message = error(&outcome);
        assert!(message.contains(told), "{input}={value}: {message}");
        assert!(!repo.path().join("ran").exists(), "{outcome}");
    }
    assert!(repo.path().join("web/index.html").is_file());
}

#[test]
fn the_sources_are_never_emptied() {
    let repo = repo();
    let outcome = build_bundle(&repo)
        .input("command", "touch \"$OUT/a\"")
        .input("dir", ".")
        .input("name", "x")
        .run();
    assert_eq!(
        error(&outcome),
        "failed to read the input `dir`: `.` holds the sources; name a folder of its own for what is made"
    );
    assert!(repo.path().join("include/hello.h").is_file());
}

#[test]
fn without_a_command_the_folder_must_be_there() {
    let repo = repo();
    let outcome = build_bundle(&repo).run();
    assert_eq!(
        error(&outcome),
        "failed to read `dist/bundle`: it is no folder"
    );
    let outcome = build_bundle(&repo).input("dir", "include").run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("files"), "1");
}
