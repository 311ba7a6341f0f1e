//! Gate `title`: the title becomes the subject of the commit and the line of the changelog, where nobody mends it any more.

mod conventional;

use std::str::FromStr;

use regex::Regex;

use self::conventional::{Kinds, Word};
use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    pull_request::{Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "title",
    group: Group::PullRequest,
    rule: "The title satisfies `title`, `title-types`, `title-scopes` and `max-title-length`.",
    help: "Edit the title of the pull request.",
    needs: |inputs| match inputs.title.has_rules() {
        true => vec![Fact::Conversation],
        false => Vec::new(),
    },
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.title),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Regular expressions, one of which the title must match; `^` and `$` anchor them.
    #[arg(long, value_name = "REGEXES")]
    title: Vec<Shape>,
    /// Types of conventional commits that the title may start with, as in `feat(parser)!: read dates`; `conventional` means build, chore, ci, docs, feat, fix, perf, refactor, revert, style and test.
    #[arg(long, value_name = "TYPES")]
    title_types: Vec<Word>,
    /// Scopes that the title may name after its type; defaults to any.
    #[arg(long, value_name = "SCOPES")]
    title_scopes: Vec<Word>,
    /// Require the title to name a scope.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    require_title_scope: bool,
    /// Maximum title length, in characters.
    #[arg(long, value_name = "CHARACTERS")]
    max_title_length: Option<usize>,
}

/// A regular expression.
#[derive(Debug, Clone)]
struct Shape(Regex);

impl FromStr for Shape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The error of the parser is a drawing of several lines, whose last one says what is wrong.
        Regex::new(text).map(Self).map_err(|err| {
            let drawing = err.to_string();
            let cause = drawing.lines().last().unwrap_or_default();
            cause.trim_start_matches("error: ").to_owned()
        })
    }
}

impl Inputs {
    fn has_rules(&self) -> bool {
        let kinds = !self.title_types.is_empty() || !self.title_scopes.is_empty();
        !self.title.is_empty()
            || kinds
            || self.require_title_scope
            || self.max_title_length.is_some()
    }
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let Some(conversation) = &pr.conversation else {
        return Vec::new();
    };
    let title = conversation.title.as_str();
    let kinds = Kinds {
        types: &inputs.title_types,
        scopes: &inputs.title_scopes,
        scope_is_required: inputs.require_title_scope,
    };
    let findings = [
        shape(title, &inputs.title),
        kinds.check(title),
        length(title, inputs.max_title_length),
    ];
    findings.into_iter().flatten().collect()
}

fn shape(title: &str, shapes: &[Shape]) -> Option<Finding> {
    if shapes.is_empty() || shapes.iter().any(|shape| shape.0.is_match(title)) {
        return None;
    }
    let shapes: Vec<String> = shapes
        .iter()
        .map(|shape| format!("`{}`", shape.0))
        .collect();
    let message = format!("title does not match {}", shapes.join(" or "));
    Some(Finding::new(message))
}

/// Counts code points, as GitHub does where it cuts a title.
fn length(title: &str, limit: Option<usize>) -> Option<Finding> {
    let (limit, length) = (limit?, title.chars().count());
    (length > limit).then(|| {
        Finding::new(format!(
            "title has {length} characters, over the limit of {limit}"
        ))
        .help("Shorten the title, and move the rest into the description.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::Conversation;

    fn found(title: &str, change: impl FnOnce(&mut Inputs)) -> Vec<String> {
        let mut inputs = Inputs {
            title: Vec::new(),
            title_types: Vec::new(),
            title_scopes: Vec::new(),
            require_title_scope: false,
            max_title_length: None,
        };
        change(&mut inputs);
        assert!(inputs.has_rules());
        let pr = PullRequest {
            conversation: Some(Conversation {
                title: title.to_owned(),
                ..Conversation::default()
            }),
            ..PullRequest::default()
        };
        let found = check(&pr, &inputs).into_iter();
        found.map(|finding| finding.message).collect()
    }

    #[test]
    fn one_of_the_patterns_must_match() {
        let patterns = |inputs: &mut Inputs| {
            inputs.title = vec!["^[A-Z]".parse().unwrap(), r"^\p{Emoji}".parse().unwrap()];
        };
        assert!(found("Add a parser", patterns).is_empty());
        assert!(found("🐍 parser", patterns).is_empty());
        assert_eq!(
            found("add a parser", patterns),
            ["title does not match `^[A-Z]` or `^\\p{Emoji}`"]
        );
    }

    #[test]
    fn a_pattern_that_is_none_says_why() {
        let err = "^(a".parse::<Shape>().unwrap_err();
        assert_eq!(err, "unclosed group");
    }

    #[test]
    fn a_title_at_the_limit_passes() {
        let limit = |inputs: &mut Inputs| inputs.max_title_length = Some(5);
        assert!(found("Ädd 🐍", limit).is_empty());
        assert_eq!(
            found("Ädd 🐍!", limit),
            ["title has 6 characters, over the limit of 5"]
        );
    }

    #[test]
    fn every_rule_is_judged() {
        let all = |inputs: &mut Inputs| {
            inputs.title = vec!["x".parse().unwrap()];
            inputs.title_types = vec!["conventional".parse().unwrap()];
            inputs.max_title_length = Some(3);
        };
        assert_eq!(found("Add a parser", all).len(), 3);
    }
}
