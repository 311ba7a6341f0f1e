//! A workspace moves to another version and back: cargo still takes it, and every byte returns, in whatever layout it is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use package_formats::stamp::{StampError, Tree, undo};
use semver::Version;

const OLD: &str = "0.2.0-alpha.1+dev";
const TARGETS: [&str; 4] = [
    "0.2.0-alpha.1+2026.3.5.g6e4ddaf",
    "0.2.0",
    "0.3.0-alpha.1+dev",
    "1.0.0",
];

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Every file but the undo file, with its bytes.
fn files(root: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("undo.json") {
                files.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    files
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root)
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

/// Versions by crate, as cargo sees a tree whose lock file must fit.
fn locked(root: &Path) -> BTreeMap<String, String> {
    let text = cargo(
        root,
        &["metadata", "--locked", "--offline", "--format-version=1"],
    )
    .unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    packages
        .iter()
        .map(|package| (text(&package["name"]), text(&package["version"])))
        .collect()
}

/// Every way in which one crate of a workspace can name another, and one crate with a version of its own.
fn workspace(root: &Path) {
    write(
        root,
        "Cargo.toml",
        "# Hello.\n[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n\n[workspace.package]\n\
         version   =  '0.2.0-alpha.1+dev'  # one for all\n\n[workspace.dependencies] # shared\n\
         core = { path = \"crates/core\", version = \"=0.2.0-alpha.1\" } # exactly\n\
         [workspace.dependencies.tools]\nversion = \"0.2.0-alpha.1\"\npath = './crates/tools'\n",
    );
    for (name, version, rest) in [
        ("core", "version.workspace = true", ""),
        (
            "tools",
            "version = { workspace = true }",
            "[build-dependencies]\ncore = { workspace = true }\n",
        ),
        (
            "cli",
            "version = \"0.2.0-alpha.1+dev\" # its own line",
            "[dependencies]\ncore.workspace = true\n[dependencies.renamed]\npackage = \"tools\"\n\
             path = \"../tools\"\nversion = \"~0.2.0-alpha.1\" # renamed\n[target.'cfg(unix)'.dependencies]\n\
             apart = { path = \"../apart\", version = \"7\" }\n",
        ),
        (
            "tests",
            "version.workspace = true",
            "[dev-dependencies]\ncli = { version = '^0.2.0-alpha.1', path = \"../cli\" }\n\
             [target.x86_64-unknown-linux-gnu.dev-dependencies]\ntools = { path = \"../tools\", version = \"0.2.0-alpha.1\" }\n",
        ),
        ("apart", "version = \"7.1.0\"", ""),
    ] {
        write(
            root,
            &format!("crates/{name}/Cargo.toml"),
            &format!("[package]\nname = \"{name}\"\n{version}\nedition = \"2024\"\n{rest}"),
        );
        write(root, &format!("crates/{name}/src/lib.rs"), "");
    }
    write(
        root,
        "crates/cli/pyproject.toml",
        "[project]\nname = \"cli\"\nversion = '0.2.0a1+dev' # Python's spelling\n",
    );
    write(
        root,
        "crates/core/pyproject.toml",
        "[project]\nname = \"core\"\ndynamic = [\"version\"]\n",
    );
    write(
        root,
        "python/pyproject.toml",
        "[project]\nname = \"hello\"\nversion = \"0.2.0-alpha.1+dev\"\n",
    );
    cargo(root, &["generate-lockfile", "--offline"]).unwrap();
}

fn stamp(root: &Path, new: &str) -> Vec<PathBuf> {
    let pythons = [root.join("python/pyproject.toml")];
    let tree = Tree::find(root, &pythons).unwrap();
    let plan = tree.plan(new.parse().unwrap()).unwrap();
    plan.apply(&root.join("undo.json")).unwrap()
}

/// As an editor may have saved the file.
fn spellings() -> [fn(&str) -> String; 4] {
    [
        str::to_owned,
        |text| text.replace('\n', "\r\n"),
        |text| format!("\u{feff}{text}"),
        |text| format!("\u{feff}{}", text.trim_end().replace('\n', "\r\n")),
    ]
}

#[test]
fn cargo_takes_a_stamped_workspace_and_every_byte_comes_back() {
    for spell in spellings() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        workspace(root);
        for (path, bytes) in files(root) {
            // Cargo writes its lock file itself, and takes a CRLF or a BOM for a change of its own.
            if !path.ends_with("Cargo.lock") {
                fs::write(path, spell(&String::from_utf8(bytes).unwrap())).unwrap();
            }
        }
        let before = files(root);
        for new in TARGETS {
            assert!(!stamp(root, new).is_empty());
            let mut versions = locked(root);
            assert_eq!(versions.remove("apart").as_deref(), Some("7.1.0"));
            assert_eq!(versions.len(), 4);
            assert!(
                versions.values().all(|version| version == new),
                "{versions:?}"
            );
            let once = files(root);
            assert_eq!(stamp(root, new), [] as [PathBuf; 0], "twice is once");
            assert_eq!(files(root), once);
        }
        // Four stamps on top of each other are taken back at once.
        let undone = undo(root, &root.join("undo.json")).unwrap().unwrap();
        assert_eq!(undone.version.to_string(), OLD);
        assert_eq!(files(root), before);
        assert_eq!(undo(root, &root.join("undo.json")).unwrap(), None);
    }
}

