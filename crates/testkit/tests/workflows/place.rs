//! A repository with one workflow, the servers around it, and a run of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::git_server::GitServer;
use testkit::github::{FakeGitHub, State};
use testkit::repo::TempRepo;
use testkit::token_service::TokenService;
use testkit::workflows::{Event, Run, Setting};

pub(crate) const REPO: &str = "acme/project";
pub(crate) const PROVIDER: &str =
    "projects/1/locations/global/workloadIdentityPools/p/providers/acme";

pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) git: GitServer,
    pub(crate) github: FakeGitHub,
    pub(crate) tokens: TokenService,
    pub(crate) repo: TempRepo,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) environments: BTreeMap<String, BTreeMap<String, String>>,
}

/// What became of a run.
pub(crate) struct Done {
    pub(crate) run: Run,
    lines: Vec<Value>,
}

impl Place {
    /// A repository on main with this as its workflow `ci.yml`.
    pub(crate) fn new(workflow: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let git = GitServer::start(&folder.path().join("git")).unwrap();
        let bare = git.create(REPO);
        let state = json!({"repositories": [{"owner": "acme", "name": "project", "private": true, "path": bare,
            "labels": [{"name": "bug"}], "pulls": [{"number": 7, "title": "A change", "head": {"ref": "change"}, "base": {"ref": "main"}}]}]});
        let state: State = serde_json::from_value(state).unwrap();
        let repo = TempRepo::new();
        repo.write("README.md", "hello\n")
            .write(".github/workflows/ci.yml", workflow);
        let place = Self {
            git,
            github: FakeGitHub::start(state),
            tokens: TokenService::start(PROVIDER).unwrap(),
            repo,
            folder,
            secrets: BTreeMap::new(),
            environments: BTreeMap::new(),
        };
        place.repo.commit("first");
        place.push(&["main"]);
        place
    }

    pub(crate) fn push(&self, what: &[&str]) {
        let url = self.git.maintainer_url(REPO);
        self.repo
            .git(&[&["push", "--quiet", "--force", &url], what].concat());
    }

    pub(crate) fn by_hand(&self) -> Event {
        self.event("workflow_dispatch", json!({"ref": "refs/heads/main"}))
    }

    /// The pull request 7 of the branch `change`, from this repository or a fork.
    pub(crate) fn pull(&self, from: &str) -> Event {
        self.git.open_pull(REPO, 7, "change", "main");
        let side = |name: &str, repo: &str| json!({"ref": name, "sha": self.repo.sha(name), "repo": {"full_name": repo}});
        let pull = json!({"number": 7, "head": side("change", from), "base": side("main", REPO)});
        self.event("pull_request", json!({"number": 7, "pull_request": pull}))
    }

    pub(crate) fn event(&self, name: &str, payload: Value) -> Event {
        Event::new(name, payload, &self.git, REPO).unwrap()
    }

    pub(crate) fn prepare(&self, event: Event) -> anyhow::Result<Run> {
        let setting = Setting {
            repository: REPO,
            git: &self.git,
            tokens: Some(&self.tokens),
            trees: BTreeMap::from([("acme/tree".to_owned(), self.folder.path().join("tree"))]),
            secrets: self.secrets.clone(),
            environments: self.environments.clone(),
            folder: self.folder.path().join("runs"),
            changes: Vec::new(),
        };
        Run::prepare(&setting, "run", "ci.yml", event)
    }

    pub(crate) fn run(&self, event: Event) -> Done {
        let run = self.prepare(event).unwrap();
        run.enter(Some(&self.github), &self.git, Some(&self.tokens));
        let act = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/act");
        assert!(
            act.exists(),
            "there is no act: run `cargo xtask test set-up`"
        );
        let output = run
            .act(&act)
            .args(["--env", &format!("GITHUB_API_URL={}", self.github.url())])
            .arg("--action-cache-path")
            .arg(self.folder.path().join("cache"))
            .env("HOME", self.folder.path())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Value> = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        assert!(
            !lines.is_empty(),
            "act said nothing: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Done { run, lines }
    }

    /// Writes a file of the repository that the workflow knows as `acme/tree`.
    pub(crate) fn tree(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.path().join("tree").join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        file
    }
}

impl Done {
    /// The result of each job by its id; act names the jobs of a called workflow behind their caller.
    #[track_caller]
    pub(crate) fn expect(&self, job: &str, result: &str) -> &Self {
        let of_job = |line: &&Value| line["jobID"] == job && line["jobResult"].is_string();
        let found = self
            .lines
            .iter()
            .find(of_job)
            .map(|line| &line["jobResult"]);
        assert_eq!(found, Some(&json!(result)), "job {job}:\n{}", self.all());
        self
    }

    fn all(&self) -> String {
        let said = self.lines.iter().filter_map(|line| line["msg"].as_str());
        said.map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// How often exactly this line was printed.
    pub(crate) fn times(&self, text: &str) -> usize {
        let said = self.lines.iter().filter(|line| line["raw_output"] == true);
        said.filter(|line| line["msg"].as_str().unwrap().trim() == text)
            .count()
    }

    #[track_caller]
    pub(crate) fn said(&self, text: &str) -> &Self {
        assert!(
            self.all().contains(text),
            "nothing said `{text}`:\n{}",
            self.all()
        );
        self
    }

    #[track_caller]
    pub(crate) fn never_said(&self, text: &str) -> &Self {
        assert!(
            !self.all().contains(text),
            "something said `{text}`:\n{}",
            self.all()
        );
        self
    }
}
