//! How often each job would have run, and what made all of them run.

use std::collections::BTreeMap;

use super::commits::Commit;
use crate::config::Config;
use crate::plan::{Facts, Plan, Sweep, sweep};

/// What the commits would have run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) commits: usize,
    pub(super) jobs: BTreeMap<String, Job>,
    /// Rows of matrices that a change of every file starts.
    everything: usize,
    /// Commits for which a change of the config file made jobs run.
    pub(super) of_config_file: usize,
    /// The same for packages that cannot be known.
    pub(super) of_packages: usize,
    /// The same for files that no rule knows.
    pub(super) of_files: usize,
    /// In how many commits each of these files is.
    pub(super) unknown_files: BTreeMap<String, usize>,
    /// Which packages could not be known, and why, the first time.
    pub(super) unknown_packages: Option<String>,
}

/// What the commits would have run of one job.
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) commits: usize,
    /// Rows of its matrices.
    pub(super) starts: usize,
    /// The last commit that ran it, and its subject.
    pub(super) last: Option<(String, String)>,
    /// The likely reason if it never ran.
    pub(super) never: Option<String>,
}

impl Tally {
    pub(super) fn new(everything: &Plan) -> Self {
        let jobs = everything.jobs.iter();
        Self {
            everything: jobs.clone().map(|(_, job)| job.starts()).sum(),
            jobs: jobs
                .map(|(name, _)| (name.clone(), Job::default()))
                .collect(),
            ..Self::default()
        }
    }

    /// Adds a commit that is newer than those before.
    pub(super) fn add(&mut self, file: &Config, commit: &Commit, facts: &Facts, plan: &Plan) {
        self.commits += 1;
        for (name, planned) in plan.jobs.iter().filter(|(_, job)| job.run) {
            let job = self.jobs.entry(name.clone()).or_default();
            job.commits += 1;
            job.starts += planned.starts();
            job.last = Some((commit.compared.head.clone(), commit.subject.clone()));
        }
        match sweep(file, facts, &plan.unknown_files) {
            Some(Sweep::ConfigFile) => self.of_config_file += 1,
            Some(why @ Sweep::Packages { .. }) => {
                self.of_packages += 1;
                self.unknown_packages.get_or_insert_with(|| why.to_string());
            }
            Some(Sweep::Files(files)) => {
                self.of_files += 1;
                for path in files {
                    *self.unknown_files.entry(path.clone()).or_default() += 1;
                }
            }
            Some(Sweep::Everything(_)) | None => {}
        }
    }

    /// Rows of all matrices.
    pub(super) fn starts(&self) -> usize {
        self.jobs.values().map(|job| job.starts).sum()
    }

    /// The same if every commit changed every file.
    pub(super) fn most_starts(&self) -> usize {
        self.everything * self.commits
    }

    /// Commits for which every job that looks at files ran.
    pub(super) fn swept(&self) -> usize {
        self.of_config_file + self.of_packages + self.of_files
    }

    /// The unknown files that are in most commits.
    pub(super) fn worst_files(&self, most: usize) -> Vec<(&str, usize)> {
        let files = self.unknown_files.iter();
        let mut files: Vec<(&str, usize)> =
            files.map(|(path, count)| (path.as_str(), *count)).collect();
        files.sort_by_key(|&(path, count)| (std::cmp::Reverse(count), path));
        files.truncate(most);
        files
    }
}
