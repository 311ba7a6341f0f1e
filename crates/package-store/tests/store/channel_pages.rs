//! Web pages and pip's indexes of channels and releases: they follow the log, forward and back.

use package_store::{Channel, Commit, Manifest, NewPackage, PromotionOptions, Site, layout};

use crate::buckets::{COMMIT, Case, OTHER, commit, folder};
use crate::pages::{put, read, site};

async fn released(case: &Case, channel: Channel, id: &Commit, version: &str) -> Manifest {
    put(case, id, version, "2026-11-21T08:15:00Z").await;
    let records = case.store.records(id).await.unwrap();
    let records: Vec<_> = records
        .into_iter()
        .filter(|one| one.version == version)
        .collect();
    let manifest = case
        .store
        .freeze(version, id, &records)
        .await
        .unwrap()
        .manifest()
        .clone();
    let options = PromotionOptions {
        who: Some("octocat".to_owned()),
        ..PromotionOptions::default()
    };
    case.store
        .promote(channel, &manifest, &options)
        .await
        .unwrap();
    case.store.write_channel(channel, &site()).await.unwrap();
    manifest
}

#[tokio::test]
async fn a_channels_page_and_index_follow_its_log() {
    let case = folder();
    released(&case, Channel::Latest, &commit(COMMIT), "0.1.0").await;
    released(&case, Channel::Latest, &commit(OTHER), "0.2.0").await;
    released(
        &case,
        Channel::Nightly,
        &commit(OTHER),
        "0.3.0+2026.11.22.g0a1b2c3",
    )
    .await;
    let at = |path: String| read(&case, &path);
    let page = |root: &str| layout::simple_project(root, "hello-sdk", "html");
    let latest = at(page(&layout::channel_simple(&Channel::Latest)));
    let wheel = format!(
        r#"href="../../../../commit/{OTHER}/packages/hello_sdk-0.2.0-py3-none-any.whl#sha256="#
    );
    assert!(
        latest.contains(&wheel) && !latest.contains("0.1.0"),
        "{latest}"
    );
    let releases = at(page(layout::releases_simple()));
    assert!(
        releases.contains("0.1.0") && releases.contains("0.2.0"),
        "{releases}"
    );
    // A nightly build would be preferred to every release of its number.
    assert!(
        !releases.contains("0.3.0") && !releases.contains("data-yanked"),
        "{releases}"
    );
    let version = "0.1.0".parse().unwrap();
    let frozen = at(page(&layout::version_simple(&version)));
    assert!(
        frozen.contains("0.1.0") && !frozen.contains("0.2.0"),
        "{frozen}"
    );

    let options = PromotionOptions::default();
    case.store
        .rollback(Channel::Latest, &options)
        .await
        .unwrap();
    let pages = case
        .store
        .write_channel(Channel::Latest, &site())
        .await
        .unwrap();
    let latest = at(page(&layout::channel_simple(&Channel::Latest)));
    assert!(
        latest.contains("0.1.0") && !latest.contains("0.2.0"),
        "{latest}"
    );
    let releases = at(page(layout::releases_simple()));
    let (_, after) = releases.split_once("hello_sdk-0.2.0").unwrap();
    assert!(
        after.contains(r#"data-yanked="taken back from latest""#),
        "{releases}"
    );
    let html = at(layout::channel_page(&Channel::Latest));
    for part in ["reverts 2", "octocat", "0.2.0"] {
        assert!(
            html.contains(part) && pages.markdown.contains(part),
            "{part}: {html}"
        );
    }
    let all = case
        .again()
        .write_all_pages(&Site::default())
        .await
        .unwrap();
    assert!(
        !all.written.iter().any(|path| path.starts_with("channels/")),
        "{:?}",
        all.written
    );
}

#[tokio::test]
async fn a_project_that_a_channel_has_no_more_keeps_an_empty_page() {
    let case = folder();
    let id = commit(COMMIT);
    let extra = NewPackage {
        project: "hello-extra".to_owned(),
        ..case.wheel("hello_extra-0.1.0-py3-none-any.whl", b"extra")
    };
    case.store.put(&id, &extra).await.unwrap();
    let records = case.store.records(&id).await.unwrap();
    let manifest = case
        .store
        .freeze("0.1.0", &id, &records)
        .await
        .unwrap()
        .manifest()
        .clone();
    let options = PromotionOptions::default();
    case.store
        .promote(Channel::Latest, &manifest, &options)
        .await
        .unwrap();
    case.store
        .write_channel_index(Channel::Latest)
        .await
        .unwrap();
    released(&case, Channel::Latest, &commit(OTHER), "0.2.0").await;
    let root = layout::channel_simple(&Channel::Latest);
    let page = read(&case, &layout::simple_project(&root, "hello-extra", "html"));
    assert!(!page.contains("<a "), "{page}");
    let first = read(&case, &format!("{root}index.html"));
    assert!(!first.contains("hello-extra"), "{first}");
}
