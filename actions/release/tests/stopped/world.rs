//! The servers of one release behind one gate, for a program that runs beside this one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
    time::Duration,
};

use package_store::{NewPackage, Site, Store};
use testkit::{
    binary::Run,
    cargo_registry::{self, CargoRegistry},
    gate::{Event, Gate},
    github::{FakeGitHub, State, state},
    memory_bucket::{MemoryBucket, Objects},
    pypi::{self, PypiIndex},
    release_world::{
        COMMIT, REPOSITORY, VERSION,
        places::{self, Held, differences},
        write,
    },
    runner::{InJob as _, Outcome, Running},
    sigstore::SigningJob,
    token_service::{Publisher, TokenService},
};

pub(crate) const CRATES_TOKEN: &str = "cio-S3cret+Token/of=crates";
pub(crate) const GITHUB_TOKEN: &str = "ghs_S3cretTokenOfGitHub";
pub(crate) const IDENTITY_SECRET: &str = "S3cret-of-the-job";
const PROJECTS: [&str; 3] = ["hello-sdk", "hello-extra", "hello-tools"];

/// Long enough for a slow machine, and not for ever.
const LONGEST: Duration = Duration::from_secs(110);

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(work)
}

/// What the bucket holds when all packages are uploaded and the version is frozen.
static FROZEN: LazyLock<Objects> = LazyLock::new(|| block_on(freeze()));

async fn freeze() -> Objects {
    let bucket = MemoryBucket::start(BTreeMap::new()).unwrap();
    let store = Store::open(&bucket.address()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let commit = COMMIT.parse().unwrap();
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
        store.put(&commit, &package).await.unwrap();
    }
    let site = Site::default();
    store.write_commit(&commit, &site, None).await.unwrap();
    let records = store.records(&commit).await.unwrap();
    store.freeze(VERSION, &commit, &records).await.unwrap();
    bucket.objects()
}

pub(crate) struct World {
    pub(crate) gate: Gate,
    pub(crate) bucket: MemoryBucket,
    pub(crate) index: PypiIndex,
    registry: CargoRegistry,
    github: FakeGitHub,
    identity: Identity,
}

/// Who vouches for the job.
enum Identity {
    /// To PyPI alone.
    Tokens(TokenService),
    /// To Sigstore, too.
    Signing(SigningJob),
}

impl Identity {
    fn tokens(&self) -> &TokenService {
        match self {
            Self::Tokens(tokens) => tokens,
            Self::Signing(job) => &job.tokens,
        }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let (owner, name) = REPOSITORY;
        let repository = format!("{owner}/{name}");
        let tokens = TokenService::start_for_job(&repository, IDENTITY_SECRET).unwrap();
        Self::of(Identity::Tokens(tokens))
    }

    /// A world in which the release signs what it publishes.
    pub(crate) fn signing() -> Self {
        let job = SigningJob::start();
        let (owner, name) = REPOSITORY;
        job.tokens.trust(Publisher {
            repository: format!("{owner}/{name}"),
            workflow: "release.yml".to_owned(),
            environment: None,
        });
        Self::of(Identity::Signing(job))
    }

    fn of(identity: Identity) -> Self {
        let trusting = pypi::Options {
            trusted: PROJECTS.map(str::to_owned).to_vec(),
            ..pypi::Options::default()
        };
        let options = cargo_registry::Options {
            tokens: vec![CRATES_TOKEN.to_owned()],
            ..cargo_registry::Options::default()
        };
        let gate = Gate::default();
        let frozen = FROZEN.clone();
        Self {
            bucket: gate.before("bucket", || MemoryBucket::start(frozen).unwrap()),
            index: gate.before("pypi", || {
                PypiIndex::start_trusting(trusting, identity.tokens()).unwrap()
            }),
            registry: gate.before("crates", || CargoRegistry::start(options).unwrap()),
            github: gate.before("github", || FakeGitHub::start(at_first())),
            identity,
            gate,
        }
    }

    /// A job that may release, and pays PyPI with its identity.
    pub(crate) fn job(&self) -> Run {
        let run = Run::new(env!("CARGO_BIN_EXE_release"))
            .limit(LONGEST)
            .api_url(self.github.url());
        let run = match &self.identity {
            Identity::Tokens(tokens) => run
                .env("ACTIONS_ID_TOKEN_REQUEST_URL", tokens.identity_url())
                .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", IDENTITY_SECRET)
                .input("sign", "off"),
            Identity::Signing(job) => job.identity(run).input("trust-config", job.trust_config()),
        };
        run.input("bucket", self.bucket.address())
            .input("version", VERSION)
            .input("index-url", self.index.upload_url())
            .input("registry", self.registry.index_url())
            .input("crates-io-mirror", self.registry.index_url())
            .input("crates-token", CRATES_TOKEN)
            .input("token", GITHUB_TOKEN)
            .input("git-tags", "true")
    }

    /// Runs the release to its end.
    pub(crate) fn run(&self) -> Outcome {
        self.gate.begin([]);
        self.job().run()
    }

    /// Starts the release, and answers when the first request came that is chosen.
    pub(crate) fn start_until(
        &self,
        choice: impl Fn(&str, &str, &str) -> bool + Send + Sync + 'static,
        event: Event,
    ) -> Running {
        self.gate.begin([]);
        self.gate.at_first(choice, event);
        let running = self.job().start();
        let come = block_on(async { tokio::time::timeout(LONGEST, self.gate.stopped()).await });
        assert!(come.is_ok(), "the request never came\n{}", running.stdout());
        running
    }

    /// Everything that people can see in the end.
    pub(crate) fn held(&self) -> Held {
        let files = PROJECTS.iter().flat_map(|name| self.index.files(name));
        let mut held = places::bucket(&self.bucket.objects());
        held.extend(places::index(files.map(|file| (file.name, file.sha256))));
        held.extend(places::registry(&self.registry));
        held.extend(places::github(&self.github.state()));
        held
    }

    /// Every signature that is kept or published, by its place; no two runs make the same bytes.
    pub(crate) fn signatures(&self) -> BTreeSet<String> {
        let objects = self.bucket.objects().into_keys();
        let kept = objects.filter(|path| path.contains("/signatures/"));
        let releases = self.github.state().repositories[0].releases.clone();
        let assets = releases.into_iter().flat_map(|release| release.assets);
        let assets = assets.map(|asset| format!("GitHub: {}", asset.name));
        kept.chain(assets.filter(|name| name.ends_with(".sigstore.json")))
            .collect()
    }

    /// The release is complete, as if nobody had disturbed it.
    #[track_caller]
    pub(crate) fn assert_complete(&self, what: &str) {
        let differing = differences(&self.held(), &UNDISTURBED);
        assert!(differing.is_empty(), "{what}:\n{}", differing.join("\n"));
    }
}

static UNDISTURBED: LazyLock<Held> = LazyLock::new(|| {
    let world = World::new();
    world.run().assert_code(0);
    world.held()
});

fn at_first() -> State {
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
            refs: BTreeMap::from([("refs/heads/main".to_owned(), COMMIT.to_owned())]),
            ..state::Repository::default()
        }],
        ..State::default()
    }
}
