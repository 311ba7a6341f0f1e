//! The tag of a channel, and the mark of a withdrawn release.

use super::*;
use publishing::github_release::{Mark, TagMove};
use testkit::faults::Fault;

#[tokio::test]
async fn the_tag_of_a_channel_is_made_moved_and_left() {
    let place = Place::new();
    let repository = place.repository();
    let dry = repository
        .clone()
        .dry_run(true)
        .move_tag("latest", COMMIT)
        .await
        .unwrap();
    assert_eq!((dry.how, place.changes().len()), (TagMove::Created, 0));
    let made = repository.move_tag("latest", COMMIT).await.unwrap();
    assert_eq!((made.how, made.from), (TagMove::Created, None));
    let moved = repository.move_tag("latest", OTHER).await.unwrap();
    assert_eq!(
        (moved.how, moved.from.as_deref()),
        (TagMove::Moved, Some(COMMIT))
    );
    assert_eq!(
        repository.move_tag("latest", OTHER).await.unwrap().how,
        TagMove::Unchanged
    );
    assert_eq!(place.state().refs["refs/tags/latest"], OTHER);
    // Back again, as a rollback does.
    repository.move_tag("latest", COMMIT).await.unwrap();
    assert_eq!(place.changes().len(), 3);
}

#[tokio::test]
async fn a_lost_answer_moves_a_tag_once() {
    for (method, from) in [("POST", None), ("PATCH", Some(OTHER))] {
        for handled in [true, false] {
            let place = Place::new();
            if let Some(from) = from {
                place.change(|repository| {
                    drop(
                        repository
                            .refs
                            .insert("refs/tags/latest".to_owned(), from.to_owned()),
                    )
                });
            }
            let fault = match handled {
                true => Fault {
                    method: Some(method.to_owned()),
                    path: "*/git/refs*".to_owned(),
                    cut: true,
                    ..Fault::default()
                },
                false => Fault::status(method, "*/git/refs*", 503),
            };
            place.github.fault(fault);
            place.repository().move_tag("latest", COMMIT).await.unwrap();
            assert_eq!(place.state().refs["refs/tags/latest"], COMMIT);
            assert_eq!(place.changes().len(), 1, "{method} {handled}");
        }
    }
}

#[tokio::test]
async fn the_tag_of_an_immutable_release_does_not_move() {
    let place = Place::new();
    place.change(|repository| repository.immutable_releases = true);
    place.release().await.unwrap();
    let error = place.repository().move_tag(TAG, OTHER).await.unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("failed to move the tag v0.2.0")
            && told.contains("use a tag name that no release has"),
        "{told}"
    );
}

#[tokio::test]
async fn a_withdrawn_release_is_a_prerelease_with_a_line_on_top_once() {
    for immutable in [false, true] {
        let place = Place::new();
        place.change(|repository| repository.immutable_releases = immutable);
        let repository = place.repository();
        assert_eq!(repository.mark_withdrawn(TAG, "x").await.unwrap(), None);
        place.release().await.unwrap();
        let changes = place.changes().len();
        let dry = repository.clone().dry_run(true);
        let marked = dry
            .mark_withdrawn(TAG, "It crashes.")
            .await
            .unwrap()
            .unwrap();
        assert_eq!((marked.mark, place.changes().len()), (Mark::Made, changes));
        let marked = repository
            .mark_withdrawn(TAG, "It crashes.")
            .await
            .unwrap()
            .unwrap();
        assert_eq!((marked.mark, marked.left.len()), (Mark::Made, 0));
        let release = place.state().releases.remove(0);
        assert!(release.prerelease && !release.latest && !release.draft);
        let notes = release.body.unwrap();
        assert!(
            notes.starts_with("<!-- withdrawn -->\nIt crashes.\n"),
            "{notes}"
        );
        let marked = repository
            .mark_withdrawn(TAG, "It crashes.")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (marked.mark, place.changes().len()),
            (Mark::Unchanged, changes + 1)
        );
    }
}

#[tokio::test]
async fn what_an_immutable_release_refuses_is_said_and_the_rest_is_done() {
    let place = Place::new();
    place.release().await.unwrap();
    let refusal = Fault {
        body: Some(serde_json::json!({ "message": "Cannot change this of an immutable release." })),
        ..Fault::status("PATCH", "*/releases/*", 422)
    };
    place.github.fault(Fault {
        times: 2,
        ..refusal
    });
    let marked = place
        .repository()
        .mark_withdrawn(TAG, "It crashes.")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(marked.left.len(), 1);
    assert!(
        marked.left[0].starts_with("the mark as a prerelease: "),
        "{:?}",
        marked.left
    );
    let release = place.state().releases.remove(0);
    assert!(!release.prerelease && release.body.unwrap().contains("It crashes."));
}
