//! Web pages: what they say, that jobs at the same time leave the same ones, and how much one wheel touches.

use std::collections::BTreeMap;
use std::path::Path;

use package_store::{Commit, Expected, NewPackage, Site, layout};

use crate::buckets::{COMMIT, Case, OTHER, all, commit, folder, root};

pub(crate) fn site() -> Site {
    Site {
        title: Some("Hello packages".to_owned()),
        public_url: Some("https://packages.example.org/".to_owned()),
    }
}

/// A commit made of a number.
fn numbered(number: usize) -> Commit {
    format!("{number:07}{}", "a".repeat(33)).parse().unwrap()
}

pub(crate) async fn put(case: &Case, commit: &Commit, version: &str, uploaded: &str) {
    let file = format!("hello_sdk-{version}-py3-none-any.whl");
    let package = NewPackage {
        version: version.to_owned(),
        uploaded: Some(uploaded.parse().unwrap()),
        run_url: Some("https://github.com/rerun-io/hello/actions/runs/17".to_owned()),
        toolchain: Some("rustc 1.95.0".to_owned()),
        ..case.wheel(&file, version.as_bytes())
    };
    case.store.put(commit, &package).await.unwrap();
}

/// Every file of a bucket that is a folder, with its bytes.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

pub(crate) fn read(case: &Case, path: &str) -> String {
    std::fs::read_to_string(root(case).join(path)).unwrap()
}

