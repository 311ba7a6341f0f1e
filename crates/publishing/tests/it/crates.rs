//! Crates on their way to a registry that has good and bad days.

use crate::{
    clock::Bench,
    packages::{krate, needs},
    registry::{Answer, Registry as Server},
};
use package_formats::Crate;
use publishing::{
    Outcome, SecretString, State,
    crates_io::{Credentials, Error, Registry},
};
use std::time::Duration;
use tempfile::TempDir;

const TOKEN: &str = "cio-secret";

pub(crate) struct Case {
    pub(crate) server: Server,
    pub(crate) bench: Bench,
    folder: TempDir,
}

impl Case {
    pub(crate) async fn new() -> Self {
        Self {
            server: Server::start().await,
            bench: Bench::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    async fn registry(&self) -> Registry {
        let token = SecretString::from(TOKEN);
        let index = self.server.index();
        let registry = Registry::open(&self.bench.transport, &index, Some(&token)).await;
        // No test asks the real crates.io.
        registry.unwrap().with_crates_io_at(&index)
    }

    pub(crate) fn krate(&self, name: &str, more: &str) -> Crate {
        krate(self.folder.path(), name, "1.0.0", more, "")
    }

    pub(crate) async fn publish(&self, crates: &[Crate]) -> Result<Outcome, Error> {
        self.registry().await.publish_all(crates, &token()).await
    }
}

fn token() -> Credentials {
    Credentials::Token(TOKEN.into())
}

#[tokio::test]
async fn dependencies_go_first_and_a_second_run_sends_nothing() {
    let case = Case::new().await;
    let crates = [
        case.krate("app", &needs("lib", "1.0.0")),
        case.krate("lib", &needs("core-x", "1.0.0")),
        case.krate("core-x", ""),
    ];
    let first = case.publish(&crates).await.unwrap();
    assert_eq!(
        first.published,
        ["core-x-1.0.0.crate", "lib-1.0.0.crate", "app-1.0.0.crate"]
    );
    assert_eq!(case.server.held().tokens, [TOKEN, TOKEN, TOKEN]);
    let second = case.publish(&crates).await.unwrap();
    assert_eq!(second.published, Vec::<String>::new());
    assert_eq!(second.unchanged.len(), 3);
    assert_eq!(case.server.received().len(), 3);
}

#[tokio::test]
async fn a_run_continues_where_an_earlier_one_stopped() {
    let case = Case::new().await;
    let crates = [
        case.krate("lib", ""),
        case.krate("app", &needs("lib", "1.0.0")),
    ];
    case.server.hold("lib", "1.0.0", &crates[0].digest.sha256);
    let outcome = case.publish(&crates).await.unwrap();
    assert_eq!(outcome.unchanged, ["lib-1.0.0.crate"]);
    assert_eq!(outcome.published, ["app-1.0.0.crate"]);
    assert_eq!(case.server.received(), ["app 1.0.0"]);
}

#[tokio::test]
async fn a_run_that_is_cancelled_while_it_waits_leaves_nothing_to_repair() {
    let case = Case::new().await;
    let crates = [
        case.krate("lib", ""),
        case.krate("app", &needs("lib", "1.0.0")),
    ];
    case.server.script([Answer::KeepAndHang]);
    let arrived = async {
        while case.server.received().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        outcome = case.publish(&crates) => panic!("the answer never ends, but the run did: {outcome:?}"),
        () = arrived => {}
    }
    let outcome = case.publish(&crates).await.unwrap();
    assert_eq!(outcome.unchanged, ["lib-1.0.0.crate"]);
    assert_eq!(outcome.published, ["app-1.0.0.crate"]);
    assert_eq!(case.server.received(), ["lib 1.0.0", "app 1.0.0"]);
}

#[tokio::test]
async fn one_conflict_stops_the_run_before_the_first_byte() {
    let case = Case::new().await;
    let crates = [
        case.krate("lib", ""),
        case.krate("app", &needs("lib", "1.0.0")),
    ];
    case.server
        .hold("app", "1.0.0+other-build", &"a".repeat(64));
    let error = case.publish(&crates).await.unwrap_err().to_string();
    assert!(error.contains(&"a".repeat(64)), "{error}");
    assert!(error.contains(&crates[1].digest.sha256), "{error}");
    assert_eq!(case.server.received(), Vec::<String>::new());
}

#[tokio::test]
async fn the_metadata_is_whole() {
    let case = Case::new().await;
    case.server.hold("lib", "1.0.0", &"a".repeat(64));
    case.publish(&[case.krate("app", &needs("lib", "1.0.0"))])
        .await
        .unwrap();
    let held = case.server.held();
    let sent = &held.received[0];
    assert_eq!(sent["readme"], "# app\n");
    assert_eq!(sent["readme_file"], "README.md");
    assert_eq!(sent["license"], "MIT");
    assert_eq!(sent["deps"][0]["name"], "lib");
    assert_eq!(sent["deps"][0]["version_req"], "=1.0.0");
}

#[tokio::test]
async fn a_stumble_is_tried_again_and_announced() {
    let case = Case::new().await;
    let busy = || Answer::Refuse(503, vec![], "busy".to_owned());
    case.server.script([busy(), Answer::Cut, busy()]);
    let outcome = case.publish(&[case.krate("app", "")]).await.unwrap();
    assert_eq!(outcome.published, ["app-1.0.0.crate"]);
    assert_eq!(case.bench.retries(), ["1/4", "2/4", "3/4"]);
}

#[tokio::test]
async fn attempts_are_bounded() {
    let case = Case::new().await;
    case.server
        .script((0..9).map(|_| Answer::Refuse(502, vec![], "bad gateway".to_owned())));
    let error = case.publish(&[case.krate("app", "")]).await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("502"), "{error}");
    assert!(error.contains("at attempt 4: bad gateway"), "{error}");
    assert_eq!(case.server.received().len(), 4);
}

#[tokio::test]
async fn a_crate_that_arrived_before_the_cut_is_not_sent_again() {
    let case = Case::new().await;
    case.server.script([Answer::KeepAndCut]);
    let outcome = case.publish(&[case.krate("app", "")]).await.unwrap();
    assert_eq!(outcome.published, ["app-1.0.0.crate"]);
    assert_eq!(case.server.received().len(), 1);
}

#[tokio::test]
async fn retry_after_is_kept_as_seconds_and_as_a_date() {
    let case = Case::new().await;
    let seconds = vec![("retry-after", "90".to_owned())];
    let date = vec![
        ("retry-after", "Thu, 01 Jan 2026 12:10:00 GMT".to_owned()),
        ("date", "Thu, 01 Jan 2026 12:00:00 GMT".to_owned()),
    ];
    let words = "You have published too many new crates in a short period of time.";
    case.server.script([
        Answer::Refuse(429, seconds, words.to_owned()),
        Answer::Refuse(429, date, words.to_owned()),
    ]);
    case.publish(&[case.krate("app", "")]).await.unwrap();
    assert_eq!(
        case.bench.clock.waits(),
        [Duration::from_secs(90), Duration::from_secs(601)]
    );
}

#[tokio::test]
async fn a_date_in_the_words_is_kept_too() {
    let case = Case::new().await;
    let words = r#"{"errors":[{"detail":"You have published too many updates to existing crates in a short period of
        time. Please try again after Thu, 01 Jan 2026 00:01:00 GMT and see the rate limits page for more details."}]}"#;
    case.server
        .script([Answer::Refuse(429, vec![], words.replace('\n', " "))]);
    case.publish(&[case.krate("app", "")]).await.unwrap();
    assert_eq!(case.bench.clock.waits(), [Duration::from_secs(61)]);
}

#[tokio::test]
async fn a_wait_beyond_the_limit_is_an_error_that_says_how_long() {
    let case = Case::new().await;
    let hours = vec![("retry-after", "7200".to_owned())];
    case.server
        .script([Answer::Refuse(429, hours, "too many".to_owned())]);
    let error = case.publish(&[case.krate("app", "")]).await.unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("asks to wait 2h, over the limit of 15m"),
        "{error}"
    );
    assert!(case.bench.clock.waits().is_empty());
}

