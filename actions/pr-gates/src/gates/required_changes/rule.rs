//! The line `if src/** then CHANGELOG.md unless label no-changelog`, and what it means.

use std::str::FromStr;

use crate::{
    glob::Pattern,
    labels::{self, LabelPattern},
    pull_request::{self, PullRequest},
};

/// One rule.
#[derive(Debug, Clone)]
pub(super) struct Change {
    text: String,
    /// Any of these asks for …
    pub(super) when: Vec<Condition>,
    /// … any of these …
    pub(super) then: Vec<Condition>,
    /// … where none of these lets off.
    pub(super) unless: Vec<Condition>,
}

/// A file that changes, or a label that is set.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    File(Pattern),
    Label(LabelPattern),
}

const SHAPE: &str = "expected `if GLOB then GLOB`, optionally followed by `unless label NAME`; \
                     each may be a glob or `label NAME`, or several separated by `|`";

const WORDS: [&str; 3] = ["if", "then", "unless"];

impl Change {
    /// The rule as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn labels(&self) -> impl Iterator<Item = &LabelPattern> {
        self.conditions().filter_map(|one| match one {
            Condition::Label(label) => Some(label),
            Condition::File(_) => None,
        })
    }

    pub(super) fn names_globs(&self) -> bool {
        self.conditions()
            .any(|one| matches!(one, Condition::File(_)))
    }

    pub(super) fn needs_labels_to_pass(&self) -> bool {
        let mut ways_out = self.then.iter().chain(&self.unless);
        ways_out.any(|one| matches!(one, Condition::Label(_)))
    }

    fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.when.iter().chain(&self.then).chain(&self.unless)
    }
}

impl Condition {
    /// What makes it true, as in `src/a.rs changes`.
    pub(super) fn holds(&self, pr: &PullRequest) -> Option<String> {
        match self {
            Self::File(glob) => {
                let mut changes = pr.changes.iter();
                let change = changes.find(|change| glob.matches(&change.path))?;
                Some(format!("{} changes", change.path))
            }
            Self::Label(label) => {
                carried(pr, label).then(|| format!("the label \"{}\" is set", label.as_str()))
            }
        }
    }

    /// A file that is taken away does not satisfy whoever asks for one.
    pub(super) fn is_satisfied(&self, pr: &PullRequest) -> bool {
        let is_there = |change: &pull_request::Change| change.new.is_some();
        match self {
            Self::File(glob) => {
                let mut changes = pr.changes.iter();
                changes.any(|change| is_there(change) && glob.matches(&change.path))
            }
            Self::Label(label) => carried(pr, label),
        }
    }

    pub(super) fn missing(&self) -> String {
        match self {
            Self::File(glob) => format!("no file under `{}` does", glob.as_str()),
            Self::Label(label) => format!("the label \"{}\" is not set", label.as_str()),
        }
    }

    pub(super) fn mend(&self) -> String {
        match self {
            Self::File(glob) => format!("change a file under `{}`", glob.as_str()),
            Self::Label(label) => format!("add the label \"{}\"", label.as_str()),
        }
    }

    pub(super) fn label(&self) -> Option<&str> {
        match self {
            Self::Label(label) => Some(label.as_str()),
            Self::File(_) => None,
        }
    }
}

fn carried(pr: &PullRequest, label: &LabelPattern) -> bool {
    let labels = pr.conversation.iter().flat_map(|one| &one.labels);
    labels.into_iter().any(|one| label.matches(one))
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = parts(text)?;
        let mut rule = Self {
            text: text.trim().to_owned(),
            when: Vec::new(),
            then: Vec::new(),
            unless: Vec::new(),
        };
        let order: Vec<&str> = parts.iter().map(|(word, _)| *word).collect();
        if !WORDS.starts_with(&order) || order.len() < 2 {
            return Err(SHAPE.to_owned());
        }
        for (word, conditions) in parts {
            let conditions = read(&conditions)?;
            match word {
                "if" => rule.when = conditions,
                "then" => rule.then = conditions,
                _ => rule.unless = conditions,
            }
        }
        Ok(rule)
    }
}

