//! The cargo registry, proved by the real cargo: it publishes to it and builds from it, without any other network.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

mod cargo_registry {
    pub(crate) mod client;
    mod strictness;
    pub(crate) mod workshop;
}

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use cargo_registry::client::{get, krate, send, tarball, upload};
use cargo_registry::workshop::{TOKEN, Workshop, log};
use serde_json::json;
use testkit::cargo_registry::{CargoRegistry, Options};
use testkit::faults::Fault;

/// `b` asks for `a` twice, once under another name and only with a feature in the new syntax.
const B: &str = r#"
[features]
with-a = ["dep:other-name"]
[dependencies]
other-name = { package = "a", version = "0.1", registry = "local", optional = true }
a = { version = "0.1", registry = "local" }
"#;

const NEEDS_A: &str = "[dependencies]\na = { version = \"0.1\", registry = \"local\" }";
const NEEDS_B: &str = "[dependencies]\nb = { version = \"0.2\", registry = \"local\" }";

fn start(options: Options) -> CargoRegistry {
    let tokens = vec![TOKEN.to_owned()];
    CargoRegistry::start(Options { tokens, ..options }).unwrap()
}

#[test]
fn cargo_publishes_two_crates_and_builds_a_third_from_them() {
    let registry = start(Options::default());
    let workshop = Workshop::new(&registry);
    workshop.package("a", "0.1.0+build.7", "", "pub fn one() -> u8 { 1 }");
    workshop.package("b", "0.2.0", B, "pub fn two() -> u8 { 2 * a::one() }");
    workshop.package(
        "c",
        "1.0.0",
        NEEDS_B,
        "#[test] fn it() { println!(\"two is {}\", b::two()); }",
    );
    for name in ["a", "b"] {
        let published = workshop.publish(name);
        assert!(published.status.success(), "{}", log(&published));
    }
    let entry = &registry.versions("b")[0];
    assert!(
        entry
            .deps
            .iter()
            .all(|it| it.registry.is_none() && it.package_name() == "a")
    );
    assert_eq!((entry.v, entry.features2.is_some()), (Some(2), true));

    let run = workshop.cargo("c", &["test", "--quiet", "--", "--nocapture"]);
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(said.contains("two is 2"), "{said}{}", log(&run));
    let lock = workshop.path("c/Cargo.lock");
    let locked = fs::read_to_string(&lock).unwrap();
    assert!(
        locked.contains(&entry.cksum) && locked.contains(&registry.index_url()),
        "{locked}"
    );
    // A second look at the index is answered from what cargo already has.
    fs::remove_file(lock).unwrap();
    assert!(workshop.cargo("c", &["update"]).status.success());
    assert!(
        registry.requests().iter().any(|it| it.status == 304),
        "{:?}",
        registry.requests()
    );
}

#[test]
fn cargo_tells_its_user_what_the_registry_said() {
    let registry = start(Options::default());
    let workshop = Workshop::new(&registry);
    workshop.package("a", "0.1.0", "", "");
    assert!(workshop.publish("a").status.success());
    workshop.package("A", "0.2.0", "", "");
    let refused = workshop.publish("A");
    assert!(!refused.status.success());
    assert!(
        log(&refused).contains("crate was previously named `a`"),
        "{}",
        log(&refused)
    );
}

#[test]
fn an_upload_that_is_there_already_or_has_no_right_is_refused() {
    let registry = start(Options::default());
    let workshop = Workshop::new(&registry);
    workshop.package("a", "0.1.0", "", "");
    let file = workshop.crate_file("a", "0.1.0");
    assert_eq!(upload(&registry, "wrong", "a", "0.1.0", &file).0, 403);
    assert_eq!(upload(&registry, "", "a", "0.1.0", &file).0, 403);
    assert_eq!(upload(&registry, TOKEN, "a", "0.1.0", &file).0, 200);
    let other = krate("a", "0.1.0+other", "");
    let duplicate = upload(&registry, TOKEN, "a", "0.1.0+other", &other);
    assert_eq!(
        duplicate,
        (400, "crate version `0.1.0` is already uploaded".to_owned())
    );
}

#[test]
fn a_dependency_of_another_registry_keeps_its_index() {
    let first = start(Options::default());
    let workshop = Workshop::new(&first);
    workshop.package("a", "0.1.0", "", "");
    assert!(workshop.publish("a").status.success());
    workshop.package("d", "0.1.0", NEEDS_A, "");
    let file = workshop.crate_file("d", "0.1.0");
    let second = start(Options::default());
    assert_eq!(upload(&second, TOKEN, "d", "0.1.0", &file).0, 200);
    assert_eq!(
        second.versions("d")[0].deps[0].registry,
        Some(first.index_url())
    );
}

