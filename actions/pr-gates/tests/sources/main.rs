//! The same pull requests, read from git objects and through the API: the gates must not know the difference.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

mod limits;

use serde_json::{Value, json};
use testkit::{
    binary::Run,
    github::{FakeGitHub, Logged, State},
    repo::TempRepo,
    runner::{InJob as _, Outcome},
};

/// One pull request, from `main` to `feature`.
struct Scene {
    repo: TempRepo,
    github: FakeGitHub,
    payload: Value,
    /// Inputs beside those that every scene has.
    inputs: &'static [(&'static str, &'static str)],
}

impl Scene {
    fn new(repo: TempRepo) -> Self {
        Self::with(repo, json!({}))
    }

    /// `more` is added to the state of the fake.
    fn with(repo: TempRepo, more: Value) -> Self {
        let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
        let payload = json!({
            "action": "synchronize",
            "number": 7,
            "pull_request": {
                "title": "Add assets", "body": "- [ ] tests", "draft": false, "labels": [],
                "head": {"ref": "feature", "sha": repo.sha("feature"), "repo": {"full_name": "rerun-io/hello-sdk", "fork": false}},
                "base": {"ref": "main", "sha": repo.sha("main"), "repo": repository},
                "user": {"login": "someone"}, "merged": false,
                "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
            },
            "repository": repository,
        });
        let mut state = json!({
            "tokens": [{"name": "job", "value": "token-of-the-job", "permissions": {"pull-requests": "read", "contents": "read"}}],
            "repositories": [{
                "owner": "rerun-io", "name": "hello-sdk", "private": true, "path": repo.path(),
                "labels": [{"name": "bug"}],
                "pulls": [{
                    "number": 7, "title": "Add assets", "body": "- [ ] tests", "user": "someone", "labels": ["bug"],
                    "head": {"ref": "feature", "sha": repo.sha("feature")},
                    "base": {"ref": "main", "sha": repo.sha("main")},
                }],
            }],
        });
        for (key, value) in more.as_object().unwrap() {
            state[key] = value.clone();
        }
        let state: State = serde_json::from_value(state).unwrap();
        Self {
            repo,
            github: FakeGitHub::start(state),
            payload,
            inputs: &[],
        }
    }

    fn run(&self) -> Run {
        let run = Run::new(env!("CARGO_BIN_EXE_pr-gates"));
        let own = self.inputs.iter();
        own.fold(run, |run, (name, value)| run.input(name, *value))
            .event("pull_request", &self.payload)
            .api_url(self.github.url())
            .input("token", "token-of-the-job")
            .input("required-labels", "any of: bug")
            .input("blocked-words", "nocommit")
            .input(
                "blocked-words-in",
                "title\nbody\ncommits\nadded-lines\nfile-names",
            )
    }

    fn by_git(&self) -> Outcome {
        self.run()
            .workspace(self.repo.path())
            .input("source", "git")
            .run()
    }

    /// In an empty folder.
    fn by_api(&self) -> Outcome {
        self.run().run()
    }

    /// The findings, after both ways agree in every output.
    fn findings(&self) -> Vec<Value> {
        let (git, api) = (self.by_git(), self.by_api());
        assert_eq!(git.outputs, api.outputs, "{git}\n{api}");
        assert_eq!(git.annotations, api.annotations);
        assert_eq!(git.summary, api.summary);
        assert_eq!(git.code, api.code);
        assert!(git.code < 2, "{git}");
        serde_json::from_str(git.output("findings")).unwrap()
    }

    /// How many requests the API way takes.
    fn requests(&self) -> usize {
        let before = self.github.requests().len();
        let outcome = self.run().run();
        assert!(outcome.code < 2, "{outcome}");
        self.github.requests().len() - before
    }
}

fn names(findings: &[Value]) -> Vec<String> {
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or("-").to_owned();
    findings
        .iter()
        .map(|finding| format!("{} {}", text(finding, "gate"), text(finding, "file")))
        .collect()
}

