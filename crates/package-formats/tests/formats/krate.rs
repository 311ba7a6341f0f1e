//! The rules of crates, the order to publish them in, and the door.

use std::fs;

use package_formats::krate::{Cycle, check_siblings, publish_order};
use package_formats::{Cause, Crate, Kind};
use tar::EntryType;

use crate::made_crate::{COMMIT, MadeCrate};
use crate::made_wheel::findings;

#[test]
fn a_right_crate_has_no_findings_and_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = MadeCrate::new().write(folder.path());
    let package = package_formats::open(&path).unwrap();
    assert_eq!(package.check(), []);
    assert_eq!(package.kind(), Kind::Crate);
    assert_eq!(package.project(), "hello");
    assert_eq!(package.version(), "0.2.0");
    assert_eq!(package.platform(), "any");
    assert_eq!(
        package.digest(),
        &package_formats::digest::sha256_file(&path).unwrap()
    );
}

#[test]
fn a_crate_knows_its_commit_and_its_readme() {
    let krate = MadeCrate::new().open();
    let vcs = krate.vcs.as_ref().unwrap();
    assert_eq!(
        (vcs.commit.as_str(), vcs.path_in_vcs.as_str(), vcs.dirty),
        (COMMIT, "crates/hello", false)
    );
    assert_eq!(krate.readme.as_deref(), Some("# Hello\n"));
    assert_eq!(krate.check_commit(COMMIT), None);
    let other = krate
        .check_commit("0000000000000000000000000000000000000000")
        .unwrap();
    assert!(other.message.contains(COMMIT), "{}", other.message);
}

/// One crate for each rule, with the only finding that it has.
pub(crate) fn broken() -> Vec<(MadeCrate, String)> {
    let field = |text: &str| MadeCrate::named("hello", text);
    let x = |length: usize| "x".repeat(length);
    let many = |count: usize, line: fn(usize) -> String| (0..count).map(line).collect::<String>();
    let toml = "hello-0.2.0/Cargo.toml";
    [
        (
            MadeCrate::new().entry("hello-0.2.0/../evil.rs", ""),
            "entries-root: entry `hello-0.2.0/../evil.rs` is not under `hello-0.2.0/`",
        ),
        (
            MadeCrate::new().entry("/etc/evil", ""),
            "entries-root: entry `/etc/evil` is not under `hello-0.2.0/`",
        ),
        (
            MadeCrate::new().special("hello-0.2.0/link.rs", EntryType::Symlink, ""),
            "entries-regular: entry `hello-0.2.0/link.rs` is a symbolic link",
        ),
        (
            MadeCrate::new().entry("hello-0.2.0/cargo.toml", ""),
            "one-manifest: crate has 2 manifests (`hello-0.2.0/Cargo.toml`, `hello-0.2.0/cargo.toml`), the limit is 1",
        ),
        (
            MadeCrate::new().file_name("hello-0.3.0.crate"),
            "file-name: file is named `hello-0.3.0.crate`, its manifest requires `hello-0.2.0.crate`",
        ),
        (
            MadeCrate::named("1hello", ""),
            "crate-name: name `1hello` is not made of ASCII letters, digits, `-` and `_`, a letter first",
        ),
        (field("publish = false"), "publish-allowed: manifest sets `publish = false`"),
        (
            MadeCrate::new().edit("hello-0.2.0/.cargo_vcs_info.json", "\"}", "\",\"dirty\":true}"),
            "vcs-clean: crate contains uncommitted changes on top of commit 6e4ddaf00112233445566778899aabbccddeeff0",
        ),
        (
            MadeCrate::new().without("hello-0.2.0/.cargo_vcs_info.json"),
            "vcs-clean: crate has no `.cargo_vcs_info.json`, so its commit is unknown",
        ),
        (
            MadeCrate::new().edit(toml, "description = \"Says hello\"", ""),
            "required-fields: manifest has no `description`",
        ),
        (
            MadeCrate::new().edit(toml, "license = \"MIT\"", ""),
            "required-fields: manifest has neither `license` nor `license-file`",
        ),
        (
            MadeCrate::new().edit(toml, "Says hello", &x(1001)),
            "required-fields: `description` has 1001 bytes, over the limit of 1000",
        ),
        (
            MadeCrate::new().without("hello-0.2.0/README.md"),
            "named-files: `readme` names `README.md`, which is not in the crate",
        ),
        (
            field("keywords = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]"),
            "keywords: manifest has 6 keywords, over the limit of 5",
        ),
        (
            field("keywords = [\"two words\"]"),
            "keywords: keyword `two words` contains more than ASCII letters, digits, `_`, `-` and `+`",
        ),
        (
            field(&format!("[features]\n{}", many(301, |n| format!("f{n} = []\n")))),
            "counts: manifest has 301 features, over the limit of 300",
        ),
        (
            field("[dependencies]\nserde = \"*\""),
            "wildcard-requirement: dependency `serde` has requirement `*`",
        ),
        (
            field("[dependencies]\nserde.workspace = true\nserde.version = \"1\""),
            "normalized-manifest: `dependencies.serde` is inherited from a workspace",
        ),
        (
            field("[patch.mirror]\nserde = { path = \"serde\" }"),
            "normalized-manifest: manifest has a `[patch]`",
        ),
    ]
    .into_iter()
    .map(|(krate, finding)| (krate, finding.to_owned()))
    .collect()
}

