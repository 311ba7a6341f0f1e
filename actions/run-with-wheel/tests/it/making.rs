//! What is made, and that nothing but the installed wheel made it.

use std::fs;

use testkit::runner::InJob as _;

use crate::{error, repo, run_with_wheel};

#[test]
fn the_installed_wheel_makes_the_files_and_others_are_left() {
    let repo = repo();
    repo.write(
        "scripts/more.py",
        "open('log.txt', 'w').write('x')\nimport os\nos.mkdir('deep')\nopen('deep/b c.txt', 'w').write(open('a.txt').read())\n",
    );
    repo.write("dist/data/stale.txt", "from an earlier run");
    let outcome = run_with_wheel(&repo)
        .input("wheel", "dist")
        .input("scripts", "scripts/make.py a.txt\nscripts/more.py")
        .input("outputs", "a.txt\ndeep/*.txt")
        .run();
    outcome.assert_code(0);
    let files: Vec<String> = serde_json::from_str(outcome.output("files")).unwrap();
    assert_eq!(files, ["dist/data/a.txt", "dist/data/deep/b c.txt"]);
    assert_eq!(outcome.output("dir"), "dist/data");
    assert_eq!(outcome.output("version"), "0.1.0+2026.1.1.g6e4ddaf");
    let made = fs::read_to_string(repo.path().join(&files[1])).unwrap();
    assert_eq!(made, "installed\n");
    for gone in ["dist/data/stale.txt", "dist/data/log.txt", "a.txt"] {
        assert!(!repo.path().join(gone).exists(), "{gone}");
    }
    assert!(outcome.summary.contains("a.txt"), "{outcome}");
}

#[test]
fn a_module_beside_the_script_is_not_the_wheel() {
    let repo = repo();
    repo.write("scripts/tiny_wheel.py", "WHO = 'source tree'\n");
    let outcome = run_with_wheel(&repo)
        .input("wheel", "dist")
        .input("scripts", "scripts/make.py a.txt")
        .input("outputs", "a.txt")
        .run();
    let message = error(&outcome);
    assert!(
        message.contains("it imported `tiny_wheel` from the source tree"),
        "{message}"
    );
}

#[test]
fn a_variable_of_the_job_cannot_offer_another_module() {
    let repo = repo();
    repo.write("elsewhere/tiny_wheel.py", "WHO = 'elsewhere'\n");
    let outcome = run_with_wheel(&repo)
        .env("PYTHONPATH", repo.path().join("elsewhere"))
        .input("wheel", "dist")
        .input("scripts", "scripts/make.py a.txt")
        .input("outputs", "a.txt")
        .run();
    outcome.assert_code(0);
    let made = fs::read_to_string(repo.path().join("dist/data/a.txt")).unwrap();
    assert_eq!(made, "installed\n");
}

#[test]
fn what_was_not_made_and_a_script_that_fails_are_errors() {
    let repo = repo();
    repo.write("scripts/bad.py", "raise SystemExit(3)\n");
    // The file of an earlier run lies where the scripts are started, and must not count.
    repo.write("b.txt", "stale");
    let run = |scripts: &str, outputs: &str| {
        run_with_wheel(&repo)
            .input("wheel", "dist")
            .input("scripts", scripts)
            .input("outputs", outputs)
            .run()
    };
    let missing = run("scripts/make.py a.txt", "a.txt\nb.txt");
    assert_eq!(
        error(&missing),
        "failed to find the outputs of the scripts: no file matches `b.txt`; they created a.txt"
    );
    let failed = run("scripts/bad.py", "a.txt");
    assert!(
        error(&failed).ends_with("bad.py`: it ended with exit code 3, see its output above"),
        "{failed}"
    );
}

#[test]
fn what_the_scripts_need_is_installed_and_cannot_replace_the_wheel() {
    let repo = repo();
    let other = testkit::packages::Wheel {
        project: "needed",
        version: "1.0",
        module: "VALUE = 'needed'\n",
        ..crate::WHEEL
    };
    let needed = other.write(&repo.path().join("wheels"));
    repo.write(
        "scripts/both.py",
        "import needed, tiny_wheel\nopen('a.txt', 'w').write(needed.VALUE + tiny_wheel.WHO)\n",
    );
    let run = |requirement: &str| {
        run_with_wheel(&repo)
            .input("wheel", "dist")
            .input("scripts", "scripts/both.py")
            .input("outputs", "*.txt")
            .input("requirements", requirement)
            .run()
    };
    let outcome = run(&needed.display().to_string());
    outcome.assert_code(0);
    let made = fs::read_to_string(repo.path().join("dist/data/a.txt")).unwrap();
    assert_eq!(made, "neededinstalled");
    let newer = testkit::packages::Wheel {
        version: "9.0",
        ..crate::WHEEL
    };
    let newer = newer.write(&repo.path().join("wheels"));
    let replaced = run(&newer.display().to_string());
    assert!(
        error(&replaced)
            .contains("failed to install the requirements of the wheel and the scripts"),
        "{replaced}"
    );
}