#[test]
fn all_kinds_of_changes_look_the_same() {
    let repo = TempRepo::new();
    repo.write("README.md", "hello")
        .write("old.txt", "one\ntwo\nthree\n")
        .write("moved.txt", "a\nb\nc\nd\ne\n")
        .write("gone/file", "x")
        .write("crlf.txt", "a\r\nb\r\n")
        .write_sized("large.bin", 200_000)
        .executable("run.sh", "#!/bin/sh\n")
        .symlink("to-gone", "gone/file")
        .symlink("kept", "README.md")
        .write("becomes-a-folder", "x")
        .write("folder/becomes-a-file", "x")
        .commit("first");
    repo.branch("feature")
        .write("old.txt", "one\n// nocommit\nthree\n// nocommit")
        .rename("moved.txt", "deep/er/moved.txt")
        .write("deep/er/moved.txt", "a\nb\nc\nd\n// nocommit\n")
        .delete("gone/file")
        .write("crlf.txt", "a\r\n// nocommit\r\nb\r\n")
        .mode("run.sh", 0o644)
        .rename("large.bin", "assets/large.bin")
        .write("binary.bin", b"\0nocommit\n")
        .write("latin1.txt", b"caf\xe9 nocommit\n")
        .write("🦀/a b\tc.rs", "// nocommit\n")
        .write("with \"quotes\" and `ticks`", "x\n")
        .symlink("absolute", "/etc/nocommit")
        .symlink("into-kept", "kept")
        .submodule("vendor/other", "0123456789012345678901234567890123456789")
        .commit("Change everything");
    repo.delete("becomes-a-folder")
        .write("becomes-a-folder/a", "nocommit")
        .delete("folder")
        .write("folder", "y")
        .write_sized("big.bin", 300_000)
        .commit("nocommit: add a big file");
    repo.delete("big.bin").commit("Remove it again");
    repo.write_sized("big.bin", 300_000).commit("And again");
    let found = names(&Scene::new(repo).findings());
    for wanted in [
        "checkboxes -",
        "blocked-words -",
        "blocked-words old.txt",
        "blocked-words deep/er/moved.txt",
        "blocked-words crlf.txt",
        "blocked-words latin1.txt",
        "blocked-words 🦀/a b\tc.rs",
        "blocked-words becomes-a-folder/a",
        "large-files big.bin",
        "symlinks absolute",
        "symlinks to-gone",
    ] {
        assert!(found.iter().any(|it| it == wanted), "{wanted}: {found:?}");
    }
    for unwanted in [
        "large-files assets/large.bin",
        "blocked-words binary.bin",
        "blocked-words absolute",
    ] {
        assert!(
            !found.iter().any(|it| it == unwanted),
            "{unwanted}: {found:?}"
        );
    }
}

#[test]
fn merges_and_a_base_that_moved_on_look_the_same() {
    let repo = TempRepo::new();
    repo.write("README.md", "hello").commit("first");
    repo.branch("side")
        .write_sized("side.bin", 150_000)
        .commit("on the side");
    repo.switch("main");
    repo.branch("feature")
        .write_sized("own.bin", 150_001)
        .commit("my own");
    repo.merge("side");
    repo.switch("main");
    repo.write_sized("main.bin", 150_002).commit("on main");
    repo.switch("feature");
    repo.merge("main");
    repo.write("last.rs", "// nocommit\n").commit("last");
    repo.switch("main");
    repo.write("later", "x").commit("later on main");
    let mut scene = Scene::new(repo);
    scene.inputs = &[("merge-commits", "refuse"), ("fixup-commits", "refuse")];
    let found = names(&scene.findings());
    assert_eq!(
        found
            .iter()
            .filter(|it| it.starts_with("merge-commits"))
            .count(),
        2
    );
    let large: Vec<&String> = found
        .iter()
        .filter(|it| it.starts_with("large-files"))
        .collect();
    assert_eq!(large, ["large-files side.bin", "large-files own.bin"]);
}

#[test]
fn what_stands_in_files_looks_the_same() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 2097152\n";
    let repo = TempRepo::new();
    repo.write("README.md", "# Hello\n")
        .write(".gitattributes", "*.png filter=lfs\n")
        .write("docs/page.md", "# Page\n")
        .write("old.bin", pointer)
        .write("Cargo.toml", "[workspace]\nmembers = ['crates/*']\n")
        .symlink("link", "docs/page.md")
        .commit("first");
    repo.branch("feature")
        .write("docs/.gitattributes", "*.bin filter=lfs\n")
        .write("docs/a.bin", pointer.replace('\n', "\r\n"))
        .write("a.png", "no pointer")
        .write("large.png", "no pointer\n".repeat(900))
        .write("b.bin", pointer)
        .write(
            "docs/new.md",
            "[a](../README.md#helo) [b](none.md) [c](page.md#page) [d](../link/x)\r\n",
        )
        .write("data.txt", "no script")
        .mode("data.txt", 0o755)
        .write(
            "crates/a/Cargo.toml",
            "[package]\nname = 'a'\nversion = '1.0.0'\n",
        )
        .write("CHANGES", "mine\n")
        .submodule("vendor/other", "0123456789012345678901234567890123456789")
        .delete("link")
        .write("link", "docs/page.md\n")
        .commit("second");
    repo.switch("main");
    repo.write("changes", "theirs\n").commit("meanwhile");
    let mut scene = Scene::new(repo);
    scene.inputs = &[
        ("max-lfs-size", "1MiB"),
        ("text-format", "lf, final-newline for *.txt\nlf for *.md"),
        ("executable-bit", "**"),
        ("links", "*.md"),
        ("cargo", "all"),
    ];
    let found = names(&scene.findings());
    for wanted in [
        "symlinks link",
        "submodules vendor/other",
        "lfs a.png",
        "lfs b.bin",
        "lfs docs/a.bin",
        "lfs large.png",
        "case-collisions CHANGES",
        "executable-bit data.txt",
        "text-format data.txt",
        "text-format docs/new.md",
        "links docs/new.md",
        "cargo crates/a/Cargo.toml",
    ] {
        assert!(found.iter().any(|it| it == wanted), "{wanted}: {found:?}");
    }
    assert!(!found.contains(&"lfs old.bin".to_owned()), "{found:?}");
}

#[test]
fn an_empty_pull_request_looks_the_same() {
    let repo = TempRepo::new();
    repo.write("README.md", "hello").commit("first");
    repo.branch("feature").commit("nothing");
    let found = names(&Scene::new(repo).findings());
    assert_eq!(found, ["checkboxes -"]);
}
