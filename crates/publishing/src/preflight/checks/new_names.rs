//! Check `new-names`: a first version needs more rights than the next one, and its name is taken for good.

use super::Check;
use crate::preflight::{
    facts::{Facts, Login, Registry},
    report::Notes,
};

/// From here on two names look like one that was misspelled; 1 is the same name.
const ALIKE: f64 = 0.8;

pub(crate) const CHECK: Check = Check {
    id: "new-names",
    why: "The publisher may create each new project and crate, and no new name is a misspelling of an existing one.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    if let Some(pypi) = &facts.pypi {
        judge(facts, pypi, of_project, notes);
    }
    if let Some(crates) = &facts.crates {
        judge(facts, crates, of_crate, notes);
    }
}

/// What it takes to create one, if that is not certain.
type Needs = fn(&Login) -> Option<&'static str>;

fn judge(facts: &Facts, registry: &Registry, needs: Needs, notes: &mut Notes<'_>) {
    let address = &registry.address;
    for name in registry.new_names() {
        if let Some(taken) = registry.taken.get(name) {
            notes.problem(
                name,
                format!("{address} has `{taken}`, which it treats as the same name"),
                format!("Rename it to `{taken}`, or choose another name."),
            );
            continue;
        }
        let what = format!("{address} does not know this name yet: the upload creates it");
        match needs(&registry.login) {
            Some(fix) => notes.caution(name, what, fix),
            None => notes.row(name, what),
        }
        if let Some(old) = facts.dropped.iter().find(|old| are_alike(old, name)) {
            notes.caution(
                name,
                format!("it is new, and the previous release has `{old}`, which this one lacks"),
                format!("If you mean `{old}`, fix the name: a published name is permanent."),
            );
        }
    }
}

fn of_project(login: &Login) -> Option<&'static str> {
    match login {
        Login::Token(_) => Some(
            "Use a token for the whole account: a token for one project cannot create another one.",
        ),
        login if login.is_trusted() => Some(
            "Check that it has a pending publisher with this repository, workflow file and environment (on PyPI: Your projects, Publishing).",
        ),
        _ => None,
    }
}

/// That trusted publishing creates none is a problem of the plan already.
fn of_crate(login: &Login) -> Option<&'static str> {
    match login {
        Login::Token(_) => Some(
            "Check that the token has the scope `publish-new`; the registry does not report it.",
        ),
        _ => None,
    }
}

fn are_alike(old: &str, new: &str) -> bool {
    strsim::normalized_damerau_levenshtein(old, new) >= ALIKE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{facts, report};

    fn with_new_names(login: impl Fn() -> Login) -> Facts {
        let mut facts = facts();
        for registry in [facts.pypi.as_mut(), facts.crates.as_mut()] {
            let registry = registry.unwrap();
            registry.login = login();
            registry.first().is_new = true;
        }
        facts
    }

    #[test]
    fn trusted_publishing_creates_projects_by_a_pending_publisher() {
        let report = report(&CHECK, &with_new_names(|| Login::Minted));
        assert_eq!((report.problems.len(), report.cautions.len()), (0, 1));
        assert!(report.cautions[0].fix.contains("pending publisher"));
        assert_eq!(report.cautions[0].place, "hello-sdk");
    }

    #[test]
    fn tokens_need_the_scope_to_create() {
        let report = report(&CHECK, &with_new_names(|| Login::Token(None)));
        assert_eq!((report.problems.len(), report.cautions.len()), (0, 2));
        assert!(report.cautions[1].fix.contains("`publish-new`"));
    }

    #[test]
    fn a_name_that_the_registry_takes_for_another_is_a_problem() {
        let mut facts = with_new_names(|| Login::Token(None));
        let taken = ("hello-core".to_owned(), "hello_core".to_owned());
        facts.crates().taken.extend([taken]);
        let problems = report(&CHECK, &facts).problems;
        assert_eq!(problems.len(), 1);
        assert!(problems[0].what.contains("`hello_core`"), "{problems:?}");
    }

    #[test]
    fn a_new_name_like_one_that_is_gone_is_a_caution() {
        let mut facts = with_new_names(|| Login::Missing);
        facts.dropped = vec!["hello-cores".to_owned(), "other".to_owned()];
        let cautions = report(&CHECK, &facts).cautions;
        assert_eq!(cautions.len(), 1);
        assert_eq!(cautions[0].place, "hello-core");
    }
}
