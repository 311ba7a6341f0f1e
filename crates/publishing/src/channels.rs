//! Channels: `latest` and the others move to a version when all that they will name can be installed, and back.

use package_store::{
    Channel, Entry, Manifest, Promotion, PromotionOptions, Site, Store, StoreError, Version,
};

use crate::{
    github_release::{self, Repository, TagMove},
    outcome::listed,
    release::Row,
};

/// Looks at a channel that others move at the same time.
const MOST_LOOKS: usize = 10;

/// What a channel did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// It moved, or would have in a dry run.
    Moved {
        /// Where it is now.
        to: Entry,
        /// Where it was; `None` for its first move.
        from: Option<Box<Entry>>,
    },
    /// It was there already.
    Already(Entry),
    /// It is at a newer version, and stays there.
    Newer(Entry),
    /// The version does not belong there, for this reason.
    Unfit(String),
}

impl Move {
    /// Where the channel is, if it is where it was wanted.
    pub fn there(&self) -> Option<&Entry> {
        match self {
            Self::Moved { to, .. } | Self::Already(to) => Some(to),
            Self::Newer(_) | Self::Unfit(_) => None,
        }
    }
}

/// A git tag that follows a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// The channel's name.
    pub name: String,
    /// Where it is, or would be in a dry run.
    pub commit: String,
    /// What was done.
    pub moved: github_release::Moved,
}

impl Tagged {
    /// What is told of it; `did` says whether that was done or would be.
    pub(crate) fn row(&self, did: &dyn Fn(&str) -> String) -> Row {
        let what = format!("tag {}", self.name);
        let before = self.moved.from.as_deref().unwrap_or("nothing");
        match self.moved.how {
            TagMove::Unchanged => Row::kept(what, before),
            TagMove::Created => Row::changed(what, before, did("made")),
            TagMove::Moved => Row::changed(what, before, did(&format!("moved to {}", self.commit))),
        }
    }
}

/// Why a channel was not moved, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pages that follow from the channel's log.
    #[error(
        "failed to write the pages of `{channel}`: {source}; the channel itself has moved: run it again"
    )]
    Pages {
        /// The channel.
        channel: Channel,
        /// What went wrong.
        source: StoreError,
    },
    /// Channels that do not take the version.
    #[error("failed to move the channels: {}", listed(.0))]
    Unfit(Vec<String>),
    /// A tag that git would take for a branch.
    #[error(
        "failed to move the git tag of `{0}`: git would confuse it with the branch of that name; remove `{0}`, or its git tag"
    )]
    TagOfBranch(Channel),
    /// Others move the channel all the time.
    #[error("failed to move the git tag of `{0}`: the channel keeps moving; run this again")]
    Restless(Channel),
    /// The bucket, or what it has.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tag on GitHub.
    #[error(transparent)]
    GitHub(#[from] github_release::Error),
}

/// The channels that a release moves: one that is no prerelease is the newest of both.
pub fn of_release(version: &Version) -> Vec<Channel> {
    match version.is_prerelease() {
        true => vec![Channel::Prerelease],
        false => vec![Channel::Latest, Channel::Prerelease],
    }
}

/// Moves a channel to a version, and writes what is shown of it. An older version never takes it unless forced, nor does
/// one that was withdrawn.
///
/// # Errors
/// The bucket cannot be read or written, or has lost a file of the version.
pub async fn forward(
    store: &Store,
    channel: Channel,
    manifest: &Manifest,
    options: &PromotionOptions,
) -> Result<Move, Error> {
    if !options.force
        && let Some(reason) = unfit(store, channel, manifest.version()).await?
    {
        return Ok(Move::Unfit(reason));
    }
    // Before the move: those who follow the channel find the whole version in pip's index.
    // A commit build is in its commit's own index already.
    if !manifest.version().contains('+') {
        store.write_version_index(manifest).await?;
    }
    let moved: Move = store.promote(channel, manifest, options).await?.into();
    if !matches!(moved, Move::Newer(_)) {
        show(store, channel).await?;
    }
    // Somebody may have withdrawn it since the first look, without seeing the channel there.
    if !options.force
        && moved.there().is_some()
        && let Some(reason) = withdrawn(store, manifest.version()).await?
    {
        let stays = match leave(store, channel, manifest.version(), options).await? {
            Some(Move::Unfit(why)) => format!("; {why}"),
            _ => String::new(),
        };
        return Ok(Move::Unfit(reason + &stays));
    }
    Ok(moved)
}

