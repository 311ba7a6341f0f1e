//! Gate `required-changes`: what belongs together, such as a feature and its line in the changelog, is forgotten together.

mod rule;

use actions_core::{Date, Exception, Rule};

use self::rule::{Change, Condition};
use super::{Gate, Group, NOTHING};
use crate::{
    expiry::{self, Ended},
    finding::Finding,
    labels,
    pull_request::{Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "required-changes",
    group: Group::PullRequest,
    rule: "If files matched by the `if` of a rule in `required-changes` change, files matched by its `then` change too.",
    help: "Change such a file too, or add the label that exempts the pull request.",
    needs: |inputs| needs(&inputs.required_changes),
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.required_changes),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Rules such as `if src/** then CHANGELOG.md unless label no-changelog`: if a file matches the first glob, one must match the second, unless the pull request has the label. After each keyword comes a glob or `label` and a name, or several separated by `|`; put those that contain a keyword or `|` in double quotes.
    #[arg(long, value_name = "RULES")]
    required_changes: Vec<Rule<Change>>,
}

impl Inputs {
    /// Whether the labels of the repository are worth a question to the API.
    pub(crate) fn name_labels(&self) -> bool {
        self.required_changes
            .iter()
            .any(|rule| rule.value.labels().next().is_some())
    }

    /// When single rules give way.
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.required_changes.iter().map(|rule| &rule.exception)
    }

    pub(crate) fn expire(&mut self, today: Date) -> Vec<Ended> {
        expiry::expire(&mut self.required_changes, today)
    }
}

fn needs(inputs: &Inputs) -> Vec<Fact> {
    let rules = inputs.required_changes.iter();
    let names_globs = rules.into_iter().any(|rule| rule.value.names_globs());
    let conversation = inputs.name_labels().then_some(Fact::Conversation);
    let changes = names_globs.then_some(Fact::Changes);
    conversation.into_iter().chain(changes).collect()
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Rule {
        value, exception, ..
    } in &inputs.required_changes
    {
        let found = judge(pr, value).into_iter();
        findings.extend(found.map(|finding| finding.exception(exception)));
    }
    findings
}

fn judge(pr: &PullRequest, rule: &Change) -> Vec<Finding> {
    if let Some(conversation) = &pr.conversation {
        let unknown = labels::unknown(
            rule.labels(),
            rule.as_str(),
            "required-changes",
            conversation,
        );
        if !unknown.is_empty() {
            return unknown;
        }
    } else if rule.needs_labels_to_pass() {
        // Whether it is let off cannot be known here; the report says what could not be looked at.
        return Vec::new();
    }
    let lets_off = rule.unless.iter().any(|one| one.holds(pr).is_some());
    let has = rule.then.iter().any(|one| one.is_satisfied(pr));
    let cause = rule.when.iter().find_map(|one| one.holds(pr));
    match cause {
        Some(cause) if !lets_off && !has => vec![finding(&cause, rule)],
        _ => Vec::new(),
    }
}

