//! Check `workflow-identity`: PyPI looks at the workflow that holds the job and crates.io at the one that was started, so both must be one.

use super::Check;
use crate::preflight::{
    claims::{file_of, repository_of},
    facts::Facts,
    report::Notes,
};

pub(crate) const CHECK: Check = Check {
    id: "workflow-identity",
    why: "Trusted publishing runs in a job of the started workflow itself, on an event that the registries trust.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    let Some(claims) = &facts.job.claims else {
        return;
    };
    let by_pypi = facts.pypi.as_ref().is_some_and(|it| it.login.is_trusted());
    let by_crates = facts
        .crates
        .as_ref()
        .is_some_and(|it| it.login.is_trusted());
    if !by_pypi && !by_crates {
        return;
    }
    let (started, holds) = (&claims.workflow_ref, &claims.job_workflow_ref);
    let environment = claims.environment.as_deref().filter(|it| !it.is_empty());
    notes.row(
        "identity",
        format!(
            "{} of {}, {}, started by `{}`",
            file_of(started),
            claims.repository,
            environment.map_or("without an environment".to_owned(), |it| format!(
                "environment `{it}`"
            )),
            claims.event_name
        ),
    );
    let is_called = !holds.is_empty()
        && (file_of(holds), repository_of(holds)) != (file_of(started), repository_of(started));
    if is_called {
        let what = format!(
            "the job is in {} of {}, which {} calls: PyPI compares the first with its trusted publisher and crates.io the second",
            file_of(holds),
            repository_of(holds),
            file_of(started)
        );
        let fix = format!(
            "Move the job into {}: steps may use actions, but the job must not be in a reusable workflow.",
            file_of(started)
        );
        // crates.io does not look at the workflow that was called.
        match by_pypi {
            true => notes.problem(file_of(holds), what, fix),
            false => notes.caution(file_of(holds), what, fix),
        }
    }
    let refused = match claims.event_name.as_str() {
        "pull_request_target" => true,
        "workflow_run" => by_crates,
        _ => false,
    };
    if refused {
        notes.problem(
            file_of(started),
            format!(
                "trusted publishing is refused for runs of `{}`",
                claims.event_name
            ),
            "Start the release with `workflow_dispatch` or a tag.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::{
        claims::Claims,
        facts::Login,
        testing::{facts, report},
    };

    fn claimed(started: &str, holds: &str, event: &str) -> Facts {
        let workflow =
            |name: &str| format!("{name}@refs/heads/main").replace(':', "/.github/workflows/");
        let mut facts = facts();
        facts.job.claims = Some(Claims {
            repository: "a/b".to_owned(),
            workflow_ref: workflow(started),
            job_workflow_ref: workflow(holds),
            event_name: event.to_owned(),
            environment: Some("release".to_owned()),
        });
        facts.pypi().login = Login::Minted;
        facts
    }

    #[test]
    fn the_workflow_that_was_started_may_hold_the_job() {
        let facts = claimed("a/b:release.yml", "a/b:release.yml", "workflow_dispatch");
        let report = report(&CHECK, &facts);
        assert_eq!((report.problems, report.cautions), (vec![], vec![]));
        assert!(report.rows[0].found.contains("environment `release`"));
    }

    #[test]
    fn a_called_workflow_is_a_problem_also_from_another_repository() {
        for holds in ["a/b:publish.yml", "c/d:release.yml"] {
            let facts = claimed("a/b:release.yml", holds, "workflow_dispatch");
            let problems = report(&CHECK, &facts).problems;
            assert_eq!(problems.len(), 1, "{holds}");
            assert!(problems[0].fix.contains("into release.yml"), "{problems:?}");
        }
    }

    #[test]
    fn with_tokens_it_does_not_matter() {
        let mut facts = claimed("a/b:release.yml", "a/b:publish.yml", "pull_request_target");
        facts.pypi().login = Login::Token(None);
        assert_eq!(report(&CHECK, &facts).problems, []);
        // crates.io alone looks at the workflow that was started.
        facts.crates().login = Login::Minted;
        facts.job.claims.as_mut().unwrap().event_name = "push".to_owned();
        let report = report(&CHECK, &facts);
        assert_eq!((report.problems.len(), report.cautions.len()), (0, 1));
    }

    #[test]
    fn events_that_strangers_can_cause_are_refused() {
        let file = "a/b:release.yml";
        let count = |event| report(&CHECK, &claimed(file, file, event)).problems.len();
        assert_eq!(
            (
                count("pull_request_target"),
                count("workflow_run"),
                count("push")
            ),
            (1, 0, 0)
        );
        let mut facts = claimed(file, file, "workflow_run");
        facts.crates().login = Login::Minted;
        assert_eq!(report(&CHECK, &facts).problems.len(), 1);
    }
}
