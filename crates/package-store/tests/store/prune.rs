//! Retention: what goes, what is kept whatever its age, and that no reader meets a gap.

use std::path::Path;
use std::time::Duration;

use package_store::{
    Channel, Commit, NewPackage, PromotionOptions, PruneOptions, Site, Store, Time, layout,
};

use crate::buckets::{COMMIT, Case, OTHER, TWIN, all, commit, folder, root};

const OLD: &str = "2026-01-02T08:15:00Z";
const NEW: &str = "2026-11-21T08:15:00Z";
const FILE: &str = "hello_sdk-0.1.0-py3-none-any.whl";

fn options() -> PruneOptions {
    PruneOptions {
        before: "2026-06-01T00:00:00Z".parse().unwrap(),
        commits: String::new(),
        kinds: Vec::new(),
        leftovers_before: None,
    }
}

async fn put(case: &Case, id: &Commit, file: &str, kind: &str, uploaded: &str) {
    let package = NewPackage {
        kind: kind.to_owned(),
        uploaded: Some(uploaded.parse().unwrap()),
        metadata: (kind == "wheel").then(|| b"Name: hello-sdk\n".to_vec()),
        ..case.wheel(file, file.as_bytes())
    };
    match case.store.put(id, &package).await {
        Ok(_) | Err(package_store::StoreError::AmbiguousShort { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

async fn prune(case: &Case, options: &PruneOptions) -> (usize, usize) {
    let found = case.store.prunable(options).await.unwrap();
    let rehearsed = case
        .store
        .to_dry_run()
        .prune(&found, &Site::default())
        .await;
    assert_eq!(rehearsed.unwrap(), found);
    // A dry run changed nothing.
    assert_eq!(case.store.prunable(options).await.unwrap(), found);
    let gone = case.store.prune(&found, &Site::default()).await.unwrap();
    assert_eq!(gone, found);
    (
        gone.commits.iter().map(|old| old.packages.len()).sum(),
        gone.leftovers.len(),
    )
}

/// All paths of a bucket that is a folder.
fn paths(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap();
                found.push(name.to_str().unwrap().to_owned());
            }
        }
    }
    found
}

#[tokio::test]
async fn an_old_commit_goes_with_everything_that_leads_to_it() {
    for case in all() {
        put(&case, &commit(COMMIT), FILE, "wheel", OLD).await;
        put(&case, &commit(OTHER), FILE, "wheel", NEW).await;
        let [old] = &case.store.records(&commit(COMMIT)).await.unwrap()[..] else {
            panic!("one package");
        };
        let kind = package_store::SignatureKind::Sigstore;
        let signed = case.store.put_signature(old, kind, "signature".into());
        signed.await.unwrap();
        case.store.write_all_pages(&Site::default()).await.unwrap();
        let other = case.store.records(&commit(OTHER)).await.unwrap();
        assert_eq!(prune(&case, &options()).await, (1, 0), "{}", case.name);
        assert_eq!(case.again().records(&commit(COMMIT)).await.unwrap(), []);
        assert_eq!(case.again().records(&commit(OTHER)).await.unwrap(), other);
        assert_eq!(case.bytes_of(&other[0]).await, FILE.as_bytes());
        assert_eq!(prune(&case, &options()).await, (0, 0), "{}", case.name);
        let all = case
            .again()
            .write_all_pages(&Site::default())
            .await
            .unwrap();
        assert_eq!(all.written, Vec::<String>::new(), "{}", case.name);
        if case.name == "folder" {
            let left = paths(root(&case));
            let of_it = |path: &&String| path.contains("6e4ddaf") || path.contains("2026-01-02");
            assert_eq!(
                left.iter().filter(of_it).collect::<Vec<_>>(),
                Vec::<&String>::new()
            );
            let home = std::fs::read_to_string(root(&case).join("index.html")).unwrap();
            assert!(
                !home.contains("6e4ddaf") && home.contains("0a1b2c3"),
                "{home}"
            );
        }
    }
}

#[tokio::test]
async fn what_a_version_or_a_channel_names_is_kept_whatever_its_age() {
    for case in all() {
        for id in [COMMIT, OTHER, TWIN] {
            put(&case, &commit(id), FILE, "wheel", OLD).await;
        }
        for (id, version) in [(COMMIT, "0.1.0"), (OTHER, "0.2.0")] {
            let records = case.store.records(&commit(id)).await.unwrap();
            let records: Vec<_> = records
                .into_iter()
                .map(|record| package_store::Record {
                    version: version.to_owned(),
                    ..record
                })
                .collect();
            let frozen = case
                .store
                .freeze(version, &commit(id), &records)
                .await
                .unwrap();
            let promotion = PromotionOptions::default();
            case.store
                .promote(Channel::Pr(7), frozen.manifest(), &promotion)
                .await
                .unwrap();
        }
        let found = case.store.prunable(&options()).await.unwrap();
        assert_eq!(found.named, 2, "{}", case.name);
        assert_eq!(prune(&case, &options()).await, (1, 0), "{}", case.name);
        for id in [COMMIT, OTHER] {
            assert_eq!(case.store.records(&commit(id)).await.unwrap().len(), 1);
        }
        // The twin had no short address to give back.
        let short = case.store.short_address(&commit(COMMIT)).await.unwrap();
        assert_eq!(short, package_store::ShortAddress::Ours);
    }
}

#[tokio::test]
async fn a_commit_that_was_named_since_it_was_looked_at_is_kept() {
    let case = folder();
    put(&case, &commit(COMMIT), FILE, "wheel", OLD).await;
    let found = case.store.prunable(&options()).await.unwrap();
    let records = case.store.records(&commit(COMMIT)).await.unwrap();
    case.store
        .freeze("0.1.0", &commit(COMMIT), &records)
        .await
        .unwrap();
    let gone = case.store.prune(&found, &Site::default()).await.unwrap();
    assert_eq!(gone.commits, []);
    assert_eq!(case.bytes_of(&records[0]).await, FILE.as_bytes());
}

#[tokio::test]
async fn a_manifest_that_cannot_be_read_stops_everything() {
    let case = folder();
    put(&case, &commit(COMMIT), FILE, "wheel", OLD).await;
    std::fs::create_dir_all(root(&case).join("manifests")).unwrap();
    std::fs::write(root(&case).join("manifests/0.1.0.json"), "{").unwrap();
    assert!(case.store.prunable(&options()).await.is_err());
}

#[tokio::test]
async fn one_kind_can_go_and_the_pages_follow() {
    let case = folder();
    let id = commit(COMMIT);
    put(&case, &id, FILE, "wheel", OLD).await;
    put(&case, &id, "hello.zip", "bundle", OLD).await;
    case.store
        .write_commit(&id, &Site::default(), None)
        .await
        .unwrap();
    let only = PruneOptions {
        kinds: vec!["bundle".to_owned()],
        ..options()
    };
    assert_eq!(prune(&case, &only).await, (1, 0));
    let page = std::fs::read_to_string(root(&case).join(layout::commit_page(&id))).unwrap();
    assert!(page.contains(FILE) && !page.contains("hello.zip"), "{page}");
    assert!(
        !paths(root(&case))
            .iter()
            .any(|path| path.contains("hello.zip"))
    );
    let elsewhere = PruneOptions {
        commits: "0a1b".to_owned(),
        ..options()
    };
    assert_eq!(prune(&case, &elsewhere).await, (0, 0));
}

#[tokio::test]
async fn a_folder_goes_whole() {
    let case = folder();
    let docs = case.local.path().join("docs");
    std::fs::create_dir_all(docs.join("deep")).unwrap();
    std::fs::write(docs.join("index.html"), "docs").unwrap();
    std::fs::write(docs.join("deep/page.html"), "page").unwrap();
    let package = NewPackage {
        kind: "docs-rust".to_owned(),
        uploaded: Some(OLD.parse().unwrap()),
        path: docs,
        ..case.wheel("docs", b"")
    };
    case.store.put(&commit(COMMIT), &package).await.unwrap();
    case.store
        .write_commit(&commit(COMMIT), &Site::default(), None)
        .await
        .unwrap();
    assert_eq!(prune(&case, &options()).await, (1, 0));
    let left = paths(root(&case));
    assert!(
        !left.iter().any(|path| path.contains("6e4ddaf")),
        "{left:?}"
    );
}

#[tokio::test]
async fn leftovers_go_only_when_they_are_old_and_nobody_is_at_work() {
    let case = folder();
    put(&case, &commit(COMMIT), FILE, "wheel", NEW).await;
    let stray = root(&case).join(layout::package(&commit(COMMIT), "release", "stray.bin"));
    let lost = root(&case).join(layout::package(&commit(OTHER), "release", "lost.bin"));
    let claim = root(&case).join("fffffff/commit");
    for path in [&stray, &lost, &claim] {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    }
    std::fs::write(&stray, "stray").unwrap();
    std::fs::write(&lost, "lost").unwrap();
    std::fs::write(&claim, format!("{}\n", "f".repeat(40))).unwrap();
    let soon = Time::now().before(Duration::from_secs(3600)).unwrap();
    let young = PruneOptions {
        leftovers_before: Some(soon),
        ..options()
    };
    assert_eq!(prune(&case, &young).await, (0, 0));
    let past = std::time::SystemTime::now() - Duration::from_secs(7200);
    for path in [&stray, &lost, &claim] {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(past).unwrap();
    }
    assert_eq!(prune(&case, &young).await, (0, 3));
    for path in [&stray, &lost, &claim] {
        assert!(!path.exists(), "{}", path.display());
    }
    let records = Store::records(&case.store, &commit(COMMIT)).await.unwrap();
    assert_eq!(case.bytes_of(&records[0]).await, FILE.as_bytes());
}
