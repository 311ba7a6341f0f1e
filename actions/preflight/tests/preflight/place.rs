//! A bucket with a frozen version, and the servers that it would go to; each keeps the requests that it gets.

use std::fs;
use std::path::{Path, PathBuf};

use package_store::{NewPackage, Store};
use publishing::{Options, Transport, crates_io};
use testkit::binary::Run;
use testkit::cargo_registry::{self, CargoRegistry};
use testkit::github::state::{Repository, Right, Token};
use testkit::github::{FakeGitHub, State};
use testkit::packages::{Wheel, krate};
use testkit::pypi::{self, AS_TEST_PYPI, PypiIndex};
use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

pub(crate) const TAG: &str = "v0.2.0";
pub(crate) const OTHER: &str = "1111111111111111111111111111111111111111";
const GITHUB_TOKEN: &str = "secret-of-the-job";
const CRATES_TOKEN: &str = "cio-secret-of-ada";

/// A wheel, a crate and a file of 0.2.0, tagged, and on their way to everywhere for the first time.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) repository: TempRepo,
    /// The released commit, and the one before it.
    pub(crate) commit: String,
    pub(crate) earlier: String,
    pub(crate) github: FakeGitHub,
    pub(crate) registry: CargoRegistry,
    pub(crate) pypi: PypiIndex,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with_workflow("on: push\njobs: {}\n")
    }

    /// The same with another workflow in the repository.
    pub(crate) fn with_workflow(workflow: &str) -> Self {
        let index = PypiIndex::start(pypi::Options::default()).unwrap();
        Self::with(workflow, index, &Wheel::default())
    }

    pub(crate) fn with(workflow: &str, pypi: PypiIndex, wheel: &Wheel<'_>) -> Self {
        let repository = TempRepo::new();
        repository.write(
            ".github/workflows/build.yml",
            "on: [push, pull_request]\njobs: {}\n",
        );
        let earlier = repository.commit("one");
        repository.write(".github/workflows/announce.yml", workflow);
        let commit = repository.commit("two");
        repository.tag(TAG);
        let tokens = vec![CRATES_TOKEN.to_owned()];
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            github: FakeGitHub::start(github(&repository)),
            registry: CargoRegistry::start(cargo_registry::Options {
                tokens,
                ..cargo_registry::Options::default()
            })
            .unwrap(),
            repository,
            commit,
            earlier,
            pypi,
        };
        place.fill(wheel);
        place
    }

    fn fill(&self, wheel: &Wheel<'_>) {
        let packages = self.path("packages");
        let wheel_path = wheel.write(&packages);
        let crate_path = krate(&packages, "hello-core", "0.2.0", &self.commit);
        let data = packages.join("data.bin");
        fs::write(&data, "data").unwrap();
        let store = Store::open(self.path("bucket").to_str().unwrap()).unwrap();
        let commit = self.commit.parse().unwrap();
        let put = |kind: &str, project: &str, path: &Path| NewPackage {
            kind: kind.to_owned(),
            project: project.to_owned(),
            version: "0.2.0".to_owned(),
            platform: "any".to_owned(),
            file_name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            path: path.to_owned(),
            ..NewPackage::default()
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let mut records = Vec::new();
            for package in [
                put("wheel", "hello-sdk", &wheel_path),
                put("crate", "hello-core", &crate_path),
                put("data", "hello-data", &data),
            ] {
                records.push(store.put(&commit, &package).await.unwrap().record().clone());
            }
            store.freeze("0.2.0", &commit, &records).await.unwrap();
        });
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&self) -> Run {
        self.run_with_token(GITHUB_TOKEN)
    }

    /// A run with tokens for everything. The index is asked by its real name, through a proxy that is the index.
    pub(crate) fn run_with_token(&self, token: &str) -> Run {
        Run::new(env!("CARGO_BIN_EXE_preflight"))
            .workspace(self.folder.path())
            .api_url(self.github.url())
            .env("HTTPS_PROXY", self.pypi.url())
            .env("NO_PROXY", "127.0.0.1")
            .input("bucket", "./bucket")
            .input("version", "v0.2.0")
            .input("index-url", AS_TEST_PYPI)
            .input(
                "simple-url",
                format!("http://test.{}/simple/", ["pypi", "org"].join(".")),
            )
            .input("pypi-password", pypi::TOKEN)
            .input("registry", self.registry.index_url())
            .input("crates-token", CRATES_TOKEN)
            .input("token", token)
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Repository)) {
        self.github
            .change(|state| change(state.repositories.first_mut().unwrap()));
    }

    /// Somebody publishes the same version of the crate, packaged from another commit.
    pub(crate) fn publish_other_bytes(&self) {
        let path = krate(&self.path("others"), "hello-core", "0.2.0", OTHER);
        let krate = package_formats::Crate::open(&path).unwrap();
        let token = crates_io::Credentials::Token(CRATES_TOKEN.into());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let transport = Transport::new(Options::default()).unwrap();
            let index = self.registry.index_url();
            let registry = crates_io::Registry::open(&transport, &index, None);
            let registry = registry.await.unwrap();
            registry.publish_all(&[krate], &token).await.unwrap();
        });
    }

    /// A lifecycle rule, or a person, deletes a file of the bucket.
    pub(crate) fn lose_a_file(&self) {
        let lost = files_in(&self.path("bucket"))
            .into_iter()
            .filter(|path| path.ends_with("data.bin"));
        let mut count = 0;
        for path in lost {
            fs::remove_file(path).unwrap();
            count += 1;
        }
        assert!(count > 0, "there is no such file");
    }

    /// The bucket's files with their sizes.
    pub(crate) fn bucket(&self) -> Vec<(PathBuf, u64)> {
        let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
        let files = files_in(&self.path("bucket"));
        files
            .into_iter()
            .map(|path| (path.clone(), size(&path)))
            .collect()
    }

    /// Every request to any server that may change something.
    pub(crate) fn writes(&self) -> Vec<String> {
        let github = self.github.requests().into_iter();
        let github = github.map(|one| (one.method, one.path));
        let registry = self.registry.requests().into_iter();
        let pypi = self.pypi.requests().into_iter();
        let others = registry.chain(pypi).map(|one| (one.method, one.path));
        github
            .chain(others)
            .filter(|(method, _)| !matches!(method.as_str(), "GET" | "HEAD"))
            .map(|(method, path)| format!("{method} {path}"))
            .collect()
    }
}

fn github(repository: &TempRepo) -> State {
    let token = |value: &str| Token::contents(value, value, Right::Write);
    State {
        tokens: vec![token(GITHUB_TOKEN), token("ghp_of_a_person")],
        repositories: vec![Repository {
            owner: "rerun-io".to_owned(),
            name: "hello-sdk".to_owned(),
            path: Some(repository.path().to_owned()),
            ..Repository::default()
        }],
        ..State::default()
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(files_in(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}
