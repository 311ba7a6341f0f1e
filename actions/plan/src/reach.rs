//! Which crates and Python packages the change affects: git tells what each commit has, cargo what it means, and the rest is a
//! pure function.

mod metadata;
mod tree;

use std::collections::BTreeSet;
use std::path::Path;

use actions_core::Context;
use affected::{Affected, Ecosystem, Graph, Id, Reason, describes_packages};

use crate::changes::{Blind, Changes, Compared, Git, Looked};
use crate::config::{Config, Job, word};

/// The packages of the repository that the change affects.
#[derive(Clone, Debug)]
pub enum Reached {
    /// No job depends on packages, or there is no change to look at.
    NotAsked,
    /// They cannot be known, for this reason: every job that looks at files runs.
    Unknown {
        /// What cannot be known, such as `crates`.
        what: String,
        /// Why.
        why: String,
    },
    /// These, each with the way in which the change reaches it.
    Known(Affected),
}

impl Reached {
    /// What cannot be known, and why, if that is so.
    pub(crate) fn unknown(&self) -> Option<(&str, &str)> {
        match self {
            Self::Unknown { what, why } => Some((what, why)),
            Self::NotAsked | Self::Known(_) => None,
        }
    }

    /// What is affected, if it is known.
    pub(crate) fn affected(&self) -> Option<&Affected> {
        match self {
            Self::Known(affected) => Some(affected),
            Self::NotAsked | Self::Unknown { .. } => None,
        }
    }

    /// Why packages that a job depends on are affected, the nearest first.
    pub(crate) fn of_job(&self, job: &Job) -> Vec<(&Id, &Reason)> {
        let packages = self.affected().into_iter().flat_map(|it| &it.packages);
        let of_job = packages.filter(|(id, it)| job.means(id.ecosystem, &it.name));
        let mut of_job: Vec<(&Id, &Reason)> = of_job.collect();
        of_job.sort_by_key(|(_, it)| it.through.len());
        of_job
    }

    /// Whether one changed file affects a package that the job depends on.
    pub(crate) fn reaches(&self, job: &Job, path: &str) -> bool {
        let affected = self.affected().into_iter();
        let reached = affected.flat_map(|affected| {
            let ids = affected.of_file(path).into_iter().flatten();
            ids.filter_map(|id| affected.packages.get_key_value(id))
        });
        let mut reached = reached;
        reached.any(|(id, reason)| job.means(id.ecosystem, &reason.name))
    }

    /// Whether a changed file is of a package and reaches one that a job depends on, or reaches none at all.
    pub(crate) fn know(&self, file: &Config, path: &str) -> bool {
        let Some(affected) = self.affected() else {
            return false;
        };
        let Some(reached) = affected.of_file(path) else {
            return false;
        };
        reached.is_empty() || file.jobs.values().any(|job| self.reaches(job, path))
    }
}

/// The packages that the change affects, in the checkout at `folder`.
///
/// # Errors
/// A job names a package that does not exist.
pub(crate) fn look(
    cx: &Context,
    folder: &Path,
    file: &Config,
    looked: &Looked,
) -> anyhow::Result<Reached> {
    let (Changes::Files(files), Some(compared)) = (&looked.changes, &looked.compared) else {
        return Ok(Reached::NotAsked);
    };
    let asked = file.ecosystems();
    if asked.is_empty() {
        return Ok(Reached::NotAsked);
    }
    let files: Vec<String> = files
        .iter()
        .filter(|path| {
            file.ignore.matching(path).is_none() || describes_packages(path, described(&asked))
        })
        .cloned()
        .collect();
    match cx.block_on(async { Ok(graphs(cx, folder, compared, &files, &asked).await) })? {
        Err(Blind(why)) => {
            let words = asked.iter().map(|it| format!("{}s", word(*it)));
            let words: Vec<String> = words.collect();
            let what = words.join(" and ");
            Ok(Reached::Unknown { what, why })
        }
        Ok((base, head)) => {
            let graphs = [Some(&head), base.as_ref()];
            let packages = graphs.into_iter().flatten().flat_map(Graph::packages);
            check(
                file,
                packages.map(|(id, it)| (id.ecosystem, it.name.as_str())),
            )?;
            Ok(Reached::Known(affected::affected(
                base.as_ref(),
                &head,
                &files,
            )))
        }
    }
}

/// Fails if a job names a package that does not exist.
pub(crate) fn check<'a>(
    file: &Config,
    names: impl Iterator<Item = (Ecosystem, &'a str)>,
) -> anyhow::Result<()> {
    let names: BTreeSet<(Ecosystem, &str)> = names.collect();
    for ecosystem in file.ecosystems() {
        let known = names.iter().filter(|(it, _)| *it == ecosystem);
        let known: Vec<&str> = known.map(|(_, name)| *name).collect();
        file.check_packages(ecosystem, &known)?;
    }
    Ok(())
}

/// Python packages may be built from crates.
fn described(asked: &[Ecosystem]) -> &[Ecosystem] {
    match asked.contains(&Ecosystem::Python) {
        true => &[Ecosystem::Cargo, Ecosystem::Python],
        false => asked,
    }
}

/// What a change of all files would affect.
pub(crate) async fn all(
    cx: &Context,
    git: &Git<'_>,
    commit: &str,
    files: &[String],
    asked: &[Ecosystem],
) -> Result<Affected, Blind> {
    let graph = tree::graph(cx, git, commit, asked).await?;
    Ok(affected::affected(Some(&graph), &graph, files))
}

/// The packages before and after; those before are needed only if a manifest or a lock file has changed.
async fn graphs(
    cx: &Context,
    folder: &Path,
    compared: &Compared,
    files: &[String],
    asked: &[Ecosystem],
) -> Result<(Option<Graph>, Graph), Blind> {
    let git = Git::open(folder).await?;
    let head = tree::graph(cx, &git, &compared.head, asked).await?;
    let base = match files
        .iter()
        .any(|path| describes_packages(path, described(asked)))
    {
        true => Some(tree::graph(cx, &git, &compared.base, asked).await?),
        false => None,
    };
    Ok((base, head))
}
