//! Runs that are killed at any request, answers that are lost, listings that lag, and others at the same time.

use super::*;
use testkit::faults::Fault;

/// More requests than a whole release makes.
const MOST: u32 = 60;

/// A fault of the nth request, whatever it is.
fn at(nth: u32) -> Fault {
    Fault {
        nth,
        ..Fault::default()
    }
}

/// Everything from the nth request on fails, as if the run had been killed there.
fn dead(place: &Place, nth: u32) {
    place.github.fault(Fault {
        status: Some(503),
        times: u32::MAX / 2,
        ..at(nth)
    });
}

#[tokio::test]
async fn a_run_that_is_killed_at_any_request_is_finished_by_the_next_one() {
    for lag in [0, 2] {
        for took_effect in [false, true] {
            let mut ended = false;
            for nth in 1..MOST {
                let place = Place::new();
                place.change(|repository| repository.list_lag = lag);
                if took_effect {
                    place.github.fault(Fault {
                        cut: true,
                        ..at(nth)
                    });
                }
                dead(&place, nth);
                ended = place.release().await.is_ok();
                place.github.change(|state| state.faults.clear());
                let context = format!("request {nth}, took effect: {took_effect}, lag {lag}");
                let resumed = place.release().await;
                resumed.unwrap_or_else(|error| panic!("{context}: {error}"));
                place.assert_released(&context);
                if lag == 0 {
                    place.assert_once(&context);
                }
                if ended {
                    break;
                }
            }
            assert!(ended, "a release makes more than {MOST} requests");
        }
    }
}

#[tokio::test]
async fn one_bad_answer_at_any_request_is_survived_without_a_second_change() {
    let bad = [
        Fault {
            status: Some(408),
            ..Fault::default()
        },
        Fault {
            status: Some(429),
            headers: [("retry-after".to_owned(), "1".to_owned())].into(),
            ..Fault::default()
        },
        Fault {
            status: Some(503),
            ..Fault::default()
        },
        Fault {
            cut: true,
            ..Fault::default()
        },
    ];
    for fault in bad {
        let mut met = true;
        for nth in 1..MOST {
            let place = Place::new();
            place.github.fault(Fault {
                nth,
                ..fault.clone()
            });
            let context = format!("request {nth}: {fault:?}");
            let run = place.release().await;
            run.unwrap_or_else(|error| panic!("{context}: {error}"));
            place.assert_released(&context);
            place.assert_once(&context);
            met = place.github.state().faults[0].seen >= nth;
            if !met {
                break;
            }
        }
        assert!(!met, "a release makes more than {MOST} requests");
    }
}

#[tokio::test]
async fn half_an_upload_is_deleted_and_sent_again() {
    let place = Place::new();
    place.github.fault(Fault {
        handled: true,
        ..Fault::status("POST", "/uploads/", 502)
    });
    place.release().await.unwrap();
    place.assert_released("half an upload");
    let events = place.events();
    let told = "a.whl: deleted on GitHub: its upload did not finish".to_owned();
    assert!(events.contains(&told), "{events:?}");

    // One that a run before has left.
    let place = Place::new();
    place
        .repository()
        .stage(TAG, COMMIT, &place.files())
        .await
        .unwrap();
    place.change(|repository| {
        let asset = &mut repository.releases[0].assets[1];
        asset.state = "starter".to_owned();
        asset.content = String::new();
    });
    let (staged, _) = place.release().await.unwrap();
    assert_eq!(staged.files[1].placed, Placed::Replaced);
    place.assert_released("left by a run before");
}

#[tokio::test]
async fn a_draft_that_shows_late_is_waited_for_and_never_made_twice() {
    for lag in 1..4 {
        let place = Place::new();
        place.change(|repository| repository.list_lag = lag);
        place.release().await.unwrap();
        place.assert_released("lag");
        let drafts = place.changes();
        let made = drafts.iter().filter(|it| it.ends_with("/releases"));
        assert_eq!(made.count(), 1, "{drafts:#?}");
    }
}

#[tokio::test]
async fn a_network_that_repeats_a_request_leaves_one_draft() {
    let place = Place::new();
    place.github.fault(Fault {
        twice: true,
        method: Some("POST".to_owned()),
        path: "*/releases".to_owned(),
        ..Fault::default()
    });
    place.release().await.unwrap();
    place.assert_released("twice");
}

#[tokio::test]
async fn a_draft_of_somebody_else_that_shows_after_a_lost_answer_is_not_deleted() {
    let place = Place::new();
    let draft = |id, hidden| state::Release {
        id,
        hidden,
        tag_name: TAG.to_owned(),
        target_commitish: COMMIT.to_owned(),
        body: Some("written by hand".to_owned()),
        draft: true,
        ..state::Release::default()
    };
    // The second one shows first.
    place.change(|repository| repository.releases = vec![draft(1, 2), draft(2, 1)]);
    place
        .github
        .fault(Fault::status("POST", "/repos/o/r/releases", 502));
    let error = place.release().await.unwrap_err().to_string();
    assert!(error.contains("there are 2, delete all but one"), "{error}");
    assert!(place.changes().is_empty(), "{:#?}", place.changes());
    assert_eq!(place.state().releases.len(), 2);
}

#[tokio::test]
async fn two_at_once_end_with_one_release() {
    for _ in 0..5 {
        let place = Place::new();
        place.change(|repository| repository.list_lag = 1);
        let (first, second) = tokio::join!(place.release(), place.release());
        // One may be told to run again, and then finds everything in place.
        assert!(first.is_ok() || second.is_ok(), "{first:?} {second:?}");
        place.release().await.unwrap();
        place.assert_released("two at once");
    }
}

#[tokio::test]
async fn a_file_that_changes_on_disk_is_not_left_in_the_draft() {
    let place = Place::new();
    let file = place.file("a.whl", "wheel");
    std::fs::write(&file.path, "wheex").unwrap();
    let error = place
        .repository()
        .stage(TAG, COMMIT, &[file])
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("the file has changed on disk"),
        "{error}"
    );
    assert!(place.state().releases[0].assets.is_empty());
}

#[tokio::test]
async fn a_token_that_the_server_repeats_is_not_in_the_error() {
    let place = Place::new();
    place.github.fault(Fault {
        body: Some(serde_json::json!({ "message": "you sent Bearer writer" })),
        ..Fault::status("POST", "/uploads/", 403)
    });
    let error = place.release().await.unwrap_err().to_string();
    assert!(
        error.contains("upload a.whl") && !error.contains("writer"),
        "{error}"
    );
}
