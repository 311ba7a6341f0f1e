//! Whoever is shown a job's identity takes it for what it is: one audience, the claims that were asked for, once.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::process::Command;

use serde_json::{Value, json};
use testkit::token_service::{Claims, Publisher, TokenService};

const PROVIDER: &str = "projects/1/locations/global/workloadIdentityPools/p/providers/acme";
const OWN: &str = "acme/project/.github/workflows/release.yml@refs/tags/v1.0.0";

/// Asks the service and returns status and body.
fn ask(service: &TokenService, path: &str, more: &[&str]) -> (u16, Value) {
    let output = Command::new("curl")
        .args(["--silent", "--write-out", "\n%{http_code}"])
        .arg(format!("{}{path}", service.url()))
        .args(more)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.trim().rsplit_once('\n').unwrap();
    (status.parse().unwrap(), serde_json::from_str(body).unwrap())
}

fn job(service: &TokenService, secret: &str, claims: &[(&str, &str)]) {
    let all = [
        ("repository", "acme/project"),
        ("event_name", "push"),
        ("workflow_ref", OWN),
        ("job_workflow_ref", OWN),
    ];
    let all = all.iter().chain(claims);
    let claims: Claims = all
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    service.admit(secret, claims);
}

fn identity(service: &TokenService, secret: &str, audience: &str) -> String {
    let path = format!("/identity?api-version=2.0&audience={audience}");
    let (status, body) = ask(
        service,
        &path,
        &["--header", &format!("Authorization: bearer {secret}")],
    );
    assert_eq!(status, 200, "{body}");
    body.get("value").unwrap().as_str().unwrap().to_owned()
}

fn post(service: &TokenService, path: &str, body: &Value) -> (u16, String) {
    let (status, body) = ask(
        service,
        path,
        &[
            "--header",
            "Content-Type: application/json",
            "--data",
            &body.to_string(),
        ],
    );
    (status, body.to_string())
}

fn google(service: &TokenService, identity: &str) -> (u16, String) {
    let body = json!({
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
        "audience": format!("//iam.googleapis.com/{PROVIDER}"),
        "subjectToken": identity,
    });
    post(service, "/v1/token", &body)
}

fn pypi(service: &TokenService, identity: &str) -> (u16, String) {
    post(service, "/_/oidc/mint-token", &json!({"token": identity}))
}

fn crates_io(service: &TokenService, identity: &str) -> (u16, String) {
    post(
        service,
        "/api/v1/trusted_publishing/tokens",
        &json!({"jwt": identity}),
    )
}

fn publisher(service: &TokenService, environment: Option<&str>) {
    service.trust(Publisher {
        repository: "acme/project".to_owned(),
        workflow: "release.yml".to_owned(),
        environment: environment.map(str::to_owned),
    });
}

#[track_caller]
fn refused((status, body): (u16, String), code: u16, told: &str) {
    assert!(status == code && body.contains(told), "{status} {body}");
}

#[test]
fn only_a_job_of_a_run_gets_an_identity() {
    let service = TokenService::start(PROVIDER).unwrap();
    let (status, _) = ask(
        &service,
        "/identity?api-version=2.0",
        &["--header", "Authorization: bearer guessed"],
    );
    assert_eq!(status, 401);
}

#[test]
fn google_wants_its_own_audience_and_the_claims_of_its_condition() {
    let service = TokenService::start(PROVIDER).unwrap();
    service.require("repository", "acme/project");
    job(&service, "mine", &[]);
    job(&service, "other", &[("repository", "mallory/project")]);
    let audience = format!("https://iam.googleapis.com/{PROVIDER}");
    refused(
        google(&service, &identity(&service, "mine", "pypi")),
        400,
        "does not match the expected audience",
    );
    refused(
        google(&service, &identity(&service, "other", &audience)),
        400,
        "rejected by the attribute condition",
    );
    refused(google(&service, "a.b.c"), 400, "invalid_grant");
    assert!(!service.gave("federated-token"));
    assert_eq!(
        google(&service, &identity(&service, "mine", &audience)).0,
        200
    );
    assert!(service.gave("federated-token"));
}