#[tokio::test]
async fn the_daily_limit_is_not_waited_for() {
    let case = Case::new().await;
    let words = r#"{"errors":[{"detail":"You have published too many versions of this crate in the last 24 hours"}]}"#;
    case.server
        .script([Answer::Refuse(429, vec![], words.to_owned())]);
    let error = case.publish(&[case.krate("app", "")]).await.unwrap_err();
    assert!(
        error.to_string().contains("in the last 24 hours"),
        "{error}"
    );
    assert_eq!(case.server.received().len(), 1);
}

#[tokio::test]
async fn errors_behind_a_200_are_errors() {
    let case = Case::new().await;
    let words = r#"{"errors":[{"detail":"no known crate named `lib`"}]}"#;
    case.server
        .script([Answer::Refuse(200, vec![], words.to_owned())]);
    let error = case.publish(&[case.krate("app", "")]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("answered 200: no known crate named `lib`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_duplicate_is_settled_by_the_index_even_when_it_lags() {
    let case = Case::new().await;
    let app = [case.krate("app", "")];
    let registry = case.registry().await;
    let plan = registry.plan(&app, &token()).await.unwrap();
    // What a run sees that was killed after the registry took the crate, and before the index showed it.
    case.server.hold("app", "1.0.0", &app[0].digest.sha256);
    case.server.held().blind_reads = 3;
    let words = r#"{"errors":[{"detail":"crate version `1.0.0` is already uploaded"}]}"#;
    case.server
        .script([Answer::Refuse(200, vec![], words.to_owned())]);
    let sent = registry.publish_planned(&app, plan, &token()).await;
    assert_eq!(sent.unwrap().unchanged, ["app-1.0.0.crate"]);
}

#[tokio::test]
async fn an_index_that_never_shows_the_crate_is_not_waited_for_forever() {
    let case = Case::new().await;
    case.server.held().blind_reads = u32::MAX;
    let error = case.publish(&[case.krate("app", "")]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("accepted, but not shown within 5m"),
        "{error}"
    );
    let waited: Duration = case.bench.clock.waits().iter().sum();
    assert_eq!(waited, Duration::from_secs(300));
}

#[tokio::test]
async fn a_refused_token_is_named_and_never_shown() {
    let case = Case::new().await;
    let words = format!(r#"{{"errors":[{{"detail":"token {TOKEN} is not known"}}]}}"#);
    case.server.script([Answer::Refuse(403, vec![], words)]);
    let error = case.publish(&[case.krate("app", "")]).await.unwrap_err();
    let text = format!("{error} {error:?} {}", case.bench.log());
    assert!(text.contains("check that `token` is current"), "{text}");
    assert!(!text.contains(TOKEN), "{text}");
}

#[tokio::test]
async fn everything_wrong_with_the_set_is_told_before_the_registry_is_asked() {
    let case = Case::new().await;
    let lib = case.krate("lib", "");
    let lock = format!(
        "version = 4\n[[package]]\nname = \"lib\"\nversion = \"1.0.0\"\nchecksum = \"{}\"\n",
        "b".repeat(64)
    );
    let app = krate(
        case.folder.path(),
        "app",
        "1.0.0",
        &needs("lib", "1.0.0"),
        &lock,
    );
    let private = case.krate("private", "publish = false");
    let error = case.publish(&[lib, app, private]).await.unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("private-1.0.0.crate: manifest sets `publish = false`"),
        "{error}"
    );
    assert!(error.contains(&"b".repeat(64)), "{error}");
    assert_eq!(case.server.received(), Vec::<String>::new());
}

#[tokio::test]
async fn a_development_dependency_of_a_new_name_goes_first_where_that_makes_no_circle() {
    let case = Case::new().await;
    let dev = "[dev-dependencies.testlib]\nversion = \"1.0.0\"\n";
    let crates = [case.krate("app", dev), case.krate("testlib", "")];
    case.publish(&crates).await.unwrap();
    assert_eq!(case.server.received(), ["testlib 1.0.0", "app 1.0.0"]);
}

#[tokio::test]
async fn a_plan_sends_nothing_and_tells_what_it_would_do() {
    let case = Case::new().await;
    let crates = [case.krate("lib", ""), case.krate("app", "")];
    case.server.hold("lib", "0.9.0", "00");
    let registry = case.registry().await;
    let plan = registry.plan(&crates, &token()).await.unwrap();
    let new: Vec<bool> = plan.crates.iter().map(|one| one.new_crate).collect();
    assert_eq!(new, [false, true]);
    assert!(plan.crates.iter().all(|one| one.state == State::Absent));
    assert_eq!(
        (plan.estimate.new_crates, plan.estimate.new_versions),
        (1, 1)
    );
    assert_eq!(case.server.received(), Vec::<String>::new());
}

#[tokio::test]
async fn a_private_index_gets_the_token_it_asks_for() {
    let case = Case::new().await;
    case.server.held().auth_required = true;
    case.publish(&[case.krate("app", "")]).await.unwrap();
    assert_eq!(case.server.received(), ["app 1.0.0"]);
    let index = case.server.index();
    let error = Registry::open(&case.bench.transport, &index, None).await;
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("it requires a token"),
    );
}

#[tokio::test]
async fn an_address_that_is_no_index_says_so() {
    let case = Case::new().await;
    let index = format!("{}/elsewhere", case.server.url);
    let error = Registry::open(&case.bench.transport, &index, None).await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("is this the address of a sparse index?"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_opened_is_not_sent() {
    let case = Case::new().await;
    let app = case.krate("app", "");
    std::fs::write(&app.path, "other").unwrap();
    let error = case.publish(&[app]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("it changed since it was opened")
    );
    assert_eq!(case.server.received(), Vec::<String>::new());
}

#[tokio::test]
async fn an_index_whose_answers_have_no_end_is_an_error() {
    for status in [200, 403] {
        let server = testkit::endless::Endless::start(status);
        let index = format!("sparse+{}/", server.url());
        let bench = Bench::new();
        let error = Registry::open(&bench.transport, &index, None).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("sent more than"), "{error}");
        assert!(server.was_left());
    }
}
