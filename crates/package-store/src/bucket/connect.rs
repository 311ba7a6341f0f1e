//! Opens a backend with the patience that uploads from CI need: bounded retries, and time enough for a large file.

use std::sync::Arc;
use std::time::Duration;

use opendal::layers::{RetryEvent, RetryLayer, TimeoutLayer};
use opendal::{HttpTransporter, Operator, services};
use opendal_http_transport_reqwest::ReqwestTransport;

use super::address::{Remote, Service};
use super::google;
use super::transport::Patient;
use crate::error::{StoreError, cause_of};
use crate::options::{Retry, RetryHook, SecretHook};

/// First pause, doubled each time, with jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// Time for one small request, `Retry-After` included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(180);
/// Time for one chunk of 8 MiB, or for the first byte of a download.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(300);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence of a server while it sends.
const READ_TIMEOUT: Duration = Duration::from_secs(120);

/// Opens a bucket behind an HTTP API. No request is sent yet.
pub(crate) fn open(
    remote: &Remote,
    shown: &str,
    secrets: &google::Secrets,
    tries: u32,
    on_retry: Option<RetryHook>,
    on_secret: Option<SecretHook>,
) -> Result<Operator, StoreError> {
    let failed = |cause: String| StoreError::Backend {
        verb: "open",
        address: shown.to_owned(),
        temporary: false,
        cause,
    };
    let operator = match remote.service {
        Service::Google => Operator::new(google::builder(remote, secrets).map_err(failed)?),
        Service::S3 => Operator::new(s3(remote)),
        Service::Azure => Operator::new(azure(remote, secrets).map_err(failed)?),
    }
    .map_err(|error| failed(cause_of(&error)))?;

    // The process may have chosen its provider already; then that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        // Many uploads at once want a connection each: over one they would share its window.
        .http1_only()
        .build()
        .map_err(|error| failed(error.without_url().to_string()))?;
    let transport = HttpTransporter::new(Patient::new(
        ReqwestTransport::new(client),
        secrets.stand_in().map_err(failed)?,
        on_secret,
    ));
    let context = operator.base_context().with_http_transport(transport);
    Ok(patient(operator.with_context(context), tries, on_retry))
}

/// Adds timeouts, and retries around them: an attempt that timed out is tried again.
fn patient(operator: Operator, tries: u32, on_retry: Option<RetryHook>) -> Operator {
    let tries = tries.max(1);
    let notify = move |event: RetryEvent<'_>| {
        if let Some(hook) = &on_retry {
            hook(&Retry {
                operation: event.op.to_string(),
                attempt: event.attempt + 1,
                of: tries,
                wait: event.retry_after,
                cause: cause_of(event.err),
            });
        }
    };
    let timeouts = TimeoutLayer::new()
        .with_timeout(REQUEST_TIMEOUT)
        .with_io_timeout(CHUNK_TIMEOUT);
    let retries = RetryLayer::new()
        .with_max_times(tries.saturating_sub(1) as usize)
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_factor(2.0)
        .with_jitter()
        .with_notify(notify);
    operator.layer(timeouts).layer(retries)
}

fn s3(remote: &Remote) -> services::S3 {
    let mut builder = services::S3::default()
        .bucket(&remote.bucket)
        .root(&format!("/{}", remote.prefix))
        // The server refuses what did not arrive as it was sent.
        .checksum_algorithm("crc32c");
    if let Some(endpoint) = &remote.settings.endpoint {
        // Servers that stand in for S3 take any region.
        builder = builder.endpoint(endpoint).region("us-east-1");
    }
    if let Some(region) = &remote.settings.region {
        builder = builder.region(region);
    }
    if remote.settings.anonymous {
        builder = builder.skip_signature().disable_ec2_metadata();
    }
    builder
}

fn azure(remote: &Remote, secrets: &google::Secrets) -> Result<services::Azblob, String> {
    let mut builder = services::Azblob::default()
        .container(&remote.bucket)
        .root(&format!("/{}", remote.prefix));
    match (&remote.settings.endpoint, &remote.settings.account) {
        (Some(endpoint), _) => builder = builder.endpoint(endpoint),
        (None, Some(account)) => {
            builder = builder.endpoint(&format!("https://{account}.blob.core.windows.net"));
        }
        (None, None) => {
            return Err(
                "it needs the storage account: `az://container/prefix?account=NAME`".to_owned(),
            );
        }
    }
    if let Some(account) = &remote.settings.account {
        builder = builder.account_name(account);
        // The library takes a key from the environment only together with the account's name there.
        if let Some(key) = &secrets.azure_key {
            builder = builder.account_key(key);
        }
    }
    if remote.settings.anonymous {
        builder = builder.skip_signature();
    }
    Ok(builder)
}

/// A bucket in memory; each call makes a new one.
pub(crate) fn memory() -> Result<Operator, StoreError> {
    local(Operator::new(services::Memory::default()), "memory://")
}

/// The reading side of a folder, which exists already.
pub(crate) fn folder(root: &str) -> Result<Operator, StoreError> {
    local(Operator::new(services::Fs::default().root(root)), root)
}

fn local(operator: opendal::Result<Operator>, shown: &str) -> Result<Operator, StoreError> {
    operator.map_err(|error| StoreError::from_backend("open", shown.to_owned(), &error))
}

/// Makes a hook out of a closure.
pub(crate) fn hook(call: impl Fn(&Retry) + Send + Sync + 'static) -> RetryHook {
    Arc::new(call)
}
