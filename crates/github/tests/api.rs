//! What callers meet at the API: waits, lost answers, pages, and errors that say what to type.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use github::{Error, GitHub, Options, Policy};
use http_retry::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};
use testkit::faults::Fault;
use testkit::github::{FakeGitHub, State};

#[path = "api/refusals.rs"]
mod refusals;

/// A clock whose waits take no time and are written down.
#[derive(Debug, Default)]
struct TestClock(Mutex<Vec<Duration>>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        self.0.lock().unwrap().push(wait);
        Box::pin(async {})
    }
}

struct Scene {
    fake: FakeGitHub,
    clock: Arc<TestClock>,
    said: Arc<Mutex<Vec<String>>>,
    github: GitHub,
}

impl Scene {
    fn new(token: Option<&str>) -> Self {
        let state: State = serde_json::from_value(json!({
            "tokens": [
                { "name": "writer", "value": "w", "permissions": { "contents": "write", "issues": "write", "pull-requests": "write" } },
                { "name": "reader", "value": "r", "permissions": { "contents": "read" } },
            ],
            "repositories": [{
                "owner": "o", "name": "r", "private": true,
                "refs": { "refs/heads/main": "1".repeat(40) },
                "labels": (0..250).map(|at| json!({ "name": format!("{at:03}") })).collect::<Vec<_>>(),
                "pulls": [{
                    "number": 7, "title": "Seven", "user": "ada",
                    "head": { "ref": "f", "sha": "2".repeat(40) }, "base": { "ref": "main", "sha": "1".repeat(40) },
                }],
            }],
        }))
        .unwrap();
        let fake = FakeGitHub::start(state);
        let clock = Arc::new(TestClock::default());
        let said = Arc::new(Mutex::new(Vec::new()));
        let url = fake.url().to_owned();
        let heard = Arc::clone(&said);
        let options = Options::default()
            .environment(|name| (name == "GITHUB_API_URL").then_some(url.as_str()))
            .token(token)
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .on_retry(move |retry| heard.lock().unwrap().push(retry.to_string()));
        Self {
            github: GitHub::connect(options).unwrap(),
            fake,
            clock,
            said,
        }
    }

    fn writer() -> Self {
        Self::new(Some("w"))
    }

    fn faults(&self, times: u32, fault: Fault) {
        self.fake.fault(Fault { times, ..fault });
    }

    async fn pull(&self) -> Result<Value, Error> {
        self.github.get("/repos/o/r/pulls/7").await
    }

    fn waits(&self) -> Vec<Duration> {
        self.clock.0.lock().unwrap().clone()
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    fn requests(&self, method: &str) -> usize {
        let requests = self.fake.requests();
        requests.iter().filter(|it| it.method == method).count()
    }
}

fn with_headers(status: u16, message: &str, headers: &[(&str, &str)]) -> Fault {
    Fault {
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: Some(json!({ "message": message })),
        ..Fault::status("GET", "*/pulls/7", status)
    }
}

#[tokio::test]
async fn what_passes_by_itself_is_waited_for_and_said() {
    let scene = Scene::writer();
    scene.faults(1, Fault::status("GET", "*/pulls/7", 502));
    scene.faults(1, with_headers(429, "Too many", &[("retry-after", "2")]));
    scene.faults(
        1,
        Fault {
            path: "*/pulls/7".to_owned(),
            cut: true,
            ..Fault::default()
        },
    );
    assert_eq!(scene.pull().await.unwrap()["title"], "Seven");
    let said = scene.said();
    let start = "GET /repos/o/r/pulls/7: attempt 1 of 4 failed: the API answers 502 \"A scripted fault.\"; the next one starts in ";
    assert!(said[0].starts_with(start), "{said:?}");
    assert!(
        said[1].contains("attempt 2 of 4 failed: the API answers 429 \"Too many\""),
        "{said:?}"
    );
    assert!(
        said[2].contains("attempt 3 of 4 failed: the API cannot be reached"),
        "{said:?}"
    );
    let waits = scene.waits();
    assert!(waits[0] <= Policy::default().first_wait + Duration::from_millis(250));
    assert_eq!(waits[1].as_secs(), 2);
}

#[tokio::test]
async fn a_date_of_retry_after_is_kept() {
    let scene = Scene::writer();
    let date = [("retry-after", "http-date+5")];
    scene.faults(1, with_headers(503, "Later", &date));
    scene.pull().await.unwrap();
    let waits = scene.waits();
    assert!((4..=6).contains(&waits[0].as_secs()), "{waits:?}");
}

#[tokio::test]
async fn an_outage_ends_after_the_last_attempt_and_is_never_not_found() {
    let scene = Scene::writer();
    let header = [("x-github-request-id", "AB:CD")];
    scene.faults(99, with_headers(500, "Oops", &header));
    let error = scene
        .github
        .find::<Value>("/repos/o/r/pulls/7")
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the API answers 500 \"Oops\" (request AB:CD): GitHub returned a server error, retry later"
    );
    assert!(!error.is_not_found() && !error.is_missing_permission());
    assert_eq!(scene.requests("GET"), 4);
    let missing = scene
        .github
        .find::<Value>("/repos/o/r/pulls/8")
        .await
        .unwrap();
    assert_eq!(missing, None);
}

