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
        .input("bucket", "./bucket");
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
        refused.stdout.contains("different bytes in index.html"),
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
    assert!(
        empty.stdout.contains("contains no files"),
        "{}",
        empty.stdout
    );
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
            .contains("set the input `files` or `folders`"),
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

#[test]
fn a_folder_that_has_the_name_of_another_kinds_is_refused_and_both_are_named() {
    let place = tempfile::tempdir().unwrap();
    write(
        place.path(),
        &[("1/web/index.html", "app"), ("2/web/index.html", "docs")],
    );
    let common = [("project", "hello-sdk"), ("version", "0.2.0")];
    let [project, version] = common;
    let first = upload(
        place.path(),
        &[("folders", "1/web"), ("kind", "bundle"), project, version],
    );
    first.assert_code(0);
    let second = upload(
        place.path(),
        &[
            ("folders", "2/web"),
            ("kind", "docs-rust"),
            project,
            version,
        ],
    );
    second.assert_code(2);
    for name in [
        "bundle `web` of project hello-sdk",
        "docs-rust `web` of project hello-sdk",
    ] {
        assert!(second.stdout.contains(name), "{}", second.stdout);
    }
    let kept = place
        .path()
        .join("bucket/commit")
        .join(COMMIT)
        .join("packages/web/index.html");
    assert_eq!(fs::read_to_string(kept).unwrap(), "app");
    // Again, it is complete.
    let again = upload(
        place.path(),
        &[("folders", "1/web"), ("kind", "bundle"), project, version],
    );
    assert_eq!(again.output("unchanged"), r#"["web"]"#);
}

#[test]
fn what_was_stopped_is_replaced_when_told_so() {
    let place = tempfile::tempdir().unwrap();
    write(place.path(), &[("site/docs/index.html", "one")]);
    upload(place.path(), DOCS).assert_code(0);
    let record = format!("bucket/commit/{COMMIT}/records/docs-rust/release/docs.json");
    fs::remove_file(place.path().join(record)).unwrap();
    write(place.path(), &[("site/docs/index.html", "two")]);
    let refused = upload(place.path(), DOCS);
    refused.assert_code(2);
    assert!(
        refused
            .stdout
            .contains("another run may be uploading it, started "),
        "{}",
        refused.stdout
    );
    assert!(
        refused.stdout.contains("`replace-unfinished: true`"),
        "{}",
        refused.stdout
    );
    let inputs: Vec<(&str, &str)> = DOCS
        .iter()
        .copied()
        .chain([("replace-unfinished", "true")])
        .collect();
    upload(place.path(), &inputs).assert_code(0);
    let page = place
        .path()
        .join("bucket/commit")
        .join(COMMIT)
        .join("packages/docs/index.html");
    assert_eq!(fs::read_to_string(page).unwrap(), "two");
}

#[test]
fn bytes_that_are_gone_are_sent_again() {
    let place = tempfile::tempdir().unwrap();
    write(
        place.path(),
        &[("site/docs/index.html", "one"), ("site/docs/a.js", "1")],
    );
    upload(place.path(), DOCS).assert_code(0);
    let file = place
        .path()
        .join("bucket/commit")
        .join(COMMIT)
        .join("packages/docs/a.js");
    fs::remove_file(&file).unwrap();
    upload(place.path(), DOCS).assert_code(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "1");
}

#[test]
fn a_bucket_without_a_scheme_is_refused_on_a_runner() {
    let place = tempfile::tempdir().unwrap();
    write(place.path(), &[("site/docs/index.html", "one")]);
    let inputs: Vec<(&str, &str)> = DOCS
        .iter()
        .copied()
        .chain([("bucket", "acme-packages/x")])
        .collect();
    let refused = upload(place.path(), &inputs);
    refused.assert_code(2);
    for told in [
        "`gs://acme-packages/x`",
        "`s3://acme-packages/x`",
        "`az://acme-packages/x`",
        "`./acme-packages/x`",
    ] {
        assert!(refused.stdout.contains(told), "{}", refused.stdout);
    }
    assert!(!place.path().join("acme-packages").exists());
    let absolute = place.path().join("absolute");
    let address = format!("file://{}", absolute.display());
    for bucket in [absolute.to_str().unwrap(), &address, "./acme-packages/x"] {
        let inputs: Vec<(&str, &str)> = DOCS.iter().copied().chain([("bucket", bucket)]).collect();
        upload(place.path(), &inputs).assert_code(0);
    }
}
