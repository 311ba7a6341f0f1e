//! Facts from git objects, by the `git` program, in as few processes as possible; the work tree is never looked at.

mod fetch;
mod history;
mod objects;
mod patch;
mod raw;

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use actions_core::{
    Context, Log,
    process::{Captured, Program},
};
use anyhow::{Context as _, bail};

use super::{Change, Content, Entry, Fact, IntroducedFile, Needs, PullRequest, Tree, event::Ends};

/// What every repository has without being told: no attribute of the pull request decides what we see of it.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// The repository around the working folder.
pub(super) struct Git {
    log: Log,
    on_runner: bool,
    /// The file that lists where the history was cut off.
    shallow_file: PathBuf,
    shallow: bool,
}

/// How often gates may want more contents after they saw some: a page names another page, and that is all.
const ROUNDS: usize = 3;

/// Reads the facts that the gates need into `pr`.
pub(super) async fn gather(
    cx: &Context,
    ends: &Ends,
    needs: &Needs<'_>,
    pr: &mut PullRequest,
) -> anyhow::Result<()> {
    let mut git = Git::open(cx).await?;
    let range = fetch::range(&mut git, ends).await?;
    let tree_is_needed = needs.has(&[Fact::Tree, Fact::TreeSizes, Fact::MergedTree, Fact::History]);
    let changes_are_needed = tree_is_needed || needs.has(&[Fact::Changes]);
    let base_moved_on = needs.has(&[Fact::MergedTree]) && range.base != range.merge_base;
    let (history, changes, tree, base, added_lines) = tokio::try_join!(
        when(
            needs.has(&[Fact::Commits, Fact::History]),
            history::read(&git, &range)
        ),
        when(changes_are_needed, raw::changes(&git, &range)),
        when(tree_is_needed, raw::tree(&git, &range.head)),
        when(base_moved_on, raw::tree(&git, &range.base)),
        when(
            needs.has(&[Fact::AddedLines]),
            patch::added_lines(&git, &range)
        ),
    )?;
    let (commits, brought) = history;
    pr.commits = commits;
    pr.changes = changes;
    pr.tree = Tree::new(tree);
    pr.merged = base_moved_on.then(|| Tree::new(base).after(&pr.changes));
    pr.added_lines = added_lines;
    pr.range = Some(range);
    read_objects(&git, needs, brought, pr).await?;
    for _ in 1..ROUNDS {
        let wants = needs.missing(pr);
        if wants.is_empty() {
            break;
        }
        let sizes = objects::sizes(&git, ids(&wants).collect()).await?;
        read_contents(&git, &wants, &sizes, pr).await?;
    }
    Ok(())
}

/// Reads the sizes of new files, the targets of links, and what else takes a look at the objects themselves.
async fn read_objects(
    git: &Git,
    needs: &Needs<'_>,
    brought: Vec<history::Brought>,
    pr: &mut PullRequest,
) -> anyhow::Result<()> {
    let brought = match needs.has(&[Fact::History]) {
        true => only_new(brought, &pr.tree, &pr.changes),
        false => Vec::new(),
    };
    let wants = needs.missing(pr);
    let links = link_blobs(&pr.tree, &pr.changes);
    // Together, so that a clone without blobs fetches once.
    let mut wanted = links.clone();
    wanted.extend(brought.iter().map(|file| file.blob.as_str()));
    wanted.extend(ids(&wants));
    let sizes = objects::sizes(git, wanted).await?;
    let targets = objects::texts(git, links).await?;
    pr.links = targets;
    read_contents(git, &wants, &sizes, pr).await?;
    pr.introduced = brought
        .into_iter()
        .map(|file| {
            Ok(IntroducedFile {
                size: size_of(&sizes, &file.blob)?,
                path: file.path,
                blob: file.blob,
                commit: file.commit,
            })
        })
        .collect::<anyhow::Result<_>>()?;
    if needs.has(&[Fact::TreeSizes]) {
        add_sizes(git, &mut pr.tree.entries).await?;
    }
    Ok(())
}

fn ids(wants: &HashMap<String, u64>) -> impl Iterator<Item = &str> {
    wants.keys().map(String::as_str)
}

fn size_of(sizes: &HashMap<String, u64>, blob: &str) -> anyhow::Result<u64> {
    let size = sizes.get(blob).copied();
    size.with_context(|| format!("failed to read the size of {blob}"))
}

