//! A repository in which every command keeps what it sees, the servers around it, and runs of the published workflow in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use testkit::bucket_server::BucketServer;
use testkit::git_server::GitServer;
use testkit::github::{FakeGitHub, State};
use testkit::repo::TempRepo;
use testkit::token_service::TokenService;
use testkit::workflows::{Event, Run, Setting};
use xtask::project;

const REPOSITORY: &str = "acme/canary";
const PROVIDER: &str = "projects/1/locations/global/workloadIdentityPools/p/providers/acme";

/// What nobody but the steps that read or write the bucket may see.
const SECRETS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIACANARY4DB2C90F11"),
    ("AWS_SECRET_ACCESS_KEY", "canary-of-aws-77f0c1d5a2e84b36"),
    (
        "AZURE_STORAGE_ACCOUNT_KEY",
        "Y2FuYXJ5LW9mLWF6dXJlLTkzMWI1ZTA4",
    ),
];

pub(crate) struct Place {
    folder: TempDir,
    git: GitServer,
    github: FakeGitHub,
    tokens: TokenService,
    bucket: BucketServer,
    repo: TempRepo,
}

/// What became of a run.
pub(crate) struct Done {
    run: Run,
    folder: PathBuf,
    lines: Vec<Value>,
    log: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let git = GitServer::start(&folder.path().join("git")).unwrap();
        let bare = git.create(REPOSITORY);
        let pull = json!({"number": 7, "title": "A change", "head": {"ref": "change"}, "base": {"ref": "main"}});
        let state = json!({"repositories": [{"owner": "acme", "name": "canary", "private": true, "path": bare, "pulls": [pull]}]});
        let state: State = serde_json::from_value(state).unwrap();
        let place = Self {
            git,
            github: FakeGitHub::start(state),
            tokens: TokenService::start(PROVIDER).unwrap(),
            bucket: BucketServer::s3(),
            repo: TempRepo::new(),
            folder,
        };
        place.lay_out_repository();
        place.lay_out_tree();
        place.lay_out_binaries();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn lay_out_repository(&self) {
        fs::create_dir(self.path("seen")).unwrap();
        fs::write(self.path("dump.py"), include_str!("dump.py")).unwrap();
        let dump = format!("python3 {}", self.path("dump.py").display());
        for (name, text) in super::repository::FILES {
            self.repo.write(name, text.replace("$DUMP", &dump));
        }
        self.repo.commit("first");
        self.repo.branch("change").write("change.txt", "change\n");
        self.repo.commit("change");
        self.repo.switch("main");
        let url = self.git.maintainer_url(REPOSITORY);
        self.repo.git(&["push", "--quiet", &url, "main", "change"]);
    }

    /// The parts of this project that a called workflow needs, as the release tree has them.
    fn lay_out_tree(&self) {
        let tree = self.path("tree");
        copy(
            &project::root().join("dist/run.sh"),
            &tree.join("dist/run.sh"),
        );
        let workflow = ".github/workflows/create-packages.yml";
        copy(&project::root().join(workflow), &tree.join(workflow));
        for id in project::actions().unwrap() {
            let file = format!("actions/{id}/action.yml");
            copy(&project::root().join(&file), &tree.join(&file));
        }
    }

    /// The build that made this test has made the actions too.
    fn lay_out_binaries(&self) {
        let own = std::env::current_exe().unwrap();
        let built = own.ancestors().nth(2).unwrap();
        let folder = self.path("binaries");
        fs::create_dir(&folder).unwrap();
        let mut sums = String::new();
        for id in project::actions().unwrap() {
            let binary = built.join(&id);
            let bytes = fs::read(&binary).unwrap_or_else(|error| {
                panic!(
                    "{}: {error}; run `cargo build --workspace`",
                    binary.display()
                )
            });
            let name = format!("{id}-linux-x64");
            symlink(&binary, folder.join(&name)).unwrap();
            sums += &format!("{}  {name}\n", hex::encode(Sha256::digest(bytes)));
        }
        fs::write(folder.join("SHA256SUMS"), sums).unwrap();
    }

    /// Changes the published workflow in its first place after `after`, as a mistake would.
    pub(crate) fn change_workflow_after(&self, after: &str, from: &str, to: &str) {
        let file = self.path("tree/.github/workflows/create-packages.yml");
        let text = fs::read_to_string(&file).unwrap();
        let (before, rest) = text.split_once(after).unwrap();
        assert!(rest.contains(from), "the workflow no longer has `{from}`");
        let rest = rest.replacen(from, to, 1);
        fs::write(file, format!("{before}{after}{rest}")).unwrap();
    }

    fn event(&self, name: &str, payload: Value) -> Event {
        Event::new(name, payload, &self.git, REPOSITORY).unwrap()
    }

    pub(crate) fn pushed(&self) -> Event {
        let commit = self.repo.sha("main");
        let payload = json!({
            "ref": "refs/heads/main", "before": "0".repeat(40), "after": commit, "created": true, "deleted": false,
            "forced": false, "commits": [], "head_commit": {"id": commit, "message": "first"}, "sender": {"login": "ada"},
            "repository": repository_of(REPOSITORY),
        });
        self.event("push", payload)
    }

    pub(crate) fn by_hand(&self, request: &str, force: bool) -> Event {
        let payload = json!({
            "ref": "refs/heads/main", "inputs": {"request": request, "force": force.to_string()}, "sender": {"login": "ada"},
            "repository": repository_of(REPOSITORY),
        });
        self.event("workflow_dispatch", payload)
    }

