//! The job's identity, asked of an endpoint that plays the runner's: what it is sent, and what is said when it refuses.

#![cfg(feature = "oidc")]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use actions_core::{Action, Context, Done, Env, oidc};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use testkit::binary::Run;
use testkit::endless::Endless;
use testkit::runner::{InJob as _, Outcome};
use testkit::serving::Server;

const BEARER: &str = "bearer-of-the-runner";
const JWT: &str = "header.payload.signature";
const ANSWER: &str = r#"{"count": 1, "value": "header.payload.signature"}"#;

/// A request that the endpoint has seen: path with query, and `Authorization`.
type Asked = (String, String);

/// The runner's token endpoint, which gives each answer once and the last one for ever.
struct Endpoint {
    server: Server,
    asked: Arc<Mutex<Vec<Asked>>>,
}

enum Answer {
    Is(u16, &'static str),
    /// The connection ends inside of the answer.
    Cut,
}

impl Answer {
    fn response(&self) -> Response {
        match self {
            Self::Is(status, body) => {
                (StatusCode::from_u16(*status).unwrap(), *body).into_response()
            }
            Self::Cut => {
                let pieces = [
                    Ok(Bytes::from_static(b"{")),
                    Err(std::io::Error::other("cut")),
                ];
                let stream = futures::stream::iter(pieces);
                Response::new(Body::from_stream(stream))
            }
        }
    }
}

impl Endpoint {
    fn answers(answers: Vec<Answer>) -> Self {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, answers) = (Arc::clone(&asked), Arc::new(answers));
        let answer = move |uri: Uri, headers: HeaderMap| {
            let bearer = headers.get("authorization").map(|it| it.to_str().unwrap());
            let mut log = log.lock().unwrap();
            let which = log.len().min(answers.len() - 1);
            log.push((uri.to_string(), bearer.unwrap_or_default().to_owned()));
            let response = answers[which].response();
            async move { response }
        };
        let server = Server::start(0, |_| Router::new().fallback(answer)).unwrap();
        Self { server, asked }
    }

    fn url(&self) -> String {
        format!("{}/token?api-version=2.0", self.server.url())
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// A run of `the_action` on a runner that allows it an identity.
    fn run(&self) -> Outcome {
        job()
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", self.url())
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER)
            .run()
    }
}

/// This test program again, as an action: cargo builds none for the tests of a library.
fn job() -> Run {
    Run::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_action", "--include-ignored"])
        .args(["--nocapture", "--quiet", "--test-threads=2"])
}

