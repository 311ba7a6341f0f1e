//! A channel's web page: what it stands at, how to get that, and how it came there.

use std::collections::BTreeMap;

use super::commit::{packages, run_name};
use super::document::{
    Block, Document, Inline, Table, Tone, badge, code, count, external, link, text,
};
use super::site::Site;
use super::{install, page};
use crate::channel::entry::Entry;
use crate::channel::name::Channel;
use crate::error::StoreError;
use crate::layout;
use crate::manifest::Manifest;
use crate::store::Store;
use crate::version::Version;

/// Moves that the page shows; older ones stay in the log.
const MOVES: usize = 50;

/// What is known of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
struct View {
    channel: Channel,
    /// The last moves, newest first.
    moves: Vec<Entry>,
    /// How many there are in all.
    total: usize,
    manifest: Option<Manifest>,
    /// By its path, the file that opens a package that is a folder.
    opens: BTreeMap<String, String>,
}

impl Store {
    pub(super) async fn write_channel_page(
        &self,
        channel: Channel,
        site: &Site,
    ) -> Result<(Document, Vec<String>), StoreError> {
        let path = layout::channel_page(&channel);
        let look = || self.channel_view(channel);
        let pages = |view: &View| vec![page(&document(view, site), site)];
        let (view, written) = self.settle(&path, look, pages).await?;
        Ok((document(&view, site), written))
    }

    async fn channel_view(&self, channel: Channel) -> Result<View, StoreError> {
        let (moves, total) = self.last_moves(channel, MOVES).await?;
        let manifest = match moves.first() {
            Some(entry) => Some(self.manifest_of(entry).await?),
            None => None,
        };
        let packages = manifest.as_ref().map_or(&[][..], Manifest::packages);
        Ok(View {
            opens: self.front_pages(packages).await?,
            channel,
            moves,
            total,
            manifest,
        })
    }

    /// All channels that were ever moved.
    pub(crate) async fn channels(&self) -> Result<Vec<Channel>, StoreError> {
        let mut channels = Vec::new();
        for folder in layout::channel_folders() {
            let paths = self.bucket.children(folder, usize::MAX).await?;
            let names = paths.iter().filter_map(|path| layout::channel_of(path));
            channels.extend(names.filter_map(|name| name.parse::<Channel>().ok()));
        }
        Ok(channels)
    }
}

fn document(view: &View, site: &Site) -> Document {
    let mut blocks = Vec::new();
    let mut badges = Vec::new();
    match (view.moves.first(), &view.manifest) {
        (Some(entry), Some(manifest)) => {
            badges.push(badge(Tone::Good, &entry.version));
            blocks.push(Block::Facts(facts(view.channel, entry, site)));
            let root = entry
                .version
                .parse::<Version>()
                .map(|version| layout::version_simple(&version));
            let root = root.unwrap_or_else(|_| layout::channel_simple(&view.channel));
            let lines = install::lines(site, manifest.packages(), &root, false);
            if !lines.is_empty() {
                blocks.push(Block::Heading("Install".to_owned()));
                blocks.extend(lines);
            }
            blocks.extend(packages(manifest.packages(), &view.opens));
            blocks.push(Block::Heading("History".to_owned()));
            blocks.push(history(view));
        }
        _ => blocks.push(Block::Paragraph(vec![text("No version yet.")])),
    }
    if view.total > view.moves.len() {
        let left = count(view.total - view.moves.len(), "earlier move");
        blocks.push(Block::Paragraph(vec![text(format!("… and {left}."))]));
    }
    Document {
        path: layout::channel_page(&view.channel),
        title: view.channel.to_string(),
        badges,
        blocks,
    }
}

fn facts(channel: Channel, entry: &Entry, site: &Site) -> Vec<(&'static str, Vec<Inline>)> {
    let page = layout::commit_page(&entry.commit);
    let mut facts = vec![
        ("Version", vec![code(&entry.version)]),
        ("Commit", vec![link(entry.commit.short(), page)]),
        ("Since", vec![Inline::Time(entry.when)]),
    ];
    let index = layout::channel_simple(&channel);
    if let Some(url) = site.url(&index) {
        facts.push(("pip's index", vec![code(url)]));
    }
    facts
}

fn history(view: &View) -> Block {
    let rows = view.moves.iter().map(|entry| {
        let page = layout::commit_page(&entry.commit);
        let run = entry.run_url.as_ref();
        let note = entry
            .rollback_of
            .map(|number| badge(Tone::Bad, format!("reverts {number}")));
        let mut version = vec![code(&entry.version)];
        version.extend(note);
        vec![
            vec![text(entry.number.to_string())],
            version,
            vec![link(entry.commit.short(), page)],
            vec![Inline::Time(entry.when)],
            vec![entry.who.as_ref().map_or_else(|| text("–"), text)],
            vec![run.map_or_else(|| text("–"), |run| external(run_name(run), run))],
        ]
    });
    Block::Table(Table {
        head: vec!["Move", "Version", "Commit", "When", "Who", "Run"],
        rows: rows.collect(),
    })
}