#[test]
fn an_upload_that_breaks_a_rule_is_refused_with_the_words_of_crates_io() {
    const GOOD: &str =
        "[package]\nname = \"d\"\nversion = \"0.1.0\"\ndescription = \"d\"\nlicense = \"MIT\"\n";
    let registry = start(Options::default());
    let with = |more: &str| vec![("d-0.1.0/Cargo.toml", format!("{GOOD}{more}"))];
    for (entries, told) in [
        (
            with("[dependencies]\nzzz = \"1\""),
            "no known crate named `zzz`",
        ),
        (
            with("[dev-dependencies]\nzzz = \"1\""),
            "no known crate named `zzz`",
        ),
        (
            with("[dependencies]\nzzz = \"*\""),
            "wildcard (`*`) dependency",
        ),
        (
            with("[dependencies]\nzzz.workspace = true"),
            "was not resolved",
        ),
        (
            with("[patch.crates-io]\nzzz = { path = \"z\" }"),
            "`[patch]`",
        ),
        (
            vec![("d-0.1.0/Cargo.toml", GOOD.replace("license", "homepage"))],
            "missing or empty metadata fields: license",
        ),
        (
            vec![("d-0.1.0/Cargo.toml", GOOD.replace("0.1.0", "0.2.0"))],
            "metadata version `0.1.0` does not match manifest version `0.2.0`",
        ),
        (
            vec![("d-0.1.0/src/lib.rs", String::new())],
            "missing a `Cargo.toml`",
        ),
        (
            vec![("e/Cargo.toml", GOOD.to_owned())],
            "invalid path found: e/Cargo.toml",
        ),
        (
            vec![("d-0.1.0/CARGO.toml", GOOD.to_owned())],
            "`CARGO.toml` was found, but must be named `Cargo.toml` with that exact casing",
        ),
        (
            vec![
                ("d-0.1.0/Cargo.toml", GOOD.to_owned()),
                ("d-0.1.0/cargo.toml", GOOD.to_owned()),
            ],
            "more than one `Cargo.toml` manifest file; found `Cargo.toml`, `cargo.toml`",
        ),
        (
            vec![(
                "d-0.1.0/Cargo.toml",
                format!("{GOOD}keywords = [\"a b\"]\n"),
            )],
            "\"a b\" is an invalid keyword",
        ),
        (
            vec![(
                "d-0.1.0/Cargo.toml",
                format!("{GOOD}homepage = \"me.example\"\n"),
            )],
            "URL for field `homepage` must begin with http:// or https://",
        ),
    ] {
        let (status, said) = upload(&registry, TOKEN, "d", "0.1.0", &tarball(&entries));
        assert!(
            status == 400 && said.contains(told),
            "{entries:?}: {status} {said}"
        );
    }
    assert_eq!(
        upload(&registry, TOKEN, "d", "0.1.0", &vec![0; 11 << 20]).0,
        413
    );
    assert_eq!(
        upload(&registry, TOKEN, "0d", "0.1.0", &tarball(&with(""))).0,
        400
    );
    assert_eq!(
        upload(&registry, TOKEN, "d", "0.1.0", &tarball(&with(""))).0,
        200
    );
}

#[test]
fn a_new_version_lags_behind_in_the_index_for_as_many_requests_as_asked() {
    let registry = start(Options {
        index_lag: 2,
        ..Options::default()
    });
    let workshop = Workshop::new(&registry);
    workshop.package("a", "0.1.0", "", "");
    let file = workshop.crate_file("a", "0.1.0");
    assert_eq!(upload(&registry, TOKEN, "a", "0.1.0", &file).0, 200);
    let seen: Vec<u16> = (0..3)
        .map(|_| get(&registry, "/index/1/a").status)
        .collect();
    assert_eq!(seen, [404, 404, 200]);
    // Only the right page has it.
    assert_eq!(get(&registry, "/index/2/a").status, 404);
}

#[test]
fn too_many_requests_say_when_to_come_again() {
    let registry = start(Options::default());
    let mut fault = Fault::status("GET", "/index/", 429);
    fault
        .headers
        .insert("retry-after".to_owned(), "http-date+60".to_owned());
    registry.fault(fault);
    let reply = get(&registry, "/index/1/a");
    assert_eq!(reply.status, 429);
    let date = reply.retry_after.unwrap();
    assert!(
        date.ends_with(" GMT") && date.split(' ').count() == 6,
        "{date}"
    );
}

#[test]
fn a_registry_goes_on_from_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        folder: Some(folder.path().to_owned()),
        ..Options::default()
    };
    let registry = start(options.clone());
    let workshop = Workshop::new(&registry);
    workshop.package("a", "0.1.0", "", "");
    let published = workshop.publish("a");
    assert!(published.status.success(), "{}", log(&published));
    let before = registry.versions("a");
    drop(registry);
    let registry = start(options);
    assert_eq!(registry.versions("a"), before);
    assert_eq!(get(&registry, "/crates/a/a-0.1.0.crate").status, 200);
    assert!(folder.path().join("index/1/a").exists());
}

#[test]
fn the_program_serves_takes_faults_and_ends_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_cargo-registry"))
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let index = lines.next().unwrap().unwrap();
    let url = index.strip_prefix("sparse+").unwrap();
    let base = url.strip_suffix("/index/").unwrap();
    let fault = json!({ "faults": [{ "path": "/index/", "status": 503 }] });
    let posted = send(|client| client.post(format!("{base}/_faults")).json(&fault));
    assert_eq!(posted.status, 200, "{posted:?}");
    let config = || send(|client| client.get(format!("{url}config.json")));
    assert_eq!((config().status, config().status), (503, 200));
    Command::new("kill")
        .arg(program.id().to_string())
        .status()
        .unwrap();
    assert!(program.wait().unwrap().success());
}
