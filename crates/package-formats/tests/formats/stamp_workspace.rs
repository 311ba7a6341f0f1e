//! In a workspace many crates share one version: cargo itself says whether the stamped tree still holds together.

use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::civil::Date;
use package_formats::stamp::Stamp;
use package_formats::version::VersionMode;

const COMMIT: &str = "6e4ddaf00112233445566778899aabbccddeeff0";
const STAMPED: &str = "0.2.0-alpha.1+2026.3.5.g6e4ddaf";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root)
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout).unwrap());
    }
    Err(String::from_utf8(output.stderr).unwrap())
}

fn locked(root: &Path) -> Result<serde_json::Value, String> {
    let text = cargo(
        root,
        &["metadata", "--locked", "--offline", "--format-version", "1"],
    )?;
    Ok(serde_json::from_str(&text).unwrap())
}

/// Members by glob, by path dependency, with a version of their own, excluded; and two crates of one name.
fn workspace(root: &Path) {
    write(
        root,
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\", \"py\"]\nexclude = [\"crates/apart\", \"vendor\"]\nresolver = \"3\"\n\n\
         [workspace.package]\nversion = \"0.2.0-alpha.1+dev\" # one for all\n\n[workspace.dependencies]\n\
         hidden = { path = \"tools/hidden\", version = \"0.2.0-alpha.1\" }\n",
    );
    for (folder, name, version, dependencies) in [
        (
            "py",
            "hello-py",
            "version.workspace = true",
            "core = { path = \"../crates/core\" }\ntwin = { path = \"../crates/twin\" }",
        ),
        (
            "crates/core",
            "core",
            "version = { workspace = true }",
            "hidden.workspace = true",
        ),
        (
            "crates/own",
            "own",
            "version = \"0.2.0-alpha.1+dev\"",
            "core = { path = \"../core\" }",
        ),
        (
            "crates/twin",
            "twin",
            "version.workspace = true",
            "other = { path = \"../../vendor/twin\", package = \"twin\" }",
        ),
        ("tools/hidden", "hidden", "version.workspace = true", ""),
    ] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\n{version}\nedition = \"2024\"\n[dependencies]\n{dependencies}\n"
        );
        write(root, &format!("{folder}/Cargo.toml"), &manifest);
        write(root, &format!("{folder}/src/lib.rs"), "");
    }
    // With two crates of one name, dependencies in the lock file name the version too.
    write(
        root,
        "vendor/twin/Cargo.toml",
        "[package]\nname = \"twin\"\nversion = \"1.0.0\"\nedition = \"2024\"\n",
    );
    write(root, "vendor/twin/src/lib.rs", "");
    write(
        root,
        "crates/apart/Cargo.toml",
        "[package]\nname = \"apart\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    write(root, "crates/apart/src/lib.rs", "");
    cargo(root, &["generate-lockfile", "--offline"]).unwrap();
}

#[test]
fn a_stamped_workspace_still_builds_locked_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    workspace(root);
    let [manifest, lock] =
        ["Cargo.toml", "Cargo.lock"].map(|name| fs::read(root.join(name)).unwrap());
    locked(root).unwrap();

    let stamp = Stamp::apply(
        &root.join("py"),
        VersionMode::Auto,
        COMMIT,
        Date::constant(2026, 3, 5),
        &root.join(".git/undo.json"),
    )
    .unwrap();
    assert_eq!(
        stamp.edited,
        [root.join("Cargo.lock"), root.join("Cargo.toml")]
    );
    let metadata = locked(root).unwrap();
    let version = |name: &str| {
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages
            .iter()
            .find(|package| package["name"] == name)
            .unwrap();
        package["version"].as_str().unwrap().to_owned()
    };
    for member in ["hello-py", "core", "hidden", "twin"] {
        assert_eq!(version(member), STAMPED, "{member}");
    }
    assert_eq!(version("own"), "0.2.0-alpha.1+dev");

    stamp.restore().unwrap();
    assert_eq!(
        [manifest, lock],
        ["Cargo.toml", "Cargo.lock"].map(|name| fs::read(root.join(name)).unwrap())
    );
}

#[test]
fn without_its_lock_file_a_stamped_tree_would_not_build_locked() {
    // Guards the test above: cargo does refuse a lock file that lags behind.
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    workspace(root);
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    write(root, "Cargo.toml", &manifest.replace("+dev", "+other"));
    assert!(locked(root).unwrap_err().contains("--locked"));
}
