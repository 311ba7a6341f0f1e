//! What a workflow sees of the action: the tag, the frozen list and the draft, made once and together.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fs;
use std::path::PathBuf;

use package_store::{Commit, NewPackage, Store};
use testkit::binary::Run;
use testkit::faults::Fault;
use testkit::github::state::{Release, Repository, Right, Tag, Token};
use testkit::github::{FakeGitHub, State};
use testkit::runner::{InJob as _, Outcome};

#[path = "draft/bad_days.rs"]
mod bad_days;
#[path = "draft/notes.rs"]
mod notes;
#[path = "draft/refusals.rs"]
mod refusals;

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
const OTHER: &str = "1111111111111111111111111111111111111111";
const EXPECTED: &str = "wheel hello-sdk linux-x64\ncrate hello-core any\ndata hello-data any";

/// A bucket with the three expected packages, and a GitHub that knows a writer and a reader.
struct Place {
    folder: tempfile::TempDir,
    github: FakeGitHub,
}

impl Place {
    fn new() -> Self {
        let token = |name: &str, right| Token::contents(name, &format!("secret-{name}"), right);
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
            github: FakeGitHub::start(State {
                tokens: vec![token("writer", Right::Write), token("reader", Right::Read)],
                repositories: vec![Repository {
                    owner: "rerun-io".to_owned(),
                    name: "hello-sdk".to_owned(),
                    ..Repository::default()
                }],
                ..State::default()
            }),
        };
        place.put("wheel", "hello-sdk", "linux-x64", "0.2.0a1", COMMIT);
        place.put("crate", "hello-core", "any", "0.2.0-alpha.1", COMMIT);
        place.put("data", "hello-data", "any", "0.2.0-alpha.1", COMMIT);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, kind: &str, project: &str, platform: &str, version: &str, commit: &str) {
        let store = Store::open(self.path("bucket").to_str().unwrap()).unwrap();
        let path = self.path("package");
        let file_name = format!("{project}-{version}-{platform}.{kind}");
        fs::write(&path, &file_name).unwrap();
        let package = NewPackage {
            kind: kind.to_owned(),
            project: project.to_owned(),
            version: version.to_owned(),
            platform: platform.to_owned(),
            file_name,
            path,
            ..NewPackage::default()
        };
        let commit: Commit = commit.parse().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(store.put(&commit, &package)).unwrap();
    }

    fn run(&self) -> Run {
        Run::new(env!("CARGO_BIN_EXE_draft-release"))
            .workspace(self.folder.path())
            .event("repository_dispatch", &serde_json::json!({}))
            .sha(COMMIT)
            .api_url(self.github.url())
            .input("bucket", "./bucket")
            .input("expected", EXPECTED)
            .input("token", "secret-writer")
    }

    fn draft(&self) -> Outcome {
        self.run().run()
    }

    fn repository(&self) -> Repository {
        self.github.state().repositories.remove(0)
    }

    fn change(&self, change: impl FnOnce(&mut Repository)) {
        self.github
            .change(|state| change(state.repositories.first_mut().unwrap()));
    }

    /// How many requests tried to change something.
    fn writes(&self) -> usize {
        let requests = self.github.requests();
        requests.iter().filter(|it| it.method != "GET").count()
    }

    fn is_frozen(&self) -> bool {
        self.path("bucket/manifests").exists()
    }

    /// The action refuses, and has made nothing.
    #[track_caller]
    fn assert_refused(&self, outcome: &Outcome, code: i32, told: &[&str]) {
        outcome.assert_code(code);
        for told in told {
            assert!(outcome.stdout.contains(told), "{told}: {outcome}");
        }
        assert_eq!(self.writes(), 0, "{outcome}");
        assert!(!self.is_frozen(), "{outcome}");
    }
}

fn release(tag: &str, draft: bool) -> Release {
    Release {
        tag_name: tag.to_owned(),
        draft,
        ..Release::default()
    }
}

