//! Gate `symlinks`: a link that leaves the repository, or points to nothing, works for its author alone; Windows makes a file of it.

mod resolve;

use actions_core::text::shell_word;

use self::resolve::{Problem, resolve};
use super::{Gate, Group};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Change, Fact, PullRequest, Side, Want},
};

pub(crate) const GATE: Gate = Gate {
    id: "symlinks",
    group: Group::Tree,
    rule: "Symlinks are added only where `allow-symlinks` allows them; each is relative, stays in the repository and points to an existing file; none is replaced by a text file containing its target.",
    help: "Commit the file itself instead of a symlink, or add the link's path to `allow-symlinks`.",
    needs: |_| vec![Fact::Tree],
    reads: |pr, _| {
        destroyed(pr)
            .map(|(_, _, file)| Want::new(&file.id, LONGEST_TARGET))
            .collect()
    },
    check: |pr, inputs| check(pr, &inputs.symlinks),
};

/// Bytes; Linux knows no longer path, and a line break may follow it.
const LONGEST_TARGET: u64 = 4096 + 2;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs of paths where symlinks may be added or changed; `**` allows them everywhere. They may not be absolute, leave the repository, point into `.git`, form a loop or dangle.
    #[arg(long, value_name = "GLOBS")]
    allow_symlinks: Vec<Pattern>,
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let changed = pr.changes.iter().filter_map(|change| {
        let link = change.new.as_ref().filter(|side| side.is_symlink())?;
        judge(pr, inputs, &change.path, link)
    });
    changed
        .chain(flattened(pr))
        .chain(newly_broken(pr))
        .collect()
}

fn judge(pr: &PullRequest, inputs: &Inputs, path: &str, link: &Side) -> Option<Finding> {
    let target = pr.link_target(&link.id);
    let finding = match resolve(&pr.tree, &pr.links, path, target) {
        Err(problem) => Finding::new(format!("symlink to \"{target}\" {}", problem.as_str()))
            .help(problem.help()),
        Ok(()) if !glob::any(&inputs.allow_symlinks, path) => {
            Finding::new(format!("symlink to \"{target}\" is not allowed here"))
        }
        Ok(()) => return None,
    };
    Some(finding.file(path))
}

/// Links that the pull request makes files of.
fn destroyed(pr: &PullRequest) -> impl Iterator<Item = (&Change, &Side, &Side)> {
    pr.changes.iter().filter_map(|change| {
        let link = change.old.as_ref().filter(|side| side.is_symlink())?;
        let file = change.new.as_ref().filter(|side| side.is_file())?;
        Some((change, link, file))
    })
}

/// Those files that hold nothing but a path, as a clone without symlinks makes them.
fn flattened(pr: &PullRequest) -> impl Iterator<Item = Finding> {
    destroyed(pr).filter_map(|(change, link, file)| {
        let text = pr.text(&file.id)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let path = text.strip_suffix('\r').unwrap_or(text);
        let leads_on = || resolve(&pr.tree, &pr.links, &change.path, path).is_ok();
        if path != pr.link_target(&link.id) && !leads_on() {
            return None;
        }
        let (place, target) = (shell_word(&change.path), shell_word(path));
        let finding = Finding::new(format!(
            "symlink was replaced by a text file containing its target \"{path}\""
        ));
        Some(finding.file(&change.path).help(format!(
            "Make it a symlink again, in a clone where `git config core.symlinks` is not `false`: \
             `ln -sfn {target} {place} && git add {place}`."
        )))
    })
}

/// Links that the pull request does not touch, and whose target it takes away.
fn newly_broken(pr: &PullRequest) -> Vec<Finding> {
    let takes_away =
        |change: &Change| change.new.is_none() || change.old.as_ref().is_some_and(Side::is_symlink);
    if !pr.changes.iter().any(takes_away) {
        return Vec::new();
    }
    let broken: Vec<_> = pr
        .tree
        .entries
        .iter()
        .filter(|entry| entry.is_symlink() && !pr.changes_path(&entry.path))
        .filter_map(|entry| {
            let target = pr.link_target(&entry.id);
            let problem = resolve(&pr.tree, &pr.links, &entry.path, target).err()?;
            Some((entry, target, problem))
        })
        .collect();
    if broken.is_empty() {
        return Vec::new();
    }
    let before = pr.tree.before(&pr.changes);
    broken
        .into_iter()
        .filter(|(entry, target, _)| resolve(&before, &pr.links, &entry.path, target).is_ok())
        .map(|(entry, target, problem)| {
            Finding::new(format!(
                "symlink to \"{target}\" {} after this change",
                problem.as_str()
            ))
            .file(&entry.path)
            .help("Remove the symlink too, or point it to where its target is now.")
        })
        .collect()
}

