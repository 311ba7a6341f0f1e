//! Which crates and Python packages the change affects: git tells what each commit has, cargo what it means, and the rest is a
//! pure function.

mod metadata;
mod reader;
mod tree;

use std::collections::BTreeSet;
use std::iter;
use std::path::Path;
use std::rc::Rc;

use actions_core::Context;
use affected::{Affected, Ecosystem, Graph, Id, Reason};

use crate::changes::{Blind, Changes, Compared, Git, Looked};
use crate::config::{Config, Job, word};
pub(crate) use reader::Reader;
pub(crate) use tree::has_text;

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
    /// What a change affects, if its packages can be known.
    pub(crate) fn by(file: &Config, change: Result<Change, Blind>) -> Self {
        match change {
            Ok(Change { head, base, files }) => {
                Self::Known(affected::affected(base.as_deref(), &head, &files))
            }
            Err(Blind(why)) => {
                let asked = file.ecosystems().into_iter();
                let words: Vec<String> = asked.map(|it| format!("{}s", word(it))).collect();
                let what = words.join(" and ");
                Self::Unknown { what, why }
            }
        }
    }

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
    let change = cx.block_on(async {
        Ok(async {
            let git = Git::open(folder).await?;
            let mut reader = Reader::new(&git, &asked);
            let (base, head) = (compared.base.as_str(), compared.head.as_str());
            match files.iter().any(|path| reader.compares(path)) {
                true => reader.read(&[head, base]).await,
                false => reader.read(&[head]).await,
            }
            reader.log_remarks(cx);
            Change::of(&reader, file, compared, files)
        }
        .await)
    })?;
    if let Ok(change) = &change {
        let graphs = iter::once(&change.head).chain(&change.base);
        check(file, graphs.flat_map(|graph| names(graph)))?;
    }
    Ok(Reached::by(file, change))
}

/// A change of packages.
pub(crate) struct Change {
    head: Rc<Graph>,
    /// Needed only if a manifest or a lock file has changed.
    base: Option<Rc<Graph>>,
    files: Vec<String>,
}

impl Change {
    /// `reader` has read the commits.
    pub(crate) fn of(
        reader: &Reader<'_>,
        file: &Config,
        compared: &Compared,
        files: &[String],
    ) -> Result<Self, Blind> {
        let matters =
            |path: &&String| file.ignore.matching(path).is_none() || reader.compares(path);
        let head = reader.graph(&compared.head)?;
        let base = match files.iter().any(|path| reader.compares(path)) {
            true => Some(reader.graph(&compared.base)?),
            false => None,
        };
        Ok(Self {
            head,
            base,
            files: files.iter().filter(matters).cloned().collect(),
        })
    }
}

/// The names of packages that jobs may depend on.
pub(crate) fn names(graph: &Graph) -> impl Iterator<Item = (Ecosystem, &str)> {
    let packages = graph.packages();
    packages.map(|(id, it)| (id.ecosystem, it.name.as_str()))
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

/// What a change of all files would affect.
pub(crate) async fn all(
    cx: &Context,
    git: &Git<'_>,
    commit: &str,
    files: &[String],
    asked: &[Ecosystem],
) -> Result<Affected, Blind> {
    let mut reader = Reader::new(git, asked);
    reader.read(&[commit]).await;
    let graph = reader.graph(commit)?;
    reader.log_remarks(cx);
    Ok(affected::affected(Some(&graph), &graph, files))
}