/// Refuses channels that a version never moves, by their names alone. Asked before anything is sent: later is too late.
///
/// # Errors
/// [`Error::Unfit`] with all of them.
pub fn check_names(channels: &[Channel], version: &str) -> Result<(), Box<Error>> {
    let reasons = channels.iter();
    let reasons: Vec<String> = reasons
        .filter_map(|channel| unfit_by_name(*channel, version))
        .collect();
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(Box::new(Error::Unfit(reasons))),
    }
}

/// Refuses channels whose git tags nobody can make, before anything moves.
///
/// # Errors
/// [`Error::TagOfBranch`].
pub fn check_tags(channels: &[Channel]) -> Result<(), Box<Error>> {
    match channels.contains(&Channel::Main) {
        true => Err(Box::new(Error::TagOfBranch(Channel::Main))),
        false => Ok(()),
    }
}

/// Takes a channel's last move back, and writes what is shown of it.
///
/// # Errors
/// The channel was never moved, or was nowhere else before; or the bucket cannot be read or written.
pub async fn back(
    store: &Store,
    channel: Channel,
    options: &PromotionOptions,
) -> Result<Move, Error> {
    let moved = store.rollback(channel, options).await?.into();
    show(store, channel).await?;
    Ok(moved)
}

/// Takes a channel back from a version, to the last one before that nobody withdrew. `None` if it is somewhere else; where
/// there is none, it stays.
///
/// # Errors
/// The bucket cannot be read or written.
pub async fn leave(
    store: &Store,
    channel: Channel,
    version: &str,
    options: &PromotionOptions,
) -> Result<Option<Move>, Error> {
    let Some(first) = store.current(channel).await? else {
        return Ok(None);
    };
    // A run that was stopped may have left it at an older version that was withdrawn too.
    if first.version != version && store.withdrawal(&first.version).await?.is_none() {
        return Ok(None);
    }
    let mut to = match good_before(store, &first, version).await? {
        Ok(entry) => entry,
        Err(why) => return Ok(Some(Move::Unfit(why))),
    };
    // In a dry run the log stays as it is.
    while !store.is_dry_run() {
        let Move::Moved { to: there, .. } = back(store, channel, options).await? else {
            break;
        };
        to = there;
        if to.version != version && store.withdrawal(&to.version).await?.is_none() {
            break;
        }
    }
    Ok(Some(Move::Moved {
        to,
        from: Some(Box::new(first)),
    }))
}

/// What the channel was at before `current` and nobody withdrew, or why there is nothing to go back to.
async fn good_before(
    store: &Store,
    current: &Entry,
    version: &str,
) -> Result<Result<Entry, String>, StoreError> {
    let origin = |entry: &Entry| entry.restores.unwrap_or(entry.number);
    let mut next = origin(current);
    let mut passed: Vec<String> = Vec::new();
    for entry in store.history(current.channel).await? {
        if entry.number >= next {
            continue;
        }
        match store.manifest(&entry.version).await {
            Ok(_) => next = origin(&entry),
            // No step back stops there either.
            Err(StoreError::UnknownVersion { .. } | StoreError::Damaged { .. }) => continue,
            Err(error) => return Err(error),
        }
        if entry.version != version && store.withdrawal(&entry.version).await?.is_none() {
            return Ok(Ok(entry));
        }
        if entry.version != current.version && !passed.contains(&entry.version) {
            passed.push(entry.version);
        }
    }
    let there = &current.version;
    Ok(Err(match passed.is_empty() {
        true => format!("there is no earlier version than {there}, so it stays there"),
        false => format!(
            "every earlier version is withdrawn too ({}), so it stays at {there}",
            passed.join(", ")
        ),
    }))
}

