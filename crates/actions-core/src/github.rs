//! The client for the API of GitHub, made in one way for all actions that need it.

use std::time::Duration;

use anyhow::Context as _;
use octocrab::{Octocrab, service::middleware::retry::RetryConfig};

use crate::{Env, Secret};

/// A client for the API that the runner names, as whoever the token belongs to.
///
/// Must be called inside the async runtime.
pub fn client(env: &Env, token: Option<&Secret>) -> anyhow::Result<Octocrab> {
    make(env, token, RetryConfig::Simple(3))
}

/// The same for a caller that repeats requests itself: this client asks once, and hands over whatever the answer is.
///
/// Must be called inside the async runtime.
pub fn client_without_retries(env: &Env, token: Option<&Secret>) -> anyhow::Result<Octocrab> {
    make(env, token, RetryConfig::None)
}

fn make(env: &Env, token: Option<&Secret>, retries: RetryConfig) -> anyhow::Result<Octocrab> {
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    let builder = Octocrab::builder()
        .base_uri(env.api_url())
        .with_context(|| format!("failed to read the API's address `{}`", env.api_url()))?
        .set_connect_timeout(Some(Duration::from_secs(10)))
        .set_read_timeout(Some(Duration::from_secs(60)))
        .add_retry_config(retries);
    let builder = match token {
        Some(token) => builder.personal_token(token.expose().to_owned()),
        None => builder,
    };
    builder
        .build()
        .context("failed to make the client for GitHub's API")
}

/// Owner and name of the repository that the run belongs to.
pub fn repository(env: &Env) -> anyhow::Result<(String, String)> {
    let full = env.repository().context(
        "failed to find the repository: GITHUB_REPOSITORY is not set; give it as `owner/name`",
    )?;
    let (owner, name) = full.split_once('/').with_context(|| {
        format!("failed to read GITHUB_REPOSITORY from \"{full}\": it must be `owner/name`")
    })?;
    Ok((owner.to_owned(), name.to_owned()))
}
