//! `publish-release` as a workflow meets it: its binary in a cleaned environment, a bucket, and the fake GitHub.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod refusals;
mod releases;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use package_store::{Commit, NewPackage, Store};
use testkit::binary::Run;
use testkit::github::state::{Repository, Right, Token};
use testkit::github::{FakeGitHub, State};
use testkit::runner::InJob as _;

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
const OTHER: &str = "1111111111111111111111111111111111111111";

/// A bucket with a frozen version 0.2.0 (a wheel, a crate, data and documentation), and a GitHub with its tag.
struct Place {
    folder: tempfile::TempDir,
    github: FakeGitHub,
}

impl Place {
    fn new() -> Self {
        let token = |name: &str, right| Token::contents(name, &format!("secret-{name}"), right);
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            github: FakeGitHub::start(State {
                tokens: vec![token("writer", Right::Write), token("reader", Right::Read)],
                repositories: vec![Repository {
                    owner: "rerun-io".to_owned(),
                    name: "hello-sdk".to_owned(),
                    ..Repository::default()
                }],
                ..State::default()
            }),
        };
        place.freeze("0.2.0", COMMIT);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Uploads the packages of a version, freezes them and tags their commit.
    fn freeze(&self, version: &str, commit: &str) {
        let store = Store::open(self.path("bucket").to_str().unwrap()).unwrap();
        let docs = self.path("docs");
        fs::create_dir_all(&docs).unwrap();
        fs::write(docs.join("index.html"), "<p>").unwrap();
        let file = |name: &str| {
            let path = self.path(name);
            fs::write(&path, format!("{name} {version}")).unwrap();
            path
        };
        let packages = [
            ("wheel", format!("hello-{version}.whl"), file("wheel")),
            ("crate", format!("hello-{version}.crate"), file("crate")),
            ("data", format!("big data {version}.bin"), file("data")),
            ("docs-rust", format!("hello-{version}-docs"), docs),
        ];
        let commit: Commit = commit.parse().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            for (kind, file_name, path) in packages {
                let package = NewPackage {
                    kind: kind.to_owned(),
                    project: "hello".to_owned(),
                    version: version.to_owned(),
                    platform: "any".to_owned(),
                    file_name,
                    path,
                    ..NewPackage::default()
                };
                store.put(&commit, &package).await.unwrap();
            }
            let records = store.records(&commit).await.unwrap();
            store.freeze(version, &commit, &records).await.unwrap();
        });
        self.change(|repository| {
            let tag = format!("refs/tags/v{version}");
            repository.refs.insert(tag, commit.to_string());
        });
    }

    fn run(&self) -> Run {
        self.run_of("0.2.0")
    }

    fn run_of(&self, version: &str) -> Run {
        Run::new(env!("CARGO_BIN_EXE_publish-release"))
            .workspace(self.folder.path())
            .event("workflow_dispatch", &serde_json::json!({}))
            .api_url(self.github.url())
            .input("bucket", "./bucket")
            .input("version", version)
            .input("token", "secret-writer")
    }

    fn change(&self, change: impl FnOnce(&mut Repository)) {
        self.github
            .change(|state| change(state.repositories.first_mut().unwrap()));
    }

    fn repository(&self) -> Repository {
        self.github.state().repositories.remove(0)
    }

    /// How many requests tried to change something.
    fn writes(&self) -> usize {
        let requests = self.github.requests();
        requests.iter().filter(|it| it.method != "GET").count()
    }

    /// The names of the files of a release, by its place.
    fn files(&self, release: usize) -> Vec<String> {
        let release = self.repository().releases.remove(release);
        let mut names: Vec<String> = release.assets.into_iter().map(|it| it.name).collect();
        names.sort();
        names
    }
}
