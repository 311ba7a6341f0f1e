//! Names: one package each, whatever its kind and however its letters are written, and only such as every system can hold.

use package_store::{NewPackage, Put, StoreError, layout};

use crate::buckets::{COMMIT, Case, all, commit, folder, root};

fn package(case: &Case, kind: &str, name: &str, text: &str) -> NewPackage {
    NewPackage {
        kind: kind.to_owned(),
        ..case.wheel(name, text.as_bytes())
    }
}

fn docs(case: &Case, kind: &str, name: &str, files: &[(&str, &str)]) -> NewPackage {
    let path = case.local.path().join(format!("folder-{kind}-{name}"));
    for (file, text) in files {
        let file = path.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    NewPackage {
        kind: kind.to_owned(),
        path,
        ..case.wheel(name, b"")
    }
}

#[tokio::test]
async fn two_packages_of_one_name_are_refused_before_the_first_byte_and_both_are_named() {
    for case in all() {
        let web = [("index.html", "web")];
        let rustdoc = [("index.html", "docs"), ("more.html", "more")];
        for (first, second) in [
            (
                docs(&case, "bundle", "web", &web),
                docs(&case, "docs-rust", "web", &rustdoc),
            ),
            (
                package(&case, "bundle", "hello", "a"),
                package(&case, "binary", "hello", "b"),
            ),
            // The same bytes are another package all the same.
            (
                package(&case, "bundle", "same", "a"),
                package(&case, "binary", "same", "a"),
            ),
            (
                package(&case, "data", "docs", "a"),
                docs(&case, "docs-rust", "docs", &web),
            ),
            (
                package(&case, "data", "A.zip", "a"),
                package(&case, "data", "a.ZIP", "b"),
            ),
            (
                package(&case, "data", "\u{fc}.zip", "a"),
                package(&case, "data", "u\u{308}.zip", "b"),
            ),
        ] {
            let put = case.store.put(&commit(COMMIT), &first).await.unwrap();
            let error = case
                .again()
                .put(&commit(COMMIT), &second)
                .await
                .unwrap_err();
            assert!(
                matches!(error, StoreError::NameTaken(_)),
                "{}: {error:?}",
                case.name
            );
            let text = error.to_string();
            for one in [&first, &second] {
                assert!(
                    text.contains(&format!("{} `{}`", one.kind, one.file_name)),
                    "{text}"
                );
            }
            let again = case.again().put(&commit(COMMIT), &first).await.unwrap();
            assert_eq!(again, Put::Unchanged(put.record().clone()), "{}", case.name);
            case.store.fetch(put.record(), &case.out()).await.unwrap();
        }
        let records = case.store.records(&commit(COMMIT)).await.unwrap();
        assert_eq!(records.len(), 6, "{}", case.name);
        assert_eq!(case.store.lost(&records).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_dry_run_hears_of_a_taken_name_too() {
    let case = folder();
    let first = package(&case, "bundle", "hello", "a");
    case.store.put(&commit(COMMIT), &first).await.unwrap();
    let second = package(&case, "binary", "HELLO", "b");
    let error = case.store.to_dry_run().put(&commit(COMMIT), &second).await;
    assert!(matches!(error, Err(StoreError::NameTaken(_))), "{error:?}");
}

#[tokio::test]
async fn another_profile_is_another_package() {
    for case in all() {
        for profile in ["release", "dev"] {
            let package = NewPackage {
                profile: profile.to_owned(),
                ..package(&case, "bundle", "hello.zip", profile)
            };
            case.store.put(&commit(COMMIT), &package).await.unwrap();
        }
        let upper = NewPackage {
            profile: "Dev".to_owned(),
            ..package(&case, "bundle", "hello.zip", "x")
        };
        let error = case.store.put(&commit(COMMIT), &upper).await.unwrap_err();
        assert!(error.to_string().contains("lower case"), "{error}");
    }
}

#[tokio::test]
async fn names_that_some_system_cannot_hold_are_refused_before_the_first_byte() {
    let case = folder();
    for name in [
        "a ",
        "a.",
        "CON",
        "lpt0.zip",
        "a:ads",
        "a\\b",
        "../a",
        "a\tb",
        "Commit",
        "x.whl.metadata",
    ] {
        let package = NewPackage {
            file_name: name.to_owned(),
            ..package(&case, "data", "ordinary", "x")
        };
        let error = case.store.put(&commit(COMMIT), &package).await.unwrap_err();
        assert!(
            matches!(error, StoreError::FileName { .. }),
            "{name}: {error:?}"
        );
    }
    #[cfg(unix)]
    for (name, told) in [
        ("a /b", "a "),
        ("con/b.html", "con"),
        ("a:ads", "a:ads"),
        ("a./b", "a."),
        ("x\\y", "x\\\\y"),
        ("sub/NUL.txt", "sub/NUL.txt"),
    ] {
        let package = docs(&case, "docs-rust", "docs", &[(name, "x")]);
        let error = case.store.put(&commit(COMMIT), &package).await.unwrap_err();
        assert!(
            error.to_string().contains(&format!("bad path `{told}`")),
            "{name}: {error}"
        );
        std::fs::remove_dir_all(&package.path).unwrap();
    }
    assert!(!root(&case).join("commit").exists());
}

#[tokio::test]
async fn what_a_bucket_lists_never_leaves_the_folder_that_it_is_fetched_into() {
    let case = folder();
    let docs = docs(&case, "docs-rust", "docs", &[("index.html", "x")]);
    let put = case.store.put(&commit(COMMIT), &docs).await.unwrap();
    let id = commit(COMMIT);
    let listing = root(&case).join(layout::listing(&id, "docs-rust", "release", "docs"));
    let record = root(&case).join(layout::record(&id, "docs-rust", "release", "docs"));
    let (digest, text) = (
        package_store::Digest::of(b"x"),
        std::fs::read_to_string(&record).unwrap(),
    );
    for evil in [
        "C:/evil.txt",
        "a:ads",
        "CON",
        "../../evil",
        "/evil",
        "a//b",
        "a\\..\\b",
        "a ",
        "b.",
    ] {
        let line = format!("{digest}  {evil}\n");
        std::fs::write(&listing, &line).unwrap();
        let own = package_store::Digest::of(line.as_bytes()).to_string();
        let text = text.replace(&put.record().sha256.to_string(), &own);
        std::fs::write(&record, text).unwrap();
        let records = case.store.records(&id).await.unwrap();
        let error = case
            .store
            .fetch(&records[0], &case.out())
            .await
            .unwrap_err();
        assert!(
            matches!(error, StoreError::Damaged { .. }),
            "{evil}: {error:?}"
        );
    }
    assert!(!case.out().join("docs").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_waits_in_the_target_folder_is_not_followed() {
    let case = folder();
    let package = docs(&case, "docs-rust", "docs", &[("a/index.html", "x")]);
    let put = case.store.put(&commit(COMMIT), &package).await.unwrap();
    let elsewhere = case.local.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::fs::create_dir_all(case.out()).unwrap();
    std::os::unix::fs::symlink(&elsewhere, case.out().join("docs")).unwrap();
    case.store
        .fetch(put.record(), &case.out())
        .await
        .unwrap_err();
    std::fs::remove_file(case.out().join("docs")).unwrap();
    std::fs::create_dir_all(case.out().join("docs")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, case.out().join("docs/a")).unwrap();
    case.store
        .fetch(put.record(), &case.out())
        .await
        .unwrap_err();
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
}
