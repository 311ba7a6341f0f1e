//! What can go wrong with a release on GitHub, each with what to do about it.

use crate::outcome::listed;

/// What went wrong. No text of it holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody says which repository.
    #[error("failed to find the repository: GITHUB_REPOSITORY is not set; set it to `owner/name`")]
    NoName,
    /// Not the name of a repository.
    #[error("\"{0}\" is not the name of a repository: write it as `owner/name`")]
    Name(String),
    /// GitHub did not do what it was asked for.
    #[error(transparent)]
    Api(#[from] github::Error),
    /// The same, with what was tried.
    #[error("failed to {doing}: {error}")]
    Failed {
        /// Such as `list the releases`.
        doing: String,
        /// Why.
        error: github::Error,
    },
    /// A file that cannot be read.
    #[error("failed to read `{file}`: {cause}")]
    File {
        /// Its path.
        file: String,
        /// Why.
        cause: String,
    },
    /// Files that GitHub does not take.
    #[error("GitHub does not accept these files: {}", listed(.0))]
    Files(Vec<String>),
    /// The tag of a release is at another commit.
    #[error(
        "the tag {tag} is at commit {at}, not at {commit}: release commit {at}, or choose another version for {commit}"
    )]
    TagElsewhere {
        /// The tag.
        tag: String,
        /// Where it is.
        at: String,
        /// Where it should be.
        commit: String,
    },
    /// A tag of a tree or a blob.
    #[error("failed to read the tag {tag}: it points to a {kind}, not a commit")]
    NotACommit {
        /// The tag.
        tag: String,
        /// What it points to.
        kind: String,
    },
    /// Tags that point to tags, without end.
    #[error("failed to read the tag {0}: it points to a tag that points to a tag, and so on")]
    TagOfTags(String),
    /// A tag that GitHub does not move or make.
    #[error(
        "failed to {doing}: a rule of the repository or an immutable release protects it ({said}); use a tag name that no release has"
    )]
    TagLocked {
        /// Such as `move the tag latest`.
        doing: String,
        /// GitHub's words.
        said: String,
    },
    /// A tag name that was used up.
    #[error(
        "the tag name {0} belonged to an immutable release, and GitHub never allows it again, even after that release is deleted: release another version"
    )]
    TagUsedUp(String),
    /// Several drafts.
    #[error(
        "failed to choose the draft of {tag}: there are {}, delete all but one: {}", .urls.len(), .urls.join(", ")
    )]
    SeveralDrafts {
        /// The tag that they share.
        tag: String,
        /// Their pages.
        urls: Vec<String>,
    },
    /// A draft for something else.
    #[error(
        "the draft of {tag} is for `{target}`, not for commit {commit}: delete it, or set its target to the commit: {url}"
    )]
    DraftElsewhere {
        /// The tag.
        tag: String,
        /// What it would tag.
        target: String,
        /// The commit to release.
        commit: String,
        /// Its page.
        url: String,
    },
    /// Somebody deletes what we make.
    #[error("the draft of {0} was deleted while it was written: run this again")]
    DraftGone(String),
    /// The files of a release that is published are not those of the version.
    #[error(
        "the release {url} is published{}, but its files are not those of {tag}, so it is not changed: {}; release another version",
        if *.immutable { " and immutable" } else { "" }, listed(.files)
    )]
    PublishedDiffers {
        /// The tag.
        tag: String,
        /// Its page.
        url: String,
        /// Whether GitHub would refuse any change.
        immutable: bool,
        /// What is wrong, file by file.
        files: Vec<String>,
    },
    /// GitHub refuses files because the release became immutable meanwhile.
    #[error(
        "the release of {0} is immutable, because it was published before its files were uploaded: release another version, and do not publish its draft by hand"
    )]
    Immutable(String),
    /// What GitHub reports after an upload is not what was sent.
    #[error(
        "{file}: GitHub has sha256 {there} after the upload, but it should be {ours}: the file has changed on disk, fetch or build it again"
    )]
    Damaged {
        /// The file's name.
        file: String,
        /// What GitHub has.
        there: String,
        /// What it should have.
        ours: String,
    },
    /// GitHub says that a name is taken, and shows no such file.
    #[error(
        "{file}: GitHub rejects the name because another file of the release has it: delete that one at {url}"
    )]
    NameTaken {
        /// The file's name.
        file: String,
        /// The page of the release.
        url: String,
    },
    /// The files are not all there at the end.
    #[error("files of {tag} are missing at {url}, run this again: {}", listed(.files))]
    Incomplete {
        /// The tag.
        tag: String,
        /// The page of the release.
        url: String,
        /// What is wrong, file by file.
        files: Vec<String>,
    },
    /// The release is not published, or not seen as such.
    #[error(
        "GitHub does not show the release of {0} as published: check the repository's releases, and run this again"
    )]
    Unpublished(String),
}

impl Error {
    /// GitHub's refusal, with what was tried.
    pub(super) fn of(doing: impl Into<String>, error: github::Error) -> Self {
        Self::Failed {
            doing: doing.into(),
            error,
        }
    }

    /// The same for an error that does not say it yet.
    pub(super) fn doing(self, doing: impl Into<String>) -> Self {
        match self {
            Self::Api(error) => Self::of(doing, error),
            other => other,
        }
    }

    /// What the API said, where it is behind the error.
    pub fn api(&self) -> Option<&github::Error> {
        match self {
            Self::Api(error) | Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }
}
