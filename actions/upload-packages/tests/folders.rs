//! Folders as packages: docs, web apps, anything of many files.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::fs;
use std::path::Path;

use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn upload(place: &Path, inputs: &[(&str, &str)]) -> Outcome {
    let run = Run::new(env!("CARGO_BIN_EXE_upload-packages"))
        .workspace(place)
        .event("repository_dispatch", &serde_json::json!({}))
        .sha(COMMIT)
        .input("bucket", "bucket");
    let run = inputs
        .iter()
        .fold(run, |run, (name, value)| run.input(name, value));
    run.run()
}

const DOCS: &[(&str, &str)] = &[
    ("folders", "site/docs"),
    ("kind", "docs-rust"),
    ("project", "hello-sdk"),
    ("version", "0.2.0"),
];

#[test]
fn a_folder_keeps_its_paths_and_a_second_run_sends_nothing() {
    let place = tempfile::tempdir().unwrap();
    write(
        place.path(),
        &[("site/docs/index.html", "hi"), ("site/docs/a/b.js", "1")],
    );
    let first = upload(place.path(), DOCS);
    first.assert_code(0);
    assert_eq!(first.output("created"), r#"["docs"]"#);
    let sent = place
        .path()
        .join("bucket/commit")
        .join(COMMIT)
        .join("packages/docs/a/b.js");
    assert_eq!(fs::read_to_string(sent).unwrap(), "1");
    assert!(
        first.stdout.contains("uploading docs (2 files"),
        "{}",
        first.stdout
    );

    let again = upload(place.path(), DOCS);
    again.assert_code(0);
    assert_eq!(again.output("unchanged"), r#"["docs"]"#);
}

#[test]
fn other_files_under_the_name_are_refused_by_name() {
    let place = tempfile::tempdir().unwrap();
    write(place.path(), &[("site/docs/index.html", "hi")]);
    upload(place.path(), DOCS).assert_code(0);
    write(place.path(), &[("site/docs/index.html", "changed")]);
    let refused = upload(place.path(), DOCS);
    refused.assert_code(2);
    assert!(
        refused.stdout.contains("other bytes in index.html"),
        "{}",
        refused.stdout
    );
}

#[test]
fn what_is_no_folder_or_empty_is_refused() {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir_all(place.path().join("site/docs")).unwrap();
    let empty = upload(place.path(), DOCS);
    empty.assert_code(1);
    assert!(empty.stdout.contains("holds no file"), "{}", empty.stdout);
    fs::remove_dir(place.path().join("site/docs")).unwrap();
    let missing = upload(place.path(), DOCS);
    missing.assert_code(2);
    assert!(
        missing
            .stdout
            .contains("failed to find the folder `site/docs`"),
        "{}",
        missing.stdout
    );
    let nothing = upload(place.path(), &[("kind", "data")]);
    nothing.assert_code(2);
    assert!(
        nothing
            .stdout
            .contains("give the input `files` or `folders`"),
        "{}",
        nothing.stdout
    );
}

#[test]
fn what_is_not_what_its_kind_promises_is_found_and_nothing_is_sent() {
    let place = tempfile::tempdir().unwrap();
    write(
        place.path(),
        &[
            ("hello.tar.gz", "<html>404</html>"),
            ("hello", "#!/bin/sh\n"),
            ("app/index.html", "<script src=\"hello.js\"></script>"),
        ],
    );
    for (input, path, kind, rule) in [
        ("files", "hello.tar.gz", "bundle", "archive-readable"),
        ("files", "hello", "binary", "binary-format"),
        ("folders", "app", "wasm", "wasm-whole"),
    ] {
        let inputs = [
            (input, path),
            ("kind", kind),
            ("project", "hello"),
            ("version", "0.2.0"),
            ("platform", "linux-x64"),
        ];
        let outcome = upload(place.path(), &inputs);
        outcome.assert_code(1);
        let titles: Vec<_> = outcome
            .annotations
            .iter()
            .filter_map(|one| one.title.as_deref())
            .collect();
        assert_eq!(titles, [rule], "{outcome}");
        assert!(!place.path().join("bucket/commit").exists());
    }
}
