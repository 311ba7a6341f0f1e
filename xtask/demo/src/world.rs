//! The folder and the servers of one demo: all of it on loopback, and gone when this is dropped.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use testkit::{
    cargo_registry::{self, CargoRegistry},
    git_server::GitServer,
    github::FakeGitHub,
    google_storage::GoogleStorage,
    sigstore::Sigstore,
    token_service::TokenService,
};

use super::{identity, repository::Repository};
use crate::{
    process::{Cmd, Server, free_port},
    project,
};

/// Slow machines start Python servers slowly.
const DEADLINE: Duration = Duration::from_secs(30);

/// Password of the package index and token of the crate registry: they reach nothing but this machine.
pub(super) const SECRET: &str = "demo-secret-7f3a91";
/// The file that names the services of Sigstore.
const TRUST_CONFIG: &str = "sigstore.json";
/// The repository's name.
pub(super) const REPOSITORY: &str = "acme/hello-sdk";
/// A maintainer's token, who labels the pull request.
pub(super) const MAINTAINER: &str = "ghp_demo-maintainer-90dd34";

/// The labels that the example's gates know.
const LABELS: &[&str] = &[
    "🐍 python",
    "🦀 rust",
    "📖 docs",
    "🔧 ci",
    "do-not-merge",
    "full-check",
];

/// Everything that runs beside the workflows.
#[derive(Debug)]
pub(crate) struct World {
    folder: PathBuf,
    pub(super) repository: Repository,
    /// Where the repository is pushed to, and jobs check it out from.
    pub(super) git: GitServer,
    pub(super) github: FakeGitHub,
    /// Where jobs with `id-token: write` get their identity, and what Google gives for it.
    pub(super) tokens: TokenService,
    /// Where such a job signs.
    _sigstore: Sigstore,
    /// A bucket that wants such a token.
    pub(super) storage: GoogleStorage,
    pub(super) registry: CargoRegistry,
    pub(super) pypi: String,
    pub(super) bucket_url: String,
    /// The package index and the bucket's web server; ended with this, as the two above.
    _servers: [Server; 2],
}

impl World {
    /// Empties `folder`, lays the example out in it as a repository and starts the servers.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)
                .with_context(|| format!("failed to empty `{}`", folder.display()))?;
        }
        for name in ["bucket", "pypi", "cargo-registry", "logs", "cache", "tmp"] {
            let inner = folder.join(name);
            fs::create_dir_all(&inner)
                .with_context(|| format!("failed to create `{}`", inner.display()))?;
        }
        let git = GitServer::start(&folder.join("git")).context("failed to serve git")?;
        git.create(REPOSITORY);
        let address = git.maintainer_url(REPOSITORY);
        let repository =
            Repository::lay_out(&project::example(), &folder.join("hello-sdk"), &address)?;
        let tokens = TokenService::start(identity::PROVIDER).context("failed to serve tokens")?;
        let starter = Starter { folder };
        let (pypi, pypi_url) = starter.pypi()?;
        let (bucket, bucket_url) = starter.bucket()?;
        let sigstore = Sigstore::start(&tokens);
        fs::write(
            folder.join(TRUST_CONFIG),
            sigstore.trust_config().to_string(),
        )
        .context("failed to write the trust configuration")?;
        Ok(Self {
            folder: folder.to_owned(),
            github: github(&repository, &git)?,
            _sigstore: sigstore,
            storage: identity::bucket(&tokens),
            tokens,
            git,
            registry: starter.registry()?,
            repository,
            pypi: pypi_url,
            bucket_url,
            _servers: [pypi, bucket],
        })
    }

    /// Ends the servers and removes all that the demo left.
    pub(crate) fn remove(self) -> Result<()> {
        let folder = self.folder.clone();
        drop(self);
        fs::remove_dir_all(&folder)
            .with_context(|| format!("failed to remove `{}`", folder.display()))
    }

    /// Which instance of Sigstore signs.
    pub(super) fn trust_config(&self) -> PathBuf {
        self.folder.join(TRUST_CONFIG)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    pub(super) fn bucket(&self) -> PathBuf {
        self.folder.join("bucket")
    }

    /// Where strangers work: nothing of the project is in there.
    pub(super) fn tmp(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    pub(super) fn cache(&self) -> PathBuf {
        self.folder.join("cache")
    }

    pub(super) fn servers_line(&self) -> String {
        "GitHub's API, git, Sigstore, a package index, a crate registry, a bucket and its web server"
            .to_owned()
    }

    pub(super) fn addresses(&self) -> String {
        format!(
            "bucket          {}\npackage index   {}simple/\ncrate registry  {}\nGitHub's API    {}",
            self.bucket_url,
            self.pypi,
            self.registry.index_url(),
            self.github.url()
        )
    }
}

struct Starter<'a> {
    folder: &'a Path,
}

