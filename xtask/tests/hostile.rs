//! A pull request of somebody who means harm, in the workflow of a repository that is not ours, run by `act` from the
//! release tree: nothing of it is executed, nothing in the log is forged, and the verdict is the right one.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

#[path = "shared/act.rs"]
mod shared;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::git_server::GitServer;
use testkit::github::{FakeGitHub, State};
use testkit::repo::TempRepo;
use testkit::workflows::{self, Event, Setting};

use shared::{Lines, release_tree};

const REPOSITORY: &str = "stranger/project";
const NUMBER: u64 = 7;
/// As far as git's rules for names of branches let it go.
const BRANCH: &str = "`touch${IFS}pwned`$(touch${IFS}pwned)%0A]];touch${IFS}pwned";
const TITLE: &str = "$(touch pwned) `touch pwned` ]]; touch pwned #\n::error::forged\r::set-output name=verdict::passed %0A::error::forged \u{1b}[2K";
const BODY: &str = "- [x] fine\r\n- [ ] ::error title=forged::forged\r\n::stop-commands::x\r\n::add-mask::found\r\n##[error]forged\r\n$(touch pwned) `touch pwned`";
const LABEL: &str = "::error::forged $(touch pwned) `touch pwned`";
/// Each too large, and each a finding.
const FILES: &[&str] = &[
    "$(touch pwned).bin",
    "`touch pwned`.bin",
    "'; touch pwned; '.bin",
    "a\n::error::forged\n.bin",
    "::set-output name=verdict::passed",
    "%0A::error::forged",
    "]].bin",
    "\u{1b}[2K\u{1b}[31mred.bin",
];
const MESSAGE: &str =
    "::error::forged do not merge $(touch pwned)\n\n::warning::forged\n##[error]forged\n";

/// The first job says no to everything; the second lets everything pass.
const WORKFLOW: &str = r"
on: pull_request
permissions:
  contents: read
  pull-requests: read
jobs:
  strict:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with:
          fetch-depth: 0
      - uses: rerun-io/ci-actions/pr-gates@v1
        with:
          required-labels: 'none of: ::error::*'
  lenient:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
        with:
          fetch-depth: 0
      - uses: rerun-io/ci-actions/pr-gates@v1
        with:
          gates: large-files
          max-file-size: 1MiB
";

/// What `act` printed, and the folder in which all of it happened.
struct Run {
    lines: Lines,
    folder: TempDir,
    repo: TempRepo,
}

impl Run {
    /// The last value that a step of ours gave an output.
    fn output(&self, job: &str, name: &str) -> String {
        let found = self
            .lines
            .of_job(job)
            .filter(|line| line["command"] == "set-output" && line["name"] == name);
        let last = found
            .last()
            .unwrap_or_else(|| panic!("{job} has no output `{name}`:\n{}", self.lines.said(job)));
        last["arg"].as_str().unwrap().to_owned()
    }

    /// Every workflow command that the job obeyed after the checkout, with its arguments.
    fn commands<'a>(&'a self, job: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let of_checkout = |line: &&Value| line["step"] == "Run actions/checkout@v5";
        self.lines
            .of_job(job)
            .filter(move |line| !of_checkout(line))
            .filter_map(|line| Some((line["command"].as_str()?, line)))
    }
}

/// The pull request as a repository.
fn repository() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".github/workflows/gates.yml", WORKFLOW);
    repo.write("README.md", "hello\n");
    repo.commit("first");
    repo.branch(BRANCH);
    for file in FILES {
        repo.write_sized(file, 200 * 1024);
    }
    repo.symlink("##[error]link", "x\n::error::forged");
    repo.commit(MESSAGE);
    repo
}

fn side(name: &str, commit: &str) -> Value {
    let repo = json!({"full_name": "stranger/project", "name": "project", "fork": false, "default_branch": "main"});
    json!({"ref": name, "sha": commit, "repo": repo})
}

fn event(base: &str, head: &str) -> Value {
    json!({
        "action": "synchronize",
        "number": NUMBER,
        "pull_request": {
            "number": NUMBER, "title": TITLE, "body": BODY, "draft": false, "merged": false,
            "labels": [{"name": LABEL}],
            "html_url": "https://github.com/stranger/project/pull/7",
            "user": {"login": "mallory"},
            "head": side(BRANCH, head),
            "base": side("main", base),
        },
        "repository": {"full_name": "stranger/project", "name": "project", "default_branch": "main", "owner": {"login": "stranger"}},
        "sender": {"login": "mallory"},
    })
}

fn github(git: &GitServer, base: &str, head: &str) -> FakeGitHub {
    let state = json!({
        "repositories": [{
            "owner": "stranger", "name": "project", "private": true, "path": git.folder(REPOSITORY),
            "labels": [{"name": LABEL}],
            "pulls": [{
                "number": NUMBER, "title": TITLE, "body": BODY, "user": "mallory", "labels": [LABEL],
                "head": {"ref": BRANCH, "sha": head}, "base": {"ref": "main", "sha": base},
            }],
        }],
    });
    let state: State = serde_json::from_value(state).unwrap();
    FakeGitHub::start(state)
}

