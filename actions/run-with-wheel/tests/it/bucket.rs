//! The wheel of a commit, from the bucket.

use std::fs;
use std::path::Path;

use package_store::{NewPackage, Store};
use testkit::packages::Wheel;
use testkit::runner::InJob as _;

use crate::{WHEEL, error, repo, run_with_wheel};

/// Puts wheels into a bucket as if `upload-packages` had done it.
fn put(bucket: &Path, commit: &str, wheels: &[Wheel<'_>]) {
    let disk = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = Store::open(&bucket.display().to_string()).unwrap();
        for wheel in wheels {
            let package = NewPackage {
                kind: "wheel".to_owned(),
                project: wheel.project.to_owned(),
                version: wheel.version.to_owned(),
                platform: "any".to_owned(),
                file_name: wheel.file_name(),
                path: wheel.write(disk.path()),
                ..NewPackage::default()
            };
            store.put(&commit.parse().unwrap(), &package).await.unwrap();
        }
    });
}

#[test]
fn exactly_one_wheel_of_the_commit_makes_the_files() {
    let repo = repo();
    let commit = repo.sha("HEAD");
    let bucket = tempfile::tempdir().unwrap();
    let other = Wheel {
        project: "other",
        ..WHEEL
    };
    put(bucket.path(), &commit, &[WHEEL, other]);
    let run = |project: &str| {
        run_with_wheel(&repo)
            .sha(&commit)
            .input("bucket", bucket.path())
            .input("project", project)
            .input("scripts", "scripts/make.py a.txt")
            .input("outputs", "a.txt")
            .run()
    };
    let outcome = run("tiny-wheel");
    outcome.assert_code(0);
    let made = fs::read_to_string(repo.path().join("dist/data/a.txt")).unwrap();
    assert_eq!(made, "installed\n");

    let none = run("tiny");
    assert!(
        error(&none).starts_with("failed to find a wheel of tiny for "),
        "{none}"
    );
    let several = run("");
    assert!(
        error(&several).contains("match; name the file, or the `project`"),
        "{several}"
    );
}