#[test]
fn nothing_but_versions_changes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    workspace(root);
    let tree = Tree::find(root, &[root.join("python/pyproject.toml")]).unwrap();
    assert_eq!(
        tree.others(),
        [(root.join("crates/apart/Cargo.toml").as_path(), "7.1.0")]
    );
    let plan = tree.plan("0.3.0".parse().unwrap()).unwrap();
    let mut lines: Vec<String> = plan
        .changes()
        .into_iter()
        .filter(|(path, _)| !path.ends_with("Cargo.lock"))
        .flat_map(|(path, lines)| {
            let path = path.strip_prefix(root).unwrap().display().to_string();
            lines
                .into_iter()
                .map(move |line| format!("{path}:{} {}", line.line, line.new))
        })
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "Cargo.toml:10 core = { path = \"crates/core\", version = \"=0.3.0\" } # exactly",
            "Cargo.toml:12 version = \"0.3.0\"",
            "Cargo.toml:7 version   =  '0.3.0'  # one for all",
            "crates/cli/Cargo.toml:10 version = \"~0.3.0\" # renamed",
            "crates/cli/Cargo.toml:3 version = \"0.3.0\" # its own line",
            "crates/cli/pyproject.toml:3 version = '0.3.0' # Python's spelling",
            "crates/tests/Cargo.toml:6 cli = { version = '^0.3.0', path = \"../cli\" }",
            "crates/tests/Cargo.toml:8 tools = { path = \"../tools\", version = \"0.3.0\" }",
            "python/pyproject.toml:3 version = \"0.3.0\"",
        ]
    );
    assert!(!root.join("undo.json").exists(), "a plan writes nothing");
}

/// The ways in which TOML says the same.
fn layouts() -> Vec<String> {
    let packages = [
        "[package]\nname = \"hello\"\nversion = \"0.2.0\"\n",
        "[package] # ours\n  name='hello'\n\tversion\t=\t'0.2.0'\t# tab\n\n\n",
        "package.name = \"hello\"\npackage.version = \"0.2.0\" #v\n",
        "package = { version = \"0.2.0\", name = \"hello\" } # all in one\n",
        "\"package\".\"version\" = '''0.2.0'''\n'package'.'name' = \"hello\"\n",
    ];
    let dependencies = [
        "[dependencies]\nsub = { path = \"sub\", version = \"0.2.0\" }\n",
        "[dependencies.sub]\nversion='=0.2.0' # pinned\npath='./sub/'\n",
        "[dependencies]\nsub.version = \"0.2.0\"\nsub.path = \"../\\u0068ello/sub\"\n",
        "[target.\"cfg(not(windows))\".build-dependencies]\nother = { package = \"sub\", version = \"0.2\", path = \"sub\", features = [\n], default-features = false }",
        "[dev-dependencies]\nsub = { path = \"sub\" } # no version to follow\n",
    ];
    packages
        .iter()
        .flat_map(|package| {
            dependencies
                .iter()
                .map(move |after| format!("{package}{after}"))
        })
        .collect()
}

