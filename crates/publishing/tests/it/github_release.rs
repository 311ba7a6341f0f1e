//! A release on GitHub as the library makes it, against the fake one with its bad days.

mod bad_days;
mod refusals;
mod tags;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use publishing::github_release::{Asset, Error, Latest, Placed, Published, Repository, Staged};
use testkit::github::state::{self, Right, Token};
use testkit::github::{FakeGitHub, State};

use crate::clock::Bench;

pub(crate) const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
pub(crate) const OTHER: &str = "1111111111111111111111111111111111111111";
pub(crate) const TAG: &str = "v0.2.0";

/// A repository on GitHub, and files for its release.
pub(crate) struct Place {
    pub(crate) github: FakeGitHub,
    folder: tempfile::TempDir,
    events: Arc<Mutex<Vec<String>>>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let token = |name: &str, right| Token::contents(name, name, right);
        Self {
            github: FakeGitHub::start(State {
                tokens: vec![token("writer", Right::Write), token("reader", Right::Read)],
                repositories: vec![state::Repository {
                    owner: "o".to_owned(),
                    name: "r".to_owned(),
                    refs: BTreeMap::from([(format!("refs/tags/{TAG}"), COMMIT.to_owned())]),
                    ..state::Repository::default()
                }],
                ..State::default()
            }),
            folder: tempfile::tempdir().unwrap(),
            events: Arc::default(),
        }
    }

    pub(crate) fn as_of(&self, token: &str) -> Repository {
        let url = self.github.url();
        let options = github::Options::default()
            .environment(|name| (name == "GITHUB_API_URL").then_some(url))
            .token(Some(token))
            .clock(Bench::new().clock);
        let events = Arc::clone(&self.events);
        Repository::connect(options, "o/r")
            .unwrap()
            .on_event(Arc::new(move |event| {
                events.lock().unwrap().push(event.to_string());
            }))
    }

    pub(crate) fn repository(&self) -> Repository {
        self.as_of("writer")
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> Asset {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        Asset::open(&path).unwrap()
    }

    /// Three files, one of which GitHub renames.
    pub(crate) fn files(&self) -> Vec<Asset> {
        [
            ("a.whl", "wheel"),
            ("b.crate", "crate"),
            ("c d.txt", "text"),
        ]
        .map(|(name, content)| self.file(name, content))
        .into()
    }

    /// Stages and publishes.
    pub(crate) async fn release(&self) -> Result<(Staged, Published), Error> {
        let repository = self.repository();
        let staged = repository.stage(TAG, COMMIT, &self.files()).await?;
        let published = repository.publish(&staged, Latest::Yes).await?;
        Ok((staged, published))
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut state::Repository)) {
        self.github
            .change(|state| change(state.repositories.first_mut().unwrap()));
    }

    pub(crate) fn state(&self) -> state::Repository {
        self.github.state().repositories.remove(0)
    }

    /// Requests that changed something, in order.
    pub(crate) fn changes(&self) -> Vec<String> {
        let requests = self.github.requests();
        let changes = requests
            .iter()
            .filter(|it| it.method != "GET" && (200..300).contains(&it.status));
        changes
            .map(|it| format!("{} {}", it.method, it.path))
            .collect()
    }

    pub(crate) fn events(&self) -> Vec<String> {
        self.events.lock().unwrap().clone()
    }

    /// What a complete run leaves: one release, published, with these files and nothing else.
    #[track_caller]
    pub(crate) fn assert_released(&self, context: &str) {
        let state = self.state();
        let releases = &state.releases;
        assert_eq!(releases.len(), 1, "{context}: {releases:#?}");
        assert!(!releases[0].draft && releases[0].latest, "{context}");
        let assets: Vec<_> = releases[0]
            .assets
            .iter()
            .map(|it| (it.name.as_str(), it.state.as_str(), it.content.as_str()))
            .collect();
        let wanted = [
            ("a.whl", "uploaded", "d2hlZWw="),
            ("b.crate", "uploaded", "Y3JhdGU="),
            ("c.d.txt", "uploaded", "dGV4dA=="),
        ];
        let mut sorted = assets.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, wanted, "{context}");
        assert_eq!(state.refs[&format!("refs/tags/{TAG}")], COMMIT, "{context}");
    }

    /// No request that changed something was made again.
    #[track_caller]
    pub(crate) fn assert_once(&self, context: &str) {
        let mut changes = self.changes();
        changes.sort();
        let before = changes.clone();
        changes.dedup();
        assert_eq!(changes, before, "{context}");
    }
}

