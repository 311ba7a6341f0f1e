//! The token services of GitHub, Google, PyPI and crates.io, which check all that they are sent.
//!
//! A job shows the secret that its run has given it and gets an identity: a JWT with the job's claims for one audience.
//! Google and the registries exchange it for a token of theirs if audience and claims are what they were told to trust.
//! Nothing here is signed with a key: an identity is genuine if it was issued here.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::serving::Server;

mod github;
mod google;
pub(crate) mod registries;

/// What a job's identity says, by name.
pub type Claims = BTreeMap<String, String>;

/// The secret of the job that is there from the start, for tests of a single program.
const SECRET: &str = "request-secret";

/// Such services on one port. Dropping it ends them.
#[derive(Debug)]
pub struct TokenService {
    server: Server,
    shared: Arc<Shared>,
}

/// A workflow that a project at a registry trusts.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// `owner/name`.
    pub repository: String,
    /// The file's name: `release.yml`.
    pub workflow: String,
    /// Without one, any environment and none will do.
    pub environment: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Shared {
    provider: String,
    /// The host by which crates.io knows itself.
    host: String,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    complaints: Vec<String>,
    assertions: Vec<String>,
    /// Claims of each job, by the secret that it asks with.
    jobs: BTreeMap<String, Claims>,
    /// Every identity that was issued, with its audience.
    issued: BTreeMap<String, (String, Claims)>,
    /// Identities that a registry has seen already.
    used: BTreeSet<String>,
    /// Tokens that buckets take.
    access: BTreeSet<String>,
    /// What Google's condition asks of claims.
    condition: Claims,
    publishers: Vec<Publisher>,
    /// Tokens that crates.io has given, and when they end.
    minted: BTreeMap<String, Timestamp>,
    /// Tokens of crates.io that were given back.
    revoked: Vec<String>,
}

/// What a registry that is like crates.io needs of the service: the exchange, and which tokens came from it.
#[derive(Clone, Debug)]
pub struct CratesIo(Arc<Shared>);

impl CratesIo {
    /// The answer to an exchange.
    pub(crate) fn exchange(&self, body: &[u8], now: Timestamp) -> (u16, Value) {
        let (status, Json(answer)) = registries::exchange(&self.0, body, now);
        (status.as_u16(), answer)
    }

    /// Whether a token was given here, and neither has ended nor was given back.
    pub(crate) fn accepts(&self, token: &str, now: Timestamp) -> bool {
        let held = self.0.held();
        held.minted.get(token).is_some_and(|ends| now < *ends)
    }

    pub(crate) fn revoke(&self, token: &str) {
        let mut held = self.0.held();
        if held.minted.remove(token).is_some() {
            held.revoked.push(token.to_owned());
        }
    }
}

