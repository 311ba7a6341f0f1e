//! Whether everything that people can get of a version is still what was frozen: registries, GitHub, bucket, indexes, channels.

mod bucket;
mod github;
mod registries;
mod signatures;

use package_store::{Channel, Manifest, Store};
use signing::packages::Expected;
use std::fmt;

use crate::{github_release::Error, release::Targets};

pub use github::GITHUB;

/// What is verified.
#[derive(Debug, Clone)]
pub struct Verification<'a> {
    /// The bucket; it is only read.
    pub store: &'a Store,
    /// The frozen list.
    pub manifest: &'a Manifest,
    /// Where else the version should be.
    pub targets: &'a Targets,
    /// Channels that should be at the version; all others are only asked whether what they serve is what they name.
    pub channels: Vec<Channel>,
    /// Whether the bucket's files are read to their end, and not only asked for their sizes.
    pub read_bytes: bool,
    /// Whose signatures count; without it they are not judged.
    pub expected: Option<Expected>,
}

/// What was seen everywhere.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// What each look has shown.
    pub findings: Vec<Finding>,
    /// Public commands that verify signatures and attestations: one of each kind, with a file as an example.
    pub commands: Vec<String>,
}

/// What one look has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: `PyPI`, `crates.io`, `GitHub`, `bucket`, `channels`.
    pub place: &'static str,
    /// A file, a tag, a channel.
    pub what: String,
    /// What was found there.
    pub verdict: Verdict,
}

/// Whether something is as it was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is, and a person should know something else of it: that it was yanked.
    Note(String),
    /// It is not.
    Wrong(String),
    /// Nobody released it, and people take it for one of our files.
    Added,
    /// Nobody knows, because it could not be read.
    Unread(String),
}

impl Verdict {
    /// Whether it is not as it was released.
    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong(_) | Self::Added)
    }
}

/// What to tell a person.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Right => "as released",
            Self::Added => "it is not in the frozen list",
            Self::Note(text) | Self::Wrong(text) | Self::Unread(text) => text,
        })
    }
}

impl Finding {
    fn new(place: &'static str, what: impl Into<String>, verdict: Verdict) -> Self {
        Self {
            place,
            what: what.into(),
            verdict,
        }
    }

    fn unread(place: &'static str, what: impl Into<String>, error: impl ToString) -> Self {
        Self::new(place, what, Verdict::Unread(error.to_string()))
    }

    /// Whether it tells of a channel, which is where the version is offered and not the version itself.
    pub(crate) fn is_of_channel(&self) -> bool {
        self.place == bucket::CHANNELS
    }

    /// What GitHub has in place of a tag or a release, or why it could not be asked.
    fn of_github(place: &'static str, what: impl Into<String>, error: &Error) -> Self {
        let told = error.to_string();
        let is_answer = matches!(
            error,
            Error::SeveralDrafts { .. } | Error::NotACommit { .. } | Error::TagOfTags(_)
        );
        Self::new(
            place,
            what,
            match is_answer {
                true => Verdict::Wrong(told),
                false => Verdict::Unread(told),
            },
        )
    }

    /// A git tag that should be there and at a commit.
    fn of_tag(
        place: &'static str,
        tag: &str,
        commit: &str,
        found: Result<Option<String>, Error>,
    ) -> Self {
        let what = format!("tag {tag}");
        let verdict = match found {
            Ok(Some(there)) if there == commit => Verdict::Right,
            Ok(Some(there)) => Verdict::Wrong(format!("it is at commit {there}, not at {commit}")),
            Ok(None) => Verdict::Wrong("it is missing".to_owned()),
            Err(error) => return Self::of_github(place, what, &error),
        };
        Self::new(place, what, verdict)
    }
}

/// A sentence.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            what,
            verdict,
        } = self;
        match verdict {
            Verdict::Right => write!(f, "{place}: {what} is {verdict}"),
            Verdict::Unread(_) => write!(f, "{place}: {what} could not be read: {verdict}"),
            _ => write!(f, "{place}: {what}: {verdict}"),
        }
    }
}

impl Verification<'_> {
    /// Looks everywhere. What cannot be read is one of the findings, and does not end the look at the rest.
    pub async fn run(&self) -> Verified {
        let mut findings = self.look_at_bucket().await;
        let (signatures, pypi, crates, github) = futures::join!(
            self.look_at_signatures(),
            self.look_at_pypi(),
            self.look_at_crates(),
            self.look_at_github()
        );
        findings.extend(signatures.findings);
        findings.extend(pypi);
        findings.extend(crates);
        findings.extend(github.findings);
        findings.extend(self.look_at_channels().await);
        Verified {
            findings,
            commands: [signatures.commands, github.commands].concat(),
        }
    }
}
