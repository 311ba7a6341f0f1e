//! What is known of a release before it starts: gathered once, by the only part that asks anybody, and judged by pure functions.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::claims::Claims;
use crate::{crates_io, outcome::State, pypi::time_to_send};

/// All facts. `None` is what could not be read, which the report says, or what nobody asked for.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// In SemVer's spelling where it has one, without `v`.
    pub(crate) version: String,
    /// The full id of the commit that the version is frozen for.
    pub(crate) commit: String,
    pub(crate) tag: String,
    pub(crate) files: Vec<File>,
    pub(crate) bucket: Bucket,
    /// Projects and crates that the release before has and this one has not.
    pub(crate) dropped: Vec<String>,
    pub(crate) pypi: Option<Registry>,
    pub(crate) crates: Option<Registry>,
    pub(crate) github: Option<GitHub>,
    pub(crate) job: Job,
    pub(crate) rate: Option<Rate>,
}

/// One package of the version.
#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    pub(crate) name: String,
    /// What its record says.
    pub(crate) version: String,
    /// What its record says, in hex.
    pub(crate) sha256: String,
    pub(crate) inside: Option<Inside>,
}

/// What a wheel, an sdist or a crate says of itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inside {
    pub(crate) version: String,
    /// Of the bytes on this machine, in hex.
    pub(crate) sha256: String,
    /// Of a crate: the commit that it was packaged from, if it says one.
    pub(crate) commit: Option<Option<String>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Bucket {
    /// What is missing of the packages, one sentence each.
    pub(crate) lost: Option<Vec<String>>,
    /// Differences from the expected set; `Some(None)` where no set is known.
    pub(crate) gaps: Option<Option<Gaps>>,
}

/// Differences from the expected set, one sentence each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gaps {
    /// What is missing or there twice.
    pub(crate) wrong: Vec<String>,
    /// What is there beside it; the set may name only what must be there.
    pub(crate) more: Vec<String>,
}

/// How uploads to one registry are paid for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Login {
    /// With nothing: it can be read alone.
    #[default]
    Missing,
    /// With a token; this is what is wrong with it, as far as its form tells.
    Token(Option<String>),
    /// With a token that was minted from the job's identity.
    Minted,
    /// The registry refuses to mint one, in these words.
    NotMinted(String),
    /// It could not be asked to mint one, or there was no need to.
    NotAsked,
}

/// A place that takes packages of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    /// How people call it, or its address.
    pub(crate) address: String,
    /// Whether it is PyPI, TestPyPI or crates.io, whose own rules are known.
    pub(crate) official: bool,
    /// The packages that it gets or has.
    pub(crate) uploads: Option<Vec<Upload>>,
    /// Why they cannot be published as they are.
    pub(crate) problems: Vec<Told>,
    /// What else there is to say of them.
    pub(crate) cautions: Vec<Told>,
    pub(crate) login: Login,
    /// What the registry says of the token.
    pub(crate) token_told: Option<String>,
    /// Whose token it is, where the registry tells.
    pub(crate) holder: Option<String>,
    /// What its rate limits make of them.
    pub(crate) estimate: crates_io::Estimate,
    /// Owners of crates that exist; `None` where the registry does not tell.
    pub(crate) owners: BTreeMap<String, Option<Vec<String>>>,
    /// New names, each with that of an existing package that the registry takes for the same.
    pub(crate) taken: BTreeMap<String, String>,
}

/// A package compared with what a registry has.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) file: String,
    /// Of its project or crate.
    pub(crate) name: String,
    pub(crate) size: u64,
    /// Whether the registry does not know the project or crate yet.
    pub(crate) is_new: bool,
    pub(crate) state: State,
}

/// What a plan says of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// The file, or whatever it is about.
    pub(crate) place: String,
    /// No full stop.
    pub(crate) what: String,
    /// A sentence.
    pub(crate) fix: String,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct GitHub {
    /// `owner/name`.
    pub(crate) repository: String,
    /// The commit that the tag leads to; `Some(None)` where there is no such tag.
    pub(crate) tag: Option<Option<String>>,
    /// The release of the tag, if one could be chosen.
    pub(crate) release: Option<Release>,
    /// Why the release cannot be staged and published.
    pub(crate) problems: Vec<Told>,
    /// Files that it does not have, with their bytes in all.
    pub(crate) to_send: Vec<String>,
    pub(crate) bytes_to_send: u64,
    /// Workflow files of the released commit.
    pub(crate) workflows: Option<Vec<Workflow>>,
    /// Whether the token is, or may be, the job's own.
    pub(crate) own_token: bool,
}

/// A release of the tag, as GitHub shows it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Release {
    pub(crate) url: String,
    pub(crate) draft: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Workflow {
    /// From the root of the repository.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The job that looks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Job {
    /// What its identity says; `None` without one.
    pub(crate) claims: Option<Claims>,
    /// Whether this is a rehearsal, which needs no credentials.
    pub(crate) rehearsal: bool,
    /// Whether GitHub should get a release and there is no token for it.
    pub(crate) lacks_github: bool,
}

/// Bytes per second, and where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Bytes per second.
    pub bytes_per_second: u64,
    /// How it is known.
    pub source: RateSource,
}

/// How a rate is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateSource {
    /// Somebody said so.
    Given,
    /// From the download of the packages: the way up may be slower.
    Downloads,
}

impl Login {
    /// Whether the token comes from the job's identity.
    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self, Self::Minted | Self::NotMinted(_) | Self::NotAsked)
    }
}

impl Registry {
    /// What it does not have yet.
    pub(crate) fn to_send(&self) -> impl Iterator<Item = &Upload> {
        let uploads = self.uploads.iter().flatten();
        uploads.filter(|upload| upload.state == State::Absent)
    }

    /// Projects or crates that get something.
    pub(crate) fn names_to_send(&self) -> BTreeSet<&str> {
        self.to_send().map(|upload| upload.name.as_str()).collect()
    }

    /// Projects or crates that it gets for the first time.
    pub(crate) fn new_names(&self) -> BTreeSet<&str> {
        let new = self.to_send().filter(|upload| upload.is_new);
        new.map(|upload| upload.name.as_str()).collect()
    }
}

impl Rate {
    /// What sending takes.
    pub(crate) fn time_for(self, bytes: u64) -> Duration {
        time_to_send(bytes, self.bytes_per_second)
    }
}