const ACTION: Action = Action {
    id: "publish-wheels",
    name: "Test",
    description: "Asks for an identity.",
    version: "1.0.0",
    icon: "check",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

#[derive(Debug, clap::Args)]
struct Inputs {}

/// Asks for an identity, and says how long it is.
fn run(cx: &Context, _: Inputs) -> anyhow::Result<Done<()>> {
    let token = cx.block_on(oidc::token(cx, "pypi & co"))?;
    cx.log.info(format!("{} bytes", token.expose().len()));
    Ok(Done::passed(()))
}

#[test]
#[ignore = "the other tests start it as a program"]
#[allow(clippy::exit, reason = "this is how a program tells its exit code")]
fn the_action() {
    let args = [OsString::from("action")];
    let code = actions_core::main(&ACTION, args, std::env::vars_os(), run);
    std::process::exit(i32::from(code != ExitCode::SUCCESS) * 2);
}

/// The error of a run, after a look that no secret is anywhere in what it printed.
#[track_caller]
fn refusal(outcome: &Outcome) -> String {
    outcome.assert_code(2);
    for secret in [BEARER, JWT] {
        assert!(!outcome.to_string().contains(secret), "{outcome}");
    }
    let [error] = outcome.annotations.as_slice() else {
        panic!("expected one annotation\n{outcome}");
    };
    error.message.clone()
}

#[test]
fn the_audience_and_the_runners_token_are_sent_and_the_answer_is_masked_before_anything_is_said() {
    let endpoint = Endpoint::answers(vec![Answer::Is(200, ANSWER)]);
    let outcome = endpoint.run();
    outcome.assert_code(0);
    let path = "/token?api-version=2.0&audience=pypi+%26+co".to_owned();
    assert_eq!(endpoint.asked(), [(path, format!("Bearer {BEARER}"))]);
    assert_eq!(outcome.masks, [JWT]);
    let place = |text: &str| outcome.stdout.find(text).unwrap();
    assert!(place("::add-mask::") < place("24 bytes"), "{outcome}");
    assert_eq!(outcome.to_string().matches(JWT).count(), 1, "{outcome}");
}

#[test]
fn a_stumble_and_a_cut_answer_are_tried_again_and_told() {
    let endpoint = Endpoint::answers(vec![
        Answer::Is(500, "bearer-of-the-runner is overloaded"),
        Answer::Cut,
        Answer::Is(200, ANSWER),
    ]);
    let outcome = endpoint.run();
    outcome.assert_code(0);
    assert_eq!(endpoint.asked().len(), 3);
    for told in [
        "attempt 1 of 4 to get an OIDC token failed: the endpoint answered 500",
        "attempt 2 of 4 to get an OIDC token failed: the endpoint's answer was cut",
    ] {
        assert!(outcome.stdout.contains(told), "{outcome}");
    }
    assert!(!outcome.to_string().contains(BEARER), "{outcome}");
}

#[test]
fn attempts_are_bounded() {
    let endpoint = Endpoint::answers(vec![Answer::Is(503, "")]);
    let message = refusal(&endpoint.run());
    assert!(
        message.starts_with("failed to get an OIDC token: the endpoint answered 503"),
        "{message}"
    );
    assert_eq!(endpoint.asked().len(), 4);
}

#[test]
fn a_refusal_is_final_and_shows_no_secret() {
    let echo = "no token for bearer-of-the-runner, nor for header.payload.signature";
    let endpoint = Endpoint::answers(vec![Answer::Is(403, echo)]);
    let message = refusal(&endpoint.run());
    assert_eq!(
        message,
        "failed to get an OIDC token: the endpoint answered 403 Forbidden"
    );
    assert_eq!(endpoint.asked().len(), 1);
}

#[test]
fn an_answer_of_another_shape_is_not_quoted() {
    for answer in [
        r#""header.payload.signature""#,
        r#"{"value": ["header.payload.signature"]}"#,
        r#"{"value": ""}"#,
        "<html>header.payload.signature",
    ] {
        let endpoint = Endpoint::answers(vec![Answer::Is(200, answer)]);
        let message = refusal(&endpoint.run());
        assert!(message.ends_with("has no `value`"), "{message}");
    }
}

#[test]
fn an_answer_without_end_is_read_no_further_than_a_token_is_long() {
    for status in [200, 403] {
        let endpoint = Endless::start(status);
        let outcome = job()
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", endpoint.url())
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER)
            .run();
        let message = refusal(&outcome);
        assert!(
            message.starts_with("failed to get an OIDC token: "),
            "{message}"
        );
        assert!(endpoint.was_left());
    }
}

#[test]
fn an_endpoint_that_is_no_address_is_named_by_its_variable() {
    let outcome = job()
        .env("ACTIONS_ID_TOKEN_REQUEST_URL", "not an address")
        .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER)
        .run();
    let message = refusal(&outcome);
    assert!(
        message.contains("ACTIONS_ID_TOKEN_REQUEST_URL"),
        "{message}"
    );
}

#[test]
fn without_either_variable_the_permission_is_named() {
    for vars in [
        vec![],
        vec![("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:9")],
        vec![("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER)],
        vec![
            ("ACTIONS_ID_TOKEN_REQUEST_URL", ""),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", BEARER),
        ],
    ] {
        let env = Env::new(
            vars.into_iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        assert!(!oidc::available(&env));
        let cx = Context::new(env);
        let error = cx.block_on(oidc::token(&cx, "pypi")).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("`id-token: write`"), "{error}");
        assert!(!error.contains(BEARER), "{error}");
    }
}
