//! What may not be in the repository: the hosts of package registries, which are a user's choice, and
//! paths of the machine that a file was written on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The hosts, in pieces: this file is tracked as well.
const HOSTS: &[&[&str]] = &[
    &["pypi", ".org"],
    &["pythonhosted", ".org"],
    &["registry", ".npmjs", ".org"],
    &["registry", ".yarnpkg", ".com"],
    &["static", ".crates", ".io"],
    &["index", ".crates", ".io"],
    &["crates", ".io", "/api"],
    &["deb", ".debian", ".org"],
    &["archive", ".ubuntu", ".com"],
];

/// The one crate whose product is publishing to registries may name the default ones, in one file.
const PUBLISHING: &str = "crates/publishing/src/";
/// The type of PyPI's statements begins with its address.
const SIGNING: &str = "crates/signing/src/endpoints.rs";
/// A stand-in answers under the names of what it stands for.
const STAND_IN: &str = "crates/testkit/src/pypi";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Tracked files that are text, with their text, by their path from the root.
fn tracked() -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "failed to list the tracked files");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let files: Vec<(String, String)> = listed
        .split_terminator('\0')
        .filter_map(|path| {
            let text = std::fs::read_to_string(root().join(path)).ok()?;
            Some((path.to_owned(), text))
        })
        .collect();
    assert!(
        files.len() > 50,
        "there are only {} tracked files",
        files.len()
    );
    files
}

/// `PATH:LINE: WORD` for each line that holds one of the words.
fn lines_with(files: &[(String, String)], words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        for (number, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                found.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    found
}

#[test]
fn hosts_of_registries_are_named_in_one_file_only() {
    let words: Vec<String> = HOSTS.iter().map(|pieces| pieces.concat()).collect();
    let files = tracked();
    let mut found = lines_with(&files, &words);
    found.retain(|one| !one.starts_with(SIGNING) && !one.starts_with(STAND_IN));
    let (allowed, wrong): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|one| one.starts_with(PUBLISHING));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut places: Vec<&str> = allowed
        .iter()
        .filter_map(|one| one.split(':').next())
        .collect();
    places.dedup();
    assert!(
        places.len() <= 1,
        "more than one file: {}",
        places.join(", ")
    );
}

#[test]
fn no_file_names_a_path_of_the_machine_it_was_written_on() {
    let mut words = vec![["/ro", "ot/"].concat(), ["/wo", "rk/main"].concat()];
    let here = root().display().to_string();
    // A short path, such as that of a container's working folder, is a word that any file may hold.
    if here.len() > 8 {
        words.push(here);
    }
    let found = lines_with(&tracked(), &words);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
