//! Pull requests larger than people write: what is found stays the same, and git is asked as often as for a small one.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::{
    fmt::Write as _,
    fs::{self, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use testkit::{
    binary::Run,
    repo::TempRepo,
    runner::{InJob as _, Outcome},
};

/// The commands of `git fast-import`.
#[derive(Default)]
struct Import {
    stream: String,
    commits: u64,
}

impl Import {
    fn commit(&mut self, branch: &str, message: &str) {
        self.commits += 1;
        let date = 1_767_225_600 + self.commits;
        let (length, stream) = (message.len(), &mut self.stream);
        writeln!(stream, "commit refs/heads/{branch}").unwrap();
        writeln!(
            stream,
            "committer Ada Author <ada@example.com> {date} +0000"
        )
        .unwrap();
        writeln!(stream, "data {length}\n{message}").unwrap();
    }

    fn from(&mut self, branch: &str) {
        writeln!(self.stream, "from refs/heads/{branch}").unwrap();
    }

    fn write(&mut self, mode: &str, path: &str, text: &str) {
        let path = path
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        let (length, stream) = (text.len(), &mut self.stream);
        writeln!(stream, "M {mode} inline \"{path}\"\ndata {length}\n{text}").unwrap();
    }

    fn delete(&mut self, path: &str) {
        writeln!(self.stream, "D {path}").unwrap();
    }

    fn into_repository(self) -> TempRepo {
        let repo = TempRepo::new();
        let mut import = Command::new("git")
            .args(["fast-import", "--quiet", "--force"])
            .current_dir(repo.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        import
            .stdin
            .take()
            .unwrap()
            .write_all(self.stream.as_bytes())
            .unwrap();
        assert!(import.wait().unwrap().success());
        repo.git(&["symbolic-ref", "HEAD", "refs/heads/feature"]);
        repo
    }
}

/// A branch of so many commits and files next to 2,000 that are there, with one finding for each gate of files.
fn repository(commits: usize, files: usize) -> TempRepo {
    let mut import = Import::default();
    import.commit("main", "first");
    import.write("644", ".gitattributes", "*.png filter=lfs\n");
    import.write("644", "README.md", "# Hello\n");
    import.write("644", "Cargo.toml", "[workspace]\nmembers = ['crates/*']\n");
    import.write("120000", "link", "README.md");
    for n in 0..2000 {
        import.write("644", &format!("old/{}/{n}.txt", n % 37), &format!("{n}\n"));
    }
    import.commit("feature", "begin");
    import.from("main");
    import.write("644", "early.bin", &"x".repeat(200_000));
    for n in 1..commits {
        import.commit("feature", &format!("step {n}"));
        if n == 1 {
            import.delete("early.bin");
        }
        for file in (0..files).filter(|file| file % (commits - 1) == n - 1) {
            import.write(
                "644",
                &format!("new/{}/{file}.txt", file % 41),
                &format!("new {file}\n"),
            );
        }
    }
    import.commit("feature", "end");
    import.write("644", "readme.md", "[none](none.md)\n");
    import.write("644", "a.png", "no pointer");
    import.write("644", "🐍 what?\n.orig", "one\r\n");
    import.write("755", "plain.txt", "no script\n");
    import.write(
        "644",
        "crates/a/Cargo.toml",
        "[package]\nname = 'a'\nversion = '1.0.0'\n",
    );
    import.write("644", "link", "README.md");
    import.into_repository()
}

fn run(repo: &TempRepo, path: Option<&str>) -> Outcome {
    let mut run = Run::new(env!("CARGO_BIN_EXE_pr-gates"))
        .workspace(repo.path())
        .args(["--base", "main"])
        .input("max-file-size", "100KiB")
        .input("max-growth", "1GiB")
        .input("blocked-files", "*.orig")
        .input("text-format", "lf for **")
        .input("executable-bit", "**")
        .input("links", "*.md")
        .input("cargo", "all");
    if let Some(path) = path {
        run = run.env("PATH", path);
    }
    run.run()
}

/// Gate and place of each finding.
fn findings(outcome: &Outcome) -> Vec<String> {
    let findings: Vec<Value> = serde_json::from_str(outcome.output("findings")).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or("-").to_owned();
    findings
        .iter()
        .map(|finding| format!("{} {}", text(finding, "gate"), text(finding, "file")))
        .collect()
}

const EXPECTED: [&str; 10] = [
    "large-files early.bin",
    "blocked-files 🐍 what?\n.orig",
    "symlinks link",
    "lfs a.png",
    "file-names 🐍 what?\n.orig",
    "case-collisions readme.md",
    "executable-bit plain.txt",
    "text-format 🐍 what?\n.orig",
    "links readme.md",
    "cargo crates/a/Cargo.toml",
];

#[test]
fn three_hundred_commits_and_thousands_of_files_have_the_findings_of_a_small_pull_request() {
    for (commits, files) in [(3, 2), (300, 3500)] {
        let outcome = run(&repository(commits, files), None);
        outcome.assert_code(1);
        assert_eq!(findings(&outcome), EXPECTED, "{outcome}");
    }
}

/// A `git` that notes each call and then is the real one.
fn counting_git(folder: &Path) -> String {
    let path = std::env::var("PATH").unwrap();
    let real = std::env::split_paths(&path)
        .map(|folder| folder.join("git"))
        .find(|program| program.is_file())
        .unwrap();
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> '{}/calls'\nexec '{}' \"$@\"\n",
        folder.display(),
        real.display()
    );
    fs::write(folder.join("git"), script).unwrap();
    fs::set_permissions(folder.join("git"), Permissions::from_mode(0o755)).unwrap();
    format!("{}:{path}", folder.display())
}

#[test]
fn git_is_asked_as_often_for_thousands_of_files_as_for_two() {
    let calls = |commits: usize, files: usize| {
        let folder = tempfile::tempdir().unwrap();
        let path = counting_git(folder.path());
        run(&repository(commits, files), Some(&path)).assert_code(1);
        fs::read_to_string(folder.path().join("calls")).unwrap()
    };
    let (few, many) = (calls(3, 2), calls(300, 3500));
    assert_eq!(few.lines().count(), many.lines().count(), "{few}\n{many}");
    assert!(few.lines().count() <= 16, "{few}");
}

#[test]
fn more_files_than_can_be_looked_at_end_the_run_and_what_to_do_is_said() {
    let mut import = Import::default();
    import.commit("main", "first");
    import.write("644", "README.md", "# Hello\n");
    import.commit("feature", "flood");
    import.from("main");
    for n in 0..150_000 {
        import.write("644", &format!("flood/{}/{n}.md", n % 300), "x");
    }
    let outcome = run(&import.into_repository(), None);
    outcome.assert_code(2);
    let [error] = outcome.annotations.as_slice() else {
        panic!("expected one annotation\n{outcome}");
    };
    assert!(
        error
            .message
            .contains("more than 100000 files; split the pull request"),
        "{outcome}"
    );
}

#[test]
fn a_tree_of_very_many_files_is_no_hindrance_to_a_small_change() {
    let mut import = Import::default();
    import.commit("main", "first");
    import.write("644", "README.md", "# Hello\n");
    for n in 0..150_000 {
        import.write("644", &format!("old/{}/{n}.txt", n % 300), "x");
    }
    import.commit("feature", "small");
    import.from("main");
    import.write("644", "a.orig", "one\n");
    import.write("644", "readme.md", "# Hello\n");
    let outcome = run(&import.into_repository(), None);
    outcome.assert_code(1);
    assert_eq!(
        findings(&outcome),
        ["blocked-files a.orig", "case-collisions readme.md",],
        "{outcome}"
    );
}