fn finding(cause: &str, rule: &Change) -> Finding {
    let missing: Vec<String> = rule.then.iter().map(Condition::missing).collect();
    let label = |one: &Condition| {
        one.label()
            .map(|label| format!("add the label \"{label}\""))
    };
    let mut mends: Vec<String> = rule.then.iter().map(Condition::mend).collect();
    mends.extend(rule.unless.iter().filter_map(label));
    let help = mends.join(", or ");
    let mut letters = help.chars();
    let help = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters));
    let help: String = help.into_iter().flatten().collect();
    Finding::new(format!("{cause}, but {}", missing.join(" and "))).help(format!("{help}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Severity,
        pull_request::{self, Conversation, Side},
    };

    fn pr(paths: &[&str], labels: Option<&[&str]>) -> PullRequest {
        let side = || {
            Some(Side {
                mode: 0o100_644,
                id: "1".to_owned(),
            })
        };
        let changes = paths.iter().map(|path| match path.strip_prefix('-') {
            Some(gone) => pull_request::Change {
                path: gone.to_owned(),
                old: side(),
                new: None,
            },
            None => pull_request::Change {
                path: (*path).to_owned(),
                old: None,
                new: side(),
            },
        });
        PullRequest {
            changes: changes.collect(),
            conversation: labels.map(|labels| Conversation {
                labels: labels.iter().map(|&label| label.to_owned()).collect(),
                ..Conversation::default()
            }),
            ..PullRequest::default()
        }
    }

    fn found(rule: &str, paths: &[&str], labels: Option<&[&str]>) -> Vec<Finding> {
        let inputs = Inputs {
            required_changes: vec![rule.parse().unwrap()],
        };
        check(&pr(paths, labels), &inputs)
    }

    const CHANGELOG: &str =
        "if src/** | label 🚀 feature then CHANGELOG.md | changes/ unless label no changelog";

    #[test]
    fn a_file_without_the_one_that_belongs_to_it_is_found() {
        let found = found(CHANGELOG, &["a.md", "src/a.rs"], Some(&["bug"]));
        assert_eq!(
            found[0].message,
            "src/a.rs changes, but no file under `CHANGELOG.md` does and no file under `changes/` does"
        );
        assert_eq!(
            found[0].help.as_deref(),
            Some(
                "Change a file under `CHANGELOG.md`, or change a file under `changes/`, or add the label \"no changelog\"."
            )
        );
    }

    #[test]
    fn a_label_asks_for_a_file_and_a_file_for_a_label() {
        let by_label = found(CHANGELOG, &["a.md"], Some(&["🚀 Feature"]));
        assert!(
            by_label[0]
                .message
                .starts_with("the label \"🚀 feature\" is set, but")
        );
        let rule = "if python/ then label 🐍 python";
        let by_file = found(rule, &["python/a.py"], Some(&[]));
        assert_eq!(
            by_file[0].message,
            "python/a.py changes, but the label \"🐍 python\" is not set"
        );
        assert!(found(rule, &["python/a.py"], Some(&["🐍 python"])).is_empty());
    }

    #[test]
    fn what_belongs_together_passes_and_so_does_what_is_let_off() {
        assert!(found(CHANGELOG, &["src/a.rs", "changes/1.md"], Some(&[])).is_empty());
        assert!(found(CHANGELOG, &["src/a.rs"], Some(&["No Changelog"])).is_empty());
        assert!(found(CHANGELOG, &["docs/a.md"], Some(&[])).is_empty());
        assert!(found(CHANGELOG, &[], Some(&[])).is_empty());
        assert!(found("if src/ then t/ unless docs/", &["src/a", "docs/b"], None).is_empty());
    }

    #[test]
    fn a_file_that_goes_away_is_a_change_but_not_what_is_asked_for() {
        assert_eq!(found(CHANGELOG, &["-src/a.rs"], Some(&[])).len(), 1);
        assert_eq!(
            found(CHANGELOG, &["src/a.rs", "-CHANGELOG.md"], Some(&[])).len(),
            1
        );
    }

    #[test]
    fn without_labels_only_rules_that_need_none_are_judged() {
        assert!(found(CHANGELOG, &["src/a.rs"], None).is_empty());
        let without = "if src/** then CHANGELOG.md";
        assert_eq!(found(without, &["src/a.rs"], None).len(), 1);
    }

    #[test]
    fn a_label_that_the_repository_does_not_have_is_a_mistake_in_the_rule() {
        let mut pr = pr(&["src/a.rs"], Some(&[]));
        if let Some(conversation) = &mut pr.conversation {
            conversation.repository_labels = Some(vec!["no-changelog".to_owned()]);
        }
        let inputs = Inputs {
            required_changes: vec!["if src/ then b unless label no-changlog".parse().unwrap()],
        };
        let found = check(&pr, &inputs);
        assert_eq!(found[0].severity, Severity::Misconfigured);
        assert!(found[0].message.ends_with("did you mean \"no-changelog\"?"));
    }
}