impl Problem {
    fn as_str(self) -> &'static str {
        match self {
            Self::Absolute => "is absolute",
            Self::Escapes => "leaves the repository",
            Self::IntoGit => "points into `.git`",
            Self::Cycle => "is part of a loop",
            Self::Broken => "points to nothing",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Absolute => {
                "Make the link relative to its own folder: that path does not exist on other machines."
            }
            Self::Escapes => {
                "Point the link to a file in this repository, or commit the file itself."
            }
            Self::IntoGit => {
                "Point the link to a file in this repository: `.git` differs in every clone."
            }
            Self::Cycle => "Point one of the links to a file.",
            Self::Broken => {
                "Commit the file that the link points to, or fix the link: it is relative to its own folder, and case matters."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{Content, Entry, MODE_SYMLINK, Tree};

    const FILE: u32 = 0o100_644;

    /// `path` is a file, `path -> target` a link.
    fn entry(text: &str) -> (Entry, Option<(String, String)>) {
        let (path, target) = match text.split_once(" -> ") {
            Some((path, target)) => (path, Some(target)),
            None => (text, None),
        };
        let id = format!("id of {text}");
        let entry = Entry {
            path: path.to_owned(),
            mode: target.map_or(FILE, |_| MODE_SYMLINK),
            id: id.clone(),
            size: None,
        };
        (entry, target.map(|target| (id, target.to_owned())))
    }

    fn pr(before: &[&str], after: &[&str]) -> PullRequest {
        let mut pr = PullRequest::default();
        let mut side = |text: &&str| {
            let (entry, link) = entry(text);
            pr.links.extend(link);
            entry
        };
        let before: Vec<Entry> = before.iter().map(&mut side).collect();
        let after: Vec<Entry> = after.iter().map(&mut side).collect();
        let (before, after) = (Tree::new(before), Tree::new(after));
        pr.changes = changes(&before, &after);
        pr.tree = after;
        pr
    }

    fn changes(before: &Tree, after: &Tree) -> Vec<Change> {
        let side = |tree: &Tree, path: &str| {
            tree.entry(path).map(|entry| Side {
                mode: entry.mode,
                id: entry.id.clone(),
            })
        };
        let mut paths: Vec<&str> = before
            .entries
            .iter()
            .chain(&after.entries)
            .map(|entry| entry.path.as_str())
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths
            .into_iter()
            .map(|path| Change {
                path: path.to_owned(),
                old: side(before, path),
                new: side(after, path),
            })
            .filter(|change| change.old != change.new)
            .collect()
    }

    fn messages(before: &[&str], after: &[&str], allow: &[&str]) -> Vec<String> {
        let inputs = Inputs {
            allow_symlinks: allow.iter().map(|glob| glob.parse().unwrap()).collect(),
        };
        check(&pr(before, after), &inputs)
            .into_iter()
            .map(|finding| format!("{}: {}", finding.file.unwrap(), finding.message))
            .collect()
    }

    #[test]
    fn a_new_link_is_found_unless_its_path_is_allowed() {
        let (before, after) = (["a"], ["a", "docs/b -> ../a"]);
        assert_eq!(
            messages(&before, &after, &[]),
            ["docs/b: symlink to \"../a\" is not allowed here"]
        );
        assert!(messages(&before, &after, &["docs/*"]).is_empty());
        assert!(messages(&before, &after, &["**"]).is_empty());
    }

    #[test]
    fn an_allowed_link_must_still_be_sound() {
        for (link, message) in [
            (
                "b -> /etc/passwd",
                "b: symlink to \"/etc/passwd\" is absolute",
            ),
            ("b -> ../a", "b: symlink to \"../a\" leaves the repository"),
            (
                "b -> .git/config",
                "b: symlink to \".git/config\" points into `.git`",
            ),
            ("b -> b", "b: symlink to \"b\" is part of a loop"),
            ("b -> A", "b: symlink to \"A\" points to nothing"),
        ] {
            assert_eq!(messages(&["a"], &["a", link], &["**"]), [message]);
        }
    }

    #[test]
    fn a_link_that_was_there_before_is_nobodys_finding() {
        assert!(messages(&["a -> nowhere"], &["a -> nowhere", "b"], &[]).is_empty());
    }

    #[test]
    fn a_link_that_loses_its_target_is_found() {
        assert_eq!(
            messages(&["a", "b -> a"], &["b -> a"], &[]),
            ["b: symlink to \"a\" points to nothing after this change"]
        );
        assert!(messages(&["a", "b -> a", "c"], &["a", "b -> a"], &[]).is_empty());
        assert!(messages(&["c", "b -> a"], &["b -> a"], &[]).is_empty());
    }

    #[test]
    fn a_link_that_becomes_a_file_is_fine() {
        assert!(messages(&["a", "b -> a"], &["a", "b"], &[]).is_empty());
    }

    #[test]
    fn a_link_that_became_a_file_with_its_target_is_found() {
        let found = |text: &str| {
            let mut pr = pr(&["l -> a", "a", "b"], &["l", "a", "b"]);
            let id = pr.tree.entry("l").unwrap().id.clone();
            let content = Content {
                size: text.len() as u64,
                bytes: Some(text.as_bytes().to_vec()),
            };
            pr.contents.insert(id, content);
            let inputs = Inputs {
                allow_symlinks: Vec::new(),
            };
            let found = check(&pr, &inputs);
            found.into_iter().map(|one| one.message).next()
        };
        let message = "symlink was replaced by a text file containing its target \"a\"";
        assert_eq!(found("a").as_deref(), Some(message));
        assert_eq!(found("a\r\n").as_deref(), Some(message));
        assert!(found("b").is_some(), "another file that is there");
        assert_eq!(found("now the text itself"), None);
        assert_eq!(found(""), None);
    }
}