/// Reads those blobs that are no larger than wanted, and keeps the size of the others.
async fn read_contents(
    git: &Git,
    wants: &HashMap<String, u64>,
    sizes: &HashMap<String, u64>,
    pr: &mut PullRequest,
) -> anyhow::Result<()> {
    let mut small = HashSet::new();
    for (id, most) in wants {
        match size_of(sizes, id)? <= *most {
            true => small.insert(id.as_str()),
            false => continue,
        };
    }
    let mut read = objects::contents(git, small).await?;
    for id in ids(wants) {
        let content = Content {
            size: size_of(sizes, id)?,
            bytes: read.remove(id),
        };
        pr.contents.insert(id.to_owned(), content);
    }
    Ok(())
}

/// What the merge base has already, at whatever path, is moved or copied and not new.
fn only_new(
    brought: Vec<history::Brought>,
    tree: &Tree,
    changes: &[Change],
) -> Vec<history::Brought> {
    let mut new: HashSet<&str> = brought.iter().map(|file| file.blob.as_str()).collect();
    let changed: HashSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    for entry in &tree.entries {
        if new.contains(entry.id.as_str()) && !changed.contains(entry.path.as_str()) {
            new.remove(entry.id.as_str());
        }
    }
    for side in changes.iter().filter_map(|change| change.old.as_ref()) {
        new.remove(side.id.as_str());
    }
    let new: HashSet<String> = new.into_iter().map(str::to_owned).collect();
    brought
        .into_iter()
        .filter(|file| new.contains(&file.blob))
        .collect()
}

fn link_blobs<'a>(tree: &'a Tree, changes: &'a [Change]) -> HashSet<&'a str> {
    let at_head = tree.entries.iter().filter(|entry| entry.is_symlink());
    let before = changes
        .iter()
        .filter_map(|change| change.old.as_ref())
        .filter(|side| side.is_symlink());
    at_head
        .map(|entry| entry.id.as_str())
        .chain(before.map(|side| side.id.as_str()))
        .collect()
}

/// A blobless clone does not know the sizes of what it lacks; they stay unknown.
async fn add_sizes(git: &Git, entries: &mut [Entry]) -> anyhow::Result<()> {
    let blobs = entries.iter().filter(|entry| !entry.is_submodule());
    let wanted: HashSet<&str> = blobs.map(|entry| entry.id.as_str()).collect();
    let sizes: HashMap<String, u64> = objects::known_sizes(git, &wanted).await?;
    for entry in entries {
        entry.size = sizes.get(&entry.id).copied();
    }
    Ok(())
}

async fn when<T: Default>(
    needed: bool,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    match needed {
        true => work.await,
        false => Ok(T::default()),
    }
}

impl Git {
    async fn open(cx: &Context) -> anyhow::Result<Self> {
        let mut git = Self {
            log: cx.log.clone(),
            on_runner: cx.env.on_runner(),
            shallow_file: PathBuf::new(),
            shallow: false,
        };
        let asked = git
            .command(&[
                "rev-parse",
                "--is-shallow-repository",
                "--git-path",
                "shallow",
            ])
            .captured()
            .await?;
        let answer = String::from_utf8_lossy(&asked.stdout).into_owned();
        let (Some(0), Some((shallow, file))) = (asked.code, answer.trim_end().split_once('\n'))
        else {
            bail!(
                "failed to find a git repository: {}: use `actions/checkout` before this step, \
                 or name only gates that need none, as `gates: required-labels`",
                asked.stderr.join(" | ")
            );
        };
        git.shallow = shallow == "true";
        git.shallow_file = file.into();
        Ok(git)
    }

    /// A git command whose output no configuration and no language changes.
    fn command(&self, args: &[&str]) -> Program {
        let mut git = Program::new("git")
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_ATTR_SOURCE", EMPTY_TREE)
            .env_remove("INPUT_TOKEN")
            .arg("--no-pager")
            .arg("--no-replace-objects");
        // In a container the checkout belongs to another user. On a laptop, who owns a repository is a good question.
        if self.on_runner {
            git = git.args(["-c", "safe.directory=*"]);
        }
        git.args(args)
    }

    async fn run(&self, args: &[&str]) -> anyhow::Result<Vec<u8>> {
        self.command(args).output().await
    }

    async fn try_run(&self, args: &[&str]) -> anyhow::Result<Captured> {
        self.command(args).captured().await
    }
}
