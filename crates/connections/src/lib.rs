//! How an action reaches a bucket and GitHub: credentials and proxies come from its variables, retries and warnings go to its log.

use actions_core::{Context, Secret};
use github::GitHub;
use package_store::{Store, StoreError, StoreOptions};

/// Opens the bucket of an action's input. In a dry run nothing is written.
///
/// # Errors
/// The address is not one of a bucket, or the credentials for it are incomplete.
pub fn bucket(cx: &Context, address: &str, dry_run: bool) -> Result<Store, StoreError> {
    Store::open_with(address, bucket_options(cx).dry_run(dry_run))
}

/// The options of [`bucket`], for an action that adds its own.
pub fn bucket_options(cx: &Context) -> StoreOptions {
    let (log, warnings) = (cx.log.clone(), cx.log.clone());
    StoreOptions::default()
        .environment(|name| cx.env.get(name).map(str::to_owned))
        .on_secret(cx.log.masker())
        .on_retry(move |retry| log.info(retry.to_string()))
        .on_warning(move |text| warnings.warning(text))
}

/// Connects to GitHub's API with a token.
///
/// # Errors
/// The address of the API or of a proxy is not one.
pub fn github(cx: &Context, token: &Secret) -> Result<GitHub, github::Error> {
    GitHub::connect(github_options(cx, token))
}

/// The options of [`github`], for a library that connects by itself.
pub fn github_options(cx: &Context, token: &Secret) -> github::Options {
    let log = cx.log.clone();
    github::Options::default()
        .environment(|name| cx.env.get(name))
        .token(Some(token.expose()))
        .on_retry(move |retry| log.info(retry.to_string()))
}
