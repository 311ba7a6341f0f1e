//! What cannot be published: each a clear error, and nothing sent.

use std::fs;

use testkit::binary::Run;
use testkit::packages::krate;

use super::{TOKEN, publish, refusal, registry, uploads};

const COMMIT: &str = "1111111111111111111111111111111111111111";

#[test]
fn each_file_that_is_no_crate_is_named_and_its_neighbours_stay_at_home() {
    let (registry, folder) = (registry(), tempfile::tempdir().unwrap());
    let good = krate(folder.path(), "aa", "0.1.0", COMMIT);
    for bytes in [
        &b"this is no gzip"[..],
        b"",
        &fs::read(&good).unwrap()[..40],
    ] {
        let names = ["zz-0.1.0.crate", "bb-0.1.0.crate"];
        for name in names {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let message = refusal(&publish(folder.path(), &registry).run());
        for name in names {
            assert!(message.contains(name), "{message}");
        }
    }
    assert_eq!(uploads(&registry), Vec::<u16>::new());
}

#[test]
fn a_glob_that_matches_nothing_is_quoted() {
    let (registry, folder) = (registry(), tempfile::tempdir().unwrap());
    let message = refusal(&publish(folder.path(), &registry).run());
    assert!(message.contains("*.crate`"), "{message}");
}

#[test]
fn an_address_that_is_no_index_says_what_one_is() {
    let (registry, folder) = (registry(), tempfile::tempdir().unwrap());
    krate(folder.path(), "aa", "0.1.0", COMMIT);
    let elsewhere = format!("sparse+{}/elsewhere/", registry.url());
    for (address, told) in [
        (elsewhere.as_str(), "is this the address of a sparse index?"),
        (
            "https://me:hunter2@index.example/",
            "it contains credentials",
        ),
        ("crates", "failed to read the address"),
    ] {
        let outcome = publish(folder.path(), &registry)
            .input("registry", address)
            .run();
        let message = refusal(&outcome);
        assert!(message.contains(told), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_refusal_keeps_the_words_of_the_registry() {
    let (registry, folder) = (registry(), tempfile::tempdir().unwrap());
    krate(folder.path(), "Aa-b", "0.1.0", COMMIT);
    publish(folder.path(), &registry).run().assert_code(0);
    let other = tempfile::tempdir().unwrap();
    krate(other.path(), "aa_b", "0.2.0", COMMIT);
    let message = refusal(&publish(other.path(), &registry).run());
    assert!(
        message.contains("crate was previously named `Aa-b`"),
        "{message}"
    );
}

#[test]
fn a_token_on_the_command_line_is_refused_and_not_repeated() {
    let outcome = Run::new(env!("CARGO_BIN_EXE_publish-crates"))
        .arg(format!("--token={TOKEN}"))
        .run();
    let message = refusal(&outcome);
    assert!(message.contains("INPUT_TOKEN"), "{message}");
    assert!(!outcome.to_string().contains(TOKEN), "{outcome}");
}
