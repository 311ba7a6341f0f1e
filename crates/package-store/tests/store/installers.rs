//! pip and uv on a real bucket server, whose public address maps no folder to its index.

use std::path::{Path, PathBuf};
use std::process::Command;

use package_store::{Channel, PromotionOptions, Site, Store, layout};
use testkit::bucket_server::BUCKET;
use testkit::google_storage::GoogleStorage;

use crate::buckets::{COMMIT, commit, folder};
use crate::index::{FILE, pure_wheel, run};

fn bin(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../.venv/bin")
        .join(name)
}

fn store_of(server: &GoogleStorage) -> Store {
    Store::open(&server.bucket("")).unwrap()
}

/// Where anybody may read the bucket.
fn public(server: &GoogleStorage) -> String {
    format!("{}/{BUCKET}", server.url())
}

/// Installs into a new folder, as people do; answers what was installed there.
fn install(out: &Path, tool: &str, args: &[&str]) -> Vec<String> {
    let _ = std::fs::remove_dir_all(out);
    let mut command = match tool {
        "pip" => Command::new(bin("python")),
        _ => Command::new(bin("uv")),
    };
    match tool {
        "pip" => command
            .args([
                "-m",
                "pip",
                "--isolated",
                "--no-cache-dir",
                "--disable-pip-version-check",
            ])
            .args(["install", "--retries", "0"]),
        _ => command
            .args(["pip", "install", "--no-cache", "--no-config", "--python"])
            .arg(bin("python")),
    };
    run(command.arg("--target").arg(out).args(args));
    let names = std::fs::read_dir(out).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".dist-info")).collect()
}

#[tokio::test]
async fn pip_and_uv_install_a_commits_wheel_from_a_buckets_own_address() {
    let (server, case) = (GoogleStorage::start(), folder());
    let (store, id) = (store_of(&server), commit(COMMIT));
    store.put(&id, &pure_wheel(&case)).await.unwrap();
    let site = Site {
        title: None,
        public_url: Some(public(&server)),
    };
    store.write_commit(&id, &site, None).await.unwrap();
    let version = "0.1.0+2026.11.21.g6e4ddaf";
    let records = store.records(&id).await.unwrap();
    let frozen = store.freeze(version, &id, &records).await.unwrap();
    let options = PromotionOptions::default();
    store
        .promote(Channel::Nightly, frozen.manifest(), &options)
        .await
        .unwrap();
    store.write_channel(Channel::Nightly, &site).await.unwrap();

    let page = |root: &str| {
        let path = layout::simple_project(root, "hello-sdk", "html");
        format!("{}/{}", public(&server), layout::url_path(&path))
    };
    let wheel = layout::url_path(&layout::short_package(&id, "release", FILE));
    let digest = records[0].sha256;
    let direct = format!("hello-sdk @ {}/{wheel}#sha256={digest}", public(&server));
    let asked = format!("hello-sdk=={version}");
    let (out, version) = (case.out(), frozen.manifest().version().parse().unwrap());
    for tool in ["pip", "uv"] {
        for root in [
            layout::simple(&id),
            layout::channel_simple(&Channel::Nightly),
            layout::version_simple(&version),
        ] {
            let links = page(&root);
            let args = ["--no-index", "--find-links", &links, asked.as_str()];
            assert_eq!(install(&out, tool, &args).len(), 1, "{tool} {root}");
        }
        let installed = install(&out, tool, &["--no-deps", &direct]);
        assert_eq!(
            installed,
            ["hello_sdk-0.1.0+2026.11.21.g6e4ddaf.dist-info"],
            "{tool}"
        );
    }
    // The line names these bytes and no others.
    let other = direct.replace(&digest.to_string(), &"0".repeat(64));
    let refused = Command::new(bin("python"))
        .args([
            "-m",
            "pip",
            "--isolated",
            "--no-cache-dir",
            "download",
            "--no-deps",
            "--dest",
        ])
        .args([out.to_str().unwrap(), &other])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        !refused.status.success() && said.contains("HASHES"),
        "{said}"
    );
}

#[tokio::test]
async fn pages_settle_on_a_bucket_server_and_say_that_they_may_change() {
    let (server, case) = (GoogleStorage::start(), folder());
    let (store, id) = (store_of(&server), commit(COMMIT));
    store.put(&id, &pure_wheel(&case)).await.unwrap();
    let pages = store
        .write_commit(&id, &Site::default(), None)
        .await
        .unwrap();
    let again = store_of(&server)
        .write_all_pages(&Site::default())
        .await
        .unwrap();
    assert_eq!(again.written, Vec::<String>::new());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in pages.written {
        let seen = client.get(format!("{}/{path}", public(&server)));
        let seen = seen.send().await.unwrap();
        assert_eq!(seen.headers()["cache-control"], "no-cache", "{path}");
    }
}
