//! Connections to a Python index and to a Cargo registry, and the credentials for them: those of the inputs, else the job's own
//! identity.

use std::sync::Arc;

use actions_core::{Context, Secret, oidc};
use anyhow::Context as _;
use publishing::{
    Event, Options, SecretString, Transport, crates_io, endpoints, pypi,
    trusted::{self, Identity, Publisher},
};

/// Requests to registries, through the proxies of the variables; the log gets a line for each file and each retry.
///
/// # Errors
/// The address of a proxy is not one.
pub fn transport(cx: &Context) -> anyhow::Result<Transport> {
    let log = cx.log.clone();
    let options = Options::for_log(|_| {}, |name| cx.env.get(name))
        .context("failed to read the proxy's address from the variables")?;
    Ok(Transport::new(Options {
        listener: Arc::new(move |event| match event {
            Event::Caution { text } => log.warning(text),
            event => log.info(event.to_string()),
        }),
        ..options
    })?)
}

/// The job's identity, if it has one.
pub fn identity(cx: &Context) -> Option<Identity> {
    oidc::available(&cx.env).then(|| trusted::identity(oidc::provider(cx)))
}

/// The index of the inputs `index-url` and `simple-url`; by default PyPI.
///
/// # Errors
/// An address that is not one.
pub fn index(
    transport: &Transport,
    upload: Option<&str>,
    simple: Option<&str>,
) -> anyhow::Result<pypi::Index> {
    let upload = upload.unwrap_or(endpoints::PYPI_UPLOAD);
    pypi::Index::new(transport, upload, simple)
        .context("failed to read the inputs `index-url` and `simple-url`")
}

/// The password, else the job's identity; `None` if there is neither.
pub fn index_credentials(
    cx: &Context,
    transport: &Transport,
    index: &pypi::Index,
    username: &str,
    password: Option<&Secret>,
) -> Option<pypi::Credentials> {
    if let Some(password) = password {
        return Some(pypi::Credentials::Password {
            username: username.to_owned(),
            password: SecretString::from(password.expose()),
        });
    }
    let minted = trusted::on_minted(cx.log.masker());
    let publisher = Publisher::pypi(transport, index.upload_url(), identity(cx)?, minted);
    Some(pypi::Credentials::Trusted(Arc::new(publisher)))
}

/// The registry of the inputs `registry` and `crates-io-mirror`; by default crates.io.
///
/// # Errors
/// An address that is not one, or a registry that does not answer as one.
pub async fn registry(
    transport: &Transport,
    index: Option<&str>,
    mirror: Option<&str>,
    token: Option<&Secret>,
) -> anyhow::Result<crates_io::Registry> {
    let index = index.unwrap_or(endpoints::CRATES_IO_INDEX);
    let token = token.map(|token| SecretString::from(token.expose()));
    let registry = crates_io::Registry::open(transport, index, token.as_ref()).await?;
    Ok(match mirror {
        Some(mirror) => registry.with_crates_io_at(mirror),
        None => registry,
    })
}

/// The token, else the job's identity; `None` if there is neither.
///
/// # Errors
/// Nothing can be published at the registry.
pub fn registry_credentials(
    cx: &Context,
    transport: &Transport,
    registry: &crates_io::Registry,
    token: Option<&Secret>,
) -> anyhow::Result<Option<crates_io::Credentials>> {
    if let Some(token) = token {
        let token = SecretString::from(token.expose());
        return Ok(Some(crates_io::Credentials::Token(token)));
    }
    let Some(identity) = identity(cx) else {
        return Ok(None);
    };
    let minted = trusted::on_minted(cx.log.masker());
    let publisher = Publisher::crates_io(transport, registry.api_url()?, identity, minted);
    Ok(Some(crates_io::Credentials::Trusted(Arc::new(publisher))))
}