impl Starter<'_> {
    fn start(&self, name: &str, command: &Cmd, port: u16) -> Result<Server> {
        let log = self.folder.join("logs").join(format!("{name}.log"));
        Server::start(name, command, &log, ([127, 0, 0, 1], port).into(), DEADLINE)
    }

    fn pypi(&self) -> Result<(Server, String)> {
        let passwords = self.folder.join("htpasswd");
        Cmd::new(project::venv_bin("python"))
            .args(["-c", "import sys; from passlib.apache import HtpasswdFile as H; h = H(sys.argv[1], new=True); h.set_password('__token__', sys.argv[2]); h.save()"])
            .arg(&passwords)
            .arg(SECRET)
            .run()?;
        let port = free_port()?;
        let command = Cmd::new(project::venv_bin("pypi-server"))
            .args([
                "run",
                "-i",
                "127.0.0.1",
                "-a",
                "update",
                "--disable-fallback",
                "-p",
                &port.to_string(),
                "-P",
            ])
            .arg(&passwords)
            .arg(self.folder.join("pypi"));
        let server = self.start("pypi", &command, port)?;
        Ok((server, format!("http://127.0.0.1:{port}/")))
    }

    fn registry(&self) -> Result<CargoRegistry> {
        CargoRegistry::start(cargo_registry::Options {
            folder: Some(self.folder.join("cargo-registry")),
            tokens: vec![SECRET.to_owned()],
            ..cargo_registry::Options::default()
        })
        .context("failed to start the crate registry")
    }

    /// The bucket as people see it: a plain file server, as in front of a cloud's bucket.
    fn bucket(&self) -> Result<(Server, String)> {
        let port = free_port()?;
        let command = Cmd::new("python3")
            .args([
                "-m",
                "http.server",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
                "--directory",
            ])
            .arg(self.folder.join("bucket"));
        let server = self.start("bucket", &command, port)?;
        Ok((server, format!("http://127.0.0.1:{port}")))
    }
}

/// GitHub's API for the one repository, which it reads from disk.
///
/// It is private: there, what a job's token may not do, nobody may. Tokens of jobs come with their runs.
fn github(repository: &Repository, git: &GitServer) -> Result<FakeGitHub> {
    let labels: Vec<Value> = LABELS.iter().map(|name| json!({"name": name})).collect();
    let state = json!({
        "tokens": [
            {"name": "maintainer", "value": MAINTAINER, "login": "ada", "permissions":
                {"contents": "write", "pull-requests": "write", "issues": "write"}},
        ],
        "repositories": [{
            "owner": "acme",
            "name": "hello-sdk",
            "private": true,
            "path": git.folder(REPOSITORY),
            "labels": labels,
            "pulls": [repository.pull_request()],
        }],
    });
    let state =
        serde_json::from_value(state).context("failed to create the fake GitHub's state")?;
    FakeGitHub::start_on(0, state).context("failed to start the fake GitHub")
}
