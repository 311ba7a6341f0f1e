//! What became of each job, and whether that is fine.

use std::collections::BTreeMap;

use actions_core::{did_you_mean, list};
use anyhow::bail;
use serde::{Deserialize, Deserializer, de::IntoDeserializer as _};

/// The `needs` context: jobs by id.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Needs(BTreeMap<String, Need>);

#[derive(Debug, Deserialize)]
struct Need {
    #[serde(deserialize_with = "outcome")]
    result: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Success,
    Failure,
    Cancelled,
    Skipped,
}

/// `act` leaves the result of a job that it skipped empty.
fn outcome<'de, D: Deserializer<'de>>(value: D) -> Result<Outcome, D::Error> {
    let text = String::deserialize(value)?;
    let text = if text.is_empty() { "skipped" } else { &text };
    Outcome::deserialize(text.into_deserializer())
}

/// The part of a plan that matters here: which jobs it left out, and why.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Plan(BTreeMap<String, Planned>);

#[derive(Debug, Deserialize)]
struct Planned {
    run: bool,
    #[serde(default)]
    reason: String,
}

/// What one job counts as.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) job: String,
    pub(crate) result: String,
    pub(crate) good: bool,
    pub(crate) why: String,
}

impl Plan {
    pub(crate) fn parse(json: &str) -> anyhow::Result<Self> {
        Ok(serde_json::from_str(json)?)
    }
}

impl Needs {
    pub(crate) fn parse(json: &str) -> anyhow::Result<Self> {
        let needs: Self = serde_json::from_str(json)?;
        if needs.0.is_empty() {
            bail!("it names no job: list the jobs to wait for under `needs:` of this job");
        }
        Ok(needs)
    }

    /// A job that is allowed something but does not exist is a slip that would go unseen for years.
    pub(crate) fn refuse_unknown(&self, input: &str, jobs: &[String]) -> anyhow::Result<()> {
        let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
        for job in jobs {
            if !self.0.contains_key(job) {
                let hint = did_you_mean(job, known.iter().copied())
                    .map(|meant| format!(", did you mean `{meant}`?"))
                    .unwrap_or_default();
                bail!(
                    "unknown job \"{job}\" in `{input}`: the jobs under `needs:` are {}{hint}",
                    list(&known)
                );
            }
        }
        Ok(())
    }

    pub(crate) fn judge(
        &self,
        plan: Option<&Plan>,
        allow_skips: &[String],
        allow_failures: &[String],
    ) -> Vec<Judgement> {
        let culprits: Vec<&str> = self
            .0
            .iter()
            .filter(|(_, need)| matches!(need.result, Outcome::Failure | Outcome::Cancelled))
            .map(|(job, _)| job.as_str())
            .collect();
        let judge = |(job, need): (&String, &Need)| {
            let planned = plan.and_then(|plan| plan.0.get(job));
            let may_fail = allow_failures.contains(job);
            let (result, good, why) = match need.result {
                Outcome::Success => ("success", true, String::new()),
                Outcome::Failure if may_fail => ("failure", true, "it may fail".to_owned()),
                Outcome::Failure => ("failure", false, "it failed".to_owned()),
                Outcome::Cancelled => ("cancelled", false, "it was cancelled: by hand, by a newer run, or because it took longer than its `timeout-minutes`".to_owned()),
                Outcome::Skipped => {
                    let (good, why) = skipped(planned, allow_skips.contains(job), &culprits);
                    ("skipped", good, why)
                }
            };
            Judgement {
                job: job.clone(),
                result: result.to_owned(),
                good,
                why,
            }
        };
        let unseen = plan.into_iter().flat_map(|plan| self.unseen(plan));
        self.0.iter().map(judge).chain(unseen).collect()
    }

    /// Jobs that the plan runs and nobody waits for: whatever becomes of them, it would count as passed.
    fn unseen(&self, plan: &Plan) -> impl Iterator<Item = Judgement> {
        let planned = plan.0.iter().filter(|(_, planned)| planned.run);
        let unseen = planned.filter(|(job, _)| !self.0.contains_key(*job));
        unseen.map(|(job, _)| Judgement {
            job: job.clone(),
            result: "unknown".to_owned(),
            good: false,
            why: "the plan runs it, but it is not in `needs`: add it to `needs:` of this job, or leave it out of the input `jobs` of the plan action if another workflow runs it".to_owned(),
        })
    }
}

