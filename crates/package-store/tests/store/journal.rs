//! What runs did with a version: kept once, shown on the commit's page, and a withdrawn version is not offered again.

use package_store::{Channel, JournalEntry, PromotionOptions, layout};

use crate::buckets::{COMMIT, all, commit, folder, root};
use crate::pages::{put, read, site};

fn entry(action: &str, when: &str, error: Option<&str>) -> JournalEntry {
    JournalEntry {
        version: "0.1.0".to_owned(),
        commit: commit(COMMIT),
        action: action.to_owned(),
        when: when.parse().unwrap(),
        who: Some("octocat".to_owned()),
        run_url: Some("https://github.com/o/r/actions/runs/7".to_owned()),
        steps: vec!["5 files sent".to_owned()],
        error: error.map(str::to_owned),
    }
}

#[tokio::test]
async fn runs_are_kept_in_their_order_and_a_damaged_one_is_passed_over() {
    for case in all() {
        let store = &case.store;
        let stopped = entry("release", "2026-11-21T08:15:00Z", Some("no token"));
        let done = entry("release", "2026-11-21T09:00:00Z", None);
        store.note(&done).await.unwrap();
        store.note(&stopped).await.unwrap();
        // Two runs that end in one second.
        store.note(&done).await.unwrap();
        let found = store.journal("v0.1.0").await.unwrap();
        assert_eq!(found, [stopped, done.clone(), done], "{}", case.name);
        assert_eq!(store.journal("0.2.0").await.unwrap(), []);
    }
    let case = folder();
    case.store
        .note(&entry("release", "2026-11-21T08:15:00Z", None))
        .await
        .unwrap();
    let journal = layout::journal(&"0.1.0".parse().unwrap());
    let folder = root(&case).join(journal);
    std::fs::write(folder.join("0.json"), "{").unwrap();
    assert_eq!(case.store.journal("0.1.0").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_version_is_withdrawn_once() {
    for case in all() {
        let store = &case.store;
        assert_eq!(store.withdrawal("0.1.0").await.unwrap(), None);
        let first = entry("withdraw", "2026-11-21T08:15:00Z", None);
        assert!(store.mark_withdrawn(&first).await.unwrap(), "{}", case.name);
        let second = entry("withdraw", "2026-11-22T08:15:00Z", None);
        assert!(!store.mark_withdrawn(&second).await.unwrap());
        assert_eq!(store.withdrawal("v0.1.0").await.unwrap(), Some(first));
    }
}

#[tokio::test]
async fn the_commits_page_tells_what_became_of_its_release() {
    let case = folder();
    let id = commit(COMMIT);
    put(&case, &id, "0.1.0", "2026-11-21T08:15:00Z").await;
    let store = &case.store;
    let hostile = "<script>alert(1)</script>";
    store.write_commit(&id, &site(), None).await.unwrap();
    for entry in [
        entry("release", "2026-11-21T08:15:00Z", Some(hostile)),
        entry("release", "2026-11-21T09:00:00Z", None),
    ] {
        store.note(&entry).await.unwrap();
        assert!(!store.pages_tell(&entry, &site()).await.unwrap());
        store.write_commit(&id, &site(), None).await.unwrap();
        assert!(store.pages_tell(&entry, &site()).await.unwrap());
    }
    let page = read(&case, &layout::commit_page(&id));
    assert!(page.contains("released") && page.contains("release stopped"));
    assert!(page.contains("octocat") && page.contains("run 7"), "{page}");
    assert!(!page.contains(hostile) && !page.contains("withdrawn"));

    let records = store.records(&id).await.unwrap();
    let frozen = store.freeze("0.1.0", &id, &records).await.unwrap();
    let options = PromotionOptions::default();
    let moved = store.promote(Channel::Latest, frozen.manifest(), &options);
    moved.await.unwrap();
    store
        .mark_withdrawn(&entry("withdraw", "2026-11-22T08:15:00Z", None))
        .await
        .unwrap();
    store.write_commit(&id, &site(), None).await.unwrap();
    store.write_channel(Channel::Latest, &site()).await.unwrap();
    let page = read(&case, &layout::commit_page(&id));
    assert!(page.contains("withdrawn"), "{page}");
    // pip takes it only where it is asked for by its exact version.
    let releases = layout::simple_project(layout::releases_simple(), "hello-sdk", "html");
    let releases = read(&case, &releases);
    assert!(
        releases.contains(r#"data-yanked="withdrawn""#),
        "{releases}"
    );
}
