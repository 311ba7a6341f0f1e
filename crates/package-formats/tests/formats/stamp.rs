//! A stamp changes the version and nothing else, twice is once, and restoring gives every byte back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::civil::Date;
use package_formats::stamp::{Stamp, StampError, source_version};
use package_formats::version::VersionMode;

const COMMIT: &str = "6e4ddaf00112233445566778899aabbccddeeff0";
const OTHER: &str = "0123456789abcdef0123456789abcdef01234567";
const STAMPED: &str = "0.2.0-alpha.1+2026.3.5.g6e4ddaf";

fn date() -> Date {
    Date::constant(2026, 3, 5)
}

fn stamp(root: &Path) -> Stamp {
    Stamp::apply(root, VersionMode::Auto, COMMIT, date(), &undo_file()).unwrap()
}

/// A place of its own: several stamps of one tree are taken back one by one.
fn undo_file() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}-{count}.json", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _of_another_run = fs::remove_file(&path);
    path
}

fn tree(files: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Every file with its bytes.
fn bytes(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    files
}

const PYPROJECT: &str =
    "# The SDK.\n[project]\nname = \"hello-sdk\"\ndynamic = [ \"version\" ] # from Cargo.toml\n";
const CRATE: &str = "[package]   # ours\nname = \"hello\"\nversion   =  '0.2.0-alpha.1+dev'  # bumped by hand\n\
    edition = \"2024\"\n\n[dependencies]\nother = { version = \"0.2.0-alpha.1+dev\" }\n";
const LOCK: &str = "# Made by cargo.\nversion = 4\n\n[[package]]\nname = \"hello\"\nversion = \"0.2.0-alpha.1+dev\"\n\
    dependencies = [\n \"other\",\n]\n\n[[package]]\nname = \"other\"\nversion = \"0.2.0-alpha.1+dev\"\n\
    source = \"registry+x\"\n";

/// Files with their text, and those of them that a stamp changes.
type Tree = (Vec<(&'static str, &'static str)>, Vec<&'static str>);

/// One tree for each place where the version can be.
fn trees() -> Vec<Tree> {
    let own = "[package]\nname = \"hello\"\nversion = \"9.9.9\"\n";
    let inherits = "[package]\nname = \"hello\"\nversion.workspace = true # all alike\n";
    let root = "[workspace]\nmembers = [\"py\"]\n[workspace.package]\nversion = \"0.2.0-alpha.1+dev\" # one for all\n";
    let moved =
        "[project]\nname = \"hello\"\n[tool.maturin]\nmanifest-path = \"native/Cargo.toml\"\n";
    vec![
        (
            vec![
                (
                    "py/pyproject.toml",
                    "[project]\nversion = \"0.2.0-alpha.1+dev\"  # here\n",
                ),
                ("py/Cargo.toml", own),
            ],
            vec!["py/pyproject.toml"],
        ),
        (
            vec![
                ("py/pyproject.toml", PYPROJECT),
                ("py/Cargo.toml", CRATE),
                ("py/Cargo.lock", LOCK),
            ],
            vec!["py/Cargo.lock", "py/Cargo.toml"],
        ),
        (vec![("py/Cargo.toml", CRATE)], vec!["py/Cargo.toml"]),
        (
            vec![
                ("py/pyproject.toml", PYPROJECT),
                ("py/rust/Cargo.toml", CRATE),
            ],
            vec!["py/rust/Cargo.toml"],
        ),
        (
            vec![
                ("py/pyproject.toml", moved),
                ("py/native/Cargo.toml", CRATE),
                ("py/Cargo.toml", own),
            ],
            vec!["py/native/Cargo.toml"],
        ),
        (
            vec![
                ("py/pyproject.toml", PYPROJECT),
                ("py/Cargo.toml", inherits),
                ("Cargo.toml", root),
                ("Cargo.lock", LOCK),
            ],
            vec!["Cargo.lock", "Cargo.toml"],
        ),
    ]
}

/// The ways in which an editor may have saved a file.
fn spellings() -> [fn(&str) -> String; 4] {
    [
        str::to_owned,
        |text| text.replace('\n', "\r\n"),
        |text| format!("\u{feff}{text}"),
        |text| format!("\u{feff}{}", text.trim_end().replace('\n', "\r\n")),
    ]
}

#[test]
fn a_stamp_changes_the_version_alone_and_restoring_gives_every_byte_back() {
    for (files, edited) in trees() {
        for spell in spellings() {
            let files: Vec<_> = files
                .iter()
                .map(|(path, text)| (*path, spell(text)))
                .collect();
            let folder = tree(&files);
            let root = folder.path();
            let before = bytes(root);
            let stamp = stamp(&root.join("py"));
            assert_eq!(stamp.old.to_string(), "0.2.0-alpha.1+dev");
            assert_eq!(stamp.new.to_string(), STAMPED);
            let names: Vec<PathBuf> = edited.iter().map(|path| root.join(path)).collect();
            assert_eq!(stamp.edited, names);
            for (path, old) in &before {
                let now = String::from_utf8(fs::read(path).unwrap()).unwrap();
                let old = String::from_utf8(old.clone()).unwrap();
                let expected = if names.contains(path) {
                    // The first version in every file is ours, the others are of other packages.
                    old.replacen("0.2.0-alpha.1+dev", STAMPED, 1)
                } else {
                    old
                };
                assert_eq!(now, expected, "{}", path.display());
            }
            assert_eq!(source_version(&root.join("py")).unwrap(), stamp.new);
            stamp.restore().unwrap();
            assert_eq!(bytes(root), before);
        }
    }
}

#[test]
fn stamping_twice_is_stamping_once() {
    for (files, _) in trees() {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (*path, (*text).to_owned()))
            .collect();
        let folder = tree(&files);
        let package = folder.path().join("py");
        let first = stamp(&package);
        let once = bytes(folder.path());
        let second = stamp(&package);
        assert_eq!(second.edited, [] as [PathBuf; 0]);
        assert_eq!(bytes(folder.path()), once);
        // Another commit takes the place of the first, and does not stack on it.
        let third = Stamp::apply(&package, VersionMode::Auto, OTHER, date(), &undo_file()).unwrap();
        assert_eq!(third.new.to_string(), "0.2.0-alpha.1+2026.3.5.g0123456");
        third.restore().unwrap();
        assert_eq!(bytes(folder.path()), once);
        second.restore().unwrap();
        first.restore().unwrap();
    }
}

#[test]
fn dropping_a_stamp_restores_the_tree() {
    let folder = tree(&[
        ("Cargo.toml", CRATE.to_owned()),
        ("Cargo.lock", LOCK.to_owned()),
    ]);
    let before = bytes(folder.path());
    let stamp = stamp(folder.path());
    assert_ne!(bytes(folder.path()), before);
    drop(stamp);
    assert_eq!(bytes(folder.path()), before);
}

#[test]
fn a_release_of_a_clean_version_edits_nothing() {
    let clean = CRATE.replace("+dev", "");
    let folder = tree(&[("Cargo.toml", clean)]);
    for mode in [VersionMode::Auto, VersionMode::Release] {
        let stamp = Stamp::apply(folder.path(), mode, COMMIT, date(), &undo_file()).unwrap();
        assert_eq!(stamp.new.to_string(), "0.2.0-alpha.1");
        assert_eq!(stamp.edited, [] as [PathBuf; 0]);
    }
}

#[test]
fn a_python_version_is_stamped_in_its_own_spelling() {
    let folder = tree(&[(
        "pyproject.toml",
        "[project]\nversion = '0.2.0a1'\n".to_owned(),
    )]);
    let stamp = Stamp::apply(
        folder.path(),
        VersionMode::Commit,
        COMMIT,
        date(),
        &undo_file(),
    )
    .unwrap();
    assert_eq!(stamp.old.to_string(), "0.2.0-alpha.1");
    assert_eq!(stamp.new.to_string(), STAMPED);
    let text = fs::read_to_string(folder.path().join("pyproject.toml")).unwrap();
    assert_eq!(text, "[project]\nversion = '0.2.0a1+2026.3.5.g6e4ddaf'\n");
}

#[test]
fn what_a_build_wrote_into_the_lock_file_is_undone_and_what_a_person_edited_is_kept() {
    let folder = tree(&[
        ("Cargo.toml", CRATE.to_owned()),
        ("Cargo.lock", LOCK.to_owned()),
    ]);
    let [manifest, lock] = ["Cargo.toml", "Cargo.lock"].map(|name| folder.path().join(name));
    let stamp = stamp(folder.path());
    fs::write(&lock, "# rewritten by a build\n").unwrap();
    fs::write(&manifest, "# edited by a person\n").unwrap();
    let error = stamp.restore().unwrap_err();
    assert!(
        matches!(&error, StampError::Changed { path, .. } if *path == manifest),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("set its version back to 0.2.0-alpha.1+dev by hand, and delete"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&lock).unwrap(), LOCK);
    assert_eq!(
        fs::read_to_string(&manifest).unwrap(),
        "# edited by a person\n"
    );
}

#[test]
fn nothing_is_written_when_one_of_the_files_cannot_be_read() {
    let folder = tree(&[
        ("Cargo.toml", CRATE.to_owned()),
        ("Cargo.lock", "<<<<<<< HEAD\n".to_owned()),
    ]);
    let before = bytes(folder.path());
    let error = Stamp::apply(
        folder.path(),
        VersionMode::Auto,
        COMMIT,
        date(),
        &undo_file(),
    )
    .unwrap_err();
    assert!(
        matches!(&error, StampError::Toml { path, .. } if path.ends_with("Cargo.lock")),
        "{error}"
    );
    assert_eq!(bytes(folder.path()), before);
}

#[test]
fn a_package_without_a_version_says_where_to_write_one() {
    for files in [
        vec![],
        vec![("pyproject.toml", PYPROJECT.to_owned())],
        vec![("Cargo.toml", "[package]\nname = \"hello\"\n".to_owned())],
    ] {
        let folder = tree(&files);
        let error = source_version(folder.path()).unwrap_err();
        assert!(
            matches!(&error, StampError::NoVersion(path) if path == folder.path()),
            "{error}"
        );
        assert!(
            error.to_string().contains("`[project]` of pyproject.toml"),
            "{error}"
        );
    }
    let orphan = tree(&[(
        "Cargo.toml",
        "[package]\nname = \"hello\"\nversion.workspace = true\n".to_owned(),
    )]);
    let error = source_version(orphan.path()).unwrap_err();
    assert!(matches!(error, StampError::NoWorkspace(_)), "{error}");
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tree(&[("real.toml", CRATE.to_owned())]);
    let [real, link] = ["real.toml", "Cargo.toml"].map(|name| folder.path().join(name));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.toml", &link).unwrap();
    let stamp = stamp(folder.path());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains(STAMPED));
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
    stamp.restore().unwrap();
    assert_eq!(fs::read_to_string(&real).unwrap(), CRATE);
}
