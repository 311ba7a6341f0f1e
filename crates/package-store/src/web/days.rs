//! The list of commits, by the day on which a commit's first package came, in pages of a fixed size.
//!
//! Each commit is one small object that is created once, named by time and commit. Pages follow from a list of these
//! names, so jobs at the same time need no lock, and a page once full is touched no more but by its own commits.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::card::Card;
use super::document::{self, Block, Document, count, text};
use super::page;
use super::site::Site;
use crate::bucket::Wrote;
use crate::commit::Commit;
use crate::content::Headers;
use crate::error::StoreError;
use crate::layout;
use crate::store::{READS, Store};
use crate::time::Time;

/// Commits of one page.
const PAGE: usize = 50;

/// When a commit's first package came, as the first job saw that looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Added {
    commit: Commit,
    added: Time,
}

/// A commit's place in the list; the order is that of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    time: Time,
    commit: Commit,
}

/// What a page of the list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct DayPage {
    day: String,
    number: usize,
    /// Of how many commits the day has.
    total: usize,
    /// Oldest first.
    cards: Vec<(Time, Card)>,
    newer: Option<String>,
    older: Option<String>,
}

impl Store {
    /// Puts the commit into the list, once for ever. `None` if it has no packages.
    pub(super) async fn enter(&self, commit: &Commit) -> Result<Option<Place>, StoreError> {
        let added = match self.added(commit).await? {
            Some(added) => added,
            None => {
                let records = self.records(commit).await?;
                let Some(first) = records.iter().map(|record| record.uploaded).min() else {
                    return Ok(None);
                };
                self.add(commit, first).await?
            }
        };
        let (day, clock) = (added.added.day(), added.added.clock());
        let entry = layout::commit_of_day(&day, &clock, commit);
        if self.bucket.size(&entry).await?.is_none() {
            let headers = Headers::immutable("commit.txt", None);
            let line = format!("{commit}\n").into();
            self.bucket.create(&entry, line, &headers).await?;
        }
        Ok(Some(Place {
            time: added.added,
            commit: commit.clone(),
        }))
    }

    /// Removes a commit from the list; the pages follow by [`Store::write_lists`].
    pub(crate) async fn leave(&self, commit: &Commit) -> Result<(), StoreError> {
        if let Some(added) = self.added(commit).await? {
            let (day, clock) = (added.added.day(), added.added.clock());
            let entry = layout::commit_of_day(&day, &clock, commit);
            self.bucket.delete(&entry).await?;
        }
        self.bucket.delete(&layout::added(commit)).await
    }

    /// The day of the list that a commit is on.
    pub(crate) async fn day_of(&self, commit: &Commit) -> Result<Option<String>, StoreError> {
        Ok(self.added(commit).await?.map(|added| added.added.day()))
    }

    /// When a commit's first package came; `None` if that is not known, or damaged.
    async fn added(&self, commit: &Commit) -> Result<Option<Added>, StoreError> {
        let path = layout::added(commit);
        let Some(bytes) = self.bucket.read(&path).await? else {
            return Ok(None);
        };
        match self.parse_json::<Added>(&path, &bytes) {
            Ok(added) if added.commit == *commit => Ok(Some(added)),
            Ok(added) => {
                let path = self.address(&path);
                self.warn(format!(
                    "{path} is skipped: it names commit {}",
                    added.commit
                ));
                Ok(None)
            }
            Err(error) => {
                self.warn(format!("{error}; it is skipped"));
                Ok(None)
            }
        }
    }

    /// Of two jobs at midnight only one decides on which day the commit stands.
    async fn add(&self, commit: &Commit, first: Time) -> Result<Added, StoreError> {
        let path = layout::added(commit);
        let ours = Added {
            commit: commit.clone(),
            added: first,
        };
        let headers = Headers::immutable(&path, None);
        let bytes = self.to_json(&path, &ours)?;
        if self.bucket.create(&path, bytes, &headers).await? == Wrote::Created {
            return Ok(ours);
        }
        if let Some(there) = self.added(commit).await? {
            return Ok(there);
        }
        // What is there is damaged.
        let bytes = self.to_json(&path, &ours)?;
        self.bucket.replace(&path, bytes, &headers).await?;
        Ok(ours)
    }

