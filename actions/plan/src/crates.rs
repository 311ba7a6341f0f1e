//! Which crates the change affects: git tells what each commit has, cargo what it means, and the rest is a pure function.

mod metadata;
mod reader;
mod tree;

use std::path::Path;
use std::rc::Rc;

use actions_core::Context;
use affected::{Affected, Graph, Reason, describes_packages};

use crate::changes::{Blind, Changes, Compared, Git, Looked};
use crate::config::{Config, Job};
pub(crate) use reader::Reader;
pub(crate) use tree::has_text;

/// The crates that the change affects.
#[derive(Clone, Debug)]
pub enum Crates {
    /// No job depends on crates, or there is no change to look at.
    NotAsked,
    /// They cannot be known, for this reason: every job that looks at files runs.
    Unknown(String),
    /// These, each with the way in which the change reaches it.
    Known(Affected),
}

impl Crates {
    /// Why they cannot be known, if that is so.
    pub(crate) fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(why) => Some(why),
            Self::NotAsked | Self::Known(_) => None,
        }
    }

    /// What is affected, if it is known.
    pub(crate) fn affected(&self) -> Option<&Affected> {
        match self {
            Self::Known(affected) => Some(affected),
            Self::NotAsked | Self::Unknown(_) => None,
        }
    }

    /// Why crates that a job depends on are affected, the nearest first.
    pub(crate) fn of_job<'a>(&'a self, job: &'a Job) -> impl Iterator<Item = &'a Reason> {
        let affected = self.affected().zip(job.crates.as_ref());
        let reasons = affected.map(|(affected, names)| {
            let reasons = affected.packages.values();
            let of_job = reasons.filter(|it| names.matching(&it.name).is_some());
            let mut of_job: Vec<&Reason> = of_job.collect();
            of_job.sort_by_key(|it| it.through.len());
            of_job
        });
        reasons.into_iter().flatten()
    }

    /// Whether a changed file is of a crate and reaches one that a job depends on, or reaches none at all.
    pub(crate) fn know(&self, file: &Config, path: &str) -> bool {
        let Some(affected) = self.affected() else {
            return false;
        };
        let Some(reached) = affected.of_file(path) else {
            return false;
        };
        let name = |id| {
            affected
                .packages
                .get(id)
                .map(|reason: &Reason| &reason.name)
        };
        let mut names = reached.iter().filter_map(name);
        reached.is_empty() || names.any(|name| file.means_crate(name))
    }
}

/// The crates that the change affects, in the checkout at `folder`.
///
/// # Errors
/// A job names a crate that does not exist.
pub(crate) fn look(
    cx: &Context,
    folder: &Path,
    file: &Config,
    looked: &Looked,
) -> anyhow::Result<Crates> {
    let (Changes::Files(files), Some(compared)) = (&looked.changes, &looked.compared) else {
        return Ok(Crates::NotAsked);
    };
    if !file.asks_for_crates() {
        return Ok(Crates::NotAsked);
    }
    let found = cx.block_on(async {
        Ok(async {
            let git = Git::open(folder).await?;
            let mut reader = Reader::new(&git);
            let (base, head) = (compared.base.as_str(), compared.head.as_str());
            match files.iter().any(|path| describes_packages(path)) {
                true => reader.read(&[head, base]).await,
                false => reader.read(&[head]).await,
            }
            for remark in reader.remarks() {
                cx.log.info(remark);
            }
            Change::of(&reader, file, compared, files)
        }
        .await)
    })?;
    match found {
        Err(Blind(why)) => Ok(Crates::Unknown(why)),
        Ok(change) => {
            check(file, change.names())?;
            Ok(Crates::Known(change.affected()))
        }
    }
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
            |path: &&String| file.ignore.matching(path).is_none() || describes_packages(path);
        let head = reader.graph(&compared.head)?;
        let base = match files.iter().any(|path| describes_packages(path)) {
            true => Some(reader.graph(&compared.base)?),
            false => None,
        };
        Ok(Self {
            head,
            base,
            files: files.iter().filter(matters).cloned().collect(),
        })
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let graphs = std::iter::once(&self.head).chain(&self.base);
        let packages = graphs.flat_map(|graph| graph.packages());
        packages.map(|(_, it)| it.name.as_str())
    }

    pub(crate) fn affected(&self) -> Affected {
        affected::affected(self.base.as_deref(), &self.head, &self.files)
    }
}

/// Fails if a job names a crate that does not exist.
pub(crate) fn check<'a>(file: &Config, names: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
    let mut known: Vec<&str> = names.collect();
    known.sort_unstable();
    known.dedup();
    Ok(file.check_crates(&known)?)
}

/// What a change of all files would affect.
pub(crate) async fn all(
    cx: &Context,
    git: &Git<'_>,
    commit: &str,
    files: &[String],
) -> Result<Affected, Blind> {
    let mut reader = Reader::new(git);
    reader.read(&[commit]).await;
    let graph = reader.graph(commit)?;
    for remark in reader.remarks() {
        cx.log.info(remark);
    }
    Ok(affected::affected(Some(&graph), &graph, files))
}
