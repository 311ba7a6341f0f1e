//! The plan as workflows read it, whole or for one of them.

use serde_json::{Value, json};

use super::{Plan, PlannedJob};
use crate::config::Config;

impl PlannedJob {
    /// The rows of its matrix.
    pub(crate) fn rows(&self) -> &[Value] {
        &self.matrix
    }

    /// How many jobs of its matrix start.
    pub(crate) fn starts(&self) -> usize {
        match self.run {
            true => self.matrix.len(),
            false => 0,
        }
    }
}

impl Plan {
    /// The names of the jobs that run.
    pub fn running(&self) -> Vec<&str> {
        let running = self.jobs.iter().filter(|(_, job)| job.run);
        running.map(|(name, _)| name.as_str()).collect()
    }

    /// The part of the plan that one workflow carries out.
    #[must_use]
    pub fn only(&self, jobs: &[String], file: &Config) -> Self {
        let mut plan = self.clone();
        plan.jobs.retain(|name, _| jobs.contains(name));
        let running: Vec<String> = plan.running().into_iter().map(str::to_owned).collect();
        for (name, runs) in &mut plan.groups {
            let group = file.groups.get(name);
            *runs = group.is_some_and(|group| running.iter().any(|job| group.jobs.contains(job)));
        }
        plan
    }

    /// The plan as workflows read it: `{"<job>": {"run", "reason", "matrix": {"include": […]}}}`.
    pub fn to_json(&self) -> Value {
        let jobs = self.jobs.iter().map(|(name, job)| {
            let job = json!({
                "run": job.run,
                "reason": job.reason,
                "matrix": {"include": job.matrix},
            });
            (name.clone(), job)
        });
        Value::Object(jobs.collect())
    }
}