#[test]
fn pypi_looks_at_the_file_that_holds_the_job_and_crates_io_at_the_one_that_was_started() {
    let service = TokenService::start(PROVIDER).unwrap();
    publisher(&service, None);
    job(&service, "mine", &[]);
    job(
        &service,
        "called",
        &[(
            "job_workflow_ref",
            "acme/tree/.github/workflows/publish.yml@refs/tags/v1",
        )],
    );
    job(
        &service,
        "calling",
        &[(
            "workflow_ref",
            "acme/project/.github/workflows/ci.yml@refs/heads/main",
        )],
    );
    let (pypi, crates_io) = (
        |secret: &str| pypi(&service, &identity(&service, secret, "pypi")),
        |secret: &str| crates_io(&service, &identity(&service, secret, "127.0.0.1")),
    );
    assert_eq!([pypi("mine").0, crates_io("mine").0], [200, 200]);
    refused(pypi("called"), 422, "invalid-publisher");
    assert_eq!(crates_io("called").0, 200);
    assert_eq!(pypi("calling").0, 200);
    refused(
        crates_io("calling"),
        400,
        "does not match the workflow filename `ci.yml` in the JWT",
    );
}

#[test]
fn an_identity_is_for_one_registry_and_one_time() {
    let service = TokenService::start(PROVIDER).unwrap();
    publisher(&service, None);
    job(&service, "mine", &[]);
    refused(
        pypi(&service, &identity(&service, "mine", "127.0.0.1")),
        422,
        "invalid-token",
    );
    refused(
        crates_io(&service, &identity(&service, "mine", "pypi")),
        400,
        "Failed to decode JWT",
    );
    let (first, second) = (
        identity(&service, "mine", "pypi"),
        identity(&service, "mine", "127.0.0.1"),
    );
    assert_eq!(
        [pypi(&service, &first).0, crates_io(&service, &second).0],
        [200, 200]
    );
    refused(pypi(&service, &first), 422, "invalid-reuse-token");
    refused(
        crates_io(&service, &second),
        400,
        "JWT has already been used",
    );
}

#[test]
fn a_publisher_with_an_environment_takes_no_job_without_it() {
    let service = TokenService::start(PROVIDER).unwrap();
    publisher(&service, Some("release"));
    job(&service, "none", &[]);
    job(&service, "wrong", &[("environment", "test")]);
    job(&service, "right", &[("environment", "Release")]);
    for secret in ["none", "wrong"] {
        refused(
            pypi(&service, &identity(&service, secret, "pypi")),
            422,
            "invalid-publisher",
        );
    }
    let crates = |secret: &str| crates_io(&service, &identity(&service, secret, "127.0.0.1"));
    refused(
        crates("none"),
        400,
        "requires an environment, but the JWT does not specify one",
    );
    refused(
        crates("wrong"),
        400,
        "does not match the environment `test` in the JWT",
    );
    assert_eq!(
        [
            pypi(&service, &identity(&service, "right", "pypi")).0,
            crates("right").0
        ],
        [200, 200]
    );
}

#[test]
fn a_repository_that_nobody_entered_and_events_of_strangers_are_refused() {
    let service = TokenService::start(PROVIDER).unwrap();
    job(&service, "mine", &[]);
    let crates = |secret: &str| crates_io(&service, &identity(&service, secret, "127.0.0.1"));
    refused(
        crates("mine"),
        400,
        "No Trusted Publishing config found for repository `acme/project`",
    );
    publisher(&service, None);
    job(&service, "target", &[("event_name", "pull_request_target")]);
    refused(
        crates("target"),
        400,
        "does not support the `pull_request_target` event trigger",
    );
    refused(
        pypi(&service, &identity(&service, "target", "pypi")),
        422,
        "invalid-publisher",
    );
}
