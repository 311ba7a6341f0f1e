//! Which crates are members of a workspace, compared with what cargo says of the same tree.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use package_formats::stamp::{Tree, undo};

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn package(root: &Path, folder: &str, rest: &str) {
    let name = folder.rsplit('/').next().unwrap().trim_start_matches('.');
    write(
        root,
        &format!("{folder}/Cargo.toml"),
        &format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}"),
    );
    write(root, &format!("{folder}/src/lib.rs"), "");
}

/// Crates in every place where a workspace may look for them, and things that are not crates.
fn tree(root: &Path) {
    for folder in [
        "crates/a",
        "crates/b",
        "crates/nested/deep/c",
        "crates/.hidden",
        "crates/excluded",
        "apart/d",
        "apart/d-dev",
        "vendor/e",
    ] {
        package(root, folder, "");
    }
    package(
        root,
        "apart/f",
        "[dependencies]\nd = { path = \"../d\" }\n[target.'cfg(unix)'.dev-dependencies]\nd-dev = { path = \"../d-dev\" }\n",
    );
    write(root, "crates/README.md", "Ours.\n");
    write(root, "crates/.DS_Store", "");
    write(root, "apart/notes/one.txt", "");
}

/// The folders of members, as cargo has them; `None` where it refuses the workspace.
fn of_cargo(root: &Path) -> Option<BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root)
        .output()
        .unwrap();
    let metadata: serde_json::Value = match output.status.success() {
        true => serde_json::from_slice(&output.stdout).unwrap(),
        false => return None,
    };
    let packages = metadata["packages"].as_array().unwrap();
    let path = |one: &serde_json::Value| one["manifest_path"].as_str().unwrap().to_owned();
    Some(
        packages
            .iter()
            .map(|one| relative(root, Path::new(&path(one))))
            .collect(),
    )
}

/// The same, as a stamp has them: what it changes.
fn of_a_stamp(root: &Path) -> BTreeSet<String> {
    let plan = Tree::find(root, &[])
        .unwrap()
        .plan("0.2.0".parse().unwrap())
        .unwrap();
    let undo_file = root.join("undo.json");
    let changed = plan.apply(&undo_file).unwrap();
    undo(root, &undo_file).unwrap().unwrap();
    let is_member =
        |path: &&std::path::PathBuf| path.ends_with("Cargo.toml") && path.parent() != Some(root);
    changed
        .iter()
        .filter(is_member)
        .map(|path| relative(root, path))
        .collect()
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap()
        .display()
        .to_string()
        .replace('\\', "/")
}

#[test]
fn a_stamp_finds_the_members_that_cargo_finds() {
    let folder = tempfile::tempdir().unwrap();
    let root = &folder.path().canonicalize().unwrap();
    tree(root);
    let mut compared = 0;
    for keys in [
        r#"members = ["crates/*"]
           exclude = ["crates/nested"]"#,
        r#"members = ["crates/*", "apart/f"]
           exclude = ["crates/nested"]"#,
        r#"members = ["crates/*"]
           exclude = ["crates/nested", "crates/excluded", "crates/.hidden"]"#,
        r#"members = ["crates/excluded", "crates/[ab]"]
           exclude = ["crates"]"#,
        r#"members = ["crates/**/c", "./crates/a/", "crates/../crates/b"]"#,
        r#"members = ["*/?", "crates/nested/**/c"]
           exclude = ["vendor", "apart/f"]
           default-members = ["crates/a"]"#,
        r#"members = ["apart/*"]
           exclude = ["apart/notes"]"#,
        r#"members = ["vendor/*", "crates/{a,b}"]
           exclude = []"#,
        r#"members = ["apart/f"]
           exclude = ["apart/d"]"#,
        r#"members = ["crates/README.md/*", "crates/a"]"#,
        r#"members = ["crates/README.m*", "crates/a"]"#,
        r#"members = ["crates/a*", "crates/.h*"]"#,
    ] {
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\n{keys}\n[workspace.package]\nversion = \"0.1.0\"\n"
        );
        write(root, "Cargo.toml", &manifest);
        if let Some(members) = of_cargo(root) {
            assert_eq!(of_a_stamp(root), members, "{keys}");
            compared += 1;
        }
        // A lock file that cargo wrote is of one list of members.
        let _none = fs::remove_file(root.join("Cargo.lock"));
    }
    assert!(
        compared >= 9,
        "cargo took only {compared} of the workspaces"
    );
}

#[test]
fn a_member_outside_of_the_root_is_one_where_both_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let above = &folder.path().canonicalize().unwrap();
    fs::create_dir(above.join(".git")).unwrap();
    let root = &above.join("rust");
    package(above, "python/binding", "workspace = \"../../rust\"\n");
    package(
        root,
        "core",
        "[dependencies]\nbinding = { path = \"../../python/binding\" }\n",
    );
    for members in ["\"core\"", "\"core\", \"../python/binding\""] {
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{members}]\n[workspace.package]\nversion = \"0.1.0\"\n"
        );
        write(root, "Cargo.toml", &manifest);
        let plan = Tree::find(root, &[])
            .unwrap()
            .plan("0.2.0".parse().unwrap())
            .unwrap();
        let changed: BTreeSet<_> = plan
            .changes()
            .iter()
            .map(|(path, _)| relative(above, path))
            .collect();
        let expected = [
            "python/binding/Cargo.toml",
            "rust/Cargo.toml",
            "rust/core/Cargo.toml",
        ];
        assert_eq!(changed, expected.map(str::to_owned).into());
    }
}

#[cfg(unix)]
#[test]
fn links_in_circles_and_globs_without_end_come_to_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    tree(root);
    for name in ["one", "two", "three"] {
        std::os::unix::fs::symlink("..", root.join("crates").join(name)).unwrap();
    }
    let refused = |member: &str| {
        let manifest = format!(
            "[workspace]\nmembers = [\"{member}\"]\n[workspace.package]\nversion = \"0.1.0\"\n"
        );
        write(root, "Cargo.toml", &manifest);
        Tree::find(root, &[])
            .map(drop)
            .map_err(|error| error.to_string())
    };
    refused("**/c").unwrap();
    refused(&format!("{}a{}", "{".repeat(250), "}".repeat(250)))
        .unwrap_err()
        .find("nests `{` 250 deep")
        .unwrap();
    let circles = "crates/*/".repeat(30);
    let error = refused(&circles).unwrap_err();
    assert!(error.contains("more than 16 links"), "{error}");
    assert!(error.len() < 400, "{error}");
}
