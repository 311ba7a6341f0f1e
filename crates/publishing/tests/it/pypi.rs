//! PyPI's own rules: what is known before an upload, and what is made of its answers.

use crate::clock::Bench;
use jiff::SignedDuration;
use publishing::{
    State,
    pypi::{Credentials, Distribution, Error, Index, Problem},
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use testkit::{
    faults::Fault,
    packages::{Sdist, Wheel},
    pypi::{AS_TEST_PYPI, Options, PypiIndex, TOKEN},
};

/// PyPI with its clock set to the client's.
pub(crate) fn options() -> Options {
    Options {
        now: "2026-01-01T00:00:00Z".parse().ok(),
        ..Options::default()
    }
}

pub(crate) fn token() -> Credentials {
    Credentials::Password {
        username: "__token__".to_owned(),
        password: TOKEN.into(),
    }
}

/// A client that takes the server for TestPyPI.
pub(crate) fn client(pypi: &PypiIndex) -> (Bench, Index) {
    let bench = Bench::through(pypi.url());
    let index = Index::new(&bench.transport, AS_TEST_PYPI, None).unwrap();
    (bench, index)
}

pub(crate) fn wheel(folder: &Path, module: &str) -> Distribution {
    let made = Wheel {
        module,
        ..Wheel::default()
    };
    Distribution::open(&made.write(folder)).unwrap()
}

pub(crate) fn sdist(folder: &Path) -> Distribution {
    Distribution::open(&Sdist::default().write(folder)).unwrap()
}

fn rules(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems
        .iter()
        .map(|one| (one.file.as_str(), one.rule))
        .collect()
}

/// Files that are wrong in one way each: three of them everywhere, the others on PyPI only.
fn wrong_files(folder: &Path) -> Vec<Distribution> {
    let wheel = Wheel::default();
    let private = "Classifier: Private :: Do Not Upload\n";
    let linux = Wheel {
        tags: "py3-none-linux_x86_64",
        ..wheel
    };
    let local = Wheel {
        version: "0.2.0+g1234567",
        ..wheel
    };
    let renamed = wheel.write(&folder.join("renamed"));
    let other_name = renamed.with_file_name("hello_sdk-0.3.0-py3-none-any.whl");
    fs::rename(renamed, &other_name).unwrap();
    let paths: Vec<PathBuf> = vec![
        wheel.write_with(&folder.join("private"), "2.1", private),
        linux.write(folder),
        local.write(folder),
        broken_record(&folder.join("record")),
        other_name,
        Sdist {
            headers: "Requires-Dist: a @ https://host.example/a.whl\n",
            ..Sdist::default()
        }
        .write(folder),
        Sdist {
            version: "1.0+local",
            ..Sdist::default()
        }
        .write(folder),
    ];
    let (files, unreadable) = Distribution::open_all(&paths);
    assert!(unreadable.is_empty(), "{unreadable:?}");
    files
}

/// A wheel with a module that is not the one that RECORD lists.
fn broken_record(folder: &Path) -> PathBuf {
    let made = Wheel {
        project: "hello-record",
        ..Wheel::default()
    };
    let path = made.write(folder);
    let mut old = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
    let copy = path.with_extension("new");
    let mut new = zip::ZipWriter::new(fs::File::create(&copy).unwrap());
    for at in 0..old.len() {
        let mut member = old.by_index(at).unwrap();
        let name = member.name().unwrap().into_owned();
        let options = zip::write::SimpleFileOptions::default();
        new.start_file(name.clone(), options).unwrap();
        match name.ends_with("__init__.py") {
            true => std::io::Write::write_all(&mut new, b"GREETING = 'evil!'\n").unwrap(),
            false => drop(std::io::copy(&mut member, &mut new).unwrap()),
        }
    }
    new.finish().unwrap();
    fs::rename(copy, &path).unwrap();
    path
}

#[tokio::test]
async fn all_that_is_wrong_with_all_files_is_told_at_once_and_nothing_is_asked_or_sent() {
    let pypi = PypiIndex::start(options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (_bench, index) = client(&pypi);
    let files = wrong_files(folder.path());
    let error = index.publish_all(&files, &token()).await.unwrap_err();
    let text = error.to_string();
    let Error::Problems(problems) = error else {
        panic!("{text}");
    };
    let wheel = "hello_sdk-0.2.0-py3-none-any.whl";
    let expected = [
        (wheel, "pypi-private"),
        ("hello_sdk-0.2.0-py3-none-linux_x86_64.whl", "pypi-platform"),
        (
            "hello_sdk-0.2.0+g1234567-py3-none-any.whl",
            "pypi-local-version",
        ),
        ("hello_record-0.2.0-py3-none-any.whl", "record-digests"),
        ("hello_sdk-0.3.0-py3-none-any.whl", "dist-info-name"),
        ("hello_sdk-0.3.0-py3-none-any.whl", "metadata-version"),
        ("hello_sdk-0.2.0.tar.gz", "pypi-direct-requirement"),
        ("hello_sdk-1.0+local.tar.gz", "pypi-local-version"),
    ];
    assert_eq!(rules(&problems), expected);
    assert!(
        text.starts_with("failed to publish, nothing was sent: \n- "),
        "{text}"
    );
    assert_eq!(pypi.requests(), []);
}

#[tokio::test]
async fn another_index_asks_for_less() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let index = Index::new(&bench.transport, "https://host.example/legacy/", None).unwrap();
    let files = wrong_files(folder.path());
    let problems = index.check(&files);
    let everywhere = ["record-digests", "dist-info-name", "metadata-version"];
    let found: Vec<&str> = problems.iter().map(|one| one.rule).collect();
    assert_eq!(found, everywhere);
}

#[tokio::test]
async fn a_wheel_and_its_sdist_of_old_metadata_with_a_license_file_are_taken() {
    let pypi = PypiIndex::start(options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (_bench, index) = client(&pypi);
    let headers = "License-File: LICENSE\nKeywords: a,b\n\n# Hello\n";
    let paths = [
        Sdist {
            headers,
            ..Sdist::default()
        }
        .write(folder.path()),
        Wheel::default().write_with(folder.path(), "2.1", headers),
    ];
    let (files, _) = Distribution::open_all(&paths);
    let outcome = index.publish_all(&files, &token()).await.unwrap();
    let order = ["hello_sdk-0.2.0-py3-none-any.whl", "hello_sdk-0.2.0.tar.gz"];
    assert_eq!(outcome.published, order);
    let before = pypi.uploads().len();
    let again = index.publish_all(&files, &token()).await.unwrap();
    assert_eq!(again.unchanged, order);
    assert_eq!(pypi.uploads().len(), before);
}

#[tokio::test]
async fn each_look_reads_the_page_of_a_project_once() {
    let pypi = PypiIndex::start(Options {
        index_lag: 2,
        ..options()
    });
    let (pypi, folder) = (pypi.unwrap(), tempfile::tempdir().unwrap());
    let (_bench, index) = client(&pypi);
    let tags = ["py3-none-any", "py3-none-win_amd64"];
    let made = tags.map(|tags| {
        let wheel = Wheel {
            tags,
            ..Wheel::default()
        };
        wheel.write(folder.path())
    });
    let (mut files, _) = Distribution::open_all(&made);
    files.push(sdist(folder.path()));
    index.publish_all(&files, &token()).await.unwrap();
    let looks = |pypi: &PypiIndex| {
        let requests = pypi.requests();
        let pages = requests
            .iter()
            .filter(|one| one.path == "/simple/hello-sdk/");
        pages.count()
    };
    // The plan's, two that saw not yet all of them, and the last.
    assert_eq!(looks(&pypi), 4);

    // What is there already is looked up, and not read again.
    for file in &files {
        fs::remove_file(&file.path).unwrap();
    }
    let again = index.publish_all(&files, &token()).await.unwrap();
    assert_eq!(again.unchanged.len(), 3);
    assert_eq!(looks(&pypi), 5);
}

#[tokio::test]
async fn a_release_that_pypi_has_closed_is_known_before_anything_is_sent() {
    let pypi = PypiIndex::start(options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (bench, index) = client(&pypi);
    let wheel = wheel(folder.path(), "");
    index
        .publish_all(std::slice::from_ref(&wheel), &token())
        .await
        .unwrap();
    pypi.advance(SignedDuration::from_hours(15 * 24));
    bench.clock.advance(Duration::from_hours(15 * 24));
    let files = [wheel, sdist(folder.path())];
    let error = index.publish_all(&files, &token()).await.unwrap_err();
    let Error::Problems(problems) = error else {
        panic!("{error}");
    };
    assert_eq!(
        rules(&problems),
        [("hello_sdk-0.2.0.tar.gz", "pypi-closed-release")]
    );
    assert_eq!(pypi.uploads().len(), 1);
}

#[tokio::test]
async fn a_yanked_version_is_told_whether_its_bytes_are_there_or_not() {
    let pypi = PypiIndex::start(options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (bench, index) = client(&pypi);
    let wheel = wheel(folder.path(), "");
    index
        .publish_all(std::slice::from_ref(&wheel), &token())
        .await
        .unwrap();
    assert_eq!(bench.cautions(), Vec::<String>::new());
    pypi.yank("hello-sdk", "0.2.0", "it is broken");
    let files = [wheel, sdist(folder.path())];
    let plan = index.plan(&files, None).await.unwrap();
    assert_eq!(plan[0].state, State::Same);
    assert_eq!(plan[0].yanked.as_deref(), Some("it is broken"));
    let outcome = index.publish_all(&files, &token()).await.unwrap();
    assert_eq!(outcome.published, ["hello_sdk-0.2.0.tar.gz"]);
    let cautions = bench.cautions();
    assert_eq!(cautions.len(), 2, "{cautions:?}");
    assert!(
        cautions[0].contains("is yanked: it is broken; the same bytes"),
        "{cautions:?}"
    );
    assert!(cautions[1].contains("will skip a file"), "{cautions:?}");
}

#[tokio::test]
async fn the_name_of_a_deleted_file_is_refused_in_pypis_words() {
    let pypi = PypiIndex::start(options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (_bench, index) = client(&pypi);
    let files = [wheel(folder.path(), "")];
    index.publish_all(&files, &token()).await.unwrap();
    pypi.delete("hello-sdk", &files[0].file_name);
    let error = index.publish_all(&files, &token()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("previously used by a file that has since been deleted"),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_that_another_run_took_a_moment_ago_is_looked_up_whatever_the_index_says() {
    let folder = tempfile::tempdir().unwrap();
    let ours = wheel(folder.path(), "A = 1\n");
    let theirs = wheel(&folder.path().join("theirs"), "A = 2\n");
    for (status, words) in [
        (400, "Validation failed: File name has already been taken"),
        (400, "Bad Request"),
        (403, "Not enough permissions to overwrite artifact"),
        (409, "Conflict"),
    ] {
        for (arrived, same) in [(&ours, true), (&theirs, false)] {
            let pypi = PypiIndex::start(options()).unwrap();
            let bench = Bench::new();
            let index = Index::new(&bench.transport, &pypi.upload_url(), None).unwrap();
            // Another run's upload is taken between our plan and our own, which is refused.
            let other = Bench::new();
            let another = Index::new(&other.transport, &pypi.upload_url(), None).unwrap();
            let there = std::slice::from_ref(arrived);
            another.publish_all(there, &token()).await.unwrap();
            pypi.fault(Fault {
                body: Some(words.into()),
                ..Fault::status("POST", "/legacy/", status)
            });
            let ours = std::slice::from_ref(&ours);
            let sent = index.publish_planned(ours, &[], &token()).await;
            match same {
                true => assert_eq!(sent.unwrap().unchanged.len(), 1, "{status} {words}"),
                false => {
                    let error = sent.unwrap_err().to_string();
                    assert!(error.contains(&theirs.sha256), "{status} {words}: {error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_stranger_is_still_a_stranger_after_the_second_look() {
    let pypi = PypiIndex::start(options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (_bench, index) = client(&pypi);
    let wrong = Credentials::Password {
        username: "__token__".to_owned(),
        password: "pypi-of-nobody".into(),
    };
    let files = [wheel(folder.path(), "")];
    let error = index.publish_all(&files, &wrong).await.unwrap_err();
    assert!(error.to_string().contains("check `username`"), "{error}");
    assert_eq!(pypi.files("hello-sdk"), []);
}

#[tokio::test]
async fn a_page_that_was_derived_wrongly_is_named_before_anything_is_sent() {
    let pypi = PypiIndex::start(options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = [wheel(folder.path(), "")];
    let bench = Bench::new();
    let elsewhere = format!("{}/team/dev/", pypi.url());
    let index = Index::new(&bench.transport, &elsewhere, None).unwrap();
    for error in [
        index.plan(&files, None).await.unwrap_err(),
        index.publish_all(&files, &token()).await.unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(text.contains("/team/dev/simple/ answers 404"), "{text}");
        assert!(text.contains("`simple-url`"), "{text}");
    }
    assert_eq!(pypi.uploads(), []);
    // An address that a person gave may be that of an index that lists no projects.
    let given = format!("{}/nowhere/", pypi.url());
    let index = Index::new(&bench.transport, &elsewhere, Some(&given)).unwrap();
    index.plan(&files, None).await.unwrap();
    assert!(bench.cautions()[0].contains("check `simple-url`"));
}

#[tokio::test]
async fn an_upload_that_is_cut_after_four_minutes_is_not_tried_again() {
    let pypi = PypiIndex::start(options()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (bench, index) = client(&pypi);
    pypi.fault(Fault {
        delay_ms: 300,
        ..Fault::status("POST", "/legacy/", 503)
    });
    let clock = std::sync::Arc::clone(&bench.clock);
    let passing = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        clock.advance(Duration::from_secs(241));
    });
    let files = [wheel(folder.path(), "")];
    let error = index.publish_all(&files, &token()).await.unwrap_err();
    passing.await.unwrap();
    assert!(matches!(error, Error::TooSlow { .. }), "{error}");
    assert!(
        error.to_string().contains("PyPI ends uploads after 4m"),
        "{error}"
    );
    assert_eq!(bench.retries(), Vec::<String>::new());
}