/// The run that GitHub starts for the pull request, its jobs known to both servers.
fn prepare(
    repo: &TempRepo,
    folder: &Path,
    tree: PathBuf,
) -> (workflows::Run, GitServer, FakeGitHub) {
    let (base, head) = (repo.sha("main"), repo.sha("HEAD"));
    let git = GitServer::start(&folder.join("git")).unwrap();
    git.create(REPOSITORY);
    repo.git(&["push", "--quiet", "--all", &git.maintainer_url(REPOSITORY)]);
    git.open_pull(REPOSITORY, NUMBER, &head, &base);
    let github = github(&git, &base, &head);
    let event = Event::new("pull_request", event(&base, &head), &git, REPOSITORY).unwrap();
    let setting = Setting {
        repository: REPOSITORY,
        git: &git,
        tokens: None,
        trees: BTreeMap::from([("rerun-io/ci-actions".to_owned(), tree)]),
        secrets: BTreeMap::new(),
        environments: BTreeMap::new(),
        folder: folder.join("runs"),
        changes: Vec::new(),
    };
    let run = workflows::Run::prepare(&setting, "hostile", "gates.yml", event).unwrap();
    run.enter(Some(&github), &git, None);
    (run, git, github)
}

fn run() -> Run {
    let folder = tempfile::tempdir().unwrap();
    let (tree, binaries) = release_tree(folder.path(), &["pr-gates"]);
    let repo = repository();
    let (run, _git, github) = prepare(&repo, folder.path(), tree);
    let mut act = shared::act(&run, folder.path(), &binaries, github.url());
    act.env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder.path())
        .env("TMPDIR", folder.path());
    Run {
        lines: shared::lines(act),
        folder,
        repo,
    }
}

/// The title as a runner reads it: the first `::` after the name ends the properties. act takes the last one.
fn title(command: &str) -> &str {
    let (_, rest) = command.split_once(' ').unwrap_or_default();
    let (properties, _) = rest.split_once("::").unwrap_or_default();
    let mut values = properties
        .split(',')
        .filter_map(|one| one.strip_prefix("title="));
    values.next().unwrap_or_default()
}

/// All files below a folder that are called so.
fn called(name: &str, folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if entry.file_name() == name {
            found.push(path.clone());
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            called(name, &path, found);
        }
    }
}

#[test]
fn a_hostile_pull_request_executes_nothing_forges_nothing_and_gets_its_verdict() {
    let run = run();
    assert_eq!(
        (run.lines.result("strict"), run.lines.result("lenient")),
        ("failure", "success")
    );
    assert_eq!(
        (
            run.output("strict", "verdict"),
            run.output("lenient", "verdict")
        ),
        ("found".into(), "passed".into())
    );
    let failed: Vec<String> = serde_json::from_str(&run.output("strict", "failed")).unwrap();
    for gate in [
        "required-labels",
        "checkboxes",
        "blocked-words",
        "large-files",
        "symlinks",
    ] {
        assert!(
            failed.iter().any(|one| one == gate),
            "{gate} is not in {failed:?}"
        );
    }
    assert_eq!(run.output("lenient", "failed"), "[]");

    let findings: Vec<Value> = serde_json::from_str(&run.output("strict", "findings")).unwrap();
    let large = findings
        .iter()
        .filter(|finding| finding["gate"] == "large-files");
    let mut files: Vec<&str> = large
        .map(|finding| finding["file"].as_str().unwrap())
        .collect();
    files.sort_unstable();
    let mut expected = FILES.to_vec();
    expected.sort_unstable();
    assert_eq!(files, expected);

    for job in ["strict", "lenient"] {
        for (command, line) in run.commands(job) {
            match command {
                "error" | "warning" | "notice" => {
                    let raw = line["raw"].as_str().unwrap();
                    let title = title(raw);
                    let ours = findings.iter().any(|finding| finding["gate"] == title)
                        || raw.trim_end().ends_with("the step summary lists them all");
                    assert!(job == "strict" && ours, "forged: {line}");
                }
                "set-output" => {
                    let name = line["name"].as_str().unwrap();
                    assert!(
                        ["verdict", "failed", "findings"].contains(&name),
                        "forged: {line}"
                    );
                }
                "add-mask" | "group" | "endgroup" | "summary" => {}
                _ => panic!("forged: {line}"),
            }
        }
    }

    let mut pwned = Vec::new();
    called("pwned", run.folder.path(), &mut pwned);
    called("pwned", run.repo.path(), &mut pwned);
    assert!(pwned.is_empty(), "something was executed: {pwned:?}");
}
