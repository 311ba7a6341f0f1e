//! A commit's web page: what was built, by whom, and how to get it.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::card::{Card, Group};
use super::document::{
    self, Block, Document, Inline, Table, Tone, badge, code, count, external, link, text,
};
use super::site::Site;
use super::{install, journal, page};
use crate::claim::ShortAddress;
use crate::commit::Commit;
use crate::content::{JSON, content_type};
use crate::error::StoreError;
use crate::expected::{Expected, completeness};
use crate::index::Page;
use crate::journal::JournalEntry;
use crate::layout;
use crate::listing;
use crate::record::Record;
use crate::store::Store;
use crate::time::Time;

/// Sections of the page, and the kinds that each holds. What no section names comes under the last.
const SECTIONS: &[(&str, &[&str])] = &[
    ("Python packages", &["wheel", "sdist"]),
    ("Documentation", &["docs", "docs-python", "docs-rust"]),
    ("Web app", &["wasm"]),
    ("Rust crates", &["crate"]),
    ("Data files", &["data"]),
    ("Other files", &[]),
];

/// What is known of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    commit: Commit,
    records: Vec<Record>,
    /// What is missing, doubled or too much; `None` where nobody said what a complete commit has.
    gaps: Option<Vec<String>>,
    /// Whether the short address leads here.
    short: bool,
    /// By its path, the file that opens a package that is a folder.
    opens: BTreeMap<String, String>,
    /// What was done with the versions that were released from it.
    journal: Vec<JournalEntry>,
}

impl Store {
    /// Writes the commit's page and what the list says of it; `None` for a commit without packages.
    pub(super) async fn write_commit_page(
        &self,
        commit: &Commit,
        site: &Site,
    ) -> Result<Option<(Document, Vec<String>)>, StoreError> {
        let path = layout::commit_page(commit);
        let look = || self.view(commit);
        let pages = |view: &View| {
            if view.records.is_empty() {
                return Vec::new();
            }
            vec![card_of(view), page(&document(view, site), site)]
        };
        let (view, written) = self.settle(&path, look, pages).await?;
        Ok((!view.records.is_empty()).then(|| (document(&view, site), written)))
    }

    /// Writes down what a complete commit has.
    pub(super) async fn keep_expected(
        &self,
        commit: &Commit,
        expected: &[Expected],
    ) -> Result<Vec<String>, StoreError> {
        let path = layout::expected(commit);
        let lines: String = expected.iter().map(|line| format!("{line}\n")).collect();
        let kept = Page {
            content_type: content_type(&path),
            path,
            bytes: Bytes::from(lines),
        };
        let wrote = self.write_page(&kept).await?;
        Ok(wrote.then_some(kept.path).into_iter().collect())
    }

    async fn view(&self, commit: &Commit) -> Result<View, StoreError> {
        let records = self.records(commit).await?;
        let opens = self.front_pages(&records).await?;
        let gaps = self.expected(commit).await?;
        let gaps = gaps.map(|expected| {
            let gaps = completeness(&records, &expected);
            gaps.iter().map(ToString::to_string).collect()
        });
        Ok(View {
            commit: commit.clone(),
            gaps,
            short: self.short_address(commit).await? == ShortAddress::Ours,
            opens,
            journal: self.journal_of(commit, &records).await?,
            records,
        })
    }

    /// What a complete commit has, as far as [`Store::write_commit`] was told; `None` if it was not.
    pub async fn expected(&self, commit: &Commit) -> Result<Option<Vec<Expected>>, StoreError> {
        let path = layout::expected(commit);
        let Some(bytes) = self.bucket.read(&path).await? else {
            return Ok(None);
        };
        let kept = String::from_utf8_lossy(&bytes);
        let lines: Result<Vec<Expected>, _> = kept.lines().map(str::parse).collect();
        lines
            .map(Some)
            .map_err(|error| StoreError::damaged(self.address(&path), error))
    }