/// Moves the git tag of a channel's name to the commit that the channel is at. The channel's log decides, and so two runs at
/// the same time end with the same tag. `there` is where the channel was just moved; a dry run has no other way to know.
///
/// # Errors
/// GitHub refuses it, or the bucket cannot be read.
pub async fn tag(
    store: &Store,
    channel: Channel,
    repository: &Repository,
    there: &Entry,
) -> Result<Tagged, Error> {
    check_tags(&[channel]).map_err(|error| *error)?;
    let name = channel.to_string();
    let mut before: Option<github_release::Moved> = None;
    let mut at = there.clone();
    for _ in 0..MOST_LOOKS {
        let moved = repository.move_tag(&name, at.commit.as_str()).await?;
        let moved = before.take().unwrap_or(moved);
        let now = match store.is_dry_run() {
            true => None,
            false => store.current(channel).await?,
        };
        match now {
            Some(now) if now.commit != at.commit => at = now,
            _ => {
                return Ok(Tagged {
                    name,
                    commit: at.commit.to_string(),
                    moved,
                });
            }
        }
        before = Some(moved);
    }
    Err(Error::Restless(channel))
}

/// Why a version does not belong into a channel, wherever the channel is.
async fn unfit(
    store: &Store,
    channel: Channel,
    version: &str,
) -> Result<Option<String>, StoreError> {
    if let Some(reason) = unfit_by_name(channel, version) {
        return Ok(Some(reason));
    }
    withdrawn(store, version).await
}

async fn withdrawn(store: &Store, version: &str) -> Result<Option<String>, StoreError> {
    let withdrawal = store.withdrawal(version).await?;
    Ok(withdrawal.map(|entry| {
        format!(
            "{version} was withdrawn at {}: release a new version",
            entry.when
        )
    }))
}

/// Why a version does not belong into a channel, by what it is called alone; nobody is asked.
fn unfit_by_name(channel: Channel, version: &str) -> Option<String> {
    let parsed: Option<Version> = version.parse().ok();
    match channel {
        Channel::Latest | Channel::Prerelease if version.contains('+') => Some(format!(
            "{version} is a commit build, but `{channel}` is for releases: use the channel `nightly`, `main` or `pr/<number>`"
        )),
        Channel::Latest if parsed.is_some_and(|version| version.is_prerelease()) => Some(format!(
            "{version} is a prerelease, but `latest` is for releases: use the channel `prerelease`"
        )),
        _ => None,
    }
}

/// Brings the channel's web page and pip's indexes up to date.
async fn show(store: &Store, channel: Channel) -> Result<(), Error> {
    let written = store.write_channel(channel, &Site::default()).await;
    written
        .map(drop)
        .map_err(|source| Error::Pages { channel, source })
}

impl From<Promotion> for Move {
    fn from(promotion: Promotion) -> Self {
        match promotion {
            Promotion::Moved { entry, from } => Self::Moved { to: entry, from },
            Promotion::Already { entry } => Self::Already(entry),
            Promotion::Refused { current } => Self::Newer(current),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_is_kept_for_releases_and_prerelease_for_what_was_drafted() {
        let unfit = |channel, version| unfit_by_name(channel, version).is_some();
        for prerelease in ["0.2.0-alpha.1", "1.2.3.4rc1", "0.2.0a1"] {
            assert!(unfit(Channel::Latest, prerelease), "{prerelease}");
            assert!(!unfit(Channel::Prerelease, prerelease), "{prerelease}");
        }
        for release in ["0.2.0", "0.2.0.post1", "1.2.3.4"] {
            assert!(!unfit(Channel::Latest, release), "{release}");
        }
        let build = "0.2.0+2026.11.21.g6e4ddaf";
        assert!(unfit(Channel::Latest, build) && unfit(Channel::Prerelease, build));
        assert!(!unfit(Channel::Nightly, build));
    }

    #[test]
    fn a_release_is_the_newest_of_both_and_a_prerelease_of_one() {
        let of = |version: &str| of_release(&version.parse().unwrap());
        assert_eq!(of("0.2.0"), [Channel::Latest, Channel::Prerelease]);
        assert_eq!(of("0.2.0-rc.1"), [Channel::Prerelease]);
    }
}
