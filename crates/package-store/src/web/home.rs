//! The first page: where the channels stand, and the newest commits.

use super::card::Card;
use super::document::{self, Block, Document, Inline, Tone, badge, code, link, text};
use super::page;
use super::site::Site;
use crate::channel::entry::Entry;
use crate::channel::name::Channel;
use crate::error::StoreError;
use crate::layout;
use crate::store::Store;
use crate::time::Time;

/// Commits on the page.
const NEWEST: usize = 20;
/// The channels on the page; those of pull requests are too many.
const SHOWN: [Channel; 4] = [
    Channel::Latest,
    Channel::Prerelease,
    Channel::Nightly,
    Channel::Main,
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct View {
    channels: Vec<Entry>,
    /// Newest first.
    commits: Vec<(Time, Card)>,
    /// The newest page of the list.
    list: Option<String>,
    /// Suites of benchmarks.
    suites: Vec<String>,
    /// Whether there is an index of releases.
    releases: bool,
}

impl Store {
    pub(super) async fn write_home(
        &self,
        site: &Site,
    ) -> Result<(Document, Vec<String>), StoreError> {
        let look = || self.home();
        let pages = |view: &View| vec![page(&document(view, site), site)];
        let (view, written) = self.settle(layout::home(), look, pages).await?;
        Ok((document(&view, site), written))
    }

    async fn home(&self) -> Result<View, StoreError> {
        let mut channels = Vec::new();
        for channel in SHOWN {
            let current = self.current(channel).await?;
            // A promotion may have been stopped before it wrote the page that this one leads to.
            let page = layout::channel_page(&channel);
            if current.is_some() && self.bucket.size(&page).await?.is_some() {
                channels.extend(current);
            }
        }
        let (commits, list) = self.newest(NEWEST).await?;
        let releases = layout::simple_root(layout::releases_simple(), "html");
        Ok(View {
            channels,
            commits,
            list,
            suites: self.suites_with_pages().await?,
            releases: self.bucket.size(&releases).await?.is_some(),
        })
    }

    /// A run may have been stopped before it wrote the page that this one leads to.
    async fn suites_with_pages(&self) -> Result<Vec<String>, StoreError> {
        let mut suites = Vec::new();
        for suite in self.benchmark_suites().await? {
            let page = layout::benchmarks::suite_page(&suite);
            if self.bucket.size(&page).await?.is_some() {
                suites.push(suite);
            }
        }
        Ok(suites)
    }
}

fn document(view: &View, site: &Site) -> Document {
    let mut blocks = Vec::new();
    if !view.channels.is_empty() {
        blocks.push(Block::Heading("Channels".to_owned()));
        blocks.push(Block::Cards(view.channels.iter().map(channel).collect()));
    }
    if view.releases {
        let root = layout::releases_simple();
        let page = layout::simple_root(root, "html");
        let mut line = vec![link("pip's index of all releases", page)];
        line.extend(site.url(root).map(code));
        blocks.push(Block::Paragraph(line));
    }
    blocks.push(Block::Heading("Commits".to_owned()));
    if view.commits.is_empty() {
        blocks.push(Block::Paragraph(vec![text("No packages yet.")]));
    }
    let cards = view.commits.iter().map(|(time, card)| card.shown(*time));
    blocks.push(Block::Cards(cards.collect()));
    if let Some(list) = &view.list {
        blocks.push(Block::Paragraph(vec![link("All commits by day", list)]));
    }
    if !view.suites.is_empty() {
        let suites = view.suites.iter();
        let links = suites.map(|suite| vec![link(suite, layout::benchmarks::suite_page(suite))]);
        blocks.push(Block::Heading("Benchmarks".to_owned()));
        blocks.push(Block::List(links.collect()));
    }
    Document {
        path: layout::home().to_owned(),
        title: site.title().to_owned(),
        badges: Vec::new(),
        blocks,
    }
}

fn channel(entry: &Entry) -> document::Card {
    document::Card {
        title: entry.channel.to_string(),
        page: layout::channel_page(&entry.channel),
        badges: vec![badge(Tone::Good, &entry.version)],
        meta: vec![Inline::Time(entry.when)],
        lines: vec![vec![
            text("commit"),
            link(entry.commit.short(), layout::commit_page(&entry.commit)),
        ]],
    }
}