#[test]
fn every_layout_is_stamped_and_comes_back() {
    for layout in layouts() {
        for spell in spellings() {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path().join("hello");
            let text = spell(&layout);
            write(&root, "Cargo.toml", &text);
            // A workspace of one root package and its path dependency.
            write(
                &root,
                "sub/Cargo.toml",
                "[package]\nname = \"sub\"\nversion = \"0.2.0\"\n",
            );
            let text_of_root = format!("{}\n[workspace]\n", text.trim_end_matches(['\r', '\n']));
            write(&root, "Cargo.toml", &text_of_root);
            let before = files(&root);
            let tree = Tree::find(&root, &[]).unwrap();
            let plan = tree.plan("0.3.0".parse().unwrap()).unwrap();
            plan.apply(&root.join("undo.json")).unwrap();
            let now = fs::read_to_string(root.join("Cargo.toml")).unwrap();
            assert_eq!(now, text_of_root.replace("0.2", "0.3"), "{layout}");
            let again = Tree::find(&root, &[]).unwrap();
            assert_eq!(again.version, Version::new(0, 3, 0));
            undo(&root, &root.join("undo.json")).unwrap().unwrap();
            assert_eq!(files(&root), before, "{layout}");
        }
    }
}

#[test]
fn a_python_package_without_cargo_moves_in_its_own_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "pyproject.toml", "[project]\nversion = \"0.2\"\n");
    let tree = Tree::find(root, &[]).unwrap();
    assert_eq!(tree.version, Version::new(0, 2, 0));
    let plan = tree.plan("0.3.0-rc.1".parse().unwrap()).unwrap();
    plan.apply(&root.join("undo.json")).unwrap();
    let text = fs::read_to_string(root.join("pyproject.toml")).unwrap();
    assert_eq!(text, "[project]\nversion = \"0.3.0rc1\"\n");
}

#[test]
fn what_a_person_edited_since_is_kept_and_told_and_the_rest_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    workspace(root);
    let before = files(root);
    stamp(root, "0.3.0");
    write(root, "Cargo.lock", "# rewritten by a build\n");
    write(
        root,
        "python/pyproject.toml",
        "[project]\nversion = \"9.0\"\n",
    );
    let undo_file = root.join("undo.json");
    let error = undo(root, &undo_file).unwrap_err();
    let edited = root.join("python/pyproject.toml");
    assert!(
        matches!(&error, StampError::Changed { path, .. } if *path == edited),
        "{error}"
    );
    let mut expected = before;
    expected.insert(edited, b"[project]\nversion = \"9.0\"\n".to_vec());
    assert_eq!(files(root), expected);
    assert!(
        undo_file.exists(),
        "what is not given back is not forgotten"
    );
}

#[test]
fn a_tree_that_cannot_be_stamped_says_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let error = |path: &str| Tree::find(&root.join(path), &[]).unwrap_err().to_string();
    assert!(
        error("empty").contains("write `version` into"),
        "{}",
        error("empty")
    );
    write(
        root,
        "Cargo.toml",
        "[workspace]\nmembers = [\"a\", \"b\"]\n",
    );
    for (name, version) in [("a", "1.0.0"), ("b", "2.0.0")] {
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n");
        write(root, &format!("{name}/Cargo.toml"), &manifest);
    }
    assert!(
        error("")
            .contains("have several (1.0.0, 2.0.0); write `version` into `[workspace.package]`"),
        "{}",
        error("")
    );
    assert!(
        error("a").contains("it is a member of the workspace"),
        "{}",
        error("a")
    );
    write(
        root,
        "b/Cargo.toml",
        "[package]\nname = \"b\"\nversion = \"1.0.0\"\n[dependencies]\na = { path = \"../a\", version = \">=1, <2\" }\n",
    );
    let plan = Tree::find(root, &[]).unwrap().plan(Version::new(2, 0, 0));
    let refused = plan.unwrap_err().to_string();
    assert!(
        refused.ends_with(
            "its requirement `>=1, <2` excludes 2.0.0: write `2.0.0`, which is kept up to date"
        ),
        "{refused}"
    );
    write(root, "undo.json", "{}");
    let error = undo(root, &root.join("undo.json")).unwrap_err().to_string();
    assert!(
        error.contains("delete it if it is not of this tree"),
        "{error}"
    );
}
