//! Every request goes through the proxy that the variables name, and past it where they say so.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

use std::net::SocketAddr;

use github::{Error, GitHub, Options, Policy};
use serde_json::{Value, json};
use testkit::forward_proxy::ForwardProxy;
use testkit::github::{FakeGitHub, State};

fn fake() -> FakeGitHub {
    let state: State = serde_json::from_value(json!({
        "tokens": [{ "name": "job", "value": "t", "permissions": { "contents": "read" } }],
        "repositories": [{ "owner": "o", "name": "r", "private": true }],
    }))
    .unwrap();
    FakeGitHub::start(state)
}

fn address(fake: &FakeGitHub) -> SocketAddr {
    fake.url().strip_prefix("http://").unwrap().parse().unwrap()
}

async fn ask(variables: &[(&str, String)]) -> Result<Value, Error> {
    let var = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    };
    let once = Policy {
        attempts: 1,
        ..Policy::default()
    };
    let options = Options::default()
        .environment(var)
        .token(Some("t"))
        .policy(once);
    GitHub::connect(options)?.get("/repos/o/r").await
}

#[tokio::test]
async fn the_variables_decide_what_goes_through() {
    let fake = fake();
    let api = |url: &str| ("GITHUB_API_URL", url.to_owned());
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = ForwardProxy::start([("api.github.test:80", address(&fake))]);
        let url = format!("http://{}", proxy.address());
        let found = ask(&[api("http://api.github.test"), (variable, url)]).await;
        assert_eq!(found.unwrap()["full_name"], "o/r");
        assert_eq!(
            proxy.seen(),
            ["GET http://api.github.test/repos/o/r"],
            "{variable}"
        );
    }
    for (except, requests) in [
        ("127.0.0.1", 0),
        ("10.0.0.0/8, 127.0.0.0/8", 0),
        ("*", 0),
        ("github.test,.corp", 1),
    ] {
        let proxy = ForwardProxy::start([]);
        let url = format!("http://{}", proxy.address());
        let no_proxy = ("NO_PROXY", except.to_owned());
        ask(&[api(fake.url()), ("HTTP_PROXY", url), no_proxy])
            .await
            .unwrap();
        assert_eq!(proxy.seen().len(), requests, "{except}");
    }
    let proxy = ForwardProxy::start([]);
    let https_only = ("HTTPS_PROXY", format!("http://{}", proxy.address()));
    ask(&[api(fake.url()), https_only]).await.unwrap();
    assert!(proxy.seen().is_empty());
}

#[tokio::test]
async fn a_suffix_of_no_proxy_keeps_https_away_from_the_proxy() {
    for (except, connects) in [(".github.test", 0), ("github.test", 0), ("hub.test", 1)] {
        let proxy = ForwardProxy::start([]);
        let variables = [
            ("GITHUB_API_URL", "https://api.github.test".to_owned()),
            ("HTTPS_PROXY", proxy.address().to_string()),
            ("no_proxy", except.to_owned()),
        ];
        // No resolver knows the name.
        ask(&variables).await.unwrap_err();
        assert_eq!(
            proxy.seen(),
            vec!["CONNECT api.github.test:443"; connects],
            "{except}"
        );
    }
}

#[tokio::test]
async fn a_proxy_gets_user_and_password_and_no_error_repeats_them() {
    let fake = fake();
    let proxy =
        ForwardProxy::start_with(Some("me:s3cr:t"), [("api.github.test:80", address(&fake))]);
    let at = proxy.address();
    for (scheme, credentials, status) in [
        ("http", "me:s3cr%3At@", Ok(())),
        ("http", "me:hunter2@", Err("user and password")),
        ("https", "me:hunter2@", Err("user and password")),
        ("https", "", Err("user and password")),
    ] {
        let url = format!("http://{credentials}{at}");
        let api = format!("{scheme}://api.github.test");
        let asked = ask(&[("GITHUB_API_URL", api), ("ALL_PROXY", url)]).await;
        match status {
            Ok(()) => assert_eq!(asked.unwrap()["full_name"], "o/r"),
            Err(told) => {
                let error = asked.unwrap_err().to_string();
                assert!(error.contains(told), "{error}");
                assert!(!error.contains("hunter2"), "{error}");
            }
        }
    }
    let closed = "http://me:hunter2@127.0.0.1:1".to_owned();
    let api = ("GITHUB_API_URL", "https://api.github.test".to_owned());
    let error = ask(&[api, ("HTTPS_PROXY", closed)])
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("cannot be reached"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn an_enterprise_server_has_its_api_below_a_path() {
    let fake = fake();
    // What stands between: the fake has no such path.
    let proxy = ForwardProxy::start([("ghe.test:80", address(&fake))]);
    let variables = [
        ("GITHUB_API_URL", "http://ghe.test/api/v3/".to_owned()),
        ("HTTP_PROXY", proxy.address().to_string()),
        (
            "GITHUB_GRAPHQL_URL",
            "http://ghe.test/api/graphql".to_owned(),
        ),
    ];
    let error = ask(&variables).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let var = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    };
    let github = GitHub::connect(Options::default().environment(var).token(Some("t"))).unwrap();
    let query = json!({ "query": "{ viewer { login } }" });
    github
        .octocrab()
        .graphql::<Value>(&query)
        .await
        .unwrap_err();
    assert_eq!(
        proxy.seen(),
        [
            "GET http://ghe.test/api/v3/repos/o/r",
            "POST http://ghe.test/api/graphql"
        ]
    );
}
