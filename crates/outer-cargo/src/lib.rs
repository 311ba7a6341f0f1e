//! What `cargo run` sets for the program that it runs, so that this program can keep it from those that it starts itself.
//!
//! A cargo below takes such a variable for a change of its environment, and compiles anew whatever watches it, as ring's build
//! script does. A program that was started without a cargo above keeps all that it has: there `OUT_DIR` is a user's.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

const NAMES: &[&str] = &[
    "CARGO",
    "CARGO_CRATE_NAME",
    "CARGO_MAKEFLAGS",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "OUT_DIR",
];
const PREFIXES: &[&str] = &["CARGO_BIN_", "CARGO_PKG_"];
/// Where cargo puts its own folders in front, by system.
const LIBRARY_PATHS: &[&str] = &["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// A variable with the value that a child gets instead; `None` where it gets none.
pub type Change = (OsString, Option<OsString>);

/// The changes to this process's environment that make it what it was before the cargo above.
pub fn changes() -> Vec<Change> {
    changes_to(env::vars_os())
}

fn changes_to(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Vec<Change> {
    let variables: Vec<(OsString, OsString)> = variables.into_iter().collect();
    let is_set = |name: &str| variables.iter().any(|(one, _)| one == name);
    if !(is_set("CARGO_MANIFEST_DIR") && is_set("CARGO_PKG_NAME")) {
        return Vec::new();
    }
    let change = |(name, value): (OsString, OsString)| {
        let text = name.to_str()?;
        if is_of_cargo(text) {
            return Some((name, None));
        }
        LIBRARY_PATHS
            .contains(&text)
            .then(|| (name, without_cargos_folders(&value)))
    };
    variables.into_iter().filter_map(change).collect()
}

fn is_of_cargo(name: &str) -> bool {
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// What a user put there: not the folders of a build, and not the toolchain's own libraries.
fn without_cargos_folders(value: &OsStr) -> Option<OsString> {
    let own: Vec<PathBuf> = env::split_paths(value)
        .filter(|folder| !is_of_a_build(folder) && !is_of_a_toolchain(folder))
        .collect();
    if own.is_empty() {
        return None;
    }
    env::join_paths(own).ok()
}

/// `target/TRIPLE/debug`, `target/TRIPLE/debug/deps` and folders below its `build`: a file of cargo's own marks the first.
fn is_of_a_build(folder: &Path) -> bool {
    let mut above = folder.ancestors();
    above.any(|folder| folder.join(".cargo-lock").is_file())
}

/// `SYSROOT/lib/rustlib/TRIPLE/lib`, and `SYSROOT/lib`.
fn is_of_a_toolchain(folder: &Path) -> bool {
    let mut parts = folder.components();
    parts.any(|part| part.as_os_str() == "rustlib") || folder.join("rustlib").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        let own = |text: &str| OsString::from(text);
        pairs.iter().map(|(a, b)| (own(a), own(b))).collect()
    }

    #[test]
    fn below_a_cargo_its_variables_go_and_a_users_stay() {
        let of_cargo = [
            ("CARGO", "/x/cargo"),
            ("CARGO_BIN_EXE_x", "x"),
            ("CARGO_MANIFEST_DIR", "/x"),
            ("CARGO_PKG_NAME", "x"),
            ("OUT_DIR", "/x"),
        ];
        let of_a_user = [
            ("CARGO_HOME", "/x"),
            ("CARGO_NET_OFFLINE", "true"),
            ("CARGO_TARGET_DIR", "/x"),
            ("CARGO_TERM_COLOR", "never"),
            ("RUSTFLAGS", "-g"),
        ];
        let all = [of_cargo, of_a_user].concat();
        let gone: Vec<Change> = variables(&of_cargo)
            .into_iter()
            .map(|(name, _)| (name, None))
            .collect();
        assert_eq!(changes_to(variables(&all)), gone);
    }

    #[test]
    fn without_a_cargo_above_nothing_is_touched() {
        let own = [
            ("OUT_DIR", "dist"),
            ("CARGO", "/x"),
            ("LD_LIBRARY_PATH", "/x/lib/rustlib/t/lib"),
        ];
        assert!(changes_to(variables(&own)).is_empty());
    }

    /// This test runs below a cargo itself: its list is compared with what that one really sets.
    #[test]
    fn a_child_sees_nothing_of_the_cargo_above() {
        let mut command = std::process::Command::new("env");
        for (name, value) in changes() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let seen = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let package = env!("CARGO_MANIFEST_DIR");
        for (name, value) in seen.lines().filter_map(|line| line.split_once('=')) {
            assert!(!is_of_cargo(name), "{name}");
            assert!(
                !(name.starts_with("CARGO") && value.starts_with(package)),
                "{name}={value}"
            );
            if LIBRARY_PATHS.contains(&name) {
                assert!(!value.contains("rustlib"), "{name}={value}");
            }
        }
    }

    #[test]
    fn a_library_path_keeps_what_a_user_put_there() {
        let folder = tempfile::tempdir().unwrap();
        let (build, own) = (folder.path().join("debug"), folder.path().join("own"));
        std::fs::create_dir_all(build.join("deps")).unwrap();
        std::fs::write(build.join(".cargo-lock"), "").unwrap();
        let toolchain = PathBuf::from("/x/lib/rustlib/t/lib");
        let all = env::join_paths([build.join("deps"), build, toolchain, own.clone()]);
        assert_eq!(
            without_cargos_folders(&all.unwrap()),
            Some(own.into_os_string())
        );
    }
}
