//! Publishing with a job's identity: what is minted, masked, renewed and revoked.

use crate::{
    clock::Bench,
    packages::krate,
    registry::{Answer, Registry as Server},
};
use futures::FutureExt as _;
use publishing::{
    ExposeSecret as _, SecretString, crates_io,
    trusted::{Identity, OnMinted, Publisher},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// Identities `<subject>-for-<audience>-1`, `-2`, …
fn identity(subject: &'static str) -> Identity {
    let count = Arc::new(AtomicU32::new(0));
    Arc::new(move |audience: String| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        let jwt = SecretString::from(format!("{subject}-for-{audience}-{number}"));
        async move { Ok(jwt) }.boxed()
    })
}

fn masks() -> (Arc<Mutex<Vec<String>>>, OnMinted) {
    let masked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&masked);
    let on_minted: OnMinted =
        Arc::new(move |token| kept.lock().unwrap().push(token.expose_secret().to_owned()));
    (masked, on_minted)
}

#[tokio::test]
async fn a_crate_travels_on_a_minted_token_that_is_masked_and_revoked() {
    let (server, bench) = (Server::start().await, Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let app = krate(folder.path(), "app", "1.0.0", "", "");
    server.hold("app", "0.9.0", "00");
    let registry = crates_io::Registry::open(&bench.transport, &server.index(), None).await;
    let registry = registry.unwrap();
    let (masked, on_minted) = masks();
    let api = registry.api_url().unwrap();
    let publisher = Publisher::crates_io(&bench.transport, api, identity("job"), on_minted);
    let credentials = crates_io::Credentials::Trusted(Arc::new(publisher));
    registry.publish_all(&[app], &credentials).await.unwrap();
    assert_eq!(server.held().identities, ["job-for-127.0.0.1-1"]);
    assert_eq!(server.held().tokens, ["cio_tp_1"]);
    assert_eq!(*masked.lock().unwrap(), ["cio_tp_1"]);
    assert_eq!(server.held().revoked, ["Bearer cio_tp_1"]);
}

#[tokio::test]
async fn a_new_crate_is_refused_before_anything_is_sent() {
    let (server, bench) = (Server::start().await, Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let app = krate(folder.path(), "app", "1.0.0", "", "");
    let registry = crates_io::Registry::open(&bench.transport, &server.index(), None).await;
    let registry = registry.unwrap();
    let api = registry.api_url().unwrap();
    let publisher = Publisher::crates_io(&bench.transport, api, identity("job"), masks().1);
    let credentials = crates_io::Credentials::Trusted(Arc::new(publisher));
    let error = registry.publish_all(&[app], &credentials).await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("trusted publishing cannot create a crate"),
        "{error}"
    );
    assert!(error.contains("with an API token (`token`)"), "{error}");
    assert_eq!(server.received(), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_is_renewed_with_a_fresh_identity_before_it_ends() {
    let (server, bench) = (Server::start().await, Bench::new());
    let api = server.url.parse().unwrap();
    let publisher = Publisher::crates_io(&bench.transport, &api, identity("job"), masks().1);
    let token = |text: &SecretString| text.expose_secret().to_owned();
    let first = token(&publisher.token().await.unwrap());
    bench.clock.advance(Duration::from_secs(20 * 60));
    assert_eq!(token(&publisher.token().await.unwrap()), first);
    bench.clock.advance(Duration::from_secs(6 * 60));
    assert_eq!(token(&publisher.token().await.unwrap()), "cio_tp_2");
    // An upload may still be under way with the first, so both end together.
    assert_eq!(server.held().revoked, Vec::<String>::new());
    let revoked = || {
        let mut revoked = server.held().revoked.clone();
        revoked.sort();
        revoked
    };
    publisher.revoke().await.unwrap();
    assert_eq!(revoked(), ["Bearer cio_tp_1", "Bearer cio_tp_2"]);
    publisher.revoke().await.unwrap();
    assert_eq!(revoked().len(), 2);
}

#[tokio::test]
async fn a_token_is_revoked_after_a_failure_too() {
    let (server, bench) = (Server::start().await, Bench::new());
    let folder = tempfile::tempdir().unwrap();
    let app = krate(folder.path(), "app", "1.0.0", "", "");
    server.hold("app", "0.9.0", "00");
    let registry = crates_io::Registry::open(&bench.transport, &server.index(), None).await;
    let registry = registry.unwrap();
    let api = registry.api_url().unwrap();
    let publisher = Publisher::crates_io(&bench.transport, api, identity("job"), masks().1);
    let credentials = crates_io::Credentials::Trusted(Arc::new(publisher));
    server.script([Answer::Refuse(400, vec![], "no".to_owned())]);
    registry
        .publish_all(&[app], &credentials)
        .await
        .unwrap_err();
    assert_eq!(server.held().revoked, ["Bearer cio_tp_1"]);
}

#[tokio::test]
async fn an_unknown_workflow_is_told_where_to_look() {
    let (server, bench) = (Server::start().await, Bench::new());
    let api = server.url.parse().unwrap();
    let publisher = Publisher::crates_io(&bench.transport, &api, identity("nobody"), masks().1);
    let error = publisher.token().await.unwrap_err().to_string();
    assert!(
        error.contains("registered as a trusted publisher"),
        "{error}"
    );
    assert!(!error.contains("nobody-for"), "{error}");
}
