//! Check `silent-workflows`: events that a job's own token causes start no workflow, and nobody sees that nothing started.

use super::Check;
use crate::preflight::{facts::Facts, report::Notes, workflows::starts_on};

pub(crate) const CHECK: Check = Check {
    id: "silent-workflows",
    why: "No other workflow waits for the release or its tag, if the job's own token creates them.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    let Some(github) = facts.github.as_ref().filter(|github| github.own_token) else {
        return;
    };
    let is_published = github
        .release
        .as_ref()
        .is_some_and(|release| !release.draft);
    let makes_tag = github.tag == Some(None);
    if is_published && !makes_tag {
        return;
    }
    for workflow in github.workflows.iter().flatten() {
        let Some(events) = starts_on(&workflow.text, &facts.tag, makes_tag) else {
            notes.row(&workflow.path, "its events could not be read");
            continue;
        };
        if events.is_empty() {
            continue;
        }
        notes.caution(
            &workflow.path,
            format!(
                "it starts on {}, but actions of the job's own `GITHUB_TOKEN` start no workflows: it will not run",
                events.join(" and ")
            ),
            "Call it from the release's workflow (`workflow_call`), start it with `gh workflow run`, or publish with the token of a GitHub App.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::{
        facts::{Release, Workflow},
        testing::{facts, report},
    };

    fn with(on: &str) -> Facts {
        let mut facts = facts();
        let github = facts.github();
        github.own_token = true;
        github.workflows = Some(vec![Workflow {
            path: ".github/workflows/announce.yml".to_owned(),
            text: format!("on: {on}\njobs: {{}}\n"),
        }]);
        facts
    }

    #[test]
    fn a_workflow_that_waits_for_the_release_is_named() {
        let cautions = report(&CHECK, &with("{release: {types: [published]}}")).cautions;
        assert_eq!(cautions.len(), 1);
        assert_eq!(cautions[0].place, ".github/workflows/announce.yml");
        assert!(cautions[0].what.contains("`GITHUB_TOKEN`"), "{cautions:?}");
    }

    #[test]
    fn another_token_starts_it_and_other_events_do_not_matter() {
        let mut facts = with("release");
        facts.github().own_token = false;
        assert_eq!(report(&CHECK, &facts).cautions, []);
        assert_eq!(
            report(&CHECK, &with("[push, workflow_dispatch]")).cautions,
            []
        );
    }

    #[test]
    fn a_push_of_tags_matters_while_the_tag_is_not_there() {
        let mut facts = with("{push: {tags: ['v*']}}");
        assert_eq!(report(&CHECK, &facts).cautions, []);
        facts.github().tag = Some(None);
        assert_eq!(report(&CHECK, &facts).cautions.len(), 1);
    }

    #[test]
    fn a_release_that_is_published_already_causes_nothing() {
        let mut facts = with("release");
        facts.github().release = Some(Release::default());
        assert_eq!(report(&CHECK, &facts).cautions, []);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_said() {
        let mut facts = with("x");
        facts.github().workflows.as_mut().unwrap()[0].text = "on: [".to_owned();
        assert_eq!(report(&CHECK, &facts).rows.len(), 1);
    }
}
