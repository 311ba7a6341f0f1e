//! The event that started the run, as types: a payload of the wrong shape must name its field, not act as an empty one.

mod merge_group;
mod on_demand;
mod pull_request;
mod push;
mod release;
mod repository;
mod strict;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use self::merge_group::{MergeGroup, MergeGroupEvent};
pub use self::on_demand::{ScheduleEvent, WorkflowDispatchEvent};
pub use self::pull_request::{Base, Head, HeadRepository, PullRequest, PullRequestEvent};
pub use self::push::{PushCommit, PushEvent};
pub use self::release::{Release, ReleaseEvent};
pub use self::repository::{Account, Repository};

/// One event of GitHub Actions, with the fields that actions need and no others.
///
/// A called workflow (`workflow_call`) sees the name and the payload of its caller's event,
/// so it has no variant of its own.
/// Source of the shapes: <https://docs.github.com/en/webhooks/webhook-events-and-payloads>.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// `pull_request` and `pull_request_target`.
    PullRequest(Box<PullRequestEvent>),
    /// `merge_group`: a merge queue asks for its checks.
    MergeGroup(MergeGroupEvent),
    /// `push` of a branch or a tag, deletions too.
    Push(PushEvent),
    /// `workflow_dispatch`: started by hand.
    WorkflowDispatch(WorkflowDispatchEvent),
    /// `schedule`: started by the clock.
    Schedule(ScheduleEvent),
    /// `release`.
    Release(ReleaseEvent),
    /// Any other event: its payload is not looked at.
    Other {
        /// The event's name, as in `GITHUB_EVENT_NAME`.
        name: String,
    },
}

/// Why a payload could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The file of `GITHUB_EVENT_PATH` (or of `--event`) cannot be read.
    #[error("failed to read the event file {}: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// There are no bytes, or only white space.
    #[error("failed to read the payload of `{event}`: it is empty")]
    Empty {
        /// The event's name.
        event: String,
    },
    /// The bytes are no JSON.
    #[error("failed to read the payload of `{event}`: it is not JSON: {cause}")]
    Json {
        /// The event's name.
        event: String,
        /// The cause, with line and column.
        cause: serde_json::Error,
    },
    /// The JSON is no object.
    #[error("failed to read the payload of `{event}`: expected a JSON object, found {found}")]
    NoObject {
        /// The event's name.
        event: String,
        /// What is there, such as `an array`.
        found: &'static str,
    },
    /// A needed field is missing or has the wrong type.
    #[error(
        "failed to read the payload of `{event}`: {path}: {problem}{}",
        hint(looks_like)
    )]
    Field {
        /// The event's name.
        event: String,
        /// Where the field is, such as `pull_request.head.sha`.
        path: String,
        /// What is wrong with it, such as `missing field`.
        problem: String,
        /// The event whose payload this is, when it can be told and is another one.
        looks_like: Option<&'static str>,
    },
}

fn hint(looks_like: &Option<&'static str>) -> String {
    looks_like.map_or_else(String::new, |name| {
        format!(" (it looks like the payload of `{name}`)")
    })
}

impl Event {
    /// Parses the payload of the event called `name` (`GITHUB_EVENT_NAME`).
    ///
    /// # Errors
    /// A payload that is empty, no JSON, no object, or lacks a needed field of the right type.
    pub fn parse(name: &str, payload: &[u8]) -> Result<Self, EventError> {
        Ok(match name {
            "pull_request" | "pull_request_target" => {
                let mut event: PullRequestEvent = typed(name, payload)?;
                event.target = name == "pull_request_target";
                Self::PullRequest(Box::new(event))
            }
            "merge_group" => Self::MergeGroup(typed(name, payload)?),
            "push" => Self::Push(typed(name, payload)?),
            "workflow_dispatch" => Self::WorkflowDispatch(typed(name, payload)?),
            "schedule" => Self::Schedule(typed(name, payload)?),
            "release" => Self::Release(typed(name, payload)?),
            _ => Self::Other {
                name: name.to_owned(),
            },
        })
    }

    /// Reads the payload of the event called `name` from a file (`GITHUB_EVENT_PATH`).
    ///
    /// # Errors
    /// A file that cannot be read, and all that [`Event::parse`] refuses.
    pub fn read(name: &str, path: &Path) -> Result<Self, EventError> {
        let payload = untrusted_input::checkout::read(path, untrusted_input::checkout::LARGE);
        let payload = payload.map_err(|cause| EventError::Read {
            path: path.to_owned(),
            cause: cause.into(),
        })?;
        Self::parse(name, &payload)
    }

    /// The event's name, as in `GITHUB_EVENT_NAME`.
    pub fn name(&self) -> &str {
        match self {
            Self::PullRequest(event) if event.target => "pull_request_target",
            Self::PullRequest(_) => "pull_request",
            Self::MergeGroup(_) => "merge_group",
            Self::Push(_) => "push",
            Self::WorkflowDispatch(_) => "workflow_dispatch",
            Self::Schedule(_) => "schedule",
            Self::Release(_) => "release",
            Self::Other { name } => name,
        }
    }

