//! Publishing with the identity of the job: no token is left over, however the run ends.

use std::path::Path;
use std::time::Duration;

use testkit::binary::Run;
use testkit::cargo_registry::{CargoRegistry, Options};
use testkit::faults::Fault;
use testkit::packages::krate;
use testkit::runner::InJob as _;
use testkit::token_service::TokenService;

use super::bad_days::wait_until;
use super::{TOKEN, publish, refusal, uploads};

const COMMIT: &str = "1111111111111111111111111111111111111111";

/// A registry and the identities of a job that it trusts.
fn trusting() -> (CargoRegistry, TokenService) {
    let service = TokenService::start_for_job("acme/project", "job").unwrap();
    let registry = CargoRegistry::start(Options {
        tokens: vec![TOKEN.to_owned()],
        trust: Some(service.crates_io()),
        ..Options::default()
    });
    (registry.unwrap(), service)
}

fn by_identity(files: &Path, registry: &CargoRegistry, service: &TokenService) -> Run {
    let url = format!("{}/identity?api-version=2.0", service.url());
    publish(files, registry)
        .input("token", "")
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", url)
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "job")
}

#[test]
fn a_known_crate_is_published_and_the_token_is_given_back() {
    let (registry, service) = trusting();
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    krate(old.path(), "hello", "0.1.0", COMMIT);
    publish(old.path(), &registry).run().assert_code(0);
    krate(new.path(), "hello", "0.2.0", COMMIT);
    let outcome = by_identity(new.path(), &registry, &service).run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("published"), r#"["hello-0.2.0.crate"]"#);
    assert_eq!(service.open_crates_io_tokens(), Vec::<String>::new());
    assert_eq!(service.revoked_crates_io_tokens().len(), 1);
}

#[test]
fn a_new_crate_is_refused_before_an_identity_is_asked_for() {
    let (registry, service) = trusting();
    let folder = tempfile::tempdir().unwrap();
    krate(folder.path(), "hello", "0.1.0", COMMIT);
    for dry_run in ["true", "false"] {
        let run = by_identity(folder.path(), &registry, &service);
        let message = refusal(&run.input("dry-run", dry_run).run());
        assert!(
            message.contains("trusted publishing cannot create a crate"),
            "{message}"
        );
        assert!(message.contains("with an API token (`token`)"), "{message}");
    }
    assert_eq!(uploads(&registry), Vec::<u16>::new());
    assert_eq!(service.revoked_crates_io_tokens(), Vec::<String>::new());
}

#[test]
fn a_cancelled_run_gives_its_token_back() {
    let (registry, service) = trusting();
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    krate(old.path(), "hello", "0.1.0", COMMIT);
    publish(old.path(), &registry).run().assert_code(0);
    krate(new.path(), "hello", "0.2.0", COMMIT);
    registry.fault(Fault {
        method: Some("PUT".to_owned()),
        path: "/api/v1/crates/new".to_owned(),
        delay_ms: 60_000,
        ..Fault::default()
    });
    let running = by_identity(new.path(), &registry, &service)
        .limit(Duration::from_secs(50))
        .start();
    wait_until(&running, || !service.open_crates_io_tokens().is_empty());
    running.signal("INT");
    let message = refusal(&running.wait());
    assert!(message.starts_with("cancelled by SIGINT"), "{message}");
    assert_eq!(service.open_crates_io_tokens(), Vec::<String>::new());
    assert_eq!(service.revoked_crates_io_tokens().len(), 1);
}
