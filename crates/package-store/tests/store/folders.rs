//! Packages that are folders: uploaded once, resumed, refused, fetched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use package_store::{NewPackage, Put, StoreError};

use crate::buckets::{COMMIT, Case, all, commit, folder, root};

const FILES: &[(&str, &str)] = &[
    ("index.html", "<p>docs</p>"),
    ("a/b/c.js", "1"),
    ("a/b+c d.txt", "2"),
    (".nojekyll", ""),
];

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn docs(case: &Case, name: &str, files: &[(&str, &str)]) -> NewPackage {
    let path = case.local.path().join(name);
    write(&path, files);
    NewPackage {
        kind: "docs-rust".to_owned(),
        project: "hello-sdk".to_owned(),
        version: "0.1.0".to_owned(),
        platform: "any".to_owned(),
        file_name: "hello-docs".to_owned(),
        path,
        ..NewPackage::default()
    }
}

fn read(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.insert(below, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

fn expected() -> BTreeMap<String, String> {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    FILES.iter().map(owned).collect()
}

#[tokio::test]
async fn a_folder_is_created_once_and_comes_back_as_it_was() {
    for case in all() {
        let package = docs(&case, "docs", FILES);
        let first = case.store.put(&commit(COMMIT), &package).await.unwrap();
        let Put::Created(record) = first else {
            panic!("{}: {first:?}", case.name);
        };
        assert_eq!((record.files, record.size), (Some(4), 13), "{}", case.name);
        let again = case.again().put(&commit(COMMIT), &package).await.unwrap();
        assert_eq!(again, Put::Unchanged(record.clone()), "{}", case.name);
        let records = case.store.records(&commit(COMMIT)).await.unwrap();
        assert_eq!(records, std::slice::from_ref(&record), "{}", case.name);
        let fetched = case.store.fetch(&record, &case.out()).await.unwrap();
        assert_eq!(fetched, case.out().join("hello-docs"));
        assert_eq!(read(&fetched), expected(), "{}", case.name);
        // What is there already is kept, what differs is mended, what does not belong is refused.
        std::fs::write(fetched.join("index.html"), "other").unwrap();
        case.store.fetch(&record, &case.out()).await.unwrap();
        assert_eq!(read(&fetched), expected(), "{}", case.name);
        std::fs::write(fetched.join("stranger"), "x").unwrap();
        let error = case.store.fetch(&record, &case.out()).await.unwrap_err();
        assert!(error.to_string().contains("`stranger`"), "{error}");
    }
}

#[tokio::test]
async fn a_large_file_in_a_folder_comes_back_as_it_was() {
    for case in all() {
        let large = "0123456789".repeat(250_000);
        let files = [("index.html", "<p>docs</p>"), ("large.txt", large.as_str())];
        let package = docs(&case, "docs", &files);
        let put = case.store.put(&commit(COMMIT), &package).await.unwrap();
        let fetched = case.store.fetch(put.record(), &case.out()).await.unwrap();
        assert_eq!(read(&fetched)["large.txt"], large, "{}", case.name);
    }
}

#[tokio::test]
async fn other_files_are_refused_before_the_first_byte() {
    for case in all() {
        let first = docs(&case, "docs", FILES);
        case.store.put(&commit(COMMIT), &first).await.unwrap();
        let mut files = FILES.to_vec();
        files[1].1 = "changed";
        files.push(("more.html", "x"));
        let second = docs(&case, "other", &files);
        let error = case.store.put(&commit(COMMIT), &second).await.unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(&error, StoreError::FolderConflict(conflict) if conflict.unfinished.is_none()),
            "{}: {error:?}",
            case.name
        );
        assert!(
            text.contains("different bytes in a/b/c.js; only in the new package: more.html"),
            "{text}"
        );
        let kept = case.store.records(&commit(COMMIT)).await.unwrap();
        let fetched = case.store.fetch(&kept[0], &case.out()).await.unwrap();
        assert_eq!(read(&fetched), expected(), "{}", case.name);
    }
}

#[tokio::test]
async fn an_upload_that_ended_after_any_of_its_files_is_completed() {
    let case = folder();
    let package = docs(&case, "docs", FILES);
    let put = case.store.put(&commit(COMMIT), &package).await.unwrap();
    let whole = read(root(&case));
    let steps: Vec<&str> = [
        "commit/6e4ddaf0123456789abcdef0123456789abcdef0/records/docs-rust/release/hello-docs.json",
        "6e4ddaf/hello-docs/index.html",
        "6e4ddaf/commit",
        "commit/6e4ddaf0123456789abcdef0123456789abcdef0/packages/hello-docs/index.html",
        "commit/6e4ddaf0123456789abcdef0123456789abcdef0/packages/hello-docs/a/b/c.js",
        "commit/6e4ddaf0123456789abcdef0123456789abcdef0/listings/docs-rust/release/hello-docs.txt",
    ]
    .to_vec();
    for missing in 1..=steps.len() {
        for path in &steps[..missing] {
            std::fs::remove_file(root(&case).join(path)).unwrap();
        }
        let records = case.store.records(&commit(COMMIT)).await.unwrap();
        assert_eq!(records, [], "{missing}");
        let again = docs(&case, "docs", FILES);
        let again = NewPackage {
            uploaded: Some(put.record().uploaded),
            ..again
        };
        let answer = case.again().put(&commit(COMMIT), &again).await.unwrap();
        assert_eq!(answer, put, "{missing}");
        assert_eq!(read(root(&case)), whole, "{missing}");
    }
}

#[tokio::test]
async fn a_claim_of_an_unfinished_run_with_other_files_is_named() {
    let case = folder();
    let package = docs(&case, "docs", FILES);
    case.store.put(&commit(COMMIT), &package).await.unwrap();
    let record =
        "commit/6e4ddaf0123456789abcdef0123456789abcdef0/records/docs-rust/release/hello-docs.json";
    std::fs::remove_file(root(&case).join(record)).unwrap();
    let other = docs(&case, "other", &[("index.html", "other")]);
    let error = case
        .store
        .put(&commit(COMMIT), &other)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("another run may be uploading it, started ")
            && error.contains("different bytes in index.html; only in the existing package: ")
            && !error.contains("delete"),
        "{error}"
    );
}

