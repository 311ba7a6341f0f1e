//! What can go wrong with a bucket, in kinds that a caller can tell apart.

use std::io;
use std::path::PathBuf;

use crate::channel::name::Channel;
use crate::commit::Commit;
use crate::digest::Digest;
use crate::lost::Lost;
use crate::put::Put;
use crate::reservation::UNFINISHED_HOURS;

/// Longest text of a server that goes into an error, in characters.
const LONGEST_CAUSE: usize = 400;

/// An error of this library. Addresses in it are the bucket's own (`gs://bucket/path`) and never hold credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error(
        "unknown bucket address `{given}`: expected one of {}",
        crate::bucket::address::KNOWN
    )]
    Scheme { given: String },

    #[error("bad bucket address `{address}`: {reason}")]
    Address { address: String, reason: String },

    #[error("bad {what} `{given}`: expected {expected}")]
    Value {
        what: &'static str,
        given: String,
        expected: String,
    },

    #[error("bad file name `{name}`: {reason}")]
    FileName { name: String, reason: &'static str },

    #[error("bad commit `{given}`: expected 7 to 40 lowercase hex digits")]
    CommitForm { given: String },

    #[error("failed to {verb} `{}`: {source}", path.display())]
    LocalFile {
        verb: &'static str,
        path: PathBuf,
        source: io::Error,
    },

    #[error("failed to upload `{}`: the file is empty", path.display())]
    EmptyFile { path: PathBuf },

    #[error("failed to use the folder `{}`: {reason}", path.display())]
    Folder { path: PathBuf, reason: String },

    #[error("failed to upload `{}`: it changed while it was read", path.display())]
    FileChanged { path: PathBuf },

    #[error("failed to {verb} {address}: permission denied: {cause}")]
    PermissionDenied {
        verb: &'static str,
        address: String,
        cause: String,
    },

    #[error("failed to {verb} {address}: there is no such file")]
    NotFound { verb: &'static str, address: String },

    /// `temporary` tells whether the same call may succeed later: all tries failed for a reason that passes.
    #[error("failed to {verb} {address}: {cause}")]
    Backend {
        verb: &'static str,
        address: String,
        temporary: bool,
        cause: String,
    },

    /// Other bytes are at the address already. `unfinished` is there where no record names them.
    #[error(
        "failed to upload {address}: different content already exists (existing sha256 {existing}, new sha256 {offered}){}",
        told(unfinished.as_deref())
    )]
    Conflict {
        address: String,
        existing: Digest,
        offered: Digest,
        unfinished: Option<Box<Unfinished>>,
    },

    /// Another package has the name, or one that some systems take for the same.
    #[error(transparent)]
    NameTaken(Box<NameTaken>),

    /// A folder's place is taken by other files.
    #[error(transparent)]
    FolderConflict(Box<FolderConflict>),

    #[error(
        "failed to upload {address}: the same bytes already exist with another description: {differences}"
    )]
    OtherDescription {
        address: String,
        differences: String,
    },

    /// The upload by the full id is complete all the same; `put` says how it ended.
    #[error(
        "the short address `{short}` belongs to commit {holder}, so commit {commit} is only available by its full id"
    )]
    AmbiguousShort {
        short: String,
        holder: Commit,
        commit: Commit,
        put: Box<Put>,
    },

    #[error("commit `{given}` is ambiguous: it is {}", list(candidates))]
    AmbiguousCommit {
        given: String,
        candidates: Vec<Commit>,
    },

    #[error("unknown commit `{given}`: {}", known_list("the bucket has", known))]
    UnknownCommit { given: String, known: Vec<Commit> },

    #[error("failed to freeze version {version}: {reason}")]
    CannotFreeze { version: String, reason: String },

    #[error(
        "failed to freeze version {version}: {address} is frozen for commit {existing}, not {offered}: {differences}"
    )]
    FrozenOtherwise {
        version: String,
        address: String,
        existing: Commit,
        offered: Commit,
        differences: String,
    },

    #[error("unknown version `{version}`: {}", known_list("the bucket has", known))]
    UnknownVersion { version: String, known: Vec<String> },

    #[error("channel `{channel}` has no version yet")]
    EmptyChannel { channel: Channel },

    #[error("failed to roll back channel `{channel}`: there is no version before {current}")]
    NothingBefore { channel: Channel, current: String },

    /// A run of `prune` is deleting what the call needs.
    #[error(
        "commit {commit} is being deleted ({address} was written {ago}): try again after that run; a stopped run counts as ended after 1 hour"
    )]
    BeingDeleted {
        commit: Commit,
        address: String,
        ago: String,
    },

    /// Records name files that the bucket does not have any more.
    #[error(
        "the bucket has lost files of its records: {}; upload these packages again",
        list(lost)
    )]
    Lost { lost: Vec<Lost> },

    #[error("{address} is damaged: {reason}")]
    Damaged { address: String, reason: String },

    #[error("failed to {verb} {address}: lost {tries} races with other writers")]
    Contended {
        verb: &'static str,
        address: String,
        tries: u32,
    },
}

/// Other files than a folder's are at its address already.
#[derive(Debug, thiserror::Error)]
#[error(
    "failed to upload {address}: different files already exist (existing sha256 {existing}, new sha256 {offered}): {differences}{}",
    told(unfinished.as_ref())
)]
pub struct FolderConflict {
    pub address: String,
    pub existing: Digest,
    pub offered: Digest,
    /// Some of the paths that differ, for eyes.
    pub differences: String,
    /// The upload of what is there, if no record says that it has finished.
    pub unfinished: Option<Unfinished>,
}

