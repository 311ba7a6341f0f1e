//! A bucket with a bit of everything, and the action on it.

use std::fs;
use std::path::PathBuf;

use package_store::{
    BenchmarkResult, BenchmarkResults, Channel, Commit, Manifest, NewPackage, PromotionOptions,
    Record, Store, StoreError,
};
use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};

/// The newest commit: whatever a commit can have.
pub(crate) const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
const EARLIER: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const BUILD: &str = "0.3.0+2026.11.21.g6e4ddaf";

pub(crate) struct Place {
    folder: tempfile::TempDir,
    store: Store,
    runtime: tokio::runtime::Runtime,
}

impl Place {
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bucket = folder.path().join("bucket");
        Self {
            store: Store::open(bucket.to_str().unwrap()).unwrap(),
            runtime: tokio::runtime::Runtime::new().unwrap(),
            folder,
        }
    }

    pub(crate) fn full() -> Self {
        let place = Self::empty();
        let (newest, earlier) = (COMMIT.parse().unwrap(), EARLIER.parse().unwrap());
        for platform in ["manylinux_2_28_x86_64", "macosx_11_0_arm64", "win_amd64"] {
            place.wheel(&newest, BUILD, platform, "2026-11-21T08:15:00Z");
            place.wheel(&earlier, "0.2.0", platform, "2026-11-20T17:40:00Z");
            place.wheel(&earlier, "0.1.0", platform, "2026-11-20T17:30:00Z");
        }
        for (kind, name) in [
            ("docs-python", "hello-sdk-docs"),
            ("docs-rust", "hello-docs"),
            ("wasm", "hello-app"),
        ] {
            place.folder(&newest, kind, name);
        }
        for (kind, name) in [
            ("crate", "hello-core-0.3.0.crate"),
            ("data", "hello-curves.bin"),
            ("bundle", "hello-everything-and-a-rather-long-name.zip"),
        ] {
            place.file(&newest, kind, name);
        }
        place.benchmarks();
        place.release(Channel::Latest, &earlier, "0.1.0");
        place.release(Channel::Latest, &earlier, "0.2.0");
        place.release(Channel::Nightly, &newest, BUILD);
        for number in 0..55 {
            let commit = format!("{number:07x}{}", "b".repeat(33)).parse().unwrap();
            let time = format!("2026-11-19T12:{number:02}:00Z");
            place.wheel(&commit, "0.2.0", "win_amd64", &time);
        }
        place
    }

    fn file(&self, commit: &Commit, kind: &str, name: &str) {
        let path = self.path("package");
        fs::write(&path, name).unwrap();
        let package = package(kind, "hello-core", BUILD, "any", name);
        self.send(commit, NewPackage { path, ..package });
    }

    fn wheel(&self, commit: &Commit, version: &str, tag: &str, uploaded: &str) {
        let platform = match tag {
            "win_amd64" => "windows-x64",
            "macosx_11_0_arm64" => "macos-arm64",
            _ => "linux-x64",
        };
        let name = format!("hello_sdk-{version}-cp39-abi3-{tag}.whl");
        let path = self.path("package");
        fs::write(&path, format!("{version}{tag}").repeat(2000)).unwrap();
        let package = NewPackage {
            path,
            uploaded: Some(uploaded.parse().unwrap()),
            requires_python: Some(">=3.9".to_owned()),
            ..package("wheel", "hello-sdk", version, platform, &name)
        };
        self.send(commit, package);
    }

    fn folder(&self, commit: &Commit, kind: &str, name: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.join("deep")).unwrap();
        fs::write(path.join("index.html"), "<h1>a front page</h1>").unwrap();
        fs::write(path.join("deep/page.html"), "<h1>deeper</h1>").unwrap();
        let package = package(kind, "hello-sdk", BUILD, "any", name);
        self.send(commit, NewPackage { path, ..package });
    }

    fn send(&self, commit: &Commit, package: NewPackage) {
        match self.runtime.block_on(self.store.put(commit, &package)) {
            Ok(_) | Err(StoreError::AmbiguousShort { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn release(&self, channel: Channel, commit: &Commit, version: &str) {
        let records = self.runtime.block_on(self.store.records(commit)).unwrap();
        let of_version = |record: &Record| record.version == version;
        let records: Vec<Record> = records.into_iter().filter(of_version).collect();
        let freeze = self.store.freeze(version, commit, &records);
        let manifest: Manifest = self.runtime.block_on(freeze).unwrap().manifest().clone();
        let options = PromotionOptions {
            who: Some("octocat".to_owned()),
            run_url: Some("https://github.com/rerun-io/hello/actions/runs/18".to_owned()),
            ..PromotionOptions::default()
        };
        let promote = self.store.promote(channel, &manifest, &options);
        self.runtime.block_on(promote).unwrap();
    }

    /// The history of a suite, with noise, a change of level, a gap and a benchmark that came later.
    fn benchmarks(&self) {
        let id = |number: u32| format!("{number:07x}{}", "c".repeat(33)).parse::<Commit>();
        for number in (0..60_u32).filter(|number| !(20..23).contains(number)) {
            let level = if number < 35 {
                12_000_000.0
            } else {
                13_400_000.0
            };
            let noise = 1.0 + f64::from(number * 7919 % 101) / 2500.0;
            let result = |name: &str, value: f64, unit: &str| BenchmarkResult {
                name: name.to_owned(),
                value,
                unit: unit.to_owned(),
                higher_is_better: unit == "MB/s",
                exact: false,
            };
            let mut results = vec![
                result("parse", level * noise, "ns"),
                result(
                    "read/a rather long name of a benchmark, with <b> in it",
                    850.0 / noise,
                    "MB/s",
                ),
            ];
            if number > 40 {
                results.push(result("size of dist/*.whl", 1_234_567.0, "bytes"));
            }
            let commit = id(number).unwrap();
            let results = BenchmarkResults {
                parent: number.checked_sub(1).map(|parent| id(parent).unwrap()),
                committed: format!("2026-11-20T10:{number:02}:00Z").parse().unwrap(),
                commit_url: Some(format!("https://github.com/rerun-io/hello/commit/{commit}")),
                run_url: Some("https://github.com/rerun-io/hello/actions/runs/18".to_owned()),
                commit,
                results,
            };
            let put = self.store.put_benchmarks("speed", &results);
            assert!(self.runtime.block_on(put).unwrap());
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn index(&self, inputs: &[(&str, &str)]) -> Outcome {
        let run = Run::new(env!("CARGO_BIN_EXE_index"))
            .workspace(self.folder.path())
            .input("bucket", "./bucket");
        let run = inputs
            .iter()
            .fold(run, |run, (name, value)| run.input(name, *value));
        run.run()
    }
}

fn package(kind: &str, project: &str, version: &str, platform: &str, name: &str) -> NewPackage {
    NewPackage {
        kind: kind.to_owned(),
        project: project.to_owned(),
        version: version.to_owned(),
        platform: platform.to_owned(),
        file_name: name.to_owned(),
        uploaded: Some("2026-11-21T08:20:00Z".parse().unwrap()),
        run_url: Some("https://github.com/rerun-io/hello/actions/runs/17".to_owned()),
        toolchain: Some("rustc 1.95.0".to_owned()),
        ..NewPackage::default()
    }
}
