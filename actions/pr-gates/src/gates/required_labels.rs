//! Gate `required-labels`: labels sort the changelog and hold back what is not ready, but only if somebody sets them.

mod rule;

use actions_core::{Date, Exception, Rule, list};

use self::rule::LabelRule;
use super::{Gate, Group, NOTHING};
use crate::{
    expiry::{self, Ended},
    finding::Finding,
    labels,
    pull_request::{Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "required-labels",
    group: Group::PullRequest,
    rule: "The labels satisfy every line of `required-labels`.",
    help: "Add or remove labels on the pull request.",
    needs: |inputs| match inputs.required_labels.has_rules() {
        true => vec![Fact::Conversation],
        false => Vec::new(),
    },
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.required_labels),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Rules for labels, such as `at least 1 of: bug | feature` or `none of: do-not-merge`; also `exactly N of`, `at most N of`, `any of`, `one of`. In a name, `*` matches any text; put names that contain `|` in double quotes.
    #[arg(long, value_name = "RULES")]
    required_labels: Vec<Rule<LabelRule>>,
}

impl Inputs {
    /// Whether the labels of the repository are worth a question to the API.
    pub(crate) fn has_rules(&self) -> bool {
        !self.required_labels.is_empty()
    }

    /// When single rules give way.
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.required_labels.iter().map(|rule| &rule.exception)
    }

    pub(crate) fn expire(&mut self, today: Date) -> Vec<Ended> {
        expiry::expire(&mut self.required_labels, today)
    }
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let Some(conversation) = &pr.conversation else {
        return Vec::new();
    };
    inputs
        .required_labels
        .iter()
        .flat_map(
            |Rule {
                 value: rule,
                 exception,
                 ..
             }| {
                let unknown =
                    labels::unknown(&rule.labels, rule.as_str(), "required-labels", conversation);
                let found = match unknown.is_empty() {
                    true => judge(rule, &conversation.labels).into_iter().collect(),
                    false => unknown,
                };
                let found = found.into_iter();
                found
                    .map(|finding| finding.exception(exception))
                    .collect::<Vec<_>>()
            },
        )
        .collect()
}

fn judge(rule: &LabelRule, labels: &[String]) -> Option<Finding> {
    let matching: Vec<String> = labels
        .iter()
        .filter(|label| rule.labels.iter().any(|pattern| pattern.matches(label)))
        .map(|label| format!("\"{label}\""))
        .collect();
    if rule.count.allows(matching.len()) {
        return None;
    }
    let has = match matching.as_slice() {
        [] => "none of them".to_owned(),
        labels => list(labels),
    };
    let finding = Finding::new(format!(
        "labels must have {rule}; the pull request has {has}"
    ));
    Some(match rule.count.wants_fewer_than(matching.len()) {
        true => finding.help(format!("Remove {} from the pull request.", list(&matching))),
        false => finding.help(format!("Add {} to the pull request.", rule.choices())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{finding::Severity, pull_request::Conversation};

    fn findings(rules: &[&str], labels: &[&str], existing: Option<&[&str]>) -> Vec<Finding> {
        let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let pr = PullRequest {
            conversation: Some(Conversation {
                labels: texts(labels),
                repository_labels: existing.map(texts),
                ..Conversation::default()
            }),
            ..PullRequest::default()
        };
        let inputs = Inputs {
            required_labels: rules.iter().map(|rule| rule.parse().unwrap()).collect(),
        };
        check(&pr, &inputs)
    }

    fn passes(rule: &str, labels: &[&str]) -> bool {
        findings(&[rule], labels, None).is_empty()
    }

    #[test]
    fn a_missing_label_is_found_with_the_choices() {
        let found = findings(&["at least 1 of: 🐍 python | 🦀 rust"], &["docs"], None);
        assert_eq!(
            found[0].message,
            "labels must have at least 1 of \"🐍 python\" | \"🦀 rust\"; the pull request has none of them"
        );
        assert_eq!(
            found[0].help.as_deref(),
            Some("Add one or more of \"🐍 python\" and \"🦀 rust\" to the pull request.")
        );
    }

    #[test]
    fn a_forbidden_label_is_found_with_what_to_remove() {
        let found = findings(&["none of: do-not-merge | wip"], &["WIP"], None);
        assert_eq!(
            found[0].message,
            "labels must have none of \"do-not-merge\" | \"wip\"; the pull request has \"WIP\""
        );
        assert_eq!(
            found[0].help.as_deref(),
            Some("Remove \"WIP\" from the pull request.")
        );
    }

    #[test]
    fn counts_are_limits() {
        assert!(!passes("exactly 1 of: a | b", &["a", "b"]));
        assert!(passes("exactly 1 of: a | b", &["b", "c"]));
        assert!(!passes("one of: a | b", &[]));
        assert!(passes("at most 2 of: a | b | c", &["a", "c"]));
        assert!(!passes("at most 2 of: a | b | c", &["a", "b", "c"]));
        assert!(passes("any of: a | b", &["a", "b"]));
    }

    #[test]
    fn names_are_whole_and_their_case_does_not_matter() {
        assert!(passes("any of: Bug", &["bug"]));
        assert!(!passes("any of: bug", &["bugfix"]));
        assert!(passes("any of: bug*", &["Bugfix"]));
    }

    #[test]
    fn odd_names_are_names() {
        for label in [
            "👩‍💻 dev & ops, a/b",
            "area/ui: x",
            "good first issue?",
            "[core]",
        ] {
            assert!(
                passes(&format!("any of: other | {label}"), &[label]),
                "{label}"
            );
        }
        assert!(passes("any of: \"a | b\" | c", &["a | b"]));
        assert!(!passes("any of: 👩‍💻", &["👩"]));
    }

    #[test]
    fn every_rule_is_judged() {
        assert_eq!(findings(&["any of: a", "any of: b"], &[], None).len(), 2);
    }

    #[test]
    fn a_label_that_the_repository_does_not_have_is_a_mistake_in_the_rule() {
        let found = findings(
            &["none of: do-not-merg"],
            &[],
            Some(&["do-not-merge", "bug"]),
        );
        assert_eq!(found[0].severity, Severity::Misconfigured);
        assert_eq!(
            found[0].message,
            "unknown label \"do-not-merg\" in the rule \"none of: do-not-merg\": the repository does not have it, did you mean \"do-not-merge\"?"
        );
        assert!(findings(&["none of: area/*"], &[], Some(&["area/ui"])).is_empty());
        assert_eq!(findings(&["none of: area/*"], &[], Some(&["bug"])).len(), 1);
    }
}