    /// Writes the page of the list that the commit stands on. Where it is the first of its page, the page before is written
    /// too, which now has a newer one.
    pub(super) async fn write_day_of(
        &self,
        commit: &Commit,
        site: &Site,
    ) -> Result<Vec<String>, StoreError> {
        let Some(place) = self.enter(commit).await? else {
            return Ok(Vec::new());
        };
        let day = place.time.day();
        let places = self.places(&day, Some(&place)).await?;
        let position = places.iter().position(|one| *one == place).unwrap_or(0);
        let mut written = self
            .write_day_page(&day, position / PAGE + 1, Some(&place), site)
            .await?;
        if position % PAGE == 0 {
            let before = match position / PAGE {
                0 => self.last_page_before(&day).await?,
                full => Some((day, full)),
            };
            if let Some((day, number)) = before {
                written.extend(self.write_day_page(&day, number, None, site).await?);
            }
        }
        Ok(written)
    }

    /// Writes all pages of the list.
    pub(super) async fn write_all_days(&self, site: &Site) -> Result<Vec<String>, StoreError> {
        let mut written = Vec::new();
        for day in self.days().await? {
            written.extend(self.write_whole_day(&day, site).await?);
        }
        Ok(written)
    }

    /// Writes the pages of days that commits have left, and those of the days beside them, which lead to one another.
    pub(super) async fn write_days(
        &self,
        changed: &BTreeSet<String>,
        site: &Site,
    ) -> Result<(), StoreError> {
        let days = self.days().await?;
        let mut beside = BTreeSet::new();
        for day in changed {
            beside.extend(days.iter().rfind(|other| *other < day));
            beside.extend(days.iter().find(|other| *other > day));
        }
        // First those that lead to pages which will be gone.
        for day in beside.into_iter().chain(changed) {
            self.write_whole_day(day, site).await?;
        }
        Ok(())
    }

    async fn write_whole_day(&self, day: &str, site: &Site) -> Result<Vec<String>, StoreError> {
        let mut written = Vec::new();
        let pages = self.places(day, None).await?.len().div_ceil(PAGE);
        for number in 1..=pages {
            written.extend(self.write_day_page(day, number, None, site).await?);
        }
        Ok(written)
    }

    /// Deletes pages of a day that has fewer commits than it had. No page leads to them any more.
    pub(super) async fn remove_surplus(&self, day: &str, site: &Site) -> Result<(), StoreError> {
        let mut number = self.places(day, None).await?.len().div_ceil(PAGE) + 1;
        let mut deleted = Vec::new();
        while self
            .bucket
            .size(&layout::day_page(day, number))
            .await?
            .is_some()
        {
            self.bucket.delete(&layout::day_page(day, number)).await?;
            deleted.push(number);
            number += 1;
        }
        // Somebody may have put a commit there meanwhile.
        if !deleted.is_empty() {
            let pages = self.places(day, None).await?.len().div_ceil(PAGE);
            for number in deleted.into_iter().filter(|number| *number <= pages) {
                self.write_day_page(day, number, None, site).await?;
            }
        }
        Ok(())
    }

    /// `ours` has its place even in a dry run, where it was not written.
    async fn write_day_page(
        &self,
        day: &str,
        number: usize,
        ours: Option<&Place>,
        site: &Site,
    ) -> Result<Vec<String>, StoreError> {
        let path = layout::day_page(day, number);
        let look = || self.day_page(day, number, ours);
        let pages = |seen: &DayPage| vec![page(&document(seen), site)];
        Ok(self.settle(&path, look, pages).await?.1)
    }

    async fn day_page(
        &self,
        day: &str,
        number: usize,
        ours: Option<&Place>,
    ) -> Result<DayPage, StoreError> {
        let places = self.places(day, ours).await?;
        let total = places.len();
        let pages = total.div_ceil(PAGE);
        let here = places.into_iter().skip((number - 1) * PAGE).take(PAGE);
        let newer = if number < pages {
            Some(layout::day_page(day, number + 1))
        } else {
            let days = self.days().await?;
            let after = days.into_iter().find(|other| other.as_str() > day);
            after.map(|after| layout::day_page(&after, 1))
        };
        let older = match number {
            1 => self.last_page_before(day).await?,
            number => Some((day.to_owned(), number - 1)),
        };
        Ok(DayPage {
            day: day.to_owned(),
            number,
            total,
            cards: self.cards(here.collect()).await?,
            newer,
            older: older.map(|(day, number)| layout::day_page(&day, number)),
        })
    }

