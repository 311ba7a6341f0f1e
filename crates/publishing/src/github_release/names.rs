//! Names of files on GitHub, which rewrites some, and its limits.

use std::collections::BTreeMap;

use bytesize::ByteSize;

use super::{Asset, Error};

/// Files that one release can have.
pub(super) const MOST_FILES: usize = 1000;
/// A file must be smaller.
const TOO_LARGE: u64 = 2 << 30;

/// What GitHub makes of a name, as far as is known: other characters than these become dots, several of them one, and none
/// at the ends. It is a guess, used to find files; the true name is kept in the label.
pub(super) fn guess(name: &str) -> String {
    let mut guess = String::new();
    for c in name.chars() {
        let kept = c.is_ascii_alphanumeric() || "_-+@".contains(c);
        match kept {
            true => guess.push(c),
            false if guess.ends_with('.') => {}
            false => guess.push('.'),
        }
    }
    guess.trim_matches('.').to_owned()
}

/// Whether GitHub surely keeps a name as it is.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    name.chars().all(plain) && guess(name) == name
}

/// Finds everything that GitHub would refuse, before anything is sent.
pub(super) fn check(files: &[Asset]) -> Result<(), Error> {
    let mut problems: Vec<String> = files.iter().flat_map(problems_of).collect();
    if files.len() > MOST_FILES {
        problems.push(format!(
            "there are {} files, and a release can have {MOST_FILES}: pack some together",
            files.len()
        ));
    }
    let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for file in files {
        let same = names.entry(guess(&file.name).to_lowercase()).or_default();
        same.push(&file.name);
    }
    for same in names.values().filter(|same| same.len() > 1) {
        problems.push(format!(
            "{} have the same name there: rename one",
            same.join(" and ")
        ));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Error::Files(problems)),
    }
}

fn problems_of(file: &Asset) -> Vec<String> {
    let name = &file.name;
    let mut problems = Vec::new();
    if file.size >= TOO_LARGE {
        let size = ByteSize::b(file.size);
        problems.push(format!(
            "{name} has {size}, and a file must be smaller than 2 GiB: split it"
        ));
    }
    if file.size == 0 {
        problems.push(format!("{name} is empty, which GitHub rejects: remove it"));
    }
    let bad = |c: char| c.is_control() || "/\\".contains(c);
    if guess(name).is_empty() || name.contains(bad) {
        let shown = name.escape_debug();
        problems.push(format!(
            "`{shown}` is not a valid file name there: rename it"
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, size: u64) -> Asset {
        Asset {
            name: name.to_owned(),
            path: name.into(),
            size,
            sha256: String::new(),
        }
    }

    #[test]
    fn names_that_github_rewrites_are_known() {
        for (name, guessed) in [
            ("a-1.0.whl", "a-1.0.whl"),
            ("a b (1).zip", "a.b.1.zip"),
            ("a~1", "a.1"),
            ("a+b@c", "a+b@c"),
            (".hidden.", "hidden"),
            ("日.txt", "txt"),
        ] {
            assert_eq!(guess(name), guessed, "{name}");
        }
        assert!(is_plain("a-1.0_x.tar.gz"));
        for name in ["a+b", "a b", ".a", "a.", "a..b", "é"] {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn everything_that_github_would_refuse_is_told_at_once() {
        let files = [
            file("a b", 1),
            file("a.b", 1),
            file("empty", 0),
            file("large", 2 << 30),
            file("fits", (2 << 30) - 1),
            file("c/d", 1),
        ];
        let told = check(&files).unwrap_err().to_string();
        for part in [
            "a b and a.b have the same name",
            "empty is empty",
            "large has 2.0 GiB",
            "`c/d` is not a valid file name",
        ] {
            assert!(told.contains(part), "{told}");
        }
        assert!(!told.contains("fits"), "{told}");
        let many: Vec<Asset> = (0..1001).map(|n| file(&n.to_string(), 1)).collect();
        assert!(check(&many).unwrap_err().to_string().contains("1001 files"));
        assert!(check(&files[4..5]).is_ok());
    }
}
