//! Where the registry is as strict as crates.io: limits, minted tokens, names, and whom it answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use testkit::cargo_registry::{CargoRegistry, Limits, Now, Options};
use testkit::token_service::{Claims, Publisher, TokenService};

use super::client::{get, krate, put, send, upload};
use super::workshop::TOKEN;

/// A registry whose time stands still until it is moved.
fn timed(options: Options) -> (CargoRegistry, Arc<Mutex<Timestamp>>) {
    let time: Arc<Mutex<Timestamp>> = Arc::new(Mutex::new("2026-01-01T00:00:00Z".parse().unwrap()));
    let read = Arc::clone(&time);
    let registry = CargoRegistry::start(Options {
        tokens: vec![TOKEN.to_owned()],
        now: Now::new(move || *read.lock().unwrap()),
        ..options
    });
    (registry.unwrap(), time)
}

fn publish(registry: &CargoRegistry, token: &str, name: &str, version: &str) -> (u16, String) {
    upload(registry, token, name, version, &krate(name, version, ""))
}

#[test]
fn a_sixth_new_crate_waits_for_ten_minutes_and_a_refusal_costs_as_much_as_a_success() {
    let (registry, time) = timed(Options {
        limits: Some(Limits::crates_io()),
        ..Options::default()
    });
    for name in ["a", "b", "c", "d"] {
        assert_eq!(publish(&registry, TOKEN, name, "0.1.0").0, 200);
    }
    // The token is taken before the file is looked at.
    assert_eq!(upload(&registry, TOKEN, "e", "0.1.0", b"no tarball").0, 400);
    let refused = put(&registry, TOKEN, "e", "0.1.0", &krate("e", "0.1.0", ""));
    assert_eq!(refused.status, 429);
    let date = "Thu, 01 Jan 2026 00:10:00 GMT";
    assert_eq!(refused.retry_after.as_deref(), Some(date));
    assert_eq!(
        refused.said(),
        format!(
            "You have published too many new crates in a short period of time. Please try again after {date} and see https://crates.io/docs/rate-limits for more details."
        )
    );
    // New versions have a bucket of their own.
    assert_eq!(publish(&registry, TOKEN, "a", "0.2.0").0, 200);
    *time.lock().unwrap() += Duration::from_secs(599);
    assert_eq!(publish(&registry, TOKEN, "e", "0.1.0").0, 429);
    *time.lock().unwrap() += Duration::from_secs(1);
    assert_eq!(publish(&registry, TOKEN, "e", "0.1.0").0, 200);
    assert_eq!(publish(&registry, TOKEN, "f", "0.1.0").0, 429);
}

#[test]
fn a_thirty_first_version_waits_for_a_minute() {
    let (registry, time) = timed(Options {
        limits: Some(Limits::crates_io()),
        ..Options::default()
    });
    assert_eq!(publish(&registry, TOKEN, "a", "0.0.0").0, 200);
    for patch in 1..=30 {
        let version = format!("0.0.{patch}");
        assert_eq!(publish(&registry, TOKEN, "a", &version).0, 200);
    }
    let (status, said) = publish(&registry, TOKEN, "a", "0.0.31");
    assert!(
        status == 429 && said.contains("too many updates to existing crates"),
        "{said}"
    );
    *time.lock().unwrap() += Duration::from_secs(60);
    assert_eq!(publish(&registry, TOKEN, "a", "0.0.31").0, 200);
}

#[test]
fn a_crate_has_so_many_versions_a_day() {
    let (registry, time) = timed(Options {
        versions_a_day: Some(2),
        ..Options::default()
    });
    assert_eq!(publish(&registry, TOKEN, "a", "0.1.0").0, 200);
    *time.lock().unwrap() += Duration::from_secs(3600);
    assert_eq!(publish(&registry, TOKEN, "a", "0.2.0").0, 200);
    let refused = put(&registry, TOKEN, "a", "0.3.0", &krate("a", "0.3.0", ""));
    assert_eq!((refused.status, &refused.retry_after), (429, &None));
    assert!(refused.said().ends_with("in the last 24 hours"));
    *time.lock().unwrap() += Duration::from_secs(23 * 3600);
    assert_eq!(publish(&registry, TOKEN, "a", "0.3.0").0, 200);
}

#[test]
fn a_dependency_must_be_spelled_as_its_crate() {
    let (registry, _) = timed(Options::default());
    assert_eq!(publish(&registry, TOKEN, "my-lib", "0.1.0").0, 200);
    for (name, told) in [("my_lib", 400), ("My-lib", 400), ("my-lib", 200)] {
        let file = krate("app", "0.1.0", &format!("[dependencies]\n{name} = \"9\"\n"));
        let (status, said) = upload(&registry, TOKEN, "app", "0.1.0", &file);
        assert_eq!(status, told, "{said}");
        if status == 400 {
            assert_eq!(said, format!("no known crate named `{name}`"));
        }
    }
}

