//! What is wrong with an input, and what a person is told before anything is installed.

use crate::{error, repo, run_with_wheel};

#[test]
fn inputs_that_cannot_be_right_are_errors_before_anything_is_installed() {
    let repo = repo();
    for (input, value, told) in [
        (
            "wheel",
            "",
            "missing input `wheel`: set it to the wheel's path, or set `bucket` and `commit`",
        ),
        ("wheel", "gone.whl", "it has the wheels none"),
        ("scripts", "", "`scripts`"),
        (
            "scripts",
            "scripts/gone.py",
            "failed to find the script: there is no `scripts/gone.py`",
        ),
        ("scripts", "scripts/make.py 'a", "the quote ' is not closed"),
        ("outputs", "", "`outputs`"),
        (
            "outputs",
            "../*.txt",
            "`../*.txt` points outside the folder in which the scripts run",
        ),
        ("outputs", "[", "`[` is not a glob"),
        (
            "out",
            ".",
            "`.` contains the sources; choose a separate folder for the output",
        ),
        (
            "out",
            "scripts",
            "git does not ignore it, so it may contain files you want to keep; remove it, add it to .gitignore, or set the input `out` to another folder",
        ),
        ("output", "a.txt", "did you mean `outputs`?"),
    ] {
        let outcome = run_with_wheel(&repo)
            .input("wheel", "dist")
            .input("scripts", "scripts/make.py a.txt")
            .input("outputs", "a.txt")
            .input(input, value)
            .run();
        let message = error(&outcome);
        assert!(message.contains(told), "{input}={value}: {message}");
        assert!(!outcome.stdout.contains("pip install"), "{outcome}");
    }
    assert!(repo.path().join("scripts/make.py").is_file());
}

#[test]
fn a_script_that_is_not_that_of_the_commit_is_refused_unless_that_is_allowed() {
    let repo = repo();
    repo.write("scripts/make.py", "open('a.txt', 'w').write('changed')\n");
    let run = || {
        run_with_wheel(&repo)
            .input("wheel", "dist")
            .input("scripts", "scripts/make.py a.txt")
            .input("outputs", "a.txt")
    };
    let refused = run().run();
    let told = "the work tree differs from its commit: `scripts/make.py` changed";
    assert!(error(&refused).starts_with(told), "{refused}");
    run().input("allow-dirty", "true").run().assert_code(0);
}
