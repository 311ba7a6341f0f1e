//! The web pages of a suite of benchmarks: the newest values in one table, and for each benchmark its history with a plot.

use std::collections::BTreeMap;

use bench_statistics::{ChangePoint, change_points, quantity};

use super::document::{
    Block, Document, Inline, Table, Tone, badge, code, count, external, link, text,
};
use super::plot::{Mark, Plot, Point};
use super::{Pages, Site, page};
use crate::benchmarks::{BenchmarkResult, BenchmarkResults};
use crate::error::StoreError;
use crate::layout::benchmarks as paths;
use crate::store::Store;

/// Commits that a plot shows.
const PLOTTED: usize = 300;
/// Commits in the table below a plot.
const LISTED: usize = 50;
/// Changes of a smaller size are not told.
const SMALLEST_CHANGE: f64 = 0.01;

/// All that pages are made of.
#[derive(Debug, Clone, PartialEq)]
struct View {
    suite: String,
    commits: Vec<BenchmarkResults>,
}

/// The history of one benchmark: the places of its commits among all of them, and what was measured.
struct History<'a> {
    name: &'a str,
    values: Vec<(usize, &'a BenchmarkResult)>,
    changes: Vec<ChangePoint>,
}

impl Store {
    /// Writes the pages of a suite of benchmarks, and the first page, which leads to them.
    pub async fn write_benchmark_pages(
        &self,
        suite: &str,
        site: &Site,
    ) -> Result<Pages, StoreError> {
        let mut pages = Pages::default();
        let site = self.site(site, &mut pages).await?;
        let document = self.suite_alone(suite, &site, &mut pages).await?;
        pages.add(self.write_home(&site).await?.1);
        pages.show(&document, &site);
        Ok(pages)
    }

    pub(super) async fn suite_alone(
        &self,
        suite: &str,
        site: &Site,
        pages: &mut Pages,
    ) -> Result<Document, StoreError> {
        let look = || async {
            let mut commits = self.benchmarks(suite).await?;
            let older = commits.len().saturating_sub(PLOTTED);
            commits.drain(..older);
            Ok(View {
                suite: suite.to_owned(),
                commits,
            })
        };
        let all = |view: &View| {
            let histories = view.histories();
            let of_each = histories.values().map(|one| page(&view.of_one(one), site));
            of_each
                .chain([page(&view.of_all(&histories), site)])
                .collect()
        };
        let shown = paths::suite_page(suite);
        let (view, written) = self.settle(&shown, look, all).await?;
        pages.add(written);
        Ok(view.of_all(&view.histories()))
    }
}

