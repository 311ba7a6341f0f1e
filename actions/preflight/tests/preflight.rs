//! What a workflow sees of the action: everything that would stop a release at once, from servers that are only read.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

#[path = "preflight/broken.rs"]
mod broken;
#[path = "preflight/place.rs"]
mod place;
#[path = "preflight/trusted.rs"]
mod trusted;

use place::{OTHER, Place, TAG};
use testkit::github::state::Release;
use testkit::runner::{InJob as _, Level};

#[test]
fn a_release_with_nothing_in_its_way_passes_and_everything_is_only_read() {
    let place = Place::new();
    let before = place.bucket();
    let outcome = place.run().run();
    outcome.assert_code(0);
    for told in [
        "0.2.0 can be released: 0 problems, 2 cautions",
        "goes to TestPyPI, which does not know `hello-sdk` yet",
        "which does not know `hello-core` yet",
        &format!("at commit {}", place.commit),
        "no draft seen",
    ] {
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    }
    assert_eq!(outcome.output("problems"), "[]");
    assert!(
        outcome.summary.contains("can be released"),
        "{}",
        outcome.summary
    );
    assert_eq!(place.writes(), Vec::<String>::new());
    assert_eq!(place.bucket(), before);
}

#[test]
fn what_is_wrong_in_every_place_is_told_in_one_run() {
    let place = Place::new();
    place.publish_other_bytes();
    place.lose_a_file();
    place.change(|repository| {
        for number in [1, 2] {
            repository.releases.push(Release {
                tag_name: TAG.to_owned(),
                draft: true,
                target_commitish: format!("branch-{number}"),
                ..Release::default()
            });
        }
    });
    place
        .repository
        .git(&["tag", "--force", TAG, &place.earlier]);
    let outcome = place.run().input("pypi-password", "").run();
    outcome.assert_code(1);
    let problems = outcome.output("problems");
    for told in [
        // GitHub
        &format!(
            "it is at commit {}, but version 0.2.0 is frozen for commit {}",
            place.earlier, place.commit
        ),
        "there are 2 drafts of the tag",
        // PyPI
        "there is no token to publish with, and the job has no identity",
        "`pypi-password`",
        // the Cargo registry
        "hello-core-0.2.0.crate: it exists with sha256",
        // the bucket
        "data.bin",
    ] {
        assert!(problems.contains(told), "{told}: {problems}");
    }
    let errors = outcome
        .annotations
        .iter()
        .filter(|one| one.level == Level::Error);
    assert!(errors.count() >= 5, "{outcome}");
    for check in [
        "release-tag",
        "github-release",
        "credentials",
        "crate-files",
        "bucket-files",
    ] {
        assert!(
            outcome.summary.contains(check),
            "{check}: {}",
            outcome.summary
        );
    }
    let writes = place.writes();
    // The one upload is that of the test itself.
    assert_eq!(writes.len(), 1, "{writes:?}");
}

#[test]
fn a_workflow_that_waits_for_the_release_is_a_caution_that_stops_nothing() {
    let place = Place::new();
    let outcome = place.run().run();
    outcome.assert_code(0);
    let cautions = outcome.output("cautions");
    assert!(!cautions.contains("build.yml"), "{cautions}");

    let place = Place::with_workflow("on:\n  release:\n    types: [published]\njobs: {}\n");
    let outcome = place.run().run();
    outcome.assert_code(0);
    let cautions = outcome.output("cautions");
    assert!(
        cautions.contains(".github/workflows/announce.yml"),
        "{cautions}"
    );
    assert!(
        cautions.contains("`GITHUB_TOKEN` start no workflows"),
        "{cautions}"
    );
    let outcome = place.run_with_token("ghp_of_a_person").run();
    outcome.assert_code(0);
    assert!(
        !outcome.output("cautions").contains("announce.yml"),
        "{outcome}"
    );
}

#[test]
fn a_slow_line_is_found_before_pypi_drops_the_upload() {
    let place = Place::new();
    let outcome = place.run().input("upload-rate", "1B").run();
    outcome.assert_code(1);
    let problems = outcome.output("problems");
    assert!(
        problems.contains("PyPI drops an upload after 4m"),
        "{problems}"
    );
}

#[test]
fn an_annotated_tag_and_a_draft_of_the_commit_are_fine() {
    let place = Place::new();
    place.repository.git(&["tag", "--delete", TAG]);
    place
        .repository
        .git(&["tag", "--annotate", "--message", "x", TAG, &place.commit]);
    place.change(|repository| {
        repository.releases.push(Release {
            tag_name: TAG.to_owned(),
            draft: true,
            target_commitish: place.commit.clone(),
            ..Release::default()
        });
    });
    let outcome = place.run().run();
    outcome.assert_code(0);
    assert!(outcome.stdout.contains("lacks 3 files"), "{outcome}");
}

#[test]
fn without_a_token_for_github_the_release_is_missed_unless_it_is_off() {
    let place = Place::new();
    let outcome = place.run().input("token", "").env("GITHUB_TOKEN", "").run();
    outcome.assert_code(1);
    assert!(
        outcome.output("problems").contains("`github: off`"),
        "{outcome}"
    );
    let run = place.run().input("token", "").input("github", "off");
    run.run().assert_code(0);
}

#[test]
fn a_version_that_nobody_has_frozen_is_named_with_those_that_are_there() {
    let place = Place::new();
    let outcome = place.run().input("version", "0.3.0").run();
    outcome.assert_code(2);
    for told in ["0.3.0", "0.2.0"] {
        assert!(outcome.stdout.contains(told), "{outcome}");
    }
    assert_eq!(place.writes(), Vec::<String>::new());
    assert_ne!(OTHER, place.commit);
}
