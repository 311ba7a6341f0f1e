//! Crates made by cargo itself: what we expect of a `.crate` is what cargo writes.

use std::fs;
use std::path::Path;
use std::process::Command;

use package_formats::Crate;
use package_formats::krate::{check_siblings, publish_order};

fn run(program: &str, folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A workspace in which `hello-cli` needs `hello-core`.
fn workspace(root: &Path) {
    write(
        root,
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n[workspace.package]\nversion = \"0.2.0\"\n\
         edition = \"2024\"\nlicense = \"MIT\"\ndescription = \"Says hello\"\n[workspace.dependencies]\n\
         hello-core = { path = \"crates/hello-core\", version = \"0.2.0\" }\n",
    );
    for (name, rest) in [
        ("hello-core", ""),
        ("hello-cli", "[dependencies]\nhello-core.workspace = true\n"),
    ] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion.workspace = true\nedition.workspace = true\n\
             license.workspace = true\ndescription.workspace = true\nreadme = \"../../README.md\"\n{rest}"
        );
        write(root, &format!("crates/{name}/Cargo.toml"), &manifest);
        write(root, &format!("crates/{name}/src/lib.rs"), "");
    }
    write(root, "README.md", "# Hello\n");
    write(root, ".gitignore", "target\n");
    run("git", root, &["init", "--quiet"]);
    commit(root);
}

fn commit(root: &Path) {
    run("git", root, &["add", "--all"]);
    let who = [
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.com",
        "-c",
        "commit.gpgsign=false",
    ];
    run(
        "git",
        root,
        &[&who[..], &["commit", "--quiet", "--message", "Change"]].concat(),
    );
}

/// `hello-cli` and `hello-core`, in this order.
fn package(root: &Path) -> [Crate; 2] {
    let cargo = env!("CARGO");
    let target = root.join("target");
    let target = target.to_str().unwrap();
    run(cargo, root, &["generate-lockfile", "--offline"]);
    commit_lock(root);
    run(
        cargo,
        root,
        &[
            "package",
            "--workspace",
            "--offline",
            "--no-verify",
            "--target-dir",
            target,
        ],
    );
    ["hello-cli", "hello-core"]
        .map(|name| Crate::open(&root.join(format!("target/package/{name}-0.2.0.crate"))).unwrap())
}

fn commit_lock(root: &Path) {
    if !run("git", root, &["status", "--porcelain"]).is_empty() {
        commit(root);
    }
}

#[test]
fn crates_that_cargo_packaged_are_right_and_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    workspace(root);
    let crates = package(root);
    let head = run("git", root, &["rev-parse", "HEAD"]);
    for krate in &crates {
        assert_eq!(krate.check(), []);
        assert_eq!(krate.check_commit(&head), None);
        assert_eq!(krate.readme.as_deref(), Some("# Hello\n"));
        let path = format!("crates/{}", krate.name());
        assert_eq!(krate.vcs.as_ref().unwrap().path_in_vcs, path);
    }
    assert_eq!(publish_order(&crates), Ok(vec![1, 0]));
    let locked = crates[0]
        .lock
        .iter()
        .find(|package| package.name == "hello-core")
        .unwrap();
    assert_eq!(locked.checksum.as_ref(), Some(&crates[1].digest.sha256));
    assert_eq!(check_siblings(&crates), []);

    write(root, "crates/hello-core/src/lib.rs", "// changed\n");
    commit(root);
    let [_, newer_core] = package(root);
    let [old_cli, _] = crates;
    let found = check_siblings(&[old_cli, newer_core]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule, "sibling-checksum");
}

#[test]
fn a_crate_packaged_over_changes_is_dirty() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    workspace(root);
    write(root, "crates/hello-core/src/lib.rs", "// not committed\n");
    let target = root.join("target");
    let arguments = [
        "package",
        "--package",
        "hello-core",
        "--offline",
        "--no-verify",
        "--allow-dirty",
        "--target-dir",
    ];
    run(
        env!("CARGO"),
        root,
        &[&arguments[..], &[target.to_str().unwrap()]].concat(),
    );
    let krate = Crate::open(&target.join("package/hello-core-0.2.0.crate")).unwrap();
    let found = krate.check();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].rule, "vcs-clean");
}