/// Splits at the three words where they stand outside of quotes; gives each word with what stands behind it.
fn parts(text: &str) -> Result<Vec<(&'static str, String)>, String> {
    let mut parts: Vec<(&'static str, String)> = Vec::new();
    let mut quoted = false;
    for word in text.split(' ') {
        let keyword = WORDS.into_iter().find(|keyword| *keyword == word);
        match (keyword, parts.last_mut()) {
            (Some(keyword), _) if !quoted => parts.push((keyword, String::new())),
            (_, Some((_, part))) => {
                part.push_str(word);
                part.push(' ');
            }
            (_, None) if word.is_empty() => {}
            (_, None) => return Err(SHAPE.to_owned()),
        }
        quoted ^= word.matches('"').count() % 2 == 1;
    }
    Ok(parts)
}

fn read(text: &str) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let text = text.trim_start();
        let label = text.strip_prefix("label ");
        let (name, after) = labels::next_name(label.unwrap_or(text))?;
        if name.as_str().is_empty() {
            return Err(format!("a glob or a label is missing: {SHAPE}"));
        }
        conditions.push(match label {
            Some(_) => Condition::Label(name),
            None => Condition::File(name.as_str().parse()?),
        });
        rest = after;
    }
    Ok(conditions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> [Vec<String>; 3] {
        let rule: Change = text.parse().unwrap();
        [rule.when, rule.then, rule.unless].map(|conditions| {
            let shown = conditions.iter().map(|one| match one {
                Condition::File(glob) => glob.as_str().to_owned(),
                Condition::Label(label) => format!("label {}", label.as_str()),
            });
            shown.collect()
        })
    }

    #[test]
    fn a_rule_has_three_parts_of_which_the_last_may_be_missing() {
        assert_eq!(
            shown("if src/** | label 🚀 a, b then CHANGELOG.md unless label x | docs/"),
            [
                vec!["src/**", "label 🚀 a, b"],
                vec!["CHANGELOG.md"],
                vec!["label x", "docs/"]
            ]
        );
        assert_eq!(shown("if a then b"), [vec!["a"], vec!["b"], vec![]]);
    }

    #[test]
    fn quotes_keep_words_and_bars_together() {
        assert_eq!(
            shown("if label \"now | then or never\" then \"a if b\" unless label \"unless\""),
            [
                vec!["label now | then or never"],
                vec!["a if b"],
                vec!["label unless"]
            ]
        );
    }

    #[test]
    fn what_is_no_rule_is_told_the_shape() {
        for text in [
            "",
            "src/",
            "if a",
            "then a if b",
            "if a unless b",
            "if a then b then c",
            "x if a then b",
        ] {
            let err = text.parse::<Change>().unwrap_err();
            assert!(
                err.starts_with("expected `if GLOB then GLOB`"),
                "{text}: {err}"
            );
        }
        let err = "if a then".parse::<Change>().unwrap_err();
        assert!(err.starts_with("a glob or a label is missing"), "{err}");
        assert!("if a | then b".parse::<Change>().is_err());
        assert!("if ![ then b".parse::<Change>().is_err());
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_rule_that_was_read_asks_for_something_and_is_read_again() {
        let seeds = [
            "if src/** | label 🚀 a, b then CHANGELOG.md unless label x | docs/",
            "if label \"now | then or never\" then \"a if b\" unless label \"unless\"",
        ];
        let words = ["if ", " then ", " unless ", "label ", " | ", "\""];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let Ok(rule) = text.parse::<Change>() else {
                return;
            };
            assert!(!rule.when.is_empty() && !rule.then.is_empty());
            let again: Change = rule.as_str().parse().unwrap();
            assert!(rule.labels().eq(again.labels()));
        });
    }
}
