//! The line that a person writes for a rule on labels, `at least 1 of: bug | feature`, and what it means.

use std::{fmt, str::FromStr};

use actions_core::list;

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

/// A label's name, in which `*` stands for any text unless the name was quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LabelPattern {
    text: String,
    literal: bool,
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
                .map_err(|_| format!("\"{word}\" is no number: {SHAPES}")),
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
                format!("{n} in all of {labels}")
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
        let labels = split_names(labels)?;
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

impl LabelPattern {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    fn is_glob(&self) -> bool {
        !self.literal && self.text.contains('*')
    }

    /// GitHub takes names that differ in case only for the same label.
    pub(super) fn matches(&self, label: &str) -> bool {
        let (pattern, label) = (self.text.to_lowercase(), label.to_lowercase());
        match self.is_glob() {
            false => pattern == label,
            true => matches_glob(&pattern, &label),
        }
    }
}

/// Whether `text` is what `pattern` says, where each `*` stands for any text, also none.
fn matches_glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            // An empty part (`**`) splits at the start, as it should.
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Splits `a | "b | c"` at the bars outside of quotes.
fn split_names(text: &str) -> Result<Vec<LabelPattern>, String> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = next_name(rest)?;
        if name.text.is_empty() {
            return Err(format!("a label's name is missing: {SHAPES}"));
        }
        names.push(name);
        match after {
            Some(after) => rest = after,
            None => return Ok(names),
        }
    }
}

/// The first name, and what stands behind its bar.
fn next_name(text: &str) -> Result<(LabelPattern, Option<&str>), String> {
    let text = text.trim_start();
    let quoted = text.strip_prefix('"').and_then(|rest| rest.split_once('"'));
    // A name that merely begins with a quoted word, as `"soon" maybe`, is taken as it stands.
    if let Some((name, after)) = quoted
        && let after = after.trim_start()
        && (after.is_empty() || after.starts_with('|'))
    {
        let name = LabelPattern {
            text: name.to_owned(),
            literal: true,
        };
        return Ok((name, after.strip_prefix('|')));
    }
    if text.starts_with('"') && quoted.is_none() {
        return Err(format!("the quotation mark before {text} is not closed"));
    }
    let (name, after) = match text.split_once('|') {
        Some((name, after)) => (name, Some(after)),
        None => (text, None),
    };
    let name = LabelPattern {
        text: name.trim().to_owned(),
        literal: false,
    };
    Ok((name, after))
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
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("a*", "a", true),
            ("*a", "ba", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("**", "", true),
            ("area/*", "area/a/b", true),
        ] {
            assert_eq!(matches_glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_rule_says_what_a_rule_looks_like() {
        assert!(refused("bug").starts_with("expected `at least N of:"));
        assert!(refused("all of: bug").starts_with("expected `at least N of:"));
        assert!(refused("at least two of: a | b").starts_with("\"two\" is no number"));
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
