//! `release` as a workflow meets it: its binary in a cleaned environment, a bucket, and servers as strict as the real ones.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod afterwards;
mod refusals;
mod releases;

use std::{fs, path::PathBuf};

use package_store::{Commit, NewPackage, Store};
use testkit::{
    binary::Run,
    cargo_registry::{self, CargoRegistry},
    github::{
        FakeGitHub, State,
        state::{Release, Repository, Right, Token},
    },
    packages::{Wheel, krate},
    pypi::{self, PypiIndex},
    repo::TempRepo,
    runner::{InJob as _, Level, Outcome},
};

const CARGO_TOKEN: &str = "cio-s3cret-t0ken";

/// A bucket with a frozen version 0.2.0 (a wheel, a crate, data), and all places where it goes.
struct Place {
    folder: tempfile::TempDir,
    repository: TempRepo,
    /// Of 0.2.0, and two more to release.
    commits: [String; 3],
    github: FakeGitHub,
    index: PypiIndex,
    registry: CargoRegistry,
}

impl Place {
    fn new() -> Self {
        let token = |name: &str, right| Token::contents(name, &format!("secret-{name}"), right);
        let repository = TempRepo::new();
        let commits = ["one", "two", "three"].map(|message| {
            repository.write("file", message);
            repository.commit(message)
        });
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            github: FakeGitHub::start(State {
                tokens: vec![token("writer", Right::Write), token("reader", Right::Read)],
                repositories: vec![Repository {
                    owner: "rerun-io".to_owned(),
                    name: "hello-sdk".to_owned(),
                    path: Some(repository.path().to_owned()),
                    ..Repository::default()
                }],
                ..State::default()
            }),
            index: PypiIndex::start(pypi::Options::default()).unwrap(),
            registry: CargoRegistry::start(cargo_registry::Options {
                tokens: vec![CARGO_TOKEN.to_owned()],
                ..cargo_registry::Options::default()
            })
            .unwrap(),
            repository,
            commits,
        };
        place.freeze("0.2.0", 0);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn store(&self) -> Store {
        Store::open(self.path("bucket").to_str().unwrap()).unwrap()
    }

    /// Uploads the packages of a version, freezes them and tags their commit.
    fn freeze(&self, version: &str, commit: usize) {
        let commit = self.commits[commit].as_str();
        let made = self.path(&format!("made-{version}"));
        // Python spells a prerelease in its own way.
        let python = version.replace("-rc.", "rc");
        let wheel = Wheel {
            version: &python,
            ..Wheel::default()
        };
        let data = made.join("data.bin");
        let packages = [
            ("wheel", "hello-sdk", wheel.write(&made)),
            (
                "crate",
                "hello-core",
                krate(&made, "hello-core", version, commit),
            ),
            ("data", "hello-data", {
                fs::write(&data, format!("data of {version}")).unwrap();
                data
            }),
        ];
        let store = self.store();
        let id: Commit = commit.parse().unwrap();
        block_on(async {
            for (kind, project, path) in packages {
                let package = NewPackage {
                    kind: kind.to_owned(),
                    project: project.to_owned(),
                    version: match kind {
                        "wheel" => python.clone(),
                        _ => version.to_owned(),
                    },
                    platform: "any".to_owned(),
                    file_name: path.file_name().unwrap().to_str().unwrap().to_owned(),
                    path,
                    ..NewPackage::default()
                };
                store.put(&id, &package).await.unwrap();
            }
            let records = store.records(&id).await.unwrap();
            store.freeze(version, &id, &records).await.unwrap();
        });
        self.repository
            .git(&["tag", &format!("v{version}"), commit]);
    }

    fn run(&self, version: &str) -> Run {
        Run::new(env!("CARGO_BIN_EXE_release"))
            .workspace(self.folder.path())
            .event("workflow_dispatch", &serde_json::json!({}))
            .api_url(self.github.url())
            .input("bucket", "./bucket")
            .input("version", version)
            .input("index-url", self.index.upload_url())
            .input("pypi-password", pypi::TOKEN)
            .input("registry", self.registry.index_url())
            .input("crates-io-mirror", self.registry.index_url())
            .input("crates-token", CARGO_TOKEN)
            .input("token", "secret-writer")
            .input("git-tags", "true")
    }

    fn releases(&self) -> Vec<Release> {
        self.github.state().repositories.remove(0).releases
    }

    /// The commit that a tag is at.
    fn tag(&self, name: &str) -> String {
        self.repository.sha(&format!("refs/tags/{name}"))
    }

    /// The version that a channel is at.
    fn channel(&self, name: &str) -> String {
        let current = self.path(&format!("bucket/channels/{name}/current.json"));
        let text = fs::read_to_string(current).unwrap_or_default();
        let entry: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        entry["version"].as_str().unwrap_or_default().to_owned()
    }

    /// How many requests tried to change something, anywhere.
    fn writes(&self) -> usize {
        let github = self
            .github
            .requests()
            .iter()
            .filter(|it| it.method != "GET")
            .count();
        let index = self.index.uploads().len();
        let registry = self.registry.requests();
        github + index + registry.iter().filter(|it| it.method != "GET").count()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

/// The errors of a run that could not do its work.
#[track_caller]
fn refusal(outcome: &Outcome) -> String {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    let errors = outcome
        .annotations
        .iter()
        .filter(|one| one.level == Level::Error);
    let errors: Vec<&str> = errors.map(|one| one.message.as_str()).collect();
    let [error] = errors.as_slice() else {
        panic!("expected one error\n{outcome}");
    };
    (*error).to_owned()
}
