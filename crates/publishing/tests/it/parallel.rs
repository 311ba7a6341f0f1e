//! Crates that travel at once, where the registry has no limits that are known.

use crate::{crates::Case, packages::needs, registry::Answer};
use std::time::Duration;

#[tokio::test]
async fn crates_that_do_not_need_each_other_travel_at_once() {
    let case = Case::new().await;
    let barrier = tokio::sync::Barrier::new(4);
    case.server.held().together = Some(std::sync::Arc::new(barrier));
    let crates = ["a", "b", "c", "d"].map(|name| case.krate(name, ""));
    // One after another would never end.
    let published = tokio::time::timeout(Duration::from_secs(60), case.publish(&crates));
    assert_eq!(published.await.unwrap().unwrap().published.len(), 4);
}

#[tokio::test]
async fn a_failure_lets_what_is_under_way_arrive_and_starts_nothing_more() {
    let case = Case::new().await;
    let crates = [
        case.krate("lib", ""),
        case.krate("other", ""),
        case.krate("app", &needs("lib", "1.0.0")),
        case.krate("more", &needs("other", "1.0.0")),
    ];
    case.server
        .script([Answer::Refuse(400, vec![], "no".to_owned())]);
    case.publish(&crates).await.unwrap_err();
    let mut received = case.server.received();
    received.sort();
    assert_eq!(received, ["lib 1.0.0", "other 1.0.0"]);
    let outcome = case.publish(&crates).await.unwrap();
    assert_eq!(outcome.unchanged.len(), 1);
    assert_eq!(outcome.published.len(), 3);
}

#[tokio::test]
async fn a_registry_whose_limit_was_not_known_gets_one_after_another() {
    let case = Case::new().await;
    let crates = ["a", "b", "c", "d"].map(|name| case.krate(name, ""));
    let busy = || {
        let wait = vec![("retry-after", "90".to_owned())];
        Answer::Refuse(429, wait, "too many".to_owned())
    };
    case.server.script([busy(), busy(), busy()]);
    let outcome = case.publish(&crates).await.unwrap();
    assert_eq!(outcome.published.len(), 4);
    assert_eq!(case.bench.clock.waits(), [Duration::from_secs(90)]);
}

#[tokio::test]
async fn a_limit_is_waited_for_from_the_answer_on_and_not_from_when_the_others_are_through() {
    let case = Case::new().await;
    let crates = ["a", "b"].map(|name| case.krate(name, ""));
    let wait = vec![("retry-after", "90".to_owned())];
    case.server
        .script([Answer::Refuse(429, wait, "too many".to_owned())]);
    // The other crate is shown some seconds later.
    case.server.held().blind_reads = 3;
    let outcome = case.publish(&crates).await.unwrap();
    assert_eq!(outcome.published.len(), 2);
    let waits = case.bench.clock.waits();
    assert_eq!(waits.len(), 4, "{waits:?}");
    assert_eq!(waits.iter().sum::<Duration>(), Duration::from_secs(90));
}
