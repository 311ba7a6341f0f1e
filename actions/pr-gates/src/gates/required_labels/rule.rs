//! The line that a person writes for a rule on labels, `at least 1 of: bug | feature`, and what it means.

use std::{fmt, str::FromStr};

use actions_core::list;

use crate::labels::{self, LabelPattern};

/// How many of the labels there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    AtLeast(usize),
    AtMost(usize),
    Exactly(usize),
}

/// One rule.
#[derive(Debug, Clone)]
pub(super) struct LabelRule {
    text: String,
    pub(super) count: Count,
    pub(super) labels: Vec<LabelPattern>,
}

const SHAPES: &str = "expected `at least N of: a | b`, `exactly N of: …`, `at most N of: …`, `none of: …`, `any of: …` or `one of: …`";

impl Count {
    pub(super) fn allows(self, count: usize) -> bool {
        match self {
            Self::AtLeast(limit) => count >= limit,
            Self::AtMost(limit) => count <= limit,
            Self::Exactly(limit) => count == limit,
        }
    }

    pub(super) fn wants_fewer_than(self, count: usize) -> bool {
        match self {
            Self::AtLeast(_) => false,
            Self::AtMost(limit) | Self::Exactly(limit) => count > limit,
        }
    }
}

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let number = |word: &str| match word {
            "one" => Ok(1),
            word => word
                .parse()
                .map_err(|_| format!("\"{word}\" is not a number: {SHAPES}")),
        };
        match words.as_slice() {
            ["none", "of"] => Ok(Self::AtMost(0)),
            ["any", "of"] => Ok(Self::AtLeast(1)),
            ["one", "of"] => Ok(Self::Exactly(1)),
            ["at", "least", n, "of"] => Ok(Self::AtLeast(number(n)?)),
            ["at", "most", n, "of"] => Ok(Self::AtMost(number(n)?)),
            ["exactly", n, "of"] => Ok(Self::Exactly(number(n)?)),
            _ => Err(SHAPES.to_owned()),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(0) => write!(f, "none of"),
            Self::AtLeast(n) => write!(f, "at least {n} of"),
            Self::AtMost(n) => write!(f, "at most {n} of"),
            Self::Exactly(n) => write!(f, "exactly {n} of"),
        }
    }
}

impl LabelRule {
    /// The rule as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    fn quoted(&self) -> Vec<String> {
        let labels = self.labels.iter();
        labels.map(|label| format!("\"{}\"", label.text)).collect()
    }

    /// What to add, as in `one or more of "a" and "b"`.
    pub(super) fn choices(&self) -> String {
        let labels = list(&self.quoted());
        match (self.labels.len(), self.count) {
            (1, _) => labels,
            (_, Count::AtLeast(1)) => format!("one or more of {labels}"),
            (_, Count::Exactly(1)) => format!("one of {labels}"),
            (_, Count::AtLeast(n) | Count::AtMost(n) | Count::Exactly(n)) => {
                format!("{n} in total of {labels}")
            }
        }
    }
}

impl fmt::Display for LabelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.count, self.quoted().join(" | "))
    }
}

impl FromStr for LabelRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (count, labels) = text.split_once(':').ok_or(SHAPES)?;
        let count: Count = count.parse()?;
        let labels = labels::split(labels).map_err(|err| format!("{err}: {SHAPES}"))?;
        let limit = match count {
            Count::AtLeast(n) | Count::Exactly(n) => n,
            Count::AtMost(_) => 0,
        };
        let globs = labels.iter().any(LabelPattern::is_glob);
        if limit > labels.len() && !globs {
            return Err(format!(
                "it asks for {limit} labels and names {}: no pull request can pass",
                labels.len()
            ));
        }
        if count == Count::AtLeast(0) {
            return Err("it asks for at least 0 labels: every pull request passes".to_owned());
        }
        Ok(Self {
            text: text.trim().to_owned(),
            count,
            labels,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rule: &str) -> Vec<String> {
        let rule: LabelRule = rule.parse().unwrap();
        rule.labels.into_iter().map(|label| label.text).collect()
    }

    fn refused(rule: &str) -> String {
        rule.parse::<LabelRule>().unwrap_err()
    }

    #[test]
    fn bars_split_names_and_quotes_keep_them_whole() {
        assert_eq!(names("any of: a b | c,d"), ["a b", "c,d"]);
        assert_eq!(names("any of: \"a | b\" | \" c \""), ["a | b", " c "]);
        assert_eq!(names("any of: area: ui"), ["area: ui"]);
        assert_eq!(names("any of: \"soon\" maybe | x"), ["\"soon\" maybe", "x"]);
    }

    #[test]
    fn a_quoted_star_is_a_star() {
        let rule: LabelRule = "any of: \"a*\"".parse().unwrap();
        assert!(rule.labels[0].matches("a*") && !rule.labels[0].matches("ab"));
    }

    #[test]
    fn what_is_no_rule_says_what_a_rule_looks_like() {
        assert!(refused("bug").starts_with("expected `at least N of:"));
        assert!(refused("all of: bug").starts_with("expected `at least N of:"));
        assert!(refused("at least two of: a | b").starts_with("\"two\" is not a number"));
        assert!(refused("any of: a | ").contains("name is missing"));
        assert!(refused("any of: \"a").contains("is not closed"));
    }

    #[test]
    fn a_rule_that_nothing_or_everything_satisfies_is_refused() {
        assert!(refused("exactly 3 of: a | b").contains("no pull request can pass"));
        assert!(refused("at least 0 of: a").contains("every pull request passes"));
        assert_eq!(names("at least 3 of: area/*"), ["area/*"]);
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::labels::matches_glob;

    #[test]
    fn a_rule_that_was_read_is_read_again_as_the_same_one() {
        let seeds = [
            "at least 1 of: bug | feature",
            "none of: do-not-merge",
            "exactly 2 of: \"a | b\" | area/* | \"soon\" maybe",
            "at most one of: 🐍 python | 📖 docs",
        ];
        let words = ["of:", "at least", "\"", " | ", "*"];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let Ok(rule) = text.parse::<LabelRule>() else {
                return;
            };
            let again: LabelRule = rule.as_str().parse().unwrap();
            assert_eq!((again.count, &again.labels), (rule.count, &rule.labels));
            for label in &rule.labels {
                assert!(label.matches(label.as_str()), "{label:?}");
            }
        });
    }

    /// Slow and plain.
    fn matches_plainly(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => matches_plainly(rest, text),
            (Some(('*', rest)), Some((_, after))) => {
                matches_plainly(rest, text) || matches_plainly(pattern, after)
            }
            (Some((wanted, rest)), Some((found, after))) => {
                wanted == found && matches_plainly(rest, after)
            }
            _ => false,
        }
    }

    #[test]
    fn stars_stand_for_what_they_stand_for_in_the_plainest_matcher() {
        let seeds = ["a*b*c\naxbxc", "*\n", "**a\nbaa", "a*a\na", "ab*ab\nabab"];
        testkit::fuzz::texts(&seeds, &["a", "b", "*a", "ab"], |text| {
            let (pattern, text) = text.split_once('\n').unwrap_or((text, ""));
            let cut = |text: &str| text.chars().take(16).collect::<String>();
            let (pattern, text) = (cut(pattern), cut(text));
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            let plainly = matches_plainly(&chars(&pattern), &chars(&text));
            assert_eq!(matches_glob(&pattern, &text), plainly);
        });
    }
}