#[test]
fn a_complete_commit_gets_its_tag_its_list_and_its_draft_once() {
    let place = Place::new();
    let first = place.draft();
    first.assert_code(0);
    let outputs = ["version", "tag", "commit", "manifest"].map(|name| first.output(name));
    let manifest = "bucket/manifests/0.2.0-alpha.1.json";
    assert_eq!(
        outputs,
        ["0.2.0-alpha.1", "v0.2.0-alpha.1", COMMIT, manifest]
    );
    let repository = place.repository();
    assert_eq!(repository.refs["refs/tags/v0.2.0-alpha.1"], COMMIT);
    let draft = &repository.releases[0];
    assert!(draft.draft && draft.prerelease, "{draft:?}");
    let notes = draft.body.clone().unwrap();
    assert!(notes.contains("pip install hello-sdk==0.2.0a1"), "{notes}");
    assert!(
        first.output("release-url").starts_with("https://"),
        "{first}"
    );
    let frozen = fs::read(place.path(manifest)).unwrap();

    let writes = place.writes();
    let second = place.draft();
    second.assert_code(0);
    assert_eq!(place.writes(), writes, "{second}");
    assert_eq!(fs::read(place.path(manifest)).unwrap(), frozen);
    assert_eq!(second.outputs, first.outputs);
    assert!(
        second
            .stdout
            .contains("draft of v0.2.0-alpha.1: already there"),
        "{second}"
    );
}

#[test]
fn a_run_that_was_broken_off_is_completed_by_the_next_one() {
    let place = Place::new();
    let broken = Fault {
        times: 9,
        ..Fault::status("POST", "/repos/*/releases", 500)
    };
    place.github.fault(broken);
    let first = place.draft();
    first.assert_code(2);
    assert!(first.stdout.contains("the next run continues"), "{first}");
    place.github.change(|state| state.faults.clear());
    place.draft().assert_code(0);
    assert_eq!(place.repository().releases.len(), 1);
}

#[test]
fn answers_that_are_lost_make_neither_a_second_draft_nor_an_error() {
    let place = Place::new();
    for path in ["/repos/*/git/refs", "/repos/*/releases"] {
        place.github.fault(Fault {
            handled: true,
            ..Fault::status("POST", path, 502)
        });
    }
    place.draft().assert_code(0);
    assert_eq!(place.repository().releases.len(), 1);
    assert_eq!(place.repository().refs.len(), 1);
}

#[test]
fn the_draft_is_found_behind_a_hundred_others_and_keeps_what_people_wrote() {
    let place = Place::new();
    place.change(|repository| {
        repository.releases.push(Release {
            body: Some("Read this first.".to_owned()),
            ..release("v0.2.0-alpha.1", true)
        });
        let others = (0..120).map(|number| release(&format!("nightly-{number}"), false));
        repository.releases.extend(others);
    });
    let outcome = place.draft();
    outcome.assert_code(0);
    let repository = place.repository();
    assert_eq!(repository.releases.len(), 121);
    let notes = repository.releases[0].body.clone().unwrap();
    assert!(notes.starts_with("Read this first.\n\n<!--"), "{notes}");
    assert!(
        outcome.stdout.contains("draft of v0.2.0-alpha.1: updated"),
        "{outcome}"
    );
}

#[test]
fn an_annotated_tag_is_followed_to_its_commit() {
    for (object, code) in [(COMMIT, 0), (OTHER, 2)] {
        let place = Place::new();
        let tag_object = "a".repeat(40);
        place.change(|repository| {
            let name = "refs/tags/v0.2.0-alpha.1".to_owned();
            repository.refs.insert(name, tag_object.clone());
            repository.tags.push(Tag {
                sha: tag_object.clone(),
                tag: "v0.2.0-alpha.1".to_owned(),
                object: object.to_owned(),
                r#type: "commit".to_owned(),
                ..Tag::default()
            });
        });
        let outcome = place.draft();
        match code {
            0 => drop(outcome.assert_code(0)),
            _ => place.assert_refused(&outcome, 2, &[COMMIT, OTHER]),
        }
    }
}