#[test]
fn what_a_crate_breaks_is_told_with_its_fact_and_its_limit() {
    for (made, finding) in broken() {
        assert_eq!(findings(made.open().check()).join("; "), finding);
    }
    let mut large = MadeCrate::new().open();
    large.digest.size = 11 * 1024 * 1024;
    assert_eq!(
        findings(large.check()),
        ["size: crate is 11.0 MiB, over the limit of 10.0 MiB"]
    );
}

#[test]
fn metadata_of_other_tools_may_speak_of_workspaces() {
    let krate = MadeCrate::named("hello", "[package.metadata.tool]\nworkspace = true\n").open();
    assert_eq!(krate.check(), []);
}

#[test]
fn a_commit_build_is_kept_from_the_registry_and_not_from_the_bucket() {
    let krate = MadeCrate::new()
        .edit(
            "hello-0.2.0/Cargo.toml",
            "0.2.0",
            "0.2.0+2026.11.22.g6e4ddaf",
        )
        .open();
    assert_eq!(
        findings(krate.check_for_crates_io()),
        ["crates-io-build-metadata: version 0.2.0+2026.11.22.g6e4ddaf carries build metadata"]
    );
    assert_eq!(MadeCrate::new().open().check_for_crates_io(), []);
}

#[test]
fn what_is_no_crate_is_refused_at_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello-0.2.0.crate");
    fs::write(&path, "404").unwrap();
    let error = package_formats::open(&path).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "failed to open crate {}: it is not a gzipped tar archive",
            path.display()
        )
    );

    let whole = fs::read(MadeCrate::new().write(folder.path())).unwrap();
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let error = Crate::open(&path).unwrap_err();
    assert!(matches!(error.cause, Cause::Damaged(_)), "{error}");

    let bare = MadeCrate::new()
        .without("hello-0.2.0/Cargo.toml")
        .write(folder.path());
    assert!(matches!(
        Crate::open(&bare).unwrap_err().cause,
        Cause::Missing(_)
    ));

    let unversioned = MadeCrate::new().edit("hello-0.2.0/Cargo.toml", "version = \"0.2.0\"", "");
    let error = Crate::open(&unversioned.write(folder.path()))
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("its `Cargo.toml` is invalid: `package.version` is not a string"),
        "{error}"
    );
}

fn depends(name: &str, on: &[&str], kind: &str) -> Crate {
    let lines: String = on
        .iter()
        .map(|name| format!("{name} = \"0.2.0\"\n"))
        .collect();
    MadeCrate::named(name, &format!("[{kind}]\n{lines}")).open()
}

#[test]
fn crates_are_ordered_after_what_they_need() {
    let renamed = "[dependencies.short]\npackage = \"c-macros\"\nversion = \"0.2.0\"\n";
    let crates = [
        depends("a-app", &["b-lib", "serde"], "dependencies"),
        MadeCrate::named("b-lib", renamed).open(),
        depends("c-macros", &[], "dependencies"),
        depends(
            "d-build",
            &["a-app"],
            "target.'cfg(windows)'.build-dependencies",
        ),
    ];
    assert_eq!(publish_order(&crates), Ok(vec![2, 1, 0, 3]));
}

#[test]
fn dev_dependencies_do_not_order_crates() {
    let crates = [
        depends("a", &["b"], "dev-dependencies"),
        depends("b", &["a"], "dependencies"),
    ];
    assert_eq!(publish_order(&crates), Ok(vec![0, 1]));
}

#[test]
fn a_cycle_is_named() {
    let crates = [
        depends("app", &["a"], "dependencies"),
        depends("a", &["b"], "dependencies"),
        depends("b", &["a"], "build-dependencies"),
    ];
    let cycle = publish_order(&crates).unwrap_err();
    assert_eq!(cycle, Cycle(vec!["a".into(), "b".into(), "a".into()]));
    assert_eq!(
        cycle.to_string(),
        "failed to order the crates: a → b → a need each other"
    );
}

/// The crate `app`, whose lock file has this checksum for `lib`.
pub(crate) fn locks_lib(checksum: &str) -> Crate {
    let app = MadeCrate::named("app", "[dependencies]\nlib = \"0.2.0\"\n");
    app.entry(
        "app-0.2.0/Cargo.lock",
        &format!(
            "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.2.0\"\ndependencies = [\"lib\"]\n\n\
             [[package]]\nname = \"lib\"\nversion = \"0.2.0\"\nsource = \"registry+x\"\nchecksum = \"{checksum}\"\n"
        ),
    )
    .open()
}

#[test]
fn a_sibling_from_another_packaging_is_found() {
    let lib = MadeCrate::named("lib", "").open();
    let same = locks_lib(&lib.digest.sha256);
    assert_eq!(check_siblings(&[same, lib.clone()]), []);
    let other = locks_lib(&"0".repeat(64));
    let found = findings(check_siblings(&[other, lib.clone()]));
    assert_eq!(
        found,
        [format!(
            "sibling-checksum: crate app-0.2.0 locks lib-0.2.0 with checksum {}, the file has {}",
            "0".repeat(64),
            lib.digest.sha256
        )]
    );
}