    async fn last_page_before(&self, day: &str) -> Result<Option<(String, usize)>, StoreError> {
        for before in self.days().await?.into_iter().rev() {
            if before.as_str() < day {
                let total = self.places(&before, None).await?.len();
                if total > 0 {
                    return Ok(Some((before, total.div_ceil(PAGE))));
                }
            }
        }
        Ok(None)
    }

    /// The newest commits with their cards, the newest first, and the page of the list that the newest stands on.
    pub(super) async fn newest(
        &self,
        limit: usize,
    ) -> Result<(Vec<(Time, Card)>, Option<String>), StoreError> {
        let (mut places, mut list) = (Vec::new(), None);
        for day in self.days().await?.into_iter().rev() {
            let mut of_day = self.places(&day, None).await?;
            if list.is_none() && !of_day.is_empty() {
                list = Some(layout::day_page(&day, of_day.len().div_ceil(PAGE)));
            }
            of_day.reverse();
            places.extend(of_day);
            if places.len() >= limit {
                break;
            }
        }
        places.truncate(limit);
        Ok((self.cards(places).await?, list))
    }

    async fn cards(&self, places: Vec<Place>) -> Result<Vec<(Time, Card)>, StoreError> {
        let reads = places.into_iter().map(|place| async move {
            let path = layout::summary(&place.commit);
            let Some(bytes) = self.bucket.read(&path).await? else {
                return Ok(None);
            };
            // It follows from the commit's records: writing its pages again repairs it.
            match self.parse_json::<Card>(&path, &bytes) {
                Ok(card) if card.commit == place.commit => Ok(Some((place.time, card))),
                Ok(card) => {
                    let path = self.address(&path);
                    self.warn(format!(
                        "{path} is skipped: it is of commit {}",
                        card.commit
                    ));
                    Ok(None)
                }
                Err(error) => {
                    self.warn(format!("{error}; it is skipped"));
                    Ok(None)
                }
            }
        });
        let cards: Vec<Option<(Time, Card)>> = futures::stream::iter(reads)
            .buffered(READS)
            .try_collect()
            .await?;
        Ok(cards.into_iter().flatten().collect())
    }

    /// The commits of a day, oldest first.
    async fn places(&self, day: &str, ours: Option<&Place>) -> Result<Vec<Place>, StoreError> {
        let paths = self
            .bucket
            .children(&layout::commits_of_day(day), usize::MAX)
            .await?;
        let mut places: Vec<Place> = paths
            .iter()
            .filter_map(|path| place(day, layout::stem(path)))
            .collect();
        if let Some(ours) = ours.filter(|ours| !places.contains(ours)) {
            places.push(ours.clone());
        }
        places.sort();
        Ok(places)
    }

    /// All days with commits, oldest first.
    pub(super) async fn days(&self) -> Result<Vec<String>, StoreError> {
        let paths = self.bucket.children(layout::days(), usize::MAX).await?;
        let days = paths.iter().map(|path| layout::stem(path).to_owned());
        let is_day = |day: &String| format!("{day}T00:00:00Z").parse::<Time>().is_ok();
        Ok(days.filter(is_day).collect())
    }
}

/// `081500-<full id>`.
fn place(day: &str, name: &str) -> Option<Place> {
    let (clock, commit) = name.split_once('-')?;
    let [a, b, c, d, e, f] = clock.as_bytes() else {
        return None;
    };
    let digits = [*a, *b, b':', *c, *d, b':', *e, *f].map(char::from);
    let clock = String::from_iter(digits);
    Some(Place {
        time: format!("{day}T{clock}Z").parse().ok()?,
        commit: commit.parse().ok()?,
    })
}

fn document(seen: &DayPage) -> Document {
    let cards = seen
        .cards
        .iter()
        .rev()
        .map(|(time, card)| card.shown(*time));
    let pages = seen.total.div_ceil(PAGE);
    let mut said = count(seen.total, "commit");
    if pages > 1 {
        said = format!("{said}, page {} of {pages}", seen.number);
    }
    Document {
        path: layout::day_page(&seen.day, seen.number),
        title: format!("Commits of {}", seen.day),
        badges: Vec::new(),
        blocks: vec![
            Block::Paragraph(vec![text(said)]),
            Block::Cards(cards.collect::<Vec<document::Card>>()),
            Block::Pager {
                newer: seen.newer.clone(),
                older: seen.older.clone(),
            },
        ],
    }
}