#[test]
fn what_others_have_made_is_not_touched() {
    let elsewhere = Place::new();
    elsewhere.change(|repository| {
        let name = "refs/tags/v0.2.0-alpha.1".to_owned();
        repository.refs.insert(name, OTHER.to_owned());
    });
    elsewhere.assert_refused(&elsewhere.draft(), 2, &[COMMIT, OTHER]);

    let several = Place::new();
    several.change(|repository| {
        repository.releases = vec![release("v0.2.0-alpha.1", true); 2];
    });
    several.assert_refused(
        &several.draft(),
        2,
        &["there are 2, delete all but one: https://"],
    );

    let published = Place::new();
    published.change(|repository| repository.releases.push(release("v0.2.0-alpha.1", false)));
    published.draft().assert_code(0);
    assert_eq!(published.repository().releases[0].body, None);
}

#[test]
fn a_list_that_was_frozen_for_another_commit_stops_all_before_the_tag() {
    let place = Place::new();
    place.draft().assert_code(0);
    let writes = place.writes();
    place.put("wheel", "hello-sdk", "linux-x64", "0.2.0a1", OTHER);
    let outcome = place.run().sha(OTHER).input("expected", "").run();
    outcome.assert_code(2);
    assert!(
        outcome.stdout.contains(COMMIT) && outcome.stdout.contains(OTHER),
        "{outcome}"
    );
    assert_eq!(place.writes(), writes);
}

#[test]
fn an_incomplete_set_is_told_at_once_and_makes_nothing() {
    let place = Place::new();
    place.put("wheel", "hello-sdk", "macos-arm64", "0.2.0a1", COMMIT);
    let missing = format!("{EXPECTED}\nwheel hello-sdk windows-x64");
    let run = place
        .run()
        .input("expected", missing)
        .input("version", "0.2.0");
    let outcome = run.run();
    place.assert_refused(
        &outcome,
        1,
        &[
            "missing: wheel hello-sdk windows-x64",
            "unexpected: wheel hello-sdk macos-arm64",
            "hello-core-0.2.0-alpha.1-any.crate has version 0.2.0-alpha.1, not 0.2.0",
        ],
    );
    assert_eq!(outcome.output("tag"), "");
    let optional = "wheel hello-sdk macos-arm64\nwheel hello-sdk macos-x64";
    place.run().input("optional", optional).run().assert_code(0);
}

#[test]
fn the_table_of_packages_is_the_expected_set_and_inputs_go_before_it() {
    let place = Place::new();
    fs::create_dir(place.path(".github")).unwrap();
    let table = r#"
[packages]
wheels = { kind = "wheel", project = "hello-sdk", platforms = ["linux-x64", "macos-arm64"] }
crates = { kind = "crate", project = "hello-core" }
"#;
    fs::write(place.path(".github/ci-actions.toml"), table).unwrap();
    let outcome = place.run().input("expected", "").run();
    place.assert_refused(
        &outcome,
        1,
        &[
            "missing: wheel hello-sdk macos-arm64",
            "unexpected: data hello-data any",
        ],
    );
    place.draft().assert_code(0);
}

#[test]
fn a_dry_run_looks_at_everything_and_makes_nothing() {
    let place = Place::new();
    let outcome = place.run().input("dry-run", "true").run();
    place.assert_refused(
        &outcome,
        0,
        &[
            "would create the tag v0.2.0-alpha.1",
            "would freeze",
            "draft of v0.2.0-alpha.1: would be created",
        ],
    );
    let without_a_token = place
        .run()
        .input("dry-run", "true")
        .input("token", "")
        .run();
    place.assert_refused(
        &without_a_token,
        0,
        &["neither the tag nor the draft is checked"],
    );
    assert!(place.github.requests().iter().all(|it| it.token.is_some()));
}
