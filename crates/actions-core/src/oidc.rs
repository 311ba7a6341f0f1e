//! The job's identity: a short-lived OIDC token that the runner's token endpoint signs.

use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use backon::{ExponentialBuilder, Retryable as _};
use serde::Deserialize;

use crate::{Context, Env, Secret};

/// Requests in all; the endpoint is a part of the runner, so it is back soon or not at all.
const TRIES: usize = 4;

/// The most of an answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 << 10;

#[derive(Deserialize)]
struct Answer {
    value: String,
}

/// Whether the job may ask for a token at all: `id-token: write` is among its permissions.
pub fn available(env: &Env) -> bool {
    env.get("ACTIONS_ID_TOKEN_REQUEST_URL").is_some()
        && env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN").is_some()
}

/// [`token`] for a library that asks when it needs one, by the audience.
pub fn provider<Audience: AsRef<str> + Send>(
    cx: &Context,
) -> impl Fn(Audience) -> Pin<Box<dyn Future<Output = anyhow::Result<String>> + Send>>
+ Send
+ Sync
+ use<Audience> {
    let cx = cx.clone();
    move |audience| {
        let (cx, audience) = (cx.clone(), audience.as_ref().to_owned());
        Box::pin(async move { Ok(token(&cx, &audience).await?.expose().to_owned()) })
    }
}

/// Asks for a token that only `audience` accepts, and masks it; it lives five minutes.
///
/// Errors: no permission, an endpoint that refuses or does not answer after four tries.
pub async fn token(cx: &Context, audience: &str) -> anyhow::Result<Secret> {
    let env = &cx.env;
    let (Some(url), Some(bearer)) = (
        env.get("ACTIONS_ID_TOKEN_REQUEST_URL"),
        env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    ) else {
        bail!(
            "failed to get an OIDC token: is `id-token: write` missing from the job's permissions?"
        );
    };
    let mut url =
        reqwest::Url::parse(url).context("failed to read ACTIONS_ID_TOKEN_REQUEST_URL")?;
    url.query_pairs_mut().append_pair("audience", audience);
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .build()
        .context("failed to create an HTTP client")?;
    let ask = || async {
        let answer = client.get(url.clone()).bearer_auth(bearer).send().await?;
        let mut answer = answer.error_for_status()?;
        let mut body = Vec::new();
        // A token has a few thousand bytes; what is cut here is no JSON.
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_ANSWER {
                break;
            }
        }
        Ok::<_, reqwest::Error>(body)
    };
    let mut attempt = 0;
    let answer = ask
        .retry(
            ExponentialBuilder::default()
                .with_jitter()
                .with_max_times(TRIES - 1),
        )
        .when(is_transient)
        .notify(|err, wait| {
            attempt += 1;
            cx.log.info(format!(
                "attempt {attempt} of {TRIES} to get an OIDC token failed: {}; the next one starts in {:.1} s",
                cause(err),
                wait.as_secs_f64()
            ));
        })
        .await
        .map_err(|err| anyhow!("failed to get an OIDC token: {}", cause(&err)))?;
    // Serde's own words would quote what came instead, which may be the token.
    let value = serde_json::from_slice(&answer).map(|Answer { value }| value);
    let Some(value) = value.ok().filter(|value| !value.is_empty()) else {
        bail!("failed to get an OIDC token: the endpoint's answer has no `value`");
    };
    let token = Secret::new(value);
    cx.log.mask(&token);
    Ok(token)
}

/// What went wrong, without the endpoint's address, which names the run.
fn cause(err: &reqwest::Error) -> String {
    match err.status() {
        Some(status) => format!("the endpoint answered {status}"),
        None if err.is_timeout() => "the endpoint did not answer in time".to_owned(),
        None if err.is_connect() => "the endpoint cannot be reached".to_owned(),
        None => "the endpoint's answer was cut".to_owned(),
    }
}

fn is_transient(err: &reqwest::Error) -> bool {
    match err.status() {
        Some(status) => status.is_server_error() || status.as_u16() == 429,
        None => true,
    }
}
