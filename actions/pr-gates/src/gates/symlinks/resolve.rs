//! Follows a symlink through a tree of git, without a disk: what is checked out may have followed it already.

use std::collections::HashMap;

use crate::pull_request::Tree;

/// Why a link is unsound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    Absolute,
    Escapes,
    IntoGit,
    Cycle,
    Broken,
}

/// As many links as Linux follows for one path.
const MOST_LINKS: usize = 40;

/// Follows `target` as the link at `path` in `tree` means it. `links` holds the targets of links by blob.
pub(super) fn resolve(
    tree: &Tree,
    links: &HashMap<String, String>,
    path: &str,
    target: &str,
) -> Result<(), Problem> {
    let mut place: Vec<&str> = path.split('/').collect();
    place.pop();
    let mut ahead: Vec<&str> = steps(target)?;
    let mut followed = 0;
    let mut broken = target.is_empty();
    while let Some(step) = ahead.pop() {
        match step {
            "" | "." => continue,
            ".." => {
                place.pop().ok_or(Problem::Escapes)?;
                continue;
            }
            step if step.eq_ignore_ascii_case(".git") => return Err(Problem::IntoGit),
            step => place.push(step),
        }
        // What is missing may still lead out of the repository further on, which is the graver problem.
        let here = place.join("/");
        let Some(entry) = tree.entry(&here) else {
            broken |= !tree.has_folder(&here);
            continue;
        };
        if entry.is_symlink() {
            followed += 1;
            if followed >= MOST_LINKS {
                return Err(Problem::Cycle);
            }
            place.pop();
            ahead.extend(steps(links.get(&entry.id).map_or("", String::as_str))?);
        } else if entry.is_submodule() {
            // What lies in there is another repository's business.
            return Ok(());
        } else {
            broken |= ahead.iter().any(|step| !matches!(*step, ""));
        }
    }
    match broken {
        true => Err(Problem::Broken),
        false => Ok(()),
    }
}

/// The steps of a target, last one first.
fn steps(target: &str) -> Result<Vec<&str>, Problem> {
    if target.starts_with('/') {
        return Err(Problem::Absolute);
    }
    Ok(target.split('/').rev().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{Entry, MODE_SUBMODULE, MODE_SYMLINK};

    /// Follows the first of some links in a tree that also holds `src/a` and the submodule `sub`.
    fn follow(links: &[(&str, &str)]) -> Result<(), Problem> {
        let entry = |path: &str, mode: u32| Entry {
            path: path.to_owned(),
            mode,
            id: path.to_owned(),
            size: None,
        };
        let mut entries = vec![entry("src/a", 0o100_644), entry("sub", MODE_SUBMODULE)];
        entries.extend(links.iter().map(|(path, _)| entry(path, MODE_SYMLINK)));
        let targets = links
            .iter()
            .map(|&(path, target)| (path.to_owned(), target.to_owned()))
            .collect();
        let (path, target) = links[0];
        resolve(&Tree::new(entries), &targets, path, target)
    }

    #[test]
    fn files_folders_and_submodules_are_targets() {
        assert_eq!(follow(&[("l", "src/a")]), Ok(()));
        assert_eq!(follow(&[("l", "src")]), Ok(()));
        assert_eq!(follow(&[("l", "./src//a")]), Ok(()));
        assert_eq!(follow(&[("docs/l", "../src/")]), Ok(()));
        assert_eq!(follow(&[("l", "sub/any/thing")]), Ok(()));
        assert_eq!(follow(&[("l", ".")]), Ok(()));
    }

    #[test]
    fn links_on_the_way_are_followed() {
        assert_eq!(follow(&[("l", "m/a"), ("m", "src")]), Ok(()));
        assert_eq!(
            follow(&[("l", "m/../x/a"), ("m", "src/"), ("x", "src")]),
            Ok(())
        );
        assert_eq!(follow(&[("l", "d/m"), ("d/m", "../src/a")]), Ok(()));
        assert_eq!(follow(&[("l", "m/b"), ("m", "src")]), Err(Problem::Broken));
        assert_eq!(follow(&[("l", "m"), ("m", "/etc")]), Err(Problem::Absolute));
        assert_eq!(
            follow(&[("l", "d/m"), ("d/m", "../..")]),
            Err(Problem::Escapes)
        );
    }

    #[test]
    fn circles_end() {
        assert_eq!(follow(&[("l", "m"), ("m", "l")]), Err(Problem::Cycle));
        assert_eq!(follow(&[("d/l", "../d/l/x")]), Err(Problem::Cycle));
    }

    #[test]
    fn leaving_the_repository_weighs_more_than_leading_nowhere() {
        assert_eq!(
            follow(&[("l", "missing/../../etc/passwd")]),
            Err(Problem::Escapes)
        );
        assert_eq!(
            follow(&[("l", "missing/../.GIT/config")]),
            Err(Problem::IntoGit)
        );
    }

    #[test]
    fn a_file_is_no_folder() {
        assert_eq!(follow(&[("l", "src/a/b")]), Err(Problem::Broken));
        assert_eq!(follow(&[("l", "src/a/..")]), Err(Problem::Broken));
        assert_eq!(follow(&[("l", "")]), Err(Problem::Broken));
        assert_eq!(follow(&[("l", "src/A")]), Err(Problem::Broken));
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::pull_request::{Entry, MODE_SYMLINK};

    /// `path -> target` is a link, any other line a file.
    fn tree(text: &str) -> (Tree, HashMap<String, String>) {
        let mut links = HashMap::new();
        let entry = |line: &str| {
            let link = line.split_once(" -> ");
            if let Some((_, target)) = link {
                links.insert(line.to_owned(), target.to_owned());
            }
            Entry {
                path: link.map_or(line, |(path, _)| path).to_owned(),
                mode: link.map_or(0o100_644, |_| MODE_SYMLINK),
                id: line.to_owned(),
                size: None,
            }
        };
        let entries = text.lines().map(entry).collect();
        (Tree::new(entries), links)
    }

    #[test]
    fn following_ends_and_stays_in_the_repository() {
        let seeds = [
            "src/a\nl -> src/a\nd/l -> ../l",
            "a -> b\nb -> a",
            "l -> ./src//a/../..\nsrc/a",
            "m -> src\nl -> m/a\nsrc/a",
        ];
        let words = [" -> ", "../", "./", "//", ".git", "l", "\nl -> "];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let (tree, links) = tree(text);
            let up = links.values().any(|target| target.contains(".."));
            for entry in tree.entries.iter().filter(|entry| entry.is_symlink()) {
                let target = links.get(&entry.id).unwrap();
                let found = resolve(&tree, &links, &entry.path, target);
                let mut steps = target.split('/');
                let git = steps.any(|step| step.eq_ignore_ascii_case(".git"));
                assert!(found.is_err() || !target.starts_with('/') && !git);
                assert!(up || found != Err(Problem::Escapes));
            }
        });
    }
}
