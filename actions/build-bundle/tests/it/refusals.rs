//! What cannot be bundled, and what a person is told.

use testkit::repo::TempRepo;

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
            "it must be a file name without folder or extension",
        ),
        (
            "must-contain",
            "/etc/*",
            "`/etc/*` points outside the bundle",
        ),
        ("must-contain", "[", "`[` is not a glob"),
        ("dir", ".", "missing input `name`"),
        ("dir", "..", "missing input `name`"),
        (
            "dir",
            "web",
            "failed to empty `web`: git does not ignore it, so it may contain files you want to keep; remove it, add it to .gitignore, or set the input `dir` to another folder",
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
        "failed to read the input `dir`: `.` contains the sources; choose a separate folder for the output"
    );
    assert!(repo.path().join("include/hello.h").is_file());
}

#[test]
fn without_a_command_the_folder_must_be_there() {
    let repo = repo();
    let outcome = build_bundle(&repo).run();
    assert_eq!(
        error(&outcome),
        "failed to read `dist/bundle`: it is not a folder"
    );
    let outcome = build_bundle(&repo).input("dir", "include").run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("files"), "1");
}

#[test]
fn files_and_submodules_that_are_not_those_of_the_commit_are_refused_unless_that_is_allowed() {
    let inner = TempRepo::new();
    inner.write("a.h", "int a(void);\n").commit("first");
    let url = inner.path().to_str().unwrap();
    let repo = repo();
    repo.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        url,
        "inner",
    ]);
    repo.commit("second");
    let submodule = repo.path().join("inner");
    let submodule = submodule.to_str().unwrap();
    let build = || build_bundle(&repo).input("command", "touch \"$OUT/a\"");

    // What git does not track is left by tools everywhere.
    repo.write("notes.txt", "mine\n")
        .write("inner/notes.txt", "mine\n");
    build().run().assert_code(0);

    // A merge that was left, with the submodule of the merge still there.
    inner.write("a.h", "int a(int);\n").commit("second");
    repo.git(&["-C", submodule, "pull", "--quiet"]);
    let told = "the work tree differs from its commit: `inner` changed; commit or restore the changes (submodules with `git submodule update --init --recursive`), or set `allow-dirty: true`";
    let refused = build().run();
    assert_eq!(error(&refused), told);
    repo.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "update",
        "--init",
    ]);
    build().run().assert_code(0);

    // A file in it is another one.
    repo.write("inner/a.h", "changed\n");
    let refused = build().run();
    assert_eq!(error(&refused), told);
    repo.git(&["-C", submodule, "checkout", "--quiet", "--", "."]);

    repo.write("include/hello.h", "changed\n")
        .delete(".gitignore");
    let refused = build().run();
    let told = "`.gitignore` and `include/hello.h` changed; commit or restore the changes";
    assert!(error(&refused).contains(told), "{refused}");
    repo.write(".gitignore", "/dist/\n");
    let allowed = build().input("allow-dirty", "true").run();
    allowed.assert_code(0);
    assert_eq!(
        allowed.annotations[0].message,
        "the work tree differs from its commit: `include/hello.h` changed (`allow-dirty`)"
    );
}

#[test]
fn no_program_that_the_checkout_names_is_run_to_compare_the_work_tree() {
    let repo = repo();
    let run = build_bundle(&repo)
        .input("command", "touch \"$OUT/a\"")
        .input("name", "x");
    let armed = testkit::hostile_git::Armed::new(&repo);
    // Git reads again what is newer than its index, through the filters.
    repo.write("include/hello.h", "int hello(void);\n");
    run.run().assert_code(0);
    armed.assert_unharmed("build-bundle");
}
