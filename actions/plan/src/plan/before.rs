//! A change of the config file may not decide alone what tests it: what the old rules run, runs, too.

use std::collections::BTreeMap;

use super::{PlannedJob, Planner};
use crate::config::Config;

/// Tables that decide nothing about jobs.
const UNRELATED: [&str; 1] = ["pr-gates"];

/// What the config file said before the change.
#[derive(Clone, Debug)]
pub enum Before {
    /// It did not change, or there was none that can be read.
    Unknown,
    /// The same, but for comments, formatting and tables that decide nothing about jobs.
    SameRules,
    /// These rules.
    Rules(Box<Config>),
}

impl Before {
    /// Compares the texts before and after.
    pub fn new(path: &str, before: &str, after: &str) -> Self {
        let rules = |text: &str| {
            let mut tables: toml::Table = text.parse().ok()?;
            for name in UNRELATED {
                tables.remove(name);
            }
            Some(tables)
        };
        match (rules(before), rules(after)) {
            (Some(before), Some(after)) if before == after => return Self::SameRules,
            _ => {}
        }
        match Config::parse(path, before) {
            Ok(config) => Self::Rules(Box::new(config)),
            Err(_) => Self::Unknown,
        }
    }
}

impl Planner<'_> {
    /// Adds what the rules before the change would run; gives the jobs that are gone.
    pub(super) fn widen(&self, jobs: &mut BTreeMap<String, PlannedJob>) -> Vec<String> {
        let Before::Rules(file) = &self.facts.before else {
            return Vec::new();
        };
        if !self.request.is_empty() || self.facts.trigger.deleted {
            return Vec::new();
        }
        let earlier = Planner {
            file,
            facts: self.facts,
            request: self.request,
            sweep: self.sweep.clone(),
        };
        let mut removed = Vec::new();
        let mut before = earlier.jobs();
        earlier.follow(&mut before);
        for (name, job) in before {
            match jobs.get_mut(&name) {
                Some(now) => now.widen(job),
                None => removed.push(name),
            }
        }
        removed
    }
}

impl PlannedJob {
    fn widen(&mut self, earlier: Self) {
        if !earlier.run {
            return;
        }
        if !self.run {
            let reason = format!("by the rules before this change: {}", earlier.reason);
            *self = Self { reason, ..earlier };
            return;
        }
        for (name, platform) in earlier.platforms {
            let runs = self.platforms.get(&name).is_some_and(|it| it.run);
            if platform.run && !runs {
                let rows = earlier.matrix.iter();
                let rows = rows.filter(|row| row.get("platform").is_some_and(|it| *it == *name));
                self.matrix.extend(rows.cloned());
                self.platforms.insert(name, platform);
            }
        }
    }
}
