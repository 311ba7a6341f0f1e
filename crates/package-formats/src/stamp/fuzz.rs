//! Manifests that nobody would write: a stamp reads them or refuses them, and then changes versions and nothing else.

use std::fs;

use semver::Version;

use super::{Tree, undo};

const MANIFESTS: &[&str] = &[
    "[package]\nname = \"hello\"\nversion = \"0.2.0\" # ours\nedition = \"2024\"\n\n[dependencies]\nsub = { path = \"sub\", version = \"0.2\" }\n",
    "\u{feff}[workspace]\r\nmembers = []\r\npackage.version = '0.2.0'\r\n[workspace.dependencies.sub]\r\npath = './sub'\r\nversion = \"=0.2.0\"\r\n",
    "package = { name = \"hello\", version = \"0.2.0\" }\ntarget.'cfg(unix)'.dev-dependencies.sub = { version = '^0.2.0', path = \"sub\" }\n",
    "[project]\nname = 'hello'\nversion = \"\"\"0.2.0\"\"\"\n",
];

const WORDS: &[&str] = &[
    "version",
    "0.2.0",
    "0.3.0",
    "[package]",
    "[workspace]",
    "[workspace.package]",
    "path",
    "sub",
    "=",
    "{",
    "}",
    ".workspace = true",
    "\"\"\"",
    "'''",
    "#",
    "members = [\"*\"]",
    "[project]",
    "dependencies",
    "+dev",
];

#[test]
fn a_stamp_changes_versions_alone_is_done_once_and_gives_every_byte_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("sub")).unwrap();
    let sub = root.join("sub/Cargo.toml");
    let undo_file = root.join("undo.json");
    let new: Version = "0.3.0-alpha.1".parse().unwrap();
    testkit::fuzz::texts(MANIFESTS, WORDS, |text| {
        let name = match text.contains("[project]") {
            true => "pyproject.toml",
            false => "Cargo.toml",
        };
        let manifest = root.join(name);
        let before = "[package]\nname = \"sub\"\nversion = \"0.2.0\"\n";
        fs::write(&sub, before).unwrap();
        fs::write(&manifest, text).unwrap();
        let plan = Tree::find(root, &[]).and_then(|tree| tree.plan(new.clone()));
        if let Ok(plan) = plan {
            for (_, lines) in plan.changes() {
                assert!(!lines.is_empty());
                assert!(
                    lines.iter().all(|line| line.new.contains("0.3.0")),
                    "{lines:?}"
                );
            }
            plan.apply(&undo_file).unwrap();
            let again = Tree::find(root, &[]).unwrap();
            assert_eq!(again.version, new);
            assert!(again.plan(new.clone()).unwrap().changes().is_empty());
            undo(root, &undo_file).unwrap();
        }
        assert_eq!(fs::read_to_string(&manifest).unwrap(), text);
        assert_eq!(fs::read_to_string(&sub).unwrap(), before);
        assert!(!undo_file.exists());
        fs::remove_file(manifest).unwrap();
    });
}