#[tokio::test]
async fn a_commits_page_says_how_to_get_its_packages_and_who_built_them() {
    let case = folder();
    let id = commit(COMMIT);
    put(
        &case,
        &id,
        "0.1.0+2026.11.21.g6e4ddaf",
        "2026-11-21T08:15:00Z",
    )
    .await;
    let data = NewPackage {
        kind: "data".to_owned(),
        ..case.wheel("helix.bin", b"data")
    };
    case.store.put(&id, &data).await.unwrap();
    let expected: Vec<Expected> = ["wheel hello-sdk any", "wheel hello-sdk linux-x64"]
        .map(|line| line.parse().unwrap())
        .into();
    let pages = case
        .store
        .write_commit(&id, &site(), Some(&expected))
        .await
        .unwrap();
    assert_eq!(pages.page, Some(layout::commit_page(&id)));
    let page = read(&case, &layout::commit_page(&id));
    let file = "hello_sdk-0.1.0%2B2026.11.21.g6e4ddaf-py3-none-any.whl";
    for part in [
        &format!(
            "pip install &quot;hello-sdk @ https://packages.example.org/6e4ddaf/{file}#sha256="
        ),
        &format!(
            "pip install &quot;hello-sdk==0.1.0+2026.11.21.g6e4ddaf&quot; --find-links https://packages.example.org/commit/{COMMIT}/simple/hello-sdk/index.html"
        ),
        &format!(r#"href="packages/{file}""#),
        r#"href="packages/helix.bin""#,
        "missing: wheel hello-sdk linux-x64",
        "unexpected: data hello-sdk any is helix.bin",
        "rustc 1.95.0",
        r#"href="https://github.com/rerun-io/hello/actions/runs/17""#,
        &format!(r#"href="https://github.com/rerun-io/hello/commit/{COMMIT}""#),
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    for part in [
        "**not complete: 2**",
        "rustc 1.95.0",
        "[helix.bin](https://packages",
    ] {
        assert!(
            pages.markdown.contains(part),
            "{part} is not in {}",
            pages.markdown
        );
    }
    // A job that knows neither the address nor the expected set leaves the same pages.
    let again = case.again().write_commit(&id, &Site::default(), None).await;
    assert_eq!(again.unwrap().written, Vec::<String>::new());
}

#[tokio::test]
async fn pages_are_the_same_on_every_bucket_and_a_dry_run_foretells_them() {
    for case in all() {
        let id = commit(COMMIT);
        put(&case, &id, "0.1.0", "2026-11-21T08:15:00Z").await;
        let would = case
            .store
            .to_dry_run()
            .write_commit(&id, &site(), None)
            .await;
        let did = case.store.write_commit(&id, &site(), None).await.unwrap();
        assert_eq!(
            would.unwrap().written.len(),
            did.written.len(),
            "{}",
            case.name
        );
        assert!(did.written.contains(&layout::day_page("2026-11-21", 1)));
        assert!(did.written.contains(&layout::home().to_owned()));
        let all = case
            .again()
            .write_all_pages(&Site::default())
            .await
            .unwrap();
        assert_eq!(all.written, Vec::<String>::new(), "{}", case.name);
    }
}

#[tokio::test]
async fn a_commit_without_packages_gets_no_page() {
    let case = folder();
    let (id, site) = (commit(COMMIT), Site::default());
    let pages = case.store.write_commit(&id, &site, None).await.unwrap();
    assert_eq!((pages.page, pages.written.len()), (None, 0));
    assert!(files(root(&case)).is_empty());
}

#[tokio::test]
async fn one_more_wheel_touches_as_many_objects_in_a_large_bucket_as_in_a_small_one() {
    let mut touched = Vec::new();
    for before in [3, 53, 153] {
        let case = folder();
        for number in 0..before {
            let time = format!(
                "2026-11-{:02}T08:{:02}:{:02}Z",
                1 + number / 120,
                number / 60 % 60,
                number % 60
            );
            put(&case, &numbered(number), "0.1.0", &time).await;
        }
        case.store.write_all_pages(&site()).await.unwrap();
        let was = files(root(&case));
        put(&case, &commit(COMMIT), "0.1.0", "2026-11-21T08:15:00Z").await;
        let pages = case
            .store
            .write_commit(&commit(COMMIT), &site(), None)
            .await
            .unwrap();
        let is = files(root(&case));
        let changed = is
            .iter()
            .filter(|(path, bytes)| was.get(*path) != Some(bytes));
        let changed: Vec<&String> = changed.map(|(path, _)| path).collect();
        assert!(pages.written.iter().all(|path| changed.contains(&path)));
        touched.push(changed.len());

        // One more for a commit that is in the list already.
        let package = case.wheel("hello_sdk-0.1.0-cp39-abi3-linux_x86_64.whl", b"other");
        case.store.put(&commit(COMMIT), &package).await.unwrap();
        let pages = case
            .store
            .write_commit(&commit(COMMIT), &site(), None)
            .await
            .unwrap();
        let mut names = pages.written;
        names.sort();
        let own = |path: &str| format!("commit/{COMMIT}/{path}");
        assert_eq!(
            names,
            [
                own("index.html"),
                own("simple/hello-sdk/index.html"),
                own("simple/hello-sdk/index.json"),
                own("summary.json"),
                "days/2026-11-21/1.html".to_owned(),
                "index.html".to_owned(),
            ]
        );
    }
    // The name's reservation, file, short address and its claim, record; pip's four pages; the commit's page, summary, entry and its time, and
    // from which records they are; the day's page, the page before it, the first page.
    assert_eq!(touched, [17, 17, 17]);
}

#[tokio::test]
async fn a_full_page_of_the_list_leads_to_the_next_and_back() {
    let case = folder();
    for number in 0..51 {
        let time = format!("2026-11-21T08:15:{number:02}Z");
        put(&case, &numbered(number), "0.1.0", &time).await;
        case.store
            .write_commit(&numbered(number), &site(), None)
            .await
            .unwrap();
    }
    put(&case, &commit(OTHER), "0.1.0", "2026-11-23T08:15:00Z").await;
    case.store
        .write_commit(&commit(OTHER), &site(), None)
        .await
        .unwrap();
    let page = |day: &str, number: usize| read(&case, &layout::day_page(day, number));
    let links = |page: &str| {
        let of = |rel: &str| {
            let (_, rest) = page.split_once(&format!(r#"rel="{rel}" href=""#))?;
            rest.split('"').next().map(str::to_owned)
        };
        (of("prev"), of("next"))
    };
    let link = |text: &str| Some(text.to_owned());
    let (first, second) = (page("2026-11-21", 1), page("2026-11-21", 2));
    assert_eq!(links(&first), (link("2.html"), None));
    assert_eq!(
        links(&second),
        (link("../2026-11-23/1.html"), link("1.html"))
    );
    assert_eq!(
        links(&page("2026-11-23", 1)),
        (None, link("../2026-11-21/2.html"))
    );
    assert_eq!(first.matches("<li>").count(), 50);
    assert_eq!(second.matches("<li>").count(), 1);
    // Newest first.
    assert!(first.find("0000049").unwrap() < first.find("0000048").unwrap());
    let home = read(&case, "index.html");
    assert_eq!(home.matches("<li>").count(), 20);
    assert!(home.contains(r#"href="days/2026-11-23/1.html""#), "{home}");
    let all = case
        .again()
        .write_all_pages(&Site::default())
        .await
        .unwrap();
    assert_eq!(all.written, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_at_the_same_time_leave_what_one_job_would() {
    for case in [folder(), crate::buckets::memory()] {
        for number in 0..6 {
            put(
                &case,
                &numbered(number % 3),
                &format!("0.1.{number}"),
                "2026-11-21T23:59:59Z",
            )
            .await;
        }
        let jobs = (0..6).map(|number| {
            let store = case.again();
            tokio::spawn(async move {
                store
                    .write_commit(&numbered(number % 3), &site(), None)
                    .await
            })
        });
        for job in jobs.collect::<Vec<_>>() {
            job.await.unwrap().unwrap();
        }
        let all = case
            .again()
            .write_all_pages(&Site::default())
            .await
            .unwrap();
        assert_eq!(all.written, Vec::<String>::new(), "{}", case.name);
    }
}

#[tokio::test]
async fn nothing_in_a_record_can_break_out_of_a_page() {
    let case = folder();
    let evil = r#"</script><script>alert(1)</script><img src=x onerror="alert(1)">"#;
    let package = NewPackage {
        toolchain: Some(evil.to_owned()),
        run_url: Some(format!("javascript:alert(1)//{evil}")),
        requires_python: Some(evil.to_owned()),
        ..case.wheel("hello_sdk-0.1.0-py3-none-any.whl", b"x")
    };
    let id = commit(COMMIT);
    case.store.put(&id, &package).await.unwrap();
    let pages = case.store.write_commit(&id, &site(), None).await.unwrap();
    for path in [layout::commit_page(&id), "index.html".to_owned()] {
        let page = read(&case, &path);
        assert_eq!(page.matches("<script").count(), 1, "{page}");
        assert!(
            !page.contains("<img") && !page.contains(r#"href="javascript"#),
            "{page}"
        );
    }
    // In a code span nothing is markup.
    assert!(
        pages.markdown.contains(&format!("Toolchain: `{evil}`\n")),
        "{}",
        pages.markdown
    );
    assert!(
        !pages.markdown.contains("](javascript"),
        "{}",
        pages.markdown
    );
}