    /// By a package's path, the file that opens it, for packages that are folders.
    pub(super) async fn front_pages(
        &self,
        records: &[Record],
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let mut opens = BTreeMap::new();
        for record in records.iter().filter(|record| record.files.is_some()) {
            if let Some(file) = self.front_page(record).await? {
                let folder = layout::package(&record.commit, &record.profile, &record.file);
                opens.insert(folder, file);
            }
        }
        Ok(opens)
    }

    /// The file to open first: `index.html`, of several the one nearest to the top.
    async fn front_page(&self, record: &Record) -> Result<Option<String>, StoreError> {
        let path = layout::listing(&record.commit, &record.kind, &record.profile, &record.file);
        let Some(bytes) = self.bucket.read(&path).await? else {
            return Ok(None);
        };
        let listed = listing::parse(&String::from_utf8_lossy(&bytes))
            .map_err(|reason| StoreError::damaged(self.address(&path), reason))?;
        let paths = listed.iter().map(|entry| entry.path.as_str());
        let fronts = paths.filter(|path| *path == "index.html" || path.ends_with("/index.html"));
        let front = fronts.min_by_key(|path| (path.matches('/').count(), path.to_owned()));
        Ok(front
            .map(|path| layout::folder_file(&record.commit, &record.profile, &record.file, path)))
    }
}

fn card_of(view: &View) -> Page {
    let mut groups: Vec<Group> = Vec::new();
    for record in &view.records {
        let same =
            |group: &&mut Group| group.kind == record.kind && group.project == record.project;
        match groups.iter_mut().find(same) {
            Some(group) => group.add(record),
            None => groups.push(Group::of(record)),
        }
    }
    let card = Card {
        commit: view.commit.clone(),
        versions: distinct(&view.records, |record| Some(&record.version)),
        packages: view.records.len(),
        size: total(&view.records),
        gaps: view.gaps.as_ref().map(Vec::len),
        run_url: view
            .records
            .iter()
            .find_map(|record| record.run_url.clone()),
        groups,
    };
    Page {
        path: layout::summary(&view.commit),
        content_type: JSON,
        bytes: Bytes::from(card.to_json()),
    }
}

/// Bytes of all packages.
fn total(records: &[Record]) -> u64 {
    let sizes = records.iter().map(|record| record.size);
    sizes.fold(0, u64::saturating_add)
}

/// The values that records have, each once, in their order.
fn distinct(records: &[Record], value: impl Fn(&Record) -> Option<&String>) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in records.iter().filter_map(value) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    values
}

fn document(view: &View, site: &Site) -> Document {
    let mut blocks = vec![Block::Facts(facts(view))];
    if let Some(gaps) = view.gaps.as_ref().filter(|gaps| !gaps.is_empty()) {
        blocks.push(Block::Heading("Not complete".to_owned()));
        blocks.push(Block::List(
            gaps.iter().map(|gap| vec![text(gap)]).collect(),
        ));
    }
    let root = layout::simple(&view.commit);
    let lines = install::lines(site, &view.records, &root, view.short);
    if !lines.is_empty() {
        blocks.push(Block::Heading("Install".to_owned()));
        blocks.extend(lines);
    }
    blocks.extend(packages(&view.records, &view.opens));
    blocks.extend(journal::section(&view.journal));
    Document {
        path: layout::commit_page(&view.commit),
        title: format!("Commit {}", view.commit.short()),
        badges: complete(view.gaps.as_ref().map(Vec::len))
            .into_iter()
            .collect(),
        blocks,
    }
}

/// Whether a commit has all that it should; `gaps` is how much differs.
pub(super) fn complete(gaps: Option<usize>) -> Option<Inline> {
    match gaps? {
        0 => Some(badge(Tone::Good, "complete")),
        gaps => Some(badge(Tone::Bad, format!("not complete: {gaps}"))),
    }
}

