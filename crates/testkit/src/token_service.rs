//! GitHub's and Google's token services, checking all that they are sent.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::serving::Server;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

/// Such services on one port. Dropping it ends them.
#[derive(Debug)]
pub struct TokenService {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    provider: String,
    complaints: Mutex<Vec<String>>,
    assertions: Mutex<Vec<String>>,
}

type Answer = (StatusCode, Json<Value>);

impl Shared {
    /// The answer if both are equal, else a complaint and a refusal.
    fn check(&self, checks: &[(&str, Option<String>, &str)], answer: Value) -> Answer {
        for (what, got, expected) in checks {
            if got.as_deref() != Some(*expected) {
                let complaint = format!("{what} is {got:?} instead of {expected}");
                locked(&self.complaints).push(complaint);
                return (StatusCode::FORBIDDEN, Json(json!({"error": "refused"})));
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
    /// Trusts one provider.
    ///
    /// # Errors
    /// When no port is to be had.
    pub fn start(provider: &str) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            provider: provider.to_owned(),
            complaints: Mutex::default(),
            assertions: Mutex::default(),
        });
        let state = shared.clone();
        let server = Server::start(0, |_| {
            Router::new()
                .route("/identity", get(identity))
                .route("/v1/token", post(exchange))
                .route(
                    "/v1/projects/-/serviceAccounts/{account}",
                    post(impersonate),
                )
                .route("/token", post(sign_in))
                .with_state(state)
        })?;
        Ok(Self { server, shared })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// What was not as it should be, a line each.
    pub fn complaints(&self) -> Vec<String> {
        locked(&self.shared.complaints).clone()
    }
}

impl TokenService {
    /// What service accounts showed to get a token: signed JWTs, which are not verified here.
    pub fn assertions(&self) -> Vec<String> {
        locked(&self.shared.assertions).clone()
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
                "headers": {"Authorization": "Bearer request-secret"},
                "format": {"type": "json", "subject_token_field_name": "value"},
            },
        })
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// GitHub: a job asks for a token that says who it is.
async fn identity(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let query = pairs(query.unwrap_or_default().as_bytes());
    let audience = format!("https://iam.googleapis.com/{}", shared.provider);
    shared.check(
        &[
            (
                "the job's secret",
                header(&headers, "authorization"),
                "Bearer request-secret",
            ),
            ("the audience", query.get("audience").cloned(), &audience),
            (
                "the version of the API",
                query.get("api-version").cloned(),
                "2",
            ),
        ],
        json!({"value": "job-identity"}),
    )
}

/// Google: that token for one of the pool (RFC 8693).
async fn exchange(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Answer {
    let is_json =
        header(&headers, "content-type").is_some_and(|it| it.starts_with("application/json"));
    let fields = match is_json {
        true => serde_json::from_slice::<BTreeMap<String, String>>(&body)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (snake(&name), value))
            .collect(),
        false => pairs(&body),
    };
    let field = |name: &str| fields.get(name).cloned();
    let audience = format!("//iam.googleapis.com/{}", shared.provider);
    shared.check(
        &[
            ("grant_type", field("grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token_type", field("subject_token_type"), "urn:ietf:params:oauth:token-type:jwt"),
            ("subject_token", field("subject_token"), "job-identity"),
            ("audience", field("audience"), &audience),
        ],
        json!({"access_token": "federated-token", "expires_in": 600, "token_type": "Bearer", "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}),
    )
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// Google: the pool's token for one of a service account.
async fn impersonate(
    State(shared): State<Arc<Shared>>,
    axum::extract::Path(account): axum::extract::Path<String>,
    headers: HeaderMap,
) -> Answer {
    shared.check(
        &[
            (
                "the pool's token",
                header(&headers, "authorization"),
                "Bearer federated-token",
            ),
            (
                "the account",
                Some(account),
                "publisher@acme.iam.gserviceaccount.com:generateAccessToken",
            ),
        ],
        json!({"accessToken": "account-token", "expireTime": "2099-01-01T00:00:00Z"}),
    )
}

/// Google: what a service account has signed for a token (RFC 7523).
async fn sign_in(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let mut fields = pairs(&body);
    locked(&shared.assertions).extend(fields.remove("assertion"));
    shared.check(
        &[(
            "grant_type",
            fields.remove("grant_type"),
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        )],
        json!({"access_token": "key-token", "expires_in": 600, "token_type": "Bearer"}),
    )
}