impl View {
    fn histories(&self) -> BTreeMap<&str, History<'_>> {
        let mut histories: BTreeMap<&str, History<'_>> = BTreeMap::new();
        for (place, commit) in self.commits.iter().enumerate() {
            for result in &commit.results {
                let empty = || History {
                    name: &result.name,
                    values: Vec::new(),
                    changes: Vec::new(),
                };
                let history = histories.entry(&result.name).or_insert_with(empty);
                // Values of another unit are another history.
                history.values.retain(|one| one.1.unit == result.unit);
                history.values.push((place, result));
            }
        }
        for history in histories.values_mut() {
            let values: Vec<f64> = history.values.iter().map(|one| one.1.value).collect();
            history.changes = change_points(&values, SMALLEST_CHANGE);
        }
        histories
    }

    fn of_all(&self, histories: &BTreeMap<&str, History<'_>>) -> Document {
        let mut blocks = Vec::new();
        match self.commits.last() {
            None => blocks.push(Block::Paragraph(vec![text("No results yet.")])),
            Some(newest) => blocks.push(Block::Facts(self.facts(newest))),
        }
        blocks.push(Block::Heading("Histories".to_owned()));
        let rows = histories.values().map(|history| self.row(history));
        blocks.push(Block::Table(Table {
            head: vec!["Benchmark", "Newest", "Commits", "Last change"],
            rows: rows.collect(),
        }));
        blocks.push(Block::Paragraph(vec![text(HONEST)]));
        Document {
            path: paths::suite_page(&self.suite),
            title: format!("Benchmarks: {}", self.suite),
            badges: vec![badge(Tone::Plain, count(histories.len(), "benchmark"))],
            blocks,
        }
    }

    fn facts(&self, newest: &BenchmarkResults) -> Vec<(&'static str, Vec<Inline>)> {
        let mut facts = vec![
            (
                "Newest commit",
                vec![commit(newest), Inline::Time(newest.committed)],
            ),
            ("Commits", vec![text(count(self.commits.len(), "commit"))]),
        ];
        let gaps = (1..self.commits.len())
            .filter(|place| self.is_gap(*place))
            .count();
        if gaps > 0 {
            facts.push((
                "Gaps",
                vec![text(format!("{} without results", count(gaps, "range")))],
            ));
        }
        facts
    }

    /// Whether commits without results are before this one.
    fn is_gap(&self, place: usize) -> bool {
        let before = place
            .checked_sub(1)
            .and_then(|place| self.commits.get(place));
        match (before, self.commits.get(place)) {
            (Some(before), Some(this)) => this.parent.as_ref() != Some(&before.commit),
            _ => false,
        }
    }

    fn row(&self, history: &History<'_>) -> Vec<Vec<Inline>> {
        let newest = history.values.last();
        let mut value = vec![newest.map_or_else(|| text("–"), |one| text(shown(one.1)))];
        if newest.is_some_and(|one| one.0 + 1 < self.commits.len()) {
            value.push(badge(Tone::Plain, "not in the newest commit"));
        }
        let change = history.changes.last();
        vec![
            vec![link(history.name, paths::page(&self.suite, history.name))],
            value,
            vec![text(history.values.len().to_string())],
            change.map_or_else(|| vec![text("–")], |change| self.change(history, change)),
        ]
    }

    fn change(&self, history: &History<'_>, change: &ChangePoint) -> Vec<Inline> {
        let at = history.values.get(change.index);
        let worse = at.is_some_and(|one| one.1.higher_is_better == (change.change < 0.0));
        let tone = if worse { Tone::Bad } else { Tone::Good };
        let mut parts = vec![badge(tone, percent(change.change))];
        if let Some(this) = at.and_then(|one| self.commits.get(one.0)) {
            parts.extend([text("began about"), commit(this)]);
        }
        parts
    }

    fn of_one(&self, history: &History<'_>) -> Document {
        let mut blocks = vec![Block::Plot(self.plot(history))];
        if !history.changes.is_empty() {
            blocks.push(Block::Heading("Changes".to_owned()));
            let changes = history.changes.iter().rev();
            blocks.push(Block::List(
                changes.map(|one| self.change(history, one)).collect(),
            ));
        }
        blocks.push(Block::Heading("Commits".to_owned()));
        blocks.push(Block::Table(self.table(history)));
        blocks.push(Block::Paragraph(vec![link(
            "All benchmarks of the suite",
            paths::suite_page(&self.suite),
        )]));
        blocks.push(Block::Paragraph(vec![text(HONEST)]));
        let newest = history.values.last();
        Document {
            path: paths::page(&self.suite, history.name),
            title: history.name.to_owned(),
            badges: newest
                .map(|one| badge(Tone::Plain, shown(one.1)))
                .into_iter()
                .collect(),
            blocks,
        }
    }

    fn table(&self, history: &History<'_>) -> Table {
        let mut rows = Vec::new();
        for (place, result) in history.values.iter().rev().take(LISTED) {
            if let Some(this) = self.commits.get(*place) {
                let run = this.run_url.as_ref();
                rows.push(vec![
                    vec![commit(this)],
                    vec![text(shown(result))],
                    vec![Inline::Time(this.committed)],
                    vec![run.map_or_else(|| text("–"), |run| external("run", run))],
                ]);
            }
        }
        Table {
            head: vec!["Commit", "Value", "Committed", "Run"],
            rows,
        }
    }

    /// For each commit its place on a plot, where a gap takes the room of one commit.
    fn across(&self) -> Vec<usize> {
        let gaps = (0..self.commits.len()).scan(0, |gaps, place| {
            *gaps += usize::from(self.is_gap(place));
            Some(*gaps)
        });
        gaps.enumerate().map(|(place, gaps)| place + gaps).collect()
    }

    fn plot(&self, history: &History<'_>) -> Plot {
        let across = self.across();
        let at = |place: usize| across.get(place).copied().unwrap_or(place);
        let mut points = Vec::new();
        let mut before: Option<usize> = None;
        for (place, result) in &history.values {
            let Some(this) = self.commits.get(*place) else {
                continue;
            };
            let follows = before.is_some_and(|one| one + 1 == *place) && !self.is_gap(*place);
            before = Some(*place);
            points.push(Point {
                place: at(*place),
                value: result.value,
                joined: follows,
                title: format!(
                    "{} at {}, {}",
                    shown(result),
                    this.commit.short(),
                    this.committed.minute()
                ),
                url: this.commit_url.clone(),
            });
        }
        let marks = history.changes.iter().filter_map(|change| {
            Some(Mark {
                place: at(history.values.get(change.index)?.0),
                label: percent(change.change),
            })
        });
        let unit = history.values.last().map(|one| one.1.unit.as_str());
        Plot {
            label: format!(
                "{} by commit, in {}",
                history.name,
                unit.unwrap_or_default()
            ),
            unit: unit.unwrap_or_default().to_owned(),
            places: across.last().map_or(0, |last| last + 1),
            marks: marks.collect(),
            points,
        }
    }
}

const HONEST: &str = "Each value comes from a separate job and machine: a change shown here is only a hint where to \
    look. Pull requests measure whether a change is slower, with both versions on one machine.";

fn commit(this: &BenchmarkResults) -> Inline {
    match &this.commit_url {
        Some(url) => external(this.commit.short(), url),
        None => code(this.commit.short()),
    }
}

fn shown(result: &BenchmarkResult) -> String {
    quantity(result.value, &result.unit)
}

/// `+5.2 %`.
fn percent(change: f64) -> String {
    format!("{:+.1}\u{a0}%", change * 100.0)
}
