//! Sigstore's services on this machine, from the project's own `tools`: they take the identities that a token service issued,
//! and refuse what the real ones refuse.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::runner::InJob;
use crate::token_service::{Claims, TokenService};

/// The repository of the job.
pub const REPOSITORY: &str = "rerun-io/hello-sdk";
/// The workflow of the job.
pub const WORKFLOW: &str = "rerun-io/hello-sdk/.github/workflows/release.yml@refs/heads/main";
/// The commit of the job.
pub const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";

/// What GitHub says of a job of [`WORKFLOW`], with some claims changed.
pub fn claims(changes: &[(&str, &str)]) -> Claims {
    let all = [
        ("repository", REPOSITORY),
        ("repository_owner", "rerun-io"),
        ("repository_id", "7"),
        ("repository_owner_id", "8"),
        ("repository_visibility", "public"),
        ("ref", "refs/heads/main"),
        ("sha", COMMIT),
        ("workflow", "Release"),
        ("workflow_ref", WORKFLOW),
        ("workflow_sha", COMMIT),
        ("job_workflow_ref", WORKFLOW),
        ("job_workflow_sha", COMMIT),
        ("event_name", "push"),
        ("runner_environment", "github-hosted"),
        ("run_id", "9"),
        ("run_attempt", "1"),
    ];
    let all = all.iter().chain(changes);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The services with a job that has an identity, and their trust configuration in a file.
#[derive(Debug)]
pub struct SigningJob {
    pub tokens: TokenService,
    pub services: Sigstore,
    folder: TempDir,
}

impl SigningJob {
    /// Starts the services, and admits the job of [`claims`].
    ///
    /// # Panics
    /// When they cannot be started.
    pub fn start() -> Self {
        let tokens = TokenService::start("provider").expect("failed to start the token service");
        let services = Sigstore::start(&tokens);
        let folder = tempfile::tempdir().expect("failed to create a temporary folder");
        let config = services.trust_config().to_string();
        std::fs::write(folder.path().join("trust.json"), config)
            .expect("failed to write the trust configuration");
        let job = Self {
            tokens,
            services,
            folder,
        };
        job.claim(&[]);
        job
    }

    /// What the job's identity says from now on.
    pub fn claim(&self, changes: &[(&str, &str)]) {
        self.tokens.admit("job", claims(changes));
    }

    /// The value of the input `trust-config`.
    pub fn trust_config(&self) -> std::path::PathBuf {
        self.folder.path().join("trust.json")
    }

    /// What `id-token: write` gives a job.
    #[must_use]
    pub fn identity<Run: InJob>(&self, run: Run) -> Run {
        let url = format!("{}/identity?api-version=2.0", self.tokens.url());
        run.env("ACTIONS_ID_TOKEN_REQUEST_URL", url)
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job")
    }
}

/// Running services. Dropping them ends them.
#[derive(Debug)]
pub struct Sigstore {
    child: Child,
    /// They end with it, also where this process is killed.
    _stdin: Option<ChildStdin>,
    url: String,
    trust_config: Value,
}

impl Sigstore {
    /// Starts the services; they take identities of this token service alone.
    ///
    /// # Panics
    /// When they cannot be started.
    pub fn start(tokens: &TokenService) -> Self {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools");
        let mut child = Command::new("node")
            .arg(tools.join("sigstore.mjs"))
            .arg(format!("{}/issued", tokens.url()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("failed to start node");
        let stdout = child.stdout.take().expect("its output is piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("failed to read from node");
        let told: Value = serde_json::from_str(&line)
            .expect("Sigstore's services did not start; `cargo xtask test set-up` installs them");
        let part = |name: &str| told.get(name).cloned().unwrap_or_default();
        Self {
            _stdin: child.stdin.take(),
            child,
            url: part("url").as_str().unwrap_or_default().to_owned(),
            trust_config: part("trustConfig"),
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The trust configuration: whose certificates and logs count, and which services sign.
    pub fn trust_config(&self) -> &Value {
        &self.trust_config
    }

    /// The same for clients that reach the services through another address, such as a proxy that records.
    pub fn trust_config_through(&self, url: &str) -> Value {
        let mut config = self.trust_config.clone();
        for service in ["caUrls", "rekorTlogUrls"] {
            let pointer = format!("/signingConfig/{service}/0/url");
            if let Some(value) = config.pointer_mut(&pointer) {
                *value = url.into();
            }
        }
        config
    }
}

impl Drop for Sigstore {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
