//! What the bucket serves: the files themselves, pip's indexes of them, and the channels.

use futures::{StreamExt as _, stream};
use package_store::{Channel, Version, layout};

use super::{Finding, Verdict, Verification};

pub(super) const BUCKET: &str = "bucket";
pub(super) const CHANNELS: &str = "channels";
/// Files that are read at the same time; each is streamed.
const PARALLEL: usize = 8;

impl Verification<'_> {
    pub(super) async fn look_at_bucket(&self) -> Vec<Finding> {
        let looks = self.manifest.packages().iter().map(|record| async move {
            let file = record.file.as_str();
            let found = match self.read_bytes {
                true => self.store.damage(record).await,
                false => self
                    .store
                    .lost(std::slice::from_ref(record))
                    .await
                    .map(|lost| lost.into_iter().next().map(|lost| lost.reason)),
            };
            match found {
                Ok(None) => Finding::new(BUCKET, file, Verdict::Right),
                Ok(Some(wrong)) => Finding::new(BUCKET, file, Verdict::Wrong(wrong)),
                Err(error) => Finding::unread(BUCKET, file, error),
            }
        });
        let mut all: Vec<Finding> = stream::iter(looks).buffered(PARALLEL).collect().await;
        if let Ok(version) = self.manifest.version().parse::<Version>() {
            let root = layout::version_simple(&version);
            all.push(
                self.look_at_index(BUCKET, "pip's index of the version", &root, true)
                    .await,
            );
        }
        all
    }

    async fn look_at_index(
        &self,
        place: &'static str,
        what: &str,
        root: &str,
        whole: bool,
    ) -> Finding {
        let packages = self.manifest.packages();
        match self.store.index_differences(root, packages, whole).await {
            Ok(wrong) if wrong.is_empty() => Finding::new(place, what, Verdict::Right),
            Ok(wrong) => Finding::new(place, what, Verdict::Wrong(wrong.join("; "))),
            Err(error) => Finding::unread(place, what, error),
        }
    }

    /// The channels of releases: whether each serves what it names, and whether those that should be at the version are.
    pub(super) async fn look_at_channels(&self) -> Vec<Finding> {
        let mut all = Vec::new();
        for channel in [Channel::Latest, Channel::Prerelease] {
            let expected = self.channels.contains(&channel);
            let name = channel.to_string();
            match self.store.current(channel).await {
                Ok(Some(entry)) if entry.version == self.manifest.version() => {
                    let verdict = match entry.manifest == self.manifest.digest() {
                        true => Verdict::Right,
                        false => {
                            Verdict::Wrong(format!("it names another list of {}", entry.version))
                        }
                    };
                    all.push(Finding::new(CHANNELS, &name, verdict));
                    let root = layout::channel_simple(&channel);
                    let what = format!("pip's index of {name}");
                    all.push(self.look_at_index(CHANNELS, &what, &root, true).await);
                    all.extend(self.look_at_tag(channel, entry.commit.as_str()).await);
                }
                Ok(Some(entry)) => {
                    let told = format!("it is at {}", entry.version);
                    let verdict = match expected {
                        true => Verdict::Wrong(told),
                        false => Verdict::Note(told),
                    };
                    all.push(Finding::new(CHANNELS, &name, verdict));
                }
                Ok(None) if expected => {
                    let told = "it was never moved".to_owned();
                    all.push(Finding::new(CHANNELS, &name, Verdict::Wrong(told)));
                }
                Ok(None) => {}
                Err(error) => all.push(Finding::unread(CHANNELS, &name, error)),
            }
        }
        all
    }

    /// A git tag of the channel's name, where there is one.
    async fn look_at_tag(&self, channel: Channel, commit: &str) -> Option<Finding> {
        let repository = self.targets.github.as_ref()?;
        let tag = channel.to_string();
        match repository.commit_of_tag(&tag).await {
            Ok(None) => None,
            found => Some(Finding::of_tag(CHANNELS, &tag, commit, found)),
        }
    }
}
