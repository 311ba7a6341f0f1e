//! Check `credentials`: a registry that refuses half-way leaves half a release.

use super::Check;
use crate::preflight::{
    facts::{Facts, Login, Registry},
    report::Notes,
};

pub(crate) const CHECK: Check = Check {
    id: "credentials",
    why: "Each registry with packages has a token, or an identity to exchange for one; a token's rights are checked as far as possible.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    if let Some(pypi) = &facts.pypi {
        let place = Place {
            registry: pypi,
            unit: "project",
            input: "pypi-password",
            off: "pypi: off",
        };
        judge(facts, &place, notes);
    }
    if let Some(crates) = &facts.crates {
        let place = Place {
            registry: crates,
            unit: "crate",
            input: "crates-token",
            off: "crates: off",
        };
        judge(facts, &place, notes);
    }
    if facts.job.lacks_github {
        lacking(
            facts,
            "GitHub",
            "there is no token to create the release with",
            "Set the input `token`, or set `github: off`.".to_owned(),
            notes,
        );
    }
}

fn lacking(facts: &Facts, place: &str, what: &str, fix: String, notes: &mut Notes<'_>) {
    match facts.job.rehearsal {
        true => notes.caution(place, what, fix),
        false => notes.problem(place, what, fix),
    }
}

/// A registry, and what an action calls what belongs to it.
struct Place<'a> {
    registry: &'a Registry,
    /// What has a trusted publisher there.
    unit: &'static str,
    input: &'static str,
    off: &'static str,
}

fn judge(facts: &Facts, place: &Place<'_>, notes: &mut Notes<'_>) {
    let Place {
        registry,
        unit,
        input,
        off,
    } = place;
    let place = &registry.address;
    let names = registry.names_to_send();
    if names.is_empty() {
        return;
    }
    let all = Vec::from_iter(names).join(", ");
    match &registry.login {
        Login::Missing => {
            let what = "there is no token to publish with, and the job has no identity";
            let fix = format!(
                "Set the input `{input}`, or add `id-token: write` to the job's permissions and register the workflow as a trusted publisher of each {unit} ({all}), or set `{off}`."
            );
            lacking(facts, place, what, fix, notes);
        }
        Login::Token(Some(wrong)) => notes.problem(
            place,
            wrong,
            format!("Create an API token on the registry's website, and store it as the secret for `{input}`."),
        ),
        Login::Token(None) => {
            let told = registry.token_told.as_deref();
            let told = told.unwrap_or("the registry does not report whether it is valid");
            notes.row(
                place,
                format!("has a token: {told}; only the upload shows whether it may publish {all}"),
            );
        }
        Login::Minted => notes.row(
            place,
            format!("mints a token for this workflow; only the upload shows whether each {unit} trusts the workflow: {all}"),
        ),
        Login::NotMinted(words) => notes.problem(
            place,
            words.trim_end_matches('.'),
            format!(
                "Register this repository, workflow file and environment as a trusted publisher of each {unit}, or set the input `{input}`: {all}."
            ),
        ),
        Login::NotAsked => notes.row(place, "no token was minted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        outcome::State,
        preflight::testing::{facts, report},
    };

    #[test]
    fn no_way_to_pay_is_a_problem_unless_it_is_a_rehearsal() {
        let mut facts = facts();
        facts.pypi().login = Login::Missing;
        let problems = report(&CHECK, &facts).problems;
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].fix.contains("`id-token: write`"),
            "{problems:?}"
        );
        assert!(problems[0].fix.contains("hello-sdk"), "{problems:?}");
        facts.job.rehearsal = true;
        let report = report(&CHECK, &facts);
        assert_eq!((report.problems.len(), report.cautions.len()), (0, 1));
    }

    #[test]
    fn a_registry_that_gets_nothing_needs_none() {
        let mut facts = facts();
        facts.crates().login = Login::Missing;
        facts.crates().first().state = State::Same;
        assert_eq!(report(&CHECK, &facts).problems, []);
    }

    #[test]
    fn a_refusal_to_mint_is_told_in_the_registrys_words() {
        let mut facts = facts();
        facts.crates().login = Login::NotMinted("no config for a/b".to_owned());
        let problems = report(&CHECK, &facts).problems;
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].what, "no config for a/b");
    }

    #[test]
    fn a_minted_token_is_said_to_prove_the_workflow_alone() {
        let mut facts = facts();
        facts.pypi().login = Login::Minted;
        let rows = report(&CHECK, &facts).rows;
        assert!(
            rows[0].found.contains("trusts the workflow: hello-sdk"),
            "{rows:?}"
        );
    }

    #[test]
    fn a_token_of_the_wrong_form_is_a_problem() {
        let mut facts = facts();
        facts.pypi().login = Login::Token(Some("it is not a token".to_owned()));
        assert_eq!(report(&CHECK, &facts).problems.len(), 1);
    }

    #[test]
    fn a_release_on_github_needs_a_token() {
        let mut facts = facts();
        facts.job.lacks_github = true;
        let problems = report(&CHECK, &facts).problems;
        assert_eq!(problems.len(), 1);
        assert!(problems[0].fix.contains("`github: off`"), "{problems:?}");
    }
}
