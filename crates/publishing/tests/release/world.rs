//! All servers of a release behind one gate, and what they hold in the end.

use crate::{
    clock::NoWaits,
    index::{Files, PythonIndex},
};
use package_store::{NewPackage, Site, Store, Version};
use publishing::{
    Options, Policy, Transport, channels,
    crates_io::{self, Registry},
    github_release::Repository,
    preflight::Around,
    pypi::{self, Index},
    release::{self, Off, Release, Report, Targets},
    trusted,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tempfile::TempDir;
use testkit::{
    cargo_registry::{self, CargoRegistry},
    gate::Gate,
    github::{FakeGitHub, State, state},
    memory_bucket::{MemoryBucket, Objects},
    release_world::{
        COMMIT, REPOSITORY, VERSION,
        places::{self, Held},
        write,
    },
};

/// The runs of a world take turns with them, so that requests of two runs at once can be told apart.
const CRATES_TOKENS: [&str; 2] = ["cio-of-the-test", "cio-of-another-run"];
const GITHUB_TOKEN: &str = "ghs-of-the-test";

/// What the bucket holds when all packages are uploaded and the version is frozen.
static FROZEN: LazyLock<Objects> = LazyLock::new(|| {
    // A thread of its own, because the caller may be inside of a runtime.
    std::thread::spawn(|| runtime().block_on(freeze()))
        .join()
        .unwrap()
});

async fn freeze() -> Objects {
    let bucket = MemoryBucket::start(BTreeMap::new()).unwrap();
    let store = Store::open(&bucket.address()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let commit = COMMIT.parse().unwrap();
    let mut records = Vec::new();
    for file in write(folder.path()) {
        let package = NewPackage {
            kind: file.kind.to_owned(),
            project: file.project.clone(),
            version: VERSION.to_owned(),
            platform: "any".to_owned(),
            file_name: file.name(),
            path: file.path.clone(),
            metadata: file.metadata.clone(),
            ..NewPackage::default()
        };
        let put = store.put(&commit, &package).await.unwrap();
        records.push(put.record().clone());
    }
    let site = Site::default();
    store.write_commit(&commit, &site, None).await.unwrap();
    store.freeze(VERSION, &commit, &records).await.unwrap();
    bucket.objects()
}

/// A runtime whose end is the end of everything that was started in it.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// The servers of one release.
pub(crate) struct World {
    pub(crate) gate: Gate,
    servers: Arc<Servers>,
    runs: AtomicUsize,
    /// What the driver said.
    log: Arc<Mutex<Vec<String>>>,
}

struct Servers {
    bucket: MemoryBucket,
    index: PythonIndex,
    registry: CargoRegistry,
    github: FakeGitHub,
    /// What the registry keeps.
    folder: TempDir,
}

/// All that the servers of a world hold.
#[derive(Clone)]
pub(crate) struct Snapshot {
    bucket: Objects,
    index: Files,
    registry: Tree,
    github: State,
}

impl Snapshot {
    /// Everything is frozen in the bucket, and nothing is released.
    pub(crate) fn at_first() -> Self {
        Self {
            bucket: FROZEN.clone(),
            index: Files::new(),
            registry: Tree::new(),
            github: at_first(),
        }
    }
}

impl Servers {
    fn snapshot(&self) -> Snapshot {
        let mut registry = Tree::new();
        read(self.folder.path(), Path::new(""), &mut registry);
        Snapshot {
            bucket: self.bucket.objects(),
            index: self.index.files(),
            registry,
            github: self.github.state(),
        }
    }
}

/// Files by their paths in a folder.
type Tree = BTreeMap<PathBuf, Vec<u8>>;

fn read(root: &Path, below: &Path, tree: &mut Tree) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => read(root, &path, tree),
            false => drop(tree.insert(path.clone(), fs::read(root.join(path)).unwrap())),
        }
    }
}