    /// The pull request 7, from that repository.
    pub(crate) fn pull(&self, from: &str) -> Event {
        self.git.open_pull(REPOSITORY, 7, "change", "main");
        let side = |name: &str, repository: &str| json!({"ref": name, "sha": self.repo.sha(name), "repo": repository_of(repository)});
        let payload = json!({
            "action": "opened", "number": 7,
            "pull_request": {
                "number": 7, "title": "A change", "body": "", "draft": false, "merged": false, "labels": [], "user": {"login": "bo"},
                "html_url": "https://github.com/acme/canary/pull/7",
                "head": side("change", from), "base": side("main", REPOSITORY),
            },
            "repository": repository_of(REPOSITORY), "sender": {"login": "bo"},
        });
        self.event("pull_request", payload)
    }

    pub(crate) fn run(&self, label: &str, event: Event) -> Done {
        for entry in fs::read_dir(self.path("seen")).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        let setting = Setting {
            repository: REPOSITORY,
            git: &self.git,
            tokens: Some(&self.tokens),
            trees: BTreeMap::from([("rerun-io/ci-actions".to_owned(), self.path("tree"))]),
            secrets: SECRETS
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            environments: BTreeMap::new(),
            folder: self.path("runs"),
            changes: Vec::new(),
        };
        let run = Run::prepare(&setting, label, "packages.yml", event).unwrap();
        run.enter(Some(&self.github), &self.git, Some(&self.tokens));
        let output = self.act(&run).output().unwrap();
        let log =
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        Done {
            lines: lines.collect(),
            folder: self.path("runs").join(label),
            run,
            log,
        }
    }

    fn act(&self, run: &Run) -> Command {
        let bin = project::venv_bin("act");
        let path = std::env::var("PATH").unwrap();
        let mut act = Command::new(&bin);
        act.args(run.arguments())
            .current_dir(&run.checkout)
            .args(["--env", &format!("GITHUB_API_URL={}", self.github.url())])
            .args([
                "--env",
                &format!("CI_ACTIONS_BIN_DIR={}", self.path("binaries").display()),
            ])
            .args([
                "--env",
                &format!("CARGO_TARGET_DIR={}", self.path("target").display()),
            ])
            .args([
                "--var",
                &format!("BUCKET={}&region=us-east-1", self.bucket.bucket("packages")),
            ])
            .arg("--action-cache-path")
            .arg(self.path("cache"))
            .env(
                "PATH",
                format!("{}:{path}", bin.parent().unwrap().display()),
            )
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_CONFIG_HOME", self.path("cache"))
            .env_remove("CI")
            .stdin(Stdio::null());
        for (name, _) in SECRETS {
            act.env_remove(name);
        }
        act
    }

    /// Which commands have kept what they saw, by job.
    pub(crate) fn commands(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.path("seen")).unwrap();
        let name = |name: String| name.rsplit_once(' ').unwrap().0.to_owned();
        entries
            .map(|entry| name(entry.unwrap().file_name().into_string().unwrap()))
            .collect()
    }

    /// Each secret of the run that a command has seen, or that is in a log or an artifact, with the place.
    pub(crate) fn leaks(&self, done: &Done) -> Vec<String> {
        // Unlike GitHub, act shows what it is told to hide.
        let shown = done
            .log
            .lines()
            .filter(|line| !line.contains("\"command\":\"add-mask\""));
        let log = shown.collect::<Vec<_>>().join("\n").into_bytes();
        let mut places = vec![("log".to_owned(), log)];
        collect(&self.path("seen"), &mut places);
        let artifacts = self.path("artifacts");
        for entry in fs::read_dir(done.folder.join("artifacts")).unwrap() {
            let status = Command::new("python3")
                .args(["-m", "zipfile", "-e"])
                .arg(entry.unwrap().path())
                .arg(&artifacts)
                .status();
            assert!(status.unwrap().success());
        }
        collect(&artifacts, &mut places);
        assert!(places.len() > 1, "nothing was kept");
        let mut secrets: Vec<(String, String)> = SECRETS
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        for job in &done.run.jobs {
            secrets.push((format!("token of {}", job.id), job.token.clone()));
            if let Some((secret, _)) = &job.identity {
                secrets.push((format!("identity of {}", job.id), secret.clone()));
            }
        }
        // The name alone: no value of it, of whatever job, is to be seen.
        secrets.push((
            "identity".to_owned(),
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN=".to_owned(),
        ));
        let mut leaks = Vec::new();
        for (place, bytes) in &places {
            for (name, secret) in &secrets {
                let found = bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes());
                if found {
                    leaks.push(format!("{name} in {place}"));
                }
            }
        }
        leaks
    }
}

impl Done {
    /// The result of each job that has run, by its name, without the number that act gives to a row.
    pub(crate) fn results(&self) -> BTreeMap<String, String> {
        let ended = self
            .lines
            .iter()
            .filter(|line| line["jobResult"].is_string());
        ended
            .map(|line| {
                let job = line["job"].as_str().unwrap().rsplit('/').next().unwrap();
                let named = job.trim().trim_end_matches(|c: char| c.is_ascii_digit());
                let named = named.strip_suffix('-').unwrap_or(job.trim());
                (
                    named.to_owned(),
                    line["jobResult"].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }

    pub(crate) fn text(&self) -> String {
        let said = self.lines.iter().filter_map(|line| line["msg"].as_str());
        said.map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    pub(crate) fn said(&self, text: &str) {
        assert!(
            self.text().contains(text),
            "nothing said `{text}`:\n{}",
            self.text()
        );
    }
}

fn repository_of(full_name: &str) -> Value {
    let (owner, name) = full_name.split_once('/').unwrap();
    json!({
        "full_name": full_name, "name": name, "owner": {"login": owner}, "default_branch": "main",
        "fork": full_name != REPOSITORY,
    })
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
}

/// Every file of a folder with its bytes.
fn collect(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(&path, found),
            false => found.push((path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
}
