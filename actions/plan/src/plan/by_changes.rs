//! What the changed files say about a job: its paths, then its packages, then changes that no rule understands.

use super::follow::quoted;
use super::{Answer, Planner};
use crate::changes::Changes;
use crate::config::{Job, word};

impl Planner<'_> {
    pub(super) fn by_changes(&self, job: &Job) -> Answer {
        let files = match &self.facts.changes {
            Changes::Files(files) => files.as_slice(),
            Changes::Everything(_) => &[],
        };
        let paths = job.paths.iter();
        let mut hits = paths.flat_map(|paths| {
            let files = files.iter();
            files.filter_map(|file| Some((file, paths.matching(file)?)))
        });
        if let Some((file, glob)) = hits.next() {
            let more = more(hits.count(), "file");
            return Answer::Yes(format!("`{file}` matches `{glob}`{more}"));
        }
        if let Some(reason) = self.by_packages(job) {
            return Answer::Yes(reason);
        }
        let looks_at_files = job.paths.is_some() || job.its_packages().is_some();
        match (&self.sweep, job.its_packages()) {
            _ if !looks_at_files => Answer::No(format!(
                "runs with {} only",
                actions_core::list(&quoted(&job.leaders()))
            )),
            (Some(why), _) => Answer::Yes(why.clone()),
            (None, _) if files.is_empty() => Answer::No("no file has changed".to_owned()),
            (None, None) => Answer::No("no changed file matches its `paths`".to_owned()),
            (None, Some(its)) if job.paths.is_none() => {
                Answer::No(format!("none of {its} is affected"))
            }
            (None, Some(its)) => Answer::No(format!(
                "no changed file matches its `paths`, and none of {its} is affected"
            )),
        }
    }

    /// Which of its packages the change affects, and how.
    fn by_packages(&self, job: &Job) -> Option<String> {
        let affected = self.facts.reached.of_job(job);
        let ((id, reason), others) = affected.split_first()?;
        let more = more(others.len(), word(id.ecosystem));
        let tests = match reason.in_tests_only {
            true => "the tests of ",
            false => "",
        };
        Some(match reason.through.is_empty() {
            true => format!("in {tests}`{}`{more}, {reason}", reason.name),
            false => format!("{tests}`{}`{more} {reason}", reason.name),
        })
    }
}

/// As in ` and 2 more files`.
fn more(count: usize, what: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(" and 1 more {what}"),
        count => format!(" and {count} more {what}s"),
    }
}
