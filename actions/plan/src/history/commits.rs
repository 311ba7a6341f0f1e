//! The commits of a branch with what each changed: two questions to git, however many they are.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::num::NonZeroU32;

use actions_core::{Context, text};

use crate::changes::{Blind, Compared, Git};
use crate::reach::has_text;

/// A commit of the branch, compared with its first parent: a merged pull request is one, however it was merged.
pub(super) struct Commit {
    pub(super) compared: Compared,
    /// The first line of its message.
    pub(super) subject: String,
    pub(super) files: Vec<String>,
    /// Whether no file came or went, and none that describes packages changed.
    pub(super) keeps_packages: bool,
}

/// The commits of a branch.
pub(super) struct Listed {
    pub(super) branch: String,
    /// The oldest first.
    pub(super) commits: Vec<Commit>,
}

/// Lists the last commits of `base`, or of `HEAD`.
pub(super) async fn list(
    cx: &Context,
    git: &Git<'_>,
    base: Option<&str>,
    count: NonZeroU32,
) -> Result<Listed, Blind> {
    let tip = git.commit(base.unwrap_or("HEAD")).await?;
    let limit = format!("--max-count={count}");
    let args = [
        "log",
        "-z",
        "--no-patch",
        "--first-parent",
        "--encoding=UTF-8",
        "--format=%H%x09%P%x09%s",
        &limit,
        &tip,
        "--",
    ];
    let log = git.run(&args).await?;
    let log = String::from_utf8_lossy(&log);
    let all: Vec<&str> = log.split_terminator('\0').collect();
    let mut commits: Vec<Commit> = all.iter().filter_map(|line| commit(line)).collect();
    commits.reverse();
    let asked = usize::try_from(count.get()).unwrap_or(usize::MAX);
    if commits.len() < asked && is_shallow(git).await? {
        return Err(Blind(format!(
            "it takes {}, and this clone has {}: run `git fetch --unshallow`, or give `actions/checkout` the input `fetch-depth: 0`",
            text::counted(asked.saturating_add(1), "commit"),
            text::counted(all.len(), "commit"),
        )));
    }
    if commits.is_empty() {
        return Err(Blind(format!("{tip} is the only commit")));
    }
    add_files(git, &mut commits).await?;
    Ok(Listed {
        branch: branch(cx, git, base).await,
        commits,
    })
}

/// From ``id\tparents\tsubject``. The first commit of all has nothing to be compared with.
fn commit(line: &str) -> Option<Commit> {
    let (id, rest) = line.split_once('\t')?;
    let (parents, subject) = rest.split_once('\t')?;
    let compared = Compared {
        base: parents.split(' ').find(|id| !id.is_empty())?.to_owned(),
        head: id.to_owned(),
    };
    Some(Commit {
        compared,
        subject: subject.to_owned(),
        files: Vec::new(),
        keeps_packages: true,
    })
}

async fn is_shallow(git: &Git<'_>) -> Result<bool, Blind> {
    let answer = git.run(&["rev-parse", "--is-shallow-repository"]).await?;
    Ok(answer.trim_ascii() == b"true")
}

async fn add_files(git: &Git<'_>, commits: &mut [Commit]) -> Result<(), Blind> {
    let mut pairs = String::new();
    for Commit { compared, .. } in &*commits {
        let _infallible = writeln!(pairs, "{} {}", compared.head, compared.base);
    }
    let args = [
        "diff-tree",
        "--stdin",
        "-r",
        "-z",
        "--name-status",
        "--no-renames",
        "--ignore-submodules=none",
    ];
    let told = git.run_with(&args, pairs.into_bytes()).await?;
    let told = String::from_utf8_lossy(&told);
    let mut by_id: HashMap<String, &mut Commit> = HashMap::new();
    for commit in commits {
        by_id.insert(commit.compared.head.clone(), commit);
    }
    let mut words = told.split_terminator('\0');
    let mut of = "";
    while let Some(word) = words.next() {
        // A letter is followed by a path; all else is a commit, after which its files come.
        if word.len() > 1 {
            of = word;
        } else if let (Some(path), Some(commit)) = (words.next(), by_id.get_mut(of)) {
            commit.keeps_packages &= word == "M" && !has_text(path);
            commit.files.push(path.to_owned());
        }
    }
    Ok(())
}

async fn branch(cx: &Context, git: &Git<'_>, base: Option<&str>) -> String {
    if let Some(base) = base {
        return base.to_owned();
    }
    let name = git.run(&["symbolic-ref", "--quiet", "--short", "HEAD"]);
    if let Ok(name) = name.await {
        return String::from_utf8_lossy(&name).trim().to_owned();
    }
    let of_run = cx.env.get("GITHUB_REF");
    let of_run = of_run.and_then(|it| it.strip_prefix("refs/heads/"));
    of_run.unwrap_or("HEAD").to_owned()
}
