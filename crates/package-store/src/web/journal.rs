//! What was done with the versions of a commit, as a section of the commit's page.

use std::collections::BTreeSet;

use super::Site;
use super::commit::run_name;
use super::document::{Block, Inline, Table, Tone, badge, code, external, text};
use crate::commit::Commit;
use crate::error::StoreError;
use crate::journal::JournalEntry;
use crate::layout;
use crate::record::Record;
use crate::store::Store;
use crate::version::Version;

/// Runs that the page shows, the last ones.
const SHOWN: usize = 20;
const HEADING: &str = "Releases";

impl Store {
    /// Whether pages tell of an entry of the journal, found out by a few small requests: a run that was killed after it had
    /// written the entry has not written the pages.
    ///
    /// # Errors
    /// The pages cannot be read.
    pub async fn pages_tell(&self, entry: &JournalEntry, site: &Site) -> Result<bool, StoreError> {
        let path = layout::commit_page(&entry.commit);
        let Some(page) = self.bucket.read(&path).await? else {
            return Ok(false);
        };
        let page = String::from_utf8_lossy(&page);
        let when = entry.when.to_string();
        // Its packages may have come in the very same second.
        let told = page
            .rsplit_once(HEADING)
            .is_some_and(|it| it.1.contains(&when));
        Ok(told && self.pages_are_settled(&entry.commit, site).await?)
    }

    /// What was done with the versions that a commit's records have; commit builds are not released.
    pub(super) async fn journal_of(
        &self,
        commit: &Commit,
        records: &[Record],
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let versions: BTreeSet<String> = records
            .iter()
            .filter_map(|record| record.version.parse::<Version>().ok())
            .filter(|version| !version.is_build())
            .map(|version| version.to_string())
            .collect();
        let mut journal = Vec::new();
        for version in versions {
            journal.extend(self.journal(&version).await?);
        }
        // The version may have been released from another commit.
        journal.retain(|entry| entry.commit == *commit);
        journal.sort_by_key(|entry| entry.when);
        Ok(journal)
    }
}

/// Empty where nothing was released.
pub(super) fn section(journal: &[JournalEntry]) -> Vec<Block> {
    if journal.is_empty() {
        return Vec::new();
    }
    let rows = journal.iter().rev().take(SHOWN).map(|entry| {
        let run = entry.run_url.as_ref();
        vec![
            vec![code(&entry.version)],
            ended(entry),
            vec![Inline::Time(entry.when)],
            vec![entry.who.as_ref().map_or_else(|| text("–"), text)],
            vec![run.map_or_else(|| text("–"), |run| external(run_name(run), run))],
        ]
    });
    vec![
        Block::Heading(HEADING.to_owned()),
        Block::Table(Table {
            head: vec!["Version", "What", "When", "Who", "Run"],
            rows: rows.collect(),
        }),
    ]
}

fn ended(entry: &JournalEntry) -> Vec<Inline> {
    match (entry.action.as_str(), &entry.error) {
        ("release", None) => vec![badge(Tone::Good, "released")],
        ("release", Some(error)) => vec![badge(Tone::Bad, "release stopped"), text(error)],
        ("withdraw", None) => vec![badge(Tone::Bad, "withdrawn")],
        (action, None) => vec![text(action)],
        (action, Some(error)) => vec![text(format!("{action} stopped: {error}"))],
    }
}
