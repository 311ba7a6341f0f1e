//! A source that cannot be read ends the run with 2, and hides nothing of what the others have.

use axum::Router;
use testkit::packages::Wheel;
use testkit::pypi::{self, PypiIndex};
use testkit::serving::Server;

use super::place::Place;

/// What a login page or a proxy of a company answers to everything.
fn login_page() -> Server {
    let page = || async { axum::response::Html("<html><title>Log in</title><form></form></html>") };
    Server::start(0, |_| Router::new().fallback(page)).unwrap()
}

#[test]
fn an_index_that_answers_with_a_web_page_hides_no_problem_of_the_registry() {
    let place = Place::new();
    place.publish_other_bytes();
    let login = login_page();
    let outcome = place
        .run()
        .input("index-url", format!("{}/legacy/", login.url()))
        .input("simple-url", format!("{}/simple/", login.url()))
        .run();
    outcome.assert_code(2);
    for told in ["could not be checked", "it exists with sha256", "web page"] {
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    }
    assert!(
        outcome.summary.contains("not checked"),
        "{}",
        outcome.summary
    );
}

#[test]
fn a_registry_that_is_none_hides_no_problem_of_the_index() {
    let index = PypiIndex::start(pypi::Options::default()).unwrap();
    let wheel = Wheel {
        tags: "py3-none-linux_x86_64",
        ..Wheel::default()
    };
    let place = Place::with("on: push\njobs: {}\n", index, &wheel);
    let login = login_page();
    let outcome = place
        .run()
        .input("registry", format!("sparse+{}/index/", login.url()))
        .run();
    outcome.assert_code(2);
    for told in ["config.json", "platform tag `linux_x86_64` is not accepted"] {
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    }
}

#[test]
fn a_token_that_github_does_not_know_hides_nothing_either() {
    let place = Place::new();
    place.lose_a_file();
    let outcome = place.run_with_token("expired").run();
    outcome.assert_code(2);
    for told in ["Bad credentials", "data.bin"] {
        assert!(outcome.stdout.contains(told), "{told}: {outcome}");
    }
}

#[test]
fn a_bucket_with_other_bytes_than_its_record_is_a_problem() {
    let place = Place::new();
    let wheels = place.bucket().into_iter();
    for (path, size) in wheels.filter(|(path, _)| path.extension().is_some_and(|it| it == "whl")) {
        let bytes = vec![b'x'; usize::try_from(size).unwrap()];
        std::fs::write(path, bytes).unwrap();
    }
    let outcome = place.run().run();
    outcome.assert_code(1);
    assert!(outcome.output("problems").contains(".whl"), "{outcome}");
}

#[test]
fn addresses_that_are_none_are_named_by_their_input() {
    let place = Place::new();
    for (input, value) in [
        ("index-url", "ftp://x"),
        ("upload-rate", "fast"),
        ("bucket", ""),
    ] {
        let outcome = place.run().input(input, value).run();
        outcome.assert_code(2);
        assert!(outcome.stdout.contains(input), "{input}: {outcome}");
    }
}