#[tokio::test]
async fn a_release_gets_its_files_is_published_and_then_left_alone() {
    let place = Place::new();
    let (staged, published) = place.release().await.unwrap();
    assert_eq!(staged.count(Placed::Uploaded), 3);
    assert_eq!(staged.files[2].shown_as, "c.d.txt");
    assert!(
        published.latest && !published.was_published,
        "{published:?}"
    );
    place.assert_released("first");
    let label = place.state().releases[0].assets[2].label.clone();
    assert_eq!(label.as_deref(), Some("c d.txt"));
    let changes = place.changes();
    // The draft, three files, and what publishes it.
    assert_eq!(changes.len(), 5, "{changes:#?}");
    assert!(changes[1].starts_with("POST /uploads/"), "{changes:#?}");
    assert!(changes[4].starts_with("PATCH /repos/o/r/releases/"));

    let (again, published) = place.release().await.unwrap();
    assert_eq!(again.count(Placed::Unchanged), 3);
    assert!(published.latest && published.was_published, "{published:?}");
    assert_eq!(place.changes(), changes);
    let events = place.events();
    assert!(
        events.contains(&"a.whl: sending 5 bytes".to_owned()),
        "{events:?}"
    );
    assert!(
        events.contains(&"a.whl: already there".to_owned()),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_changes_nothing() {
    let place = Place::new();
    let repository = place.repository().dry_run(true);
    let staged = repository.stage(TAG, COMMIT, &place.files()).await.unwrap();
    assert_eq!(staged.count(Placed::Uploaded), 3);
    assert!(staged.release.is_none());
    let published = repository.publish(&staged, Latest::Yes).await.unwrap();
    assert!(published.latest && !published.was_published);
    assert!(place.changes().is_empty());

    let all = place.files();
    place
        .repository()
        .stage(TAG, COMMIT, &all[..1])
        .await
        .unwrap();
    let changes = place.changes();
    let staged = repository.stage(TAG, COMMIT, &all).await.unwrap();
    assert_eq!(staged.count(Placed::Uploaded), 2);
    repository.publish(&staged, Latest::Yes).await.unwrap();
    assert_eq!(place.changes(), changes);
}

#[tokio::test]
async fn files_of_others_stay_and_ours_with_other_bytes_are_replaced_in_a_draft() {
    let place = Place::new();
    place
        .repository()
        .stage(
            TAG,
            COMMIT,
            &[place.file("a.whl", "old"), place.file("notes.pdf", "x")],
        )
        .await
        .unwrap();
    let staged = place
        .repository()
        .stage(TAG, COMMIT, &place.files())
        .await
        .unwrap();
    assert_eq!(staged.files[0].placed, Placed::Replaced);
    assert_eq!(staged.others, ["notes.pdf"]);
    let names: Vec<_> = place.state().releases[0]
        .assets
        .iter()
        .map(|it| it.name.clone())
        .collect();
    assert_eq!(names, ["notes.pdf", "a.whl", "b.crate", "c.d.txt"]);
}

#[tokio::test]
async fn names_that_github_changes_are_found_again() {
    let place = Place::new();
    let names = ["x+y.whl", "z (1)~.txt", ".hidden", "end.", "ü.txt"];
    let files: Vec<Asset> = names.iter().map(|name| place.file(name, name)).collect();
    place.repository().stage(TAG, COMMIT, &files).await.unwrap();
    let labels: Vec<_> = place.state().releases[0]
        .assets
        .iter()
        .map(|it| it.label.clone().unwrap())
        .collect();
    assert_eq!(labels, names);
    let changes = place.changes();
    let again = place.repository().stage(TAG, COMMIT, &files).await.unwrap();
    assert_eq!(again.count(Placed::Unchanged), names.len());
    assert_eq!(place.changes(), changes);
}

#[tokio::test]
async fn a_server_that_tells_no_digests_is_asked_for_the_bytes() {
    let place = Place::new();
    place.change(|repository| repository.no_digests = true);
    place.release().await.unwrap();
    place.assert_released("no digests");
    let changes = place.changes();
    place.release().await.unwrap();
    assert_eq!(place.changes(), changes);
    // As long as ours, and not ours.
    place.change(|repository| repository.releases[0].assets[0].content = "d2hlZXo=".to_owned());
    let error = place.release().await.unwrap_err().to_string();
    assert!(error.contains("a.whl exists with sha256"), "{error}");
}

#[tokio::test]
async fn a_patch_of_an_older_line_does_not_become_the_latest_release() {
    let place = Place::new();
    place.release().await.unwrap();
    place.change(|repository| {
        drop(
            repository
                .refs
                .insert("refs/tags/v0.1.9".to_owned(), OTHER.to_owned()),
        )
    });
    let repository = place.repository();
    let of = async |version: &str| {
        repository
            .latest_for(&version.parse().unwrap())
            .await
            .unwrap()
    };
    assert_eq!(of("0.1.9").await, Latest::No);
    assert_eq!(of("0.3.0-alpha.1").await, Latest::No);
    assert_eq!(of("0.2.0").await, Latest::Yes);
    assert_eq!(of("0.10.0").await, Latest::Yes);
    let staged = repository
        .stage("v0.1.9", OTHER, &place.files())
        .await
        .unwrap();
    let published = repository
        .publish(&staged, of("0.1.9").await)
        .await
        .unwrap();
    assert!(!published.latest);
    let releases = place.state().releases;
    assert!(releases[0].latest && !releases[1].draft && !releases[1].latest);

    // Where the latest release is not a version, the newest one counts.
    place.change(|repository| {
        repository.releases.push(state::Release {
            tag_name: "stable".to_owned(),
            latest: true,
            ..state::Release::default()
        })
    });
    place.change(|repository| repository.releases[0].latest = false);
    assert_eq!(of("0.1.9").await, Latest::No);
    assert_eq!(of("0.2.1").await, Latest::Yes);
}

#[tokio::test]
async fn a_prerelease_is_made_as_one_and_is_never_the_latest() {
    let place = Place::new();
    let repository = place.repository();
    let staged = repository
        .stage("v0.3.0-alpha.1", COMMIT, &place.files())
        .await
        .unwrap();
    // Its tag is made before it is published.
    let published = repository.publish(&staged, Latest::Yes).await.unwrap();
    assert!(!published.latest);
    let state = place.state();
    assert!(state.releases[0].prerelease && !state.releases[0].draft);
    assert_eq!(state.refs["refs/tags/v0.3.0-alpha.1"], COMMIT);
}