/// Comments on #7, and a search among them.
async fn comment(scene: &Scene) -> Result<Value, Error> {
    let path = "/repos/o/r/issues/7/comments";
    let look = async || {
        let all: Vec<Value> = scene.github.pages(path, 9).all().await?;
        Ok(all.into_iter().find(|it| it["body"] == "hello"))
    };
    scene
        .github
        .create(path, &json!({ "body": "hello" }), look)
        .await
}

#[tokio::test]
async fn what_may_have_been_made_is_looked_for_before_it_is_made_again() {
    let lost = Fault {
        handled: true,
        ..Fault::status("POST", "*/comments", 502)
    };
    let refused = Fault::status("POST", "*/comments", 502);
    let limited = Fault {
        headers: [("retry-after".to_owned(), "3".to_owned())].into(),
        ..Fault::status("POST", "*/comments", 429)
    };
    let cut = Fault {
        cut: true,
        method: Some("POST".to_owned()),
        path: "*/comments".to_owned(),
        ..Fault::default()
    };
    for (fault, posts) in [(lost, 1), (cut, 1), (refused, 2), (limited, 2)] {
        let scene = Scene::writer();
        scene.faults(1, fault);
        assert_eq!(comment(&scene).await.unwrap()["body"], "hello");
        assert_eq!(scene.requests("POST"), posts);
        assert_eq!(scene.fake.state().repositories[0].comments.len(), 1);
    }
    let down = Scene::writer();
    down.faults(99, Fault::status("POST", "*/comments", 502));
    assert!(comment(&down).await.unwrap_err().is_outcome_unknown());
    assert_eq!((down.requests("POST"), down.said().len()), (4, 3));
}

#[tokio::test]
async fn what_is_gone_is_deleted() {
    let scene = Scene::writer();
    let made = comment(&scene).await.unwrap();
    let path = format!("/repos/o/r/issues/comments/{}", made["id"]);
    scene.faults(
        1,
        Fault {
            handled: true,
            ..Fault::status("DELETE", "*", 502)
        },
    );
    scene.github.delete(&path).await.unwrap();
    scene.github.delete(&path).await.unwrap();
    scene.faults(9, Fault::status("DELETE", "*", 403));
    assert_eq!(
        scene.github.delete(&path).await.unwrap_err().status(),
        Some(403)
    );
}

#[tokio::test]
async fn pages_are_followed_on_the_same_server_and_not_for_ever() {
    let scene = Scene::writer();
    let all = |most| {
        scene
            .github
            .pages("/repos/o/r/labels?per_page=100", most)
            .all::<Value>()
    };
    assert_eq!(all(3).await.unwrap().len(), 250);
    assert_eq!(scene.requests("GET"), 3);
    let error = all(2).await.unwrap_err();
    assert!(
        matches!(error, Error::TooManyPages { most: 2, .. }),
        "{error}"
    );
    let away = Fault {
        headers: [(
            "link".to_owned(),
            "<https://evil.example/x>; rel=\"next\"".to_owned(),
        )]
        .into(),
        body: Some(json!([])),
        ..Fault::status("GET", "*/labels", 200)
    };
    scene.faults(1, away);
    let error = all(3).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("continues on another server, evil.example"),
        "{error}"
    );
}

#[tokio::test]
async fn typed_calls_of_octocrab_go_the_same_way() {
    let scene = Scene::writer();
    scene.faults(1, Fault::status("GET", "*/pulls/7", 502));
    let pull = scene
        .github
        .octocrab()
        .pulls("o", "r")
        .get(7)
        .await
        .unwrap();
    assert_eq!((pull.number, scene.said().len()), (7, 1));
    let error = scene
        .github
        .octocrab()
        .pulls("o", "r")
        .get(8)
        .await
        .unwrap_err();
    assert!(Error::from(error).is_not_found());
}