/// Two packages of a commit want one name.
#[derive(Debug, thiserror::Error)]
#[error(
    "failed to upload {address}: this name is taken by the {existing}, so the {offered} needs another one: names of a commit's packages must differ in more than kind and case{}",
    told(unfinished.as_ref())
)]
pub struct NameTaken {
    pub address: String,
    /// Kind, name and project of the package that has it.
    pub existing: String,
    pub offered: String,
    pub unfinished: Option<Unfinished>,
}

/// An upload of which no record says that it has finished: it may be at work, or it was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// When it began, for people.
    pub ago: String,
    pub(crate) seconds: u64,
    pub run_url: Option<String>,
}

fn told(unfinished: Option<&Unfinished>) -> String {
    let Some(Unfinished { ago, run_url, .. }) = unfinished else {
        return String::new();
    };
    let run = run_url.as_ref().map(|url| format!(", in {url}"));
    format!(
        " (it has no record: another run may be uploading it, started {ago}{}; wait for that run; a stopped upload is replaced {UNFINISHED_HOURS} hours after its start)",
        run.unwrap_or_default()
    )
}

impl StoreError {
    /// The upload that is in the way, if no record says that it has finished.
    pub fn unfinished(&self) -> Option<&Unfinished> {
        match self {
            Self::Conflict { unfinished, .. } => unfinished.as_deref(),
            Self::FolderConflict(conflict) => conflict.unfinished.as_ref(),
            Self::NameTaken(taken) => taken.unfinished.as_ref(),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without any change.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Backend {
                temporary: true,
                ..
            } | Self::Contended { .. }
                | Self::BeingDeleted { .. }
        )
    }

    /// Translates an error of the backend that happened to an object; `address` is the object's.
    pub(crate) fn from_backend(
        verb: &'static str,
        address: String,
        error: &opendal::Error,
    ) -> Self {
        match error.kind() {
            opendal::ErrorKind::NotFound => Self::NotFound { verb, address },
            opendal::ErrorKind::PermissionDenied => Self::PermissionDenied {
                verb,
                address,
                cause: cause_of(error),
            },
            _ => Self::Backend {
                verb,
                address,
                temporary: error.is_temporary() || error.is_persistent(),
                cause: cause_of(error),
            },
        }
    }

    /// Translates an error of the file system that happened to an object of a bucket that is a folder.
    pub(crate) fn from_folder(verb: &'static str, address: String, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::PermissionDenied {
                    verb,
                    address,
                    cause: error.to_string(),
                }
            }
            _ => Self::Backend {
                verb,
                address,
                temporary: false,
                cause: error.to_string(),
            },
        }
    }

    pub(crate) fn damaged(address: String, reason: impl ToString) -> Self {
        Self::Damaged {
            address,
            reason: reason.to_string(),
        }
    }
}

/// What the backend said, without the request's address, which may carry a signature.
///
/// `opendal`'s own text also holds the request and all response headers; only its message and the chain of causes are taken.
pub(crate) fn cause_of(error: &opendal::Error) -> String {
    let mut parts = vec![error.message().trim().to_owned()];
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        parts.push(error.to_string());
        source = error.source();
    }
    parts.retain(|part| !part.is_empty());
    parts.dedup();
    if parts.is_empty() {
        parts.push(error.kind().to_string());
    }
    let text = without_secrets(&parts.join(": "));
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= LONGEST_CAUSE {
        return one_line;
    }
    let cut: String = one_line.chars().take(LONGEST_CAUSE).collect();
    format!("{cut}…")
}

/// Takes user info and query off every URL in a text.
fn without_secrets(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        clean.push_str(before);
        clean.push_str("://");
        let end = after
            .find(|c: char| {
                c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | ',')
            })
            .unwrap_or(after.len());
        let (url, tail) = after.split_at(end);
        let path = url.split_once(['?', '#']).map_or(url, |(path, _)| path);
        let host_end = path.find('/').unwrap_or(path.len());
        let (host, path) = path.split_at(host_end);
        clean.push_str(host.rsplit_once('@').map_or(host, |(_, host)| host));
        clean.push_str(path);
        rest = tail;
    }
    clean.push_str(rest);
    clean
}

fn list(items: &[impl ToString]) -> String {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.join(", ")
}

fn known_list(intro: &str, known: &[impl ToString]) -> String {
    if known.is_empty() {
        format!("{intro} none")
    } else {
        format!("{intro} {}", list(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_their_user_info_and_query() {
        assert_eq!(
            without_secrets(
                "GET https://user:hunter2@h.example/a/b?sig=secret&x=1 failed, see http://h.example/c#tok"
            ),
            "GET https://h.example/a/b failed, see http://h.example/c"
        );
        assert_eq!(without_secrets("no url at all"), "no url at all");
    }

    #[test]
    fn a_long_answer_of_a_server_is_cut() {
        let error = opendal::Error::new(opendal::ErrorKind::Unexpected, "x ".repeat(5000));
        let cause = cause_of(&error);
        assert!(cause.ends_with('…') && cause.chars().count() <= LONGEST_CAUSE + 1);
    }

    #[test]
    fn the_request_in_a_backends_error_stays_out() {
        let error = opendal::Error::new(opendal::ErrorKind::PermissionDenied, "no access")
            .with_context("uri", "https://h.example/?sig=secret")
            .with_context("response", "authorization: Bearer secret");
        let error = StoreError::from_backend("write", "gs://bucket/x".to_owned(), &error);
        assert_eq!(
            error.to_string(),
            "failed to write gs://bucket/x: permission denied: no access"
        );
    }
}
