//! Which wheel is tested: from a folder, from a bucket, and when there is not exactly one.

use std::fs;
use std::path::Path;

use package_store::{NewPackage, Store};
use testkit::packages::Wheel;
use testkit::repo::TempRepo;
use testkit::runner::Outcome;

use crate::{INSTALLED, test_wheel};

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";

const OTHER: Wheel<'static> = Wheel {
    project: "other",
    version: "1.0",
    ..INSTALLED
};

fn elsewhere() -> Wheel<'static> {
    let tags = match std::env::consts::OS {
        "macos" => "cp39-abi3-manylinux_2_34_x86_64",
        _ => "cp39-abi3-macosx_11_0_arm64",
    };
    Wheel { tags, ..INSTALLED }
}

/// Puts wheels into a bucket as if `upload-packages` had done it.
fn put(bucket: &Path, wheels: &[Wheel<'_>]) {
    let disk = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = Store::open(&bucket.display().to_string()).unwrap();
        for wheel in wheels {
            let path = wheel.write(disk.path());
            let parsed = package_formats::Wheel::open(&path).unwrap();
            let package = NewPackage {
                kind: "wheel".to_owned(),
                project: wheel.project.to_owned(),
                version: wheel.version.to_owned(),
                platform: parsed.file_name.platform(),
                file_name: wheel.file_name(),
                path,
                ..NewPackage::default()
            };
            store.put(&COMMIT.parse().unwrap(), &package).await.unwrap();
        }
    });
}

fn error(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    &outcome.annotations[0].message
}

#[test]
fn the_wheel_of_a_commit_comes_from_the_bucket() {
    let bucket = tempfile::tempdir().unwrap();
    put(bucket.path(), &[INSTALLED, OTHER, elsewhere()]);
    let repo = TempRepo::new();
    let run = || {
        test_wheel(repo.path())
            .input("bucket", bucket.path().as_os_str())
            .input("commit", COMMIT)
    };
    // Only installed and imported: no pytest is needed for that.
    let outcome = run().input("project", "Tiny.Wheel").run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("version"), INSTALLED.version);
    assert_eq!(outcome.output("report"), "");

    let two = run().run();
    let message = error(&two);
    assert!(
        message.contains("tiny_wheel-")
            && message.contains("other-")
            && message.contains("name the file, or the `project`"),
        "{message}"
    );
    let none = run().input("project", "tiny").run();
    assert!(
        error(&none).starts_with("failed to find a wheel of tiny for "),
        "{none}"
    );
    let other = run().input("commit", COMMIT.replace('6', "7")).run();
    assert!(error(&other).ends_with("it has the wheels none"), "{other}");
    let short = run().input("commit", "6e4ddaf").run();
    assert!(
        error(&short).contains("it must be a full id of 40 hexadecimal digits"),
        "{short}"
    );
}

#[test]
fn a_damaged_wheel_in_the_bucket_is_not_installed() {
    let bucket = tempfile::tempdir().unwrap();
    put(bucket.path(), &[INSTALLED]);
    let file = bucket
        .path()
        .join("commit")
        .join(COMMIT)
        .join("packages")
        .join(INSTALLED.file_name());
    let mut bytes = fs::read(&file).unwrap();
    bytes[40] ^= 1;
    fs::write(&file, bytes).unwrap();
    let outcome = test_wheel(bucket.path())
        .input("bucket", bucket.path().as_os_str())
        .input("commit", COMMIT)
        .run();
    assert!(error(&outcome).contains(" is damaged: "), "{outcome}");
}

#[test]
fn a_folder_must_hold_exactly_one_wheel_that_fits() {
    let folder = tempfile::tempdir().unwrap();
    let run = |wheel: &str| test_wheel(folder.path()).input("wheel", wheel);
    let empty = run(".").run();
    assert!(
        error(&empty).ends_with("at \".\": it has the wheels none"),
        "{empty}"
    );

    elsewhere().write(folder.path());
    let foreign = run("*.whl").run();
    assert!(
        error(&foreign).ends_with(&format!("it has the wheels {}", elsewhere().file_name())),
        "{foreign}"
    );

    INSTALLED.write(folder.path());
    let newer = Wheel {
        version: "0.2.0",
        ..INSTALLED
    };
    newer.write(folder.path());
    let two = run("*.whl").input("project", "tiny-wheel").run();
    let message = error(&two);
    assert!(
        message.contains(&newer.file_name()) && message.contains(&INSTALLED.file_name()),
        "{message}"
    );

    let named = run(&newer.file_name()).input("project", "other").run();
    assert_eq!(
        error(&named),
        format!(
            "failed to find a wheel of other: `{}` is one of tiny-wheel",
            newer.file_name()
        )
    );
}
