//! What the action refuses, and what it says to type instead.

use super::*;
use testkit::faults::Fault;
use testkit::github::state::Release;
use testkit::runner::Outcome;

/// The action refuses, and has changed nothing.
#[track_caller]
fn assert_refused(place: &Place, outcome: &Outcome, told: &str) {
    outcome.assert_code(2);
    assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    assert_eq!(place.writes(), 0, "{outcome}");
    assert_eq!(outcome.annotations.len(), 1, "{outcome}");
    let shown = outcome.to_string().replace("::add-mask::secret-", "");
    assert!(!shown.contains("secret-"), "{outcome}");
}

#[test]
fn bad_inputs_are_answered_with_the_right_ones() {
    let place = Place::new();
    for (name, value, told) in [
        ("version", "latest", "write it like `1.2.3`"),
        (
            "version",
            "0.2.0+2026.11.21.g6e4ddaf",
            "it is a commit build",
        ),
        ("version", "9.9.9", "9.9.9"),
        ("latest", "maybe", "the values are auto, true and false"),
        ("kinds", "docs-rust", "has no package that is a file"),
        ("kinds", "docs", "unknown kind `docs`"),
        (
            "kinds",
            "sdist",
            "its kinds are crate, data, docs-rust and wheel",
        ),
        ("extra-files", "*.sig", "no file matches `*.sig`"),
        ("bucket", "ftp://x", "unknown bucket address"),
        ("token", "", "in a job with `contents: write`"),
        ("token", "ghs_unknown", "the input `token` is wrong"),
    ] {
        let outcome = place.run().input(name, value).run();
        assert_refused(&place, &outcome, told);
    }
}

#[test]
fn a_token_that_may_only_read_is_told_which_permission_it_lacks() {
    let place = Place::new();
    let outcome = place.run().input("token", "secret-reader").run();
    outcome.assert_code(2);
    assert!(outcome.stdout.contains("`contents: write`"), "{outcome}");
    assert!(place.repository().releases.is_empty());
}

#[test]
fn a_tag_at_another_commit_and_a_published_release_with_other_files_stop_it() {
    let place = Place::new();
    place.change(|repository| {
        drop(
            repository
                .refs
                .insert("refs/tags/v0.2.0".to_owned(), OTHER.to_owned()),
        )
    });
    assert_refused(
        &place,
        &place.run().run(),
        "the tag v0.2.0 is at commit 1111",
    );

    let place = Place::new();
    place.change(|repository| {
        repository.releases.push(Release {
            tag_name: "v0.2.0".to_owned(),
            immutable: true,
            ..Release::default()
        });
    });
    let told = "is published and immutable, but its files are not those of v0.2.0";
    assert_refused(&place, &place.run().run(), told);
}

#[test]
fn a_damaged_package_is_not_sent() {
    let place = Place::new();
    let wheel = place.path(&format!("bucket/commit/{COMMIT}/packages/hello-0.2.0.whl"));
    assert!(wheel.exists(), "{}", wheel.display());
    fs::write(wheel, "WHEEL 0.2.0").unwrap();
    assert_refused(&place, &place.run().run(), "hello-0.2.0.whl");
}

#[test]
fn a_proxy_that_answers_html_is_an_error_of_one_sentence() {
    let place = Place::new();
    place.github.fault(Fault {
        times: 999,
        headers: BTreeMap::from([("content-type".to_owned(), "text/html".to_owned())]),
        body: Some("<html><body>Sign in</body></html>".into()),
        ..Fault::status("GET", "*", 200)
    });
    assert_refused(
        &place,
        &place.run().run(),
        "failed to understand the API's answer",
    );
}