fn write_tree(root: &Path, tree: &Tree) {
    for (path, bytes) in tree {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

impl World {
    /// Nothing is released yet.
    pub(crate) fn new() -> Self {
        Self::from(Snapshot::at_first())
    }

    pub(crate) fn from(snapshot: Snapshot) -> Self {
        let gate = Gate::default();
        let folder = tempfile::tempdir().unwrap();
        write_tree(folder.path(), &snapshot.registry);
        let options = cargo_registry::Options {
            tokens: CRATES_TOKENS.map(str::to_owned).to_vec(),
            folder: Some(folder.path().to_owned()),
            ..cargo_registry::Options::default()
        };
        let bucket = gate.before("bucket", || MemoryBucket::start(snapshot.bucket).unwrap());
        let index = gate.before("pypi", || PythonIndex::start(snapshot.index));
        let registry = gate.before("crates", || CargoRegistry::start(options).unwrap());
        let github = gate.before("github", || FakeGitHub::start(snapshot.github));
        Self {
            servers: Arc::new(Servers {
                bucket,
                index,
                registry,
                github,
                folder,
            }),
            gate,
            runs: AtomicUsize::new(0),
            log: Arc::default(),
        }
    }

    /// Called after each change, with its request's number and a way to copy all that the servers hold.
    pub(crate) fn on_change(
        &self,
        call: impl Fn(usize, &dyn Fn() -> Snapshot) + Send + Sync + 'static,
    ) {
        // The gate belongs to the servers and must not keep them.
        let servers = Arc::downgrade(&self.servers);
        self.gate.on_change(move |number| {
            if let Some(servers) = servers.upgrade() {
                call(number, &|| servers.snapshot());
            }
        });
    }

    /// What a job with a folder of its own does, from the first request to the last.
    pub(crate) async fn release(&self) -> Result<Report, String> {
        let folder = tempfile::tempdir().unwrap();
        let released = self.release_from(&folder).await;
        let told = match &released {
            Ok(_) => "ended well".to_owned(),
            Err(error) => format!("ended: {error}"),
        };
        self.say(told);
        released
    }

    async fn release_from(&self, folder: &TempDir) -> Result<Report, String> {
        let store =
            Store::open(&self.servers.bucket.address()).map_err(|error| error.to_string())?;
        let targets = self.targets().await?;
        let found = release::find(&store, VERSION).await;
        let manifest = found.map_err(|error| error.to_string())?;
        let (packages, silent) = (folder.path().join("packages"), Arc::new(|_: &_| {}) as _);
        let fetched = release::fetch(&store, &manifest, &packages, &silent).await;
        let packages = fetched.map_err(|error| error.to_string())?;
        let version: Version = VERSION.parse().unwrap();
        let log = Arc::clone(&self.log);
        let release = Release {
            store: &store,
            packages: &packages,
            targets: &targets,
            off: Off::default(),
            around: Around::default(),
            signing: None,
            channels: &channels::of_release(&version),
            git_tags: true,
            who: Some("somebody".to_owned()),
            run_url: None,
            folder: folder.path().join("made"),
            dry_run: false,
            listener: Arc::new(move |told| log.lock().unwrap().push(format!("{told:?}"))),
        };
        release.run().await.map_err(|stopped| match stopped.step {
            Some(step) => format!("{step}: {}", stopped.error),
            None => stopped.error.to_string(),
        })
    }

    async fn targets(&self) -> Result<Targets, String> {
        let clock = Arc::new(NoWaits::new());
        let log = Arc::clone(&self.log);
        let transport = Transport::new(Options {
            policy: Policy::default(),
            clock: clock.clone(),
            listener: Arc::new(move |event| log.lock().unwrap().push(event.to_string())),
            proxy: None,
        });
        let transport = transport.map_err(|error| error.to_string())?;
        let upload = format!("{}/legacy/", self.servers.index.url());
        let simple = format!("{}/simple/", self.servers.index.url());
        let index = Index::new(&transport, &upload, Some(&simple)).unwrap();
        let identity = trusted::identity(async |audience: String| -> Result<_, std::io::Error> {
            Ok(format!("identity-for-{audience}"))
        });
        let publisher = trusted::Publisher::pypi(
            &transport,
            index.upload_url(),
            identity,
            trusted::on_minted(|_| {}),
        );
        let registry = Registry::open(&transport, &self.servers.registry.index_url(), None).await;
        let registry = registry.map_err(|error| error.to_string())?;
        let github = self.servers.github.url();
        let log = Arc::clone(&self.log);
        let options = github::Options::default()
            .environment(|name| (name == "GITHUB_API_URL").then_some(github))
            .token(Some(GITHUB_TOKEN))
            .clock(clock)
            .on_retry(move |retrying| log.lock().unwrap().push(retrying.to_string()));
        let (owner, name) = REPOSITORY;
        let repository = Repository::connect(options, &format!("{owner}/{name}"));
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let token = CRATES_TOKENS[run % CRATES_TOKENS.len()];
        Ok(Targets {
            pypi: Some((index, Some(pypi::Credentials::Trusted(Arc::new(publisher))))),
            crates: Some((registry, Some(crates_io::Credentials::Token(token.into())))),
            github: Some(repository.map_err(|error| error.to_string())?),
        })
    }

    /// Everything that people can see in the end, without what tells one run from another.
    pub(crate) fn held(&self) -> Held {
        let mut held = places::bucket(&self.servers.bucket.objects());
        held.extend(places::index(self.servers.index.files()));
        held.extend(places::registry(&self.servers.registry));
        held.extend(places::github(&self.servers.github.state()));
        held
    }

    pub(crate) fn say(&self, text: String) {
        self.log.lock().unwrap().push(text);
    }

    /// What happened, for a test that fails.
    pub(crate) fn story(&self) -> String {
        let exchanges: Vec<String> = self
            .gate
            .exchanges()
            .iter()
            .map(ToString::to_string)
            .collect();
        let log = self.log.lock().unwrap();
        format!("{}\n\n{}", exchanges.join("\n"), log.join("\n"))
    }
}

/// A repository with an older release, which is `latest`.
fn at_first() -> State {
    let old = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
    let refs = [
        ("refs/heads/main", COMMIT),
        ("refs/tags/v0.1.0", old),
        ("refs/tags/latest", old),
    ];
    let (owner, name) = REPOSITORY;
    State {
        rate_limit: 1_000_000,
        tokens: vec![state::Token::contents(
            "release",
            GITHUB_TOKEN,
            state::Right::Write,
        )],
        repositories: vec![state::Repository {
            owner: owner.to_owned(),
            name: name.to_owned(),
            refs: refs
                .iter()
                .map(|(name, id)| ((*name).to_owned(), (*id).to_owned()))
                .collect(),
            releases: vec![state::Release {
                tag_name: "v0.1.0".to_owned(),
                target_commitish: old.to_owned(),
                latest: true,
                ..state::Release::default()
            }],
            ..state::Repository::default()
        }],
        ..State::default()
    }
}