#[tokio::test]
async fn a_dry_run_tells_a_conflict_and_writes_nothing() {
    let case = folder();
    let rehearsal = case.store.to_dry_run();
    let package = docs(&case, "docs", FILES);
    let put = rehearsal.put(&commit(COMMIT), &package).await.unwrap();
    assert!(matches!(put, Put::Created(_)));
    assert_eq!(read(root(&case)), BTreeMap::new());
    case.store.put(&commit(COMMIT), &package).await.unwrap();
    let other = docs(&case, "other", &[("index.html", "other")]);
    let error = rehearsal.put(&commit(COMMIT), &other).await.unwrap_err();
    assert!(matches!(error, StoreError::FolderConflict(_)), "{error:?}");
}

#[tokio::test]
async fn the_short_address_leads_to_the_index() {
    let case = folder();
    let package = docs(&case, "docs", FILES);
    case.store.put(&commit(COMMIT), &package).await.unwrap();
    let page = std::fs::read_to_string(root(&case).join("6e4ddaf/hello-docs/index.html")).unwrap();
    let link = page
        .split("href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let target = root(&case).join("6e4ddaf/hello-docs").join(link);
    assert_eq!(std::fs::read_to_string(target).unwrap(), "<p>docs</p>");
}

#[tokio::test]
async fn a_listing_that_was_tampered_with_is_not_fetched() {
    let case = folder();
    let package = docs(&case, "docs", FILES);
    let put = case.store.put(&commit(COMMIT), &package).await.unwrap();
    let listing = root(&case).join(
        "commit/6e4ddaf0123456789abcdef0123456789abcdef0/listings/docs-rust/release/hello-docs.txt",
    );
    let text = std::fs::read_to_string(&listing).unwrap();
    std::fs::write(&listing, text.replace("a/b/c.js", "../../evil")).unwrap();
    let error = case
        .store
        .fetch(put.record(), &case.out())
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}