pub(crate) type Answer = (StatusCode, Json<Value>);

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A refusal that a test can read too.
    fn refuse(&self, status: StatusCode, complaint: String, body: Value) -> Answer {
        self.held().complaints.push(complaint);
        (status, Json(body))
    }

    /// The answer if all are equal, else a complaint and a refusal in Google's form.
    fn check(&self, checks: &[(&str, Option<String>, &str)], answer: Value) -> Answer {
        for (what, got, expected) in checks {
            if got.as_deref() != Some(*expected) {
                let complaint = format!("{what} is {got:?} instead of {expected}");
                let body = json!({"error": "invalid_request", "error_description": format!("Invalid value for {what}.")});
                return self.refuse(StatusCode::BAD_REQUEST, complaint, body);
            }
        }
        (StatusCode::OK, Json(answer))
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

impl TokenService {
    /// Starts the services; Google's has one workload identity provider.
    ///
    /// # Errors
    /// When no port is to be had.
    pub fn start(provider: &str) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            provider: provider.to_owned(),
            host: "127.0.0.1".to_owned(),
            held: Mutex::default(),
        });
        let state = Arc::clone(&shared);
        let server = Server::start(0, |_| {
            Router::new()
                .route("/identity", get(github::identity))
                .route("/issued", get(github::issued))
                .route("/v1/token", post(google::exchange))
                .route(
                    "/v1/projects/-/serviceAccounts/{account}",
                    post(google::impersonate),
                )
                .route("/token", post(google::sign_in))
                .route("/_/oidc/audience", get(registries::pypi_audience))
                .route("/_/oidc/mint-token", post(registries::pypi_mint))
                .route(
                    "/api/v1/trusted_publishing/tokens",
                    post(registries::crates_io),
                )
                .with_state(state)
        })?;
        let service = Self { server, shared };
        service.admit(SECRET, Claims::new());
        Ok(service)
    }

    /// The same for one job of `repository`, which is in `release.yml`, asks with `secret`, and is trusted by the registries.
    ///
    /// # Errors
    /// When no port is to be had.
    pub fn start_for_job(repository: &str, secret: &str) -> io::Result<Self> {
        let service = Self::start("projects/1")?;
        let workflow = format!("{repository}/.github/workflows/release.yml@refs/heads/main");
        let claims = [
            ("repository", repository),
            ("event_name", "workflow_dispatch"),
            ("workflow_ref", &workflow),
            ("job_workflow_ref", &workflow),
        ];
        let claims = claims.map(|(name, value)| (name.to_owned(), value.to_owned()));
        service.admit(secret, Claims::from(claims));
        service.trust(Publisher {
            repository: repository.to_owned(),
            workflow: "release.yml".to_owned(),
            environment: None,
        });
        Ok(service)
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// What it knows, for an index that trusts its publishers.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Where a job asks for its identity, as the runner's `ACTIONS_ID_TOKEN_REQUEST_URL` has it.
    pub fn identity_url(&self) -> String {
        format!("{}/identity?api-version=2.0", self.url())
    }

    /// Lets a job ask for its identity with this secret.
    pub fn admit(&self, secret: &str, claims: Claims) {
        self.shared.held().jobs.insert(secret.to_owned(), claims);
    }

    /// Google's attribute condition: claims that an identity must have, as in `assertion.repository == 'acme/hello-sdk'`.
    pub fn require(&self, claim: &str, value: &str) {
        let mut held = self.shared.held();
        held.condition.insert(claim.to_owned(), value.to_owned());
    }

    /// A trusted publisher of a project at PyPI and crates.io.
    pub fn trust(&self, publisher: Publisher) {
        self.shared.held().publishers.push(publisher);
    }

    /// The part of crates.io, for a registry of the test.
    pub fn crates_io(&self) -> CratesIo {
        CratesIo(Arc::clone(&self.shared))
    }

    /// Tokens of crates.io that were given and not given back.
    pub fn open_crates_io_tokens(&self) -> Vec<String> {
        self.shared.held().minted.keys().cloned().collect()
    }

    /// Tokens of crates.io that were given back.
    pub fn revoked_crates_io_tokens(&self) -> Vec<String> {
        self.shared.held().revoked.clone()
    }

    /// Whether a bucket takes this token, which must come from an exchange here.
    pub fn gave(&self, access_token: &str) -> bool {
        self.watcher()(access_token)
    }

    /// The same question, for a bucket that asks it.
    pub fn watcher(&self) -> impl Fn(&str) -> bool + Send + Sync + 'static {
        let shared = Arc::clone(&self.shared);
        move |access_token| shared.held().access.contains(access_token)
    }

    /// What was not as it should be, a line each.
    pub fn complaints(&self) -> Vec<String> {
        self.shared.held().complaints.clone()
    }

    /// What service accounts showed to get a token: signed JWTs, which are not verified here.
    pub fn assertions(&self) -> Vec<String> {
        self.shared.held().assertions.clone()
    }

    /// The file that google-github-actions/auth writes where a job trusts this service, with its own fields.
    pub fn credentials_file(&self, service_account: &str) -> Value {
        let (url, provider) = (self.url(), &self.shared.provider);
        let audience = format!("https://iam.googleapis.com/{provider}");
        let audience: String = url::form_urlencoded::byte_serialize(audience.as_bytes()).collect();
        json!({
            "universe_domain": "googleapis.com",
            "type": "external_account",
            "audience": format!("//iam.googleapis.com/{provider}"),
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": format!("{url}/v1/token"),
            "service_account_impersonation_url": format!("{url}/v1/projects/-/serviceAccounts/{service_account}:generateAccessToken"),
            "service_account_impersonation": {"token_lifetime_seconds": 3600},
            "credential_source": {
                "url": format!("{url}/identity?api-version=2&audience={audience}"),
                "headers": {"Authorization": format!("Bearer {SECRET}")},
                "format": {"type": "json", "subject_token_field_name": "value"},
            },
        })
    }
}
