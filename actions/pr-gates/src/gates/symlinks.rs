//! Gate `symlinks`: a link that leaves the repository, or leads nowhere, works for its author alone; Windows makes a file of it.

mod resolve;

use self::resolve::{Problem, resolve};
use super::{Gate, Group};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Change, Fact, PullRequest, Side},
};

pub(crate) const GATE: Gate = Gate {
    id: "symlinks",
    group: Group::Tree,
    rule: "Symlinks are added only where `allow-symlinks` lets them; each is relative, stays in the repository and leads to a file that is there.",
    help: "Commit the file itself instead of a symlink, or add the link's path to `allow-symlinks`.",
    needs: |_| vec![Fact::Tree],
    check: |pr, inputs| check(pr, &inputs.symlinks),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs of paths where symlinks may be added or changed; `**` lets them be everywhere. None may be absolute, leave the repository, lead into `.git`, in a circle or nowhere.
    #[arg(long, value_name = "GLOBS")]
    allow_symlinks: Vec<Pattern>,
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let changed = pr.changes.iter().filter_map(|change| {
        let link = change.new.as_ref().filter(|side| side.is_symlink())?;
        judge(pr, inputs, &change.path, link)
    });
    changed.chain(newly_broken(pr)).collect()
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
            Self::IntoGit => "leads into `.git`",
            Self::Cycle => "leads in a circle",
            Self::Broken => "leads nowhere",
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::Absolute => {
                "Make the link relative to its own folder: no other machine has that path."
            }
            Self::Escapes => {
                "Point the link to a file of this repository, or commit the file itself."
            }
            Self::IntoGit => {
                "Point the link to a file of this repository: `.git` is another one in every clone."
            }
            Self::Cycle => "Point one of the links to a file.",
            Self::Broken => {
                "Commit the file that the link points to, or mend the link: it is read from the folder in which it lies, and case matters."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{Entry, MODE_SYMLINK, Tree};

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
                "b: symlink to \".git/config\" leads into `.git`",
            ),
            ("b -> b", "b: symlink to \"b\" leads in a circle"),
            ("b -> A", "b: symlink to \"A\" leads nowhere"),
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
            ["b: symlink to \"a\" leads nowhere after this change"]
        );
        assert!(messages(&["a", "b -> a", "c"], &["a", "b -> a"], &[]).is_empty());
        assert!(messages(&["c", "b -> a"], &["b -> a"], &[]).is_empty());
    }

    #[test]
    fn a_link_that_becomes_a_file_is_fine() {
        assert!(messages(&["a", "b -> a"], &["a", "b"], &[]).is_empty());
    }
}