/// A skip is fine when somebody decided it: the plan, or whoever allowed it.
fn skipped(planned: Option<&Planned>, allowed: bool, culprits: &[&str]) -> (bool, String) {
    match planned {
        Some(Planned { run: false, reason }) => (true, format!("the plan left it out: {reason}")),
        _ if allowed => (true, "it may be skipped".to_owned()),
        _ if !culprits.is_empty() => (
            false,
            format!("it was skipped because of {}", list(culprits)),
        ),
        Some(_) => (
            false,
            "it was skipped although the plan runs it: check its `if:`".to_owned(),
        ),
        None => (
            false,
            "it was skipped by its own `if:`: name it in `allow-skips` if it may be skipped"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(
        needs: &str,
        plan: Option<&str>,
        skips: &[&str],
        failures: &[&str],
    ) -> Vec<(String, bool, String)> {
        let owned = |jobs: &[&str]| jobs.iter().map(|job| (*job).to_owned()).collect::<Vec<_>>();
        let plan = plan.map(|plan| Plan::parse(plan).unwrap());
        Needs::parse(needs)
            .unwrap()
            .judge(plan.as_ref(), &owned(skips), &owned(failures))
            .into_iter()
            .map(|one| (one.job, one.good, one.why))
            .collect()
    }

    fn one(needs: &str, plan: Option<&str>, skips: &[&str], failures: &[&str]) -> (bool, String) {
        let (_, good, why) = judge(needs, plan, skips, failures).remove(0);
        (good, why)
    }

    const SKIPPED: &str = r#"{"wheel": {"result": "skipped", "outputs": {}}}"#;

    #[test]
    fn a_skip_that_the_plan_decided_is_fine() {
        let plan = r#"{"wheel": {"run": false, "reason": "no file of it changed", "matrix": {}}}"#;
        let (good, why) = one(SKIPPED, Some(plan), &[], &[]);
        assert!(good);
        assert_eq!(why, "the plan left it out: no file of it changed");
    }

    #[test]
    fn a_job_that_act_skipped_counts_as_skipped() {
        let needs = r#"{"wheel": {"result": "", "outputs": {}}}"#;
        assert!(!one(needs, None, &[], &[]).0);
        assert!(one(needs, None, &["wheel"], &[]).0);
    }

    #[test]
    fn a_skip_against_the_plan_is_a_failure() {
        let plan = r#"{"wheel": {"run": true, "reason": "changed"}}"#;
        assert!(!one(SKIPPED, Some(plan), &[], &[]).0);
        assert!(!one(SKIPPED, None, &[], &[]).0);
        assert!(one(SKIPPED, None, &["wheel"], &[]).0);
    }

    #[test]
    fn a_planned_job_that_nobody_waits_for_is_a_failure() {
        let needs = r#"{"plan": {"result": "success"}, "rust": {"result": "success"}}"#;
        let plan = r#"{"rust": {"run": true}, "wheel": {"run": true}, "docs": {"run": false}}"#;
        let judged = judge(needs, Some(plan), &[], &[]);
        let bad: Vec<&str> = judged
            .iter()
            .filter(|one| !one.1)
            .map(|one| one.0.as_str())
            .collect();
        assert_eq!(bad, ["wheel"]);
    }

    #[test]
    fn a_skip_caused_by_a_failure_names_the_job_that_failed() {
        let needs = r#"{"build": {"result": "failure"}, "test": {"result": "skipped"}}"#;
        let judged = judge(needs, None, &[], &[]);
        assert_eq!(
            judged[1],
            (
                "test".to_owned(),
                false,
                "it was skipped because of build".to_owned()
            )
        );
    }

    #[test]
    fn cancelling_is_never_green() {
        assert!(!one(r#"{"a": {"result": "cancelled"}}"#, None, &["a"], &["a"]).0);
    }

    #[test]
    fn a_job_that_may_fail_does_not_stop_the_merge() {
        assert!(one(r#"{"a": {"result": "failure"}}"#, None, &[], &["a"]).0);
        assert!(!one(r#"{"a": {"result": "failure"}}"#, None, &["a"], &[]).0);
    }

    #[test]
    fn a_job_that_does_not_exist_cannot_be_allowed_anything() {
        let err = Needs::parse(SKIPPED)
            .unwrap()
            .refuse_unknown("allow-skips", &["whel".to_owned()])
            .unwrap_err();
        assert_eq!(
            err.to_string(),
            "unknown job \"whel\" in `allow-skips`: the jobs under `needs:` are wheel, did you mean `wheel`?"
        );
    }

    #[test]
    fn waiting_for_nothing_is_a_mistake() {
        assert!(Needs::parse("{}").is_err());
        assert!(Needs::parse(r#"{"a": {"result": "great"}}"#).is_err());
    }
}