    /// The full id of the commit that packages, statuses and plans are keyed by.
    ///
    /// For a pull request this is the head commit and not `GITHUB_SHA`, which is a merge commit that may be stale.
    /// `None` where the payload names no commit (a deletion, a dispatch, a schedule, a release): `GITHUB_SHA` is right there.
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::PullRequest(event) => Some(&event.pull_request.head.sha),
            Self::MergeGroup(event) => Some(&event.merge_group.head_sha),
            Self::Push(event) => event.commit(),
            Self::WorkflowDispatch(_)
            | Self::Schedule(_)
            | Self::Release(_)
            | Self::Other { .. } => None,
        }
    }

    /// The repository that the workflow runs in.
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::PullRequest(event) => Some(&event.repository),
            Self::MergeGroup(event) => Some(&event.repository),
            Self::Push(event) => Some(&event.repository),
            Self::WorkflowDispatch(event) => Some(&event.repository),
            Self::Schedule(event) => Some(&event.repository),
            Self::Release(event) => Some(&event.repository),
            Self::Other { .. } => None,
        }
    }

    /// Who caused the event. A schedule has nobody.
    pub fn sender(&self) -> Option<&Account> {
        match self {
            Self::PullRequest(event) => event.sender.as_ref(),
            Self::MergeGroup(event) => event.sender.as_ref(),
            Self::Push(event) => event.sender.as_ref(),
            Self::WorkflowDispatch(event) => event.sender.as_ref(),
            Self::Release(event) => event.sender.as_ref(),
            Self::Schedule(_) | Self::Other { .. } => None,
        }
    }
}

fn typed<T: DeserializeOwned>(name: &str, payload: &[u8]) -> Result<T, EventError> {
    let event = || name.to_owned();
    // Windows editors save hand-written payloads with a byte order mark.
    let payload = payload.strip_prefix(b"\xef\xbb\xbf").unwrap_or(payload);
    if payload.trim_ascii().is_empty() {
        return Err(EventError::Empty { event: event() });
    }
    let value: Value = serde_json::from_slice(payload).map_err(|cause| EventError::Json {
        event: event(),
        cause,
    })?;
    let Value::Object(fields) = &value else {
        return Err(EventError::NoObject {
            event: event(),
            found: strict::kind(&value),
        });
    };
    let looks_like =
        guess(fields).filter(|guess| name.strip_suffix("_target") != Some(guess) && name != *guess);
    strict::deserialize(value).map_err(|strict::Misfit { path, problem }| EventError::Field {
        event: event(),
        path,
        problem,
        looks_like,
    })
}

/// The event that a payload belongs to, by a field that only this one has.
fn guess(fields: &Map<String, Value>) -> Option<&'static str> {
    [
        ("pull_request", "pull_request"),
        ("merge_group", "merge_group"),
        ("release", "release"),
        ("schedule", "schedule"),
        ("inputs", "workflow_dispatch"),
        ("before", "push"),
    ]
    .into_iter()
    .find_map(|(field, name)| fields.contains_key(field).then_some(name))
}

#[cfg(test)]
mod fuzz {
    use super::*;

    const PULL_REQUEST: &str = r#"{"action":"opened","number":7,"pull_request":{"number":7,"title":"T","body":null,
        "draft":false,"merged":false,"labels":[{"name":"bug"}],"html_url":"https://x","user":{"login":"ada"},
        "head":{"ref":"f","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repo":{"full_name":"o/r","fork":false}},
        "base":{"ref":"main","sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","repo":{"full_name":"o/r","default_branch":"main"}}},
        "repository":{"full_name":"o/r","default_branch":"main"},"sender":{"login":"ada"}}"#;
    const PUSH: &str = r#"{"ref":"refs/heads/main","before":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "after":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","created":false,"deleted":false,"forced":false,"commits":[],
        "head_commit":null,"repository":{"full_name":"o/r","default_branch":"main"},"sender":null}"#;
    const MERGE_GROUP: &str = r#"{"action":"checks_requested","merge_group":{"head_ref":"refs/heads/gh-readonly-queue/main/pr-7-x",
        "head_sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","base_ref":"refs/heads/main",
        "base_sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
        "repository":{"full_name":"o/r","default_branch":"main"},"sender":{"login":"ada"}}"#;

    const WORDS: &[&[u8]] = &[
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"\"\"",
        b"\\u0000",
        b"\\ud800",
        b"1e999",
        b"[[[[[[[[",
    ];

    #[test]
    fn a_payload_is_an_event_with_a_full_commit_or_an_error_that_names_the_event() {
        let payloads = [
            ("pull_request", PULL_REQUEST),
            ("push", PUSH),
            ("merge_group", MERGE_GROUP),
        ];
        for (name, seed) in payloads {
            let sound = Event::parse(name, seed.as_bytes());
            assert!(sound.is_ok(), "{sound:?}");
            testkit::fuzz::bytes(&[seed.as_bytes()], WORDS, |payload| {
                match Event::parse(name, payload) {
                    Ok(event) => {
                        assert_eq!(event.name(), name);
                        let digits = |id: &str| id.bytes().all(|byte| byte.is_ascii_hexdigit());
                        let full = |id: &str| id.len() == 40 && digits(id);
                        assert!(event.commit().is_none_or(full), "{:?}", event.commit());
                    }
                    Err(error) => {
                        let error = error.to_string();
                        let start = format!("failed to read the payload of `{name}`: ");
                        assert!(error.starts_with(&start), "{error}");
                    }
                }
            });
        }
    }
}