fn facts(view: &View) -> Vec<(&'static str, Vec<Inline>)> {
    let records = &view.records;
    let mut commit = vec![Inline::Copy(view.commit.to_string())];
    let runs = distinct(records, |record| record.run_url.as_ref());
    commit.extend(runs.first().and_then(|run| source(run, &view.commit)));
    let size = total(records);
    let mut facts = vec![
        ("Commit", commit),
        (
            "Versions",
            distinct(records, |record| Some(&record.version))
                .iter()
                .map(code)
                .collect(),
        ),
        (
            "Packages",
            vec![
                text(format!("{},", count(records.len(), "package"))),
                document::size(size),
            ],
        ),
    ];
    let times: Vec<Time> = records.iter().map(|record| record.uploaded).collect();
    if let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) {
        let mut when = vec![Inline::Time(*first)];
        if first != last {
            when.extend([text("to"), Inline::Time(*last)]);
        }
        facts.push(("Uploaded", when));
    }
    if !runs.is_empty() {
        let runs = runs.iter().map(|run| external(run_name(run), run));
        facts.push(("Built by", runs.collect()));
    }
    let toolchains = distinct(records, |record| record.toolchain.as_ref());
    if !toolchains.is_empty() {
        facts.push(("Toolchain", toolchains.iter().map(code).collect()));
    }
    facts
}

/// A link to the commit's source, told from where its run is.
fn source(run_url: &str, commit: &Commit) -> Option<Inline> {
    let (repository, _) = run_url.split_once("/actions/runs/")?;
    Some(external("source", &format!("{repository}/commit/{commit}")))
}

/// What a run is called: its number.
pub(super) fn run_name(run_url: &str) -> String {
    let number = run_url.split_once("/actions/runs/").map(|(_, rest)| rest);
    let number = number.and_then(|rest| rest.split('/').next());
    number.map_or_else(|| run_url.to_owned(), |number| format!("run {number}"))
}

/// All packages by section. `opens` says by its path which file opens a package that is a folder.
pub(super) fn packages(records: &[Record], opens: &BTreeMap<String, String>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (title, kinds) in SECTIONS {
        let here: Vec<&Record> = records
            .iter()
            .filter(|record| section(&record.kind) == *title)
            .collect();
        if here.is_empty() {
            continue;
        }
        let rows = here
            .into_iter()
            .map(|record| row(record, kinds.is_empty(), opens));
        blocks.push(Block::Heading((*title).to_owned()));
        blocks.push(Block::Table(Table {
            head: vec!["Package", "Version", "Platform", "Size", "SHA-256"],
            rows: rows.collect(),
        }));
    }
    blocks
}

fn section(kind: &str) -> &'static str {
    let found = SECTIONS.iter().find(|(_, kinds)| kinds.contains(&kind));
    found.or(SECTIONS.last()).map_or("", |(title, _)| *title)
}

fn row(record: &Record, with_kind: bool, opens: &BTreeMap<String, String>) -> Vec<Vec<Inline>> {
    let path = layout::package(&record.commit, &record.profile, &record.file);
    let mut package = match (record.files, opens.get(&path)) {
        (None, _) => vec![link(&record.file, path)],
        (Some(_), Some(front)) => vec![link(&record.file, front)],
        (Some(_), None) => vec![text(&record.file)],
    };
    if with_kind {
        package.push(badge(Tone::Plain, &record.kind));
    }
    if record.profile != layout::RELEASE {
        package.push(badge(Tone::Plain, &record.profile));
    }
    let mut size = document::size(record.size);
    if let Some(files) = record.files {
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        if let Inline::Size(size) = &mut size {
            size.push_str(&format!(" in {}", count(files, "file")));
        }
    }
    let mut platform = vec![text(&record.platform)];
    if let Some(python) = &record.requires_python {
        platform.push(text(format!("· Python {python}")));
    }
    vec![
        package,
        vec![code(&record.version)],
        platform,
        vec![size],
        vec![Inline::Copy(record.sha256.to_string())],
    ]
}
