//! What is refused, before anything is changed, and what the error says to do.

use super::*;

fn release(draft: bool, target: &str) -> state::Release {
    state::Release {
        tag_name: TAG.to_owned(),
        target_commitish: target.to_owned(),
        draft,
        ..state::Release::default()
    }
}

/// The error of a run that changed nothing.
async fn refused(place: &Place) -> String {
    let changes = place.changes();
    let error = place.release().await.unwrap_err().to_string();
    assert_eq!(place.changes(), changes, "{error}");
    error
}

#[tokio::test]
async fn a_release_is_bound_to_the_commit_of_its_tag() {
    let elsewhere = Place::new();
    elsewhere.change(|repository| {
        drop(
            repository
                .refs
                .insert(format!("refs/tags/{TAG}"), OTHER.to_owned()),
        )
    });
    let error = refused(&elsewhere).await;
    assert!(
        error.contains("the tag v0.2.0 is at commit 1111"),
        "{error}"
    );

    let annotated = Place::new();
    let object = "a".repeat(40);
    annotated.change(|repository| {
        repository
            .refs
            .insert(format!("refs/tags/{TAG}"), object.clone());
        repository.tags.push(state::Tag {
            sha: object.clone(),
            object: COMMIT.to_owned(),
            r#type: "commit".to_owned(),
            ..state::Tag::default()
        });
    });
    annotated.release().await.unwrap();

    for (target, has_tag, fits) in [
        (OTHER, true, false),
        (OTHER, false, false),
        ("main", false, false),
        ("main", true, true),
        (COMMIT, false, true),
    ] {
        let place = Place::new();
        place.change(|repository| {
            repository.releases.push(release(true, target));
            if !has_tag {
                repository.refs.clear();
            }
        });
        match fits {
            true => drop(place.release().await.unwrap()),
            false => {
                let error = refused(&place).await;
                assert!(error.contains("the draft of v0.2.0 is for"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn several_drafts_are_named() {
    let place = Place::new();
    place.change(|repository| {
        repository.releases = vec![release(true, COMMIT), release(true, COMMIT)]
    });
    let error = refused(&place).await;
    assert!(
        error.contains("there are 2, delete all but one: https://"),
        "{error}"
    );
}

#[tokio::test]
async fn a_published_release_is_not_changed_and_gets_only_what_it_lacks() {
    let place = Place::new();
    place.release().await.unwrap();
    place.change(|repository| drop(repository.releases[0].assets.remove(1)));
    let (staged, _) = place.release().await.unwrap();
    assert_eq!(staged.count(Placed::Uploaded), 1);
    place.assert_released("completed");
    place.change(|repository| repository.releases[0].assets[0].content = "eA==".to_owned());
    let error = refused(&place).await;
    for part in [
        "is published,",
        "a.whl exists with 1 bytes",
        "release another version",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn an_immutable_release_is_published_once_and_never_touched() {
    let place = Place::new();
    place.change(|repository| repository.immutable_releases = true);
    place.release().await.unwrap();
    assert!(place.state().releases[0].immutable);
    let changes = place.changes();
    place.release().await.unwrap();
    assert_eq!(place.changes(), changes);

    let more = [place.files(), vec![place.file("late.txt", "late")]].concat();
    let error = place
        .repository()
        .stage(TAG, COMMIT, &more)
        .await
        .unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("published and immutable") && told.contains("late.txt is missing"),
        "{told}"
    );
    assert_eq!(place.changes(), changes);

    // Somebody publishes the draft while its files are sent.
    let place = Place::new();
    place.change(|repository| repository.immutable_releases = true);
    let staged = place
        .repository()
        .stage(TAG, COMMIT, &place.files()[..1])
        .await
        .unwrap();
    place.github.fault(testkit::faults::Fault {
        body: Some(
            serde_json::json!({ "message": "Cannot upload assets to an immutable release." }),
        ),
        ..testkit::faults::Fault::status("POST", "/uploads/", 422)
    });
    let error = place.release().await.unwrap_err().to_string();
    assert!(
        error.contains("do not publish its draft by hand"),
        "{error}"
    );
    place
        .repository()
        .publish(&staged, Latest::Yes)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_tag_name_of_an_immutable_release_that_was_deleted_is_used_up() {
    for tag_is_there in [true, false] {
        let place = Place::new();
        place.change(|repository| {
            repository.used_up_tags.insert(TAG.to_owned());
            if !tag_is_there {
                repository.refs.clear();
            }
        });
        let error = place.release().await.unwrap_err().to_string();
        let told = match tag_is_there {
            true => "the tag name v0.2.0 belonged to an immutable release",
            false => "an immutable release protects it",
        };
        assert!(error.contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_token_that_may_only_read_is_told_which_permission_it_lacks() {
    let place = Place::new();
    let staged = place
        .as_of("reader")
        .stage(TAG, COMMIT, &place.files())
        .await;
    let error = staged.unwrap_err().to_string();
    assert!(error.contains("`contents: write`"), "{error}");
    assert!(place.changes().is_empty());
}

#[tokio::test]
async fn files_that_github_does_not_take_are_told_before_anything_is_made() {
    let place = Place::new();
    let files = [
        place.file("empty", ""),
        place.file("a b", "1"),
        place.file("a.b", "2"),
    ];
    let error = place
        .repository()
        .stage(TAG, COMMIT, &files)
        .await
        .unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("empty is empty") && told.contains("have the same name"),
        "{told}"
    );
    assert!(place.github.requests().is_empty());
}

#[tokio::test]
async fn what_is_published_is_what_was_staged() {
    let place = Place::new();
    let repository = place.repository();
    let staged = repository.stage(TAG, COMMIT, &place.files()).await.unwrap();
    place.change(|repository| drop(repository.releases[0].assets.remove(0)));
    let error = repository.publish(&staged, Latest::Yes).await.unwrap_err();
    assert!(error.to_string().contains("a.whl is missing"), "{error}");
    place.change(|repository| repository.releases.clear());
    let error = repository.publish(&staged, Latest::Yes).await.unwrap_err();
    assert!(error.to_string().contains("was deleted"), "{error}");
}

#[tokio::test]
async fn names_of_repositories_are_checked() {
    for name in ["", "a", "a/", "/b", "a/b/c", "a b/c", "a/.."] {
        let error = Repository::connect(github::Options::default(), name).unwrap_err();
        assert!(
            error.to_string().contains("write it as `owner/name`"),
            "{error}"
        );
    }
}
