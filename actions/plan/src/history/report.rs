//! What a person reads of the history, in the log and in the summary, and what a program reads.

use actions_core::{Context, Summary, Table, text};
use serde_json::{Map, Value, json};

use super::commits::Listed;
use super::tally::Tally;
use crate::config::Config;
use crate::trigger::Trigger;

/// Unknown files that are named.
const NAMED: usize = 10;
/// As many digits as git shows in a large repository.
const SHORT: usize = 10;

pub(super) struct Report<'a> {
    pub(super) file: &'a Config,
    pub(super) listed: &'a Listed,
    pub(super) trigger: &'a Trigger,
    pub(super) tally: &'a Tally,
}

/// A block of the report.
enum Part {
    Text(String),
    Table(Table),
}

impl Report<'_> {
    pub(super) fn log(&self, cx: &Context) {
        for part in self.parts() {
            match part {
                Part::Text(text) => cx.log.info(text),
                Part::Table(table) => cx.log.info(table.to_text().trim_end()),
            }
        }
    }

    pub(super) fn summary(&self) -> Summary {
        let mut summary = Summary::new();
        summary.heading("Plan: history");
        for part in self.parts() {
            match part {
                Part::Text(text) => summary.paragraph(&text::markdown(&text)),
                Part::Table(table) => summary.table(&table),
            };
        }
        summary
    }

    fn parts(&self) -> Vec<Part> {
        let mut parts = vec![
            Part::Text(self.introduction()),
            Part::Table(self.jobs()),
            Part::Text(self.starts()),
        ];
        let never = self.never();
        if !never.is_empty() {
            parts.push(Part::Text("Jobs that never ran:".to_owned()));
            parts.push(Part::Table(never));
        }
        parts.extend(self.sweeps().map(Part::Text));
        let files = self.files();
        if !files.is_empty() {
            parts.push(Part::Table(files));
            parts.push(Part::Text(format!(
                "To plan such a commit, add a glob for its files to a job's `paths` or to `ignore` in {}.",
                self.file.path
            )));
        }
        parts
    }

    fn introduction(&self) -> String {
        let count = self.tally.commits;
        let last = match count {
            1 => "The last commit".to_owned(),
            count => format!("The last {count} commits"),
        };
        format!(
            "{last} of {}, each planned as {} by the rules of {}:",
            self.listed.branch,
            self.trigger.text(),
            self.file.path
        )
    }

    fn jobs(&self) -> Table {
        let mut table = Table::new(&["job", "commits", "share", "job starts", "last commit"]);
        for (name, job) in &self.tally.jobs {
            let last = job.last.as_ref().map_or_else(
                || "-".to_owned(),
                |(id, subject)| {
                    let id = id.get(..SHORT).unwrap_or(id);
                    format!("{id} {}", text::shortened(subject))
                },
            );
            table.row([
                name.clone(),
                job.commits.to_string(),
                share(job.commits, self.tally.commits),
                job.starts.to_string(),
                last,
            ]);
        }
        table
    }

    fn starts(&self) -> String {
        let (starts, most) = (self.tally.starts(), self.tally.most_starts());
        format!(
            "{} of the {most} that running every job on its platforms for each commit takes: {}",
            text::counted(starts, "job start"),
            share(starts, most)
        )
    }

    fn never(&self) -> Table {
        let mut table = Table::new(&["job", "likely reason"]);
        for (name, job) in &self.tally.jobs {
            if let Some(why) = &job.never {
                table.row([name, why]);
            }
        }
        table
    }

    /// What made every job run that looks at files.
    fn sweeps(&self) -> Option<String> {
        let tally = self.tally;
        let mut causes = Vec::new();
        if tally.of_files > 0 {
            causes.push(format!("{} for files that no rule knows", tally.of_files));
        }
        if tally.of_config_file > 0 {
            causes.push(format!("{} for the config file", tally.of_config_file));
        }
        if let Some(why) = &tally.unknown_packages {
            let count = tally.of_packages;
            causes.push(format!("{count} because {why}"));
        }
        (!causes.is_empty()).then(|| {
            format!(
                "Every job that looks at files ran for {}: {}.",
                text::counted(tally.swept(), "commit"),
                causes.join(", ")
            )
        })
    }

    fn files(&self) -> Table {
        let mut table = Table::new(&["file that no rule knows", "commits"]);
        for (path, count) in self.tally.worst_files(NAMED) {
            table.row([path.to_owned(), count.to_string()]);
        }
        let named = self.tally.unknown_files.len();
        if let Some(more @ 1..) = named.checked_sub(NAMED) {
            table.row([format!("… and {more} more"), String::new()]);
        }
        table
    }

    pub(super) fn to_json(&self) -> Value {
        let tally = self.tally;
        let jobs = tally.jobs.iter().map(|(name, job)| {
            let job = json!({
                "commits": job.commits,
                "job-starts": job.starts,
                "last-commit": job.last.as_ref().map(|(id, _)| id),
                "never": job.never,
            });
            (name.clone(), job)
        });
        json!({
            "commits": tally.commits,
            "job-starts": tally.starts(),
            "most-job-starts": tally.most_starts(),
            "jobs": jobs.collect::<Map<_, _>>(),
            "every-job": {
                "unknown-files": tally.of_files,
                "config-file": tally.of_config_file,
                "unknown-packages": tally.of_packages,
            },
            "unknown-files": tally.unknown_files,
        })
    }
}

/// In percent.
fn share(part: usize, whole: usize) -> String {
    match (part * 200 + whole).checked_div(whole * 2) {
        Some(0) if part > 0 => "<1%".to_owned(),
        Some(percent) => format!("{percent}%"),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_is_rounded_and_a_small_one_is_not_zero() {
        let shares = [
            (0, 200),
            (1, 400),
            (1, 200),
            (1, 3),
            (2, 3),
            (200, 200),
            (0, 0),
        ];
        let shares = shares.map(|(part, whole)| share(part, whole));
        assert_eq!(shares, ["0%", "<1%", "1%", "33%", "67%", "100%", "-"]);
    }
}
