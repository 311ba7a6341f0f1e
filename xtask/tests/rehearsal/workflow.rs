//! A repository that calls the published workflow of a release, through act.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use testkit::git_server::GitServer;
use testkit::github::{FakeGitHub, State};
use testkit::repo::TempRepo;
use testkit::workflows::{Event, Run, Setting};

use crate::project::{REPOSITORY, root};

const USER: &str = "acme/project";

/// Calls the workflow by this name, which stands for what is in the folder `tree`, and returns act's lines.
pub(crate) fn call(name: &str, tree: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let git = GitServer::start(&folder.path().join("git")).unwrap();
    let bare = git.create(USER);
    let state = json!({"repositories": [{"owner": "acme", "name": "project", "path": bare}]});
    let state: State = serde_json::from_value(state).unwrap();
    let github = FakeGitHub::start(state);
    let repo = TempRepo::new();
    repo.write(".github/workflows/ci.yml", caller(name, folder.path()))
        .write(".github/ci-actions.toml", format!("{PACKAGES}{JOBS}"));
    repo.commit("first");
    let url = git.maintainer_url(USER);
    repo.git(&["push", "--quiet", &url, "main"]);

    let by_hand = json!({
        "ref": "refs/heads/main",
        "inputs": null,
        "workflow": ".github/workflows/ci.yml",
        "repository": {"full_name": USER, "default_branch": "main"},
    });
    let event = Event::new("workflow_dispatch", by_hand, &git, USER).unwrap();
    let setting = Setting {
        repository: USER,
        git: &git,
        tokens: None,
        trees: BTreeMap::from([(REPOSITORY.to_owned(), tree.to_owned())]),
        secrets: BTreeMap::new(),
        environments: BTreeMap::new(),
        folder: folder.path().join("runs"),
        changes: Vec::new(),
    };
    let run = Run::prepare(&setting, "run", "ci.yml", event).unwrap();
    run.enter(Some(&github), &git, None);
    let act = root().join(".venv/bin/act");
    assert!(
        act.exists(),
        "there is no act: run `cargo xtask test set-up`"
    );
    let output = run
        .act(&act)
        .args(["--env", &format!("GITHUB_API_URL={}", github.url())])
        .arg("--action-cache-path")
        .arg(folder.path().join("cache"))
        .env("HOME", folder.path())
        .env("XDG_CACHE_HOME", folder.path().join("home-cache"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    told
}

/// A package that another workflow builds, so that the plan has something to say and this one nothing to build.
const PACKAGES: &str = "packages.web = { kind = \"bundle\", project = \"web\", job = \"other\" }\n";

const JOBS: &str = "\
[platforms.linux]
runs-on = \"ubuntu-latest\"
target = \"x86_64-unknown-linux-gnu\"
default = true

[jobs.other]
paths = [\"**\"]
";

fn caller(name: &str, folder: &Path) -> String {
    format!(
        "on: workflow_dispatch
permissions: {{}}
jobs:
  packages:
    uses: {REPOSITORY}/.github/workflows/create-packages.yml@{name}
    permissions:
      contents: write
      pull-requests: read
      id-token: write
      attestations: write
    with:
      bucket: {}
",
        folder.join("bucket").display()
    )
}