#[test]
fn a_client_without_a_name_is_refused() {
    let (registry, _) = timed(Options::default());
    let url = format!("{}/index/config.json", registry.url());
    let output = std::process::Command::new("curl")
        .args(["--silent", "--user-agent", "", &url])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("include a `User-Agent` header"), "{said}");
}

#[test]
fn owners_are_public_and_an_api_token_cannot_ask_who_it_is() {
    let (registry, _) = timed(Options::default());
    assert_eq!(get(&registry, "/api/v1/crates/a/owners").status, 404);
    assert_eq!(publish(&registry, TOKEN, "a", "0.1.0").0, 200);
    let owners = get(&registry, "/api/v1/crates/a/owners").json();
    assert_eq!(owners["users"][0]["login"], "acme-bot");
    let me = |token: &str| {
        let url = format!("{}/api/v1/me", registry.url());
        let reply = send(|client| client.get(url).header("authorization", token));
        (reply.status, reply.said())
    };
    assert_eq!(me("wrong"), (403, "authentication failed".to_owned()));
    let website = "this action can only be performed on the crates.io website";
    assert_eq!(me(TOKEN), (403, website.to_owned()));
}

#[test]
fn a_yank_wants_a_version_that_is_there_and_a_token() {
    let (registry, _) = timed(Options::default());
    assert_eq!(publish(&registry, TOKEN, "a", "0.1.0").0, 200);
    let yank = |token: &str, version: &str| {
        let url = format!("{}/api/v1/crates/a/{version}/yank", registry.url());
        send(|client| client.delete(url).header("authorization", token)).status
    };
    assert_eq!((yank(TOKEN, "0.2.0"), yank("wrong", "0.1.0")), (404, 403));
    assert!(!registry.versions("a")[0].yanked);
    assert_eq!(yank(TOKEN, "0.1.0"), 200);
    assert!(registry.versions("a")[0].yanked);
}

#[test]
fn a_minted_token_creates_no_crate_knows_no_limit_and_ends_after_half_an_hour_or_when_it_is_given_back()
 {
    let service = TokenService::start("p").unwrap();
    service.trust(Publisher {
        repository: "acme/project".to_owned(),
        workflow: "release.yml".to_owned(),
        environment: None,
    });
    let workflow = "acme/project/.github/workflows/release.yml@refs/heads/main";
    let claims = [
        ("repository", "acme/project"),
        ("event_name", "push"),
        ("workflow_ref", workflow),
    ];
    let claims: Claims = claims.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    service.admit("job", claims);
    let (registry, time) = timed(Options {
        limits: Some(Limits::crates_io()),
        trust: Some(service.crates_io()),
        untrusted: vec!["b".to_owned()],
        ..Options::default()
    });
    let identity = || {
        let url = format!(
            "{}/identity?api-version=2.0&audience=127.0.0.1",
            service.url()
        );
        let reply = send(|client| client.get(url).header("authorization", "Bearer job"));
        reply.json()["value"].as_str().unwrap().to_owned()
    };
    let tokens = format!("{}/api/v1/trusted_publishing/tokens", registry.url());
    let exchange =
        |jwt: &str| send(|client| client.post(&tokens).body(json!({ "jwt": jwt }).to_string()));
    let jwt = identity();
    let token = exchange(&jwt).json()["token"].as_str().unwrap().to_owned();
    assert_eq!(exchange(&jwt).said(), "JWT has already been used");

    let (status, said) = publish(&registry, &token, "a", "0.1.0");
    assert!(
        status == 403 && said.contains("do not support creating new crates"),
        "{said}"
    );
    for name in ["a", "b"] {
        assert_eq!(publish(&registry, TOKEN, name, "0.1.0").0, 200);
    }
    for patch in 1..40 {
        let version = format!("0.1.{patch}");
        assert_eq!(publish(&registry, &token, "a", &version).0, 200);
    }
    assert_eq!(
        publish(&registry, &token, "b", "0.2.0").1,
        "The provided access token is not valid for crate `b`"
    );
    *time.lock().unwrap() += Duration::from_secs(30 * 60);
    let ended = (403, "Invalid authentication token".to_owned());
    assert_eq!(publish(&registry, &token, "a", "0.3.0"), ended);

    let token = exchange(&identity()).json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(publish(&registry, &token, "a", "0.3.0").0, 200);
    let bearer = format!("Bearer {token}");
    let revoked = send(|client| client.delete(&tokens).header("authorization", &bearer));
    assert_eq!(revoked.status, 204);
    assert_eq!(publish(&registry, &token, "a", "0.4.0"), ended);
    let other = send(|client| client.delete(&tokens).header("authorization", "Bearer x"));
    assert_eq!(other.status, 401);
}
