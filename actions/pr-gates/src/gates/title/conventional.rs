//! Titles as `type(scope)!: text`.
//!
//! Source of the shape: <https://www.conventionalcommits.org/en/v1.0.0/>.

use std::str::FromStr;

use actions_core::{did_you_mean, list};

use crate::finding::Finding;

/// What `conventional` stands for.
const TYPES: [&str; 11] = [
    "build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test",
];

/// A type or a scope.
#[derive(Debug, Clone)]
pub(super) struct Word(String);

impl FromStr for Word {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let apart = |c: char| c.is_whitespace() || "():,!".contains(c);
        match text.is_empty() || text.contains(apart) {
            true => Err("it must be one word, without spaces or any of `():,!`"),
            false => Ok(Self(text.to_owned())),
        }
    }
}

/// What a title may be of.
pub(super) struct Kinds<'a> {
    pub(super) types: &'a [Word],
    pub(super) scopes: &'a [Word],
    pub(super) scope_is_required: bool,
}

/// The head of a title.
#[derive(Debug, PartialEq, Eq)]
struct Head<'a> {
    kind: &'a str,
    scopes: Vec<&'a str>,
}

impl Kinds<'_> {
    /// One finding at most: what is wrong first hides the rest.
    pub(super) fn check(&self, title: &str) -> Option<Finding> {
        if self.types.is_empty() && self.scopes.is_empty() && !self.scope_is_required {
            return None;
        }
        let types = self.types();
        let scopes: Vec<&str> = self.scopes.iter().map(|word| word.0.as_str()).collect();
        let example = types.first().copied().unwrap_or("feat");
        let Some(head) = head(title) else {
            let like = match self.scope_is_required {
                true => format!("{example}({}): …", scopes.first().unwrap_or(&"scope")),
                false => format!("{example}: …"),
            };
            let help =
                format!("Start the title with a type, a colon and a space, such as `{like}`.");
            let message = "title does not start with a type, as conventional commits do";
            return Some(
                Finding::new(format!("{message}{}", one_of("the types", &types))).help(help),
            );
        };
        if !types.is_empty() && !types.contains(&head.kind) {
            return Some(unknown("type", head.kind, &types));
        }
        if head.scopes.is_empty() && self.scope_is_required {
            let message = format!("title has no scope{}", one_of("the scopes", &scopes));
            let scope = scopes.first().unwrap_or(&"scope");
            let help = format!("Put it after the type, as in `{}({scope}): …`.", head.kind);
            return Some(Finding::new(message).help(help));
        }
        let mut strange = head.scopes.iter().filter(|scope| !scopes.contains(*scope));
        match strange.next() {
            Some(scope) if !scopes.is_empty() => Some(unknown("scope", scope, &scopes)),
            _ => None,
        }
    }

    fn types(&self) -> Vec<&str> {
        let words = self.types.iter().map(|word| word.0.as_str());
        words
            .flat_map(|word| match word {
                "conventional" => TYPES.to_vec(),
                word => vec![word],
            })
            .collect()
    }
}

fn one_of(what: &str, words: &[&str]) -> String {
    match words {
        [] => String::new(),
        words => format!(": {what} are {}", list(words)),
    }
}

fn unknown(what: &str, word: &str, words: &[&str]) -> Finding {
    let hint = did_you_mean(&word.to_lowercase(), words.iter().copied())
        .map(|meant| format!(", did you mean `{meant}`?"))
        .unwrap_or_default();
    let known = one_of(&format!("the {what}s"), words);
    Finding::new(format!(
        "title has the unknown {what} \"{word}\"{known}{hint}"
    ))
    .help(format!("Use one of the known {what}s."))
}

/// `None` where the title has another shape.
fn head(title: &str) -> Option<Head<'_>> {
    let (head, text) = title.split_once(": ")?;
    let head = head.strip_suffix('!').unwrap_or(head);
    let (kind, scopes) = match head.split_once('(') {
        None => (head, Vec::new()),
        Some((kind, scopes)) => {
            let scopes = scopes
                .strip_suffix(')')?
                .split(',')
                .map(str::trim)
                .collect();
            (kind, scopes)
        }
    };
    let words = std::iter::once(&kind).chain(&scopes);
    let is_word = |word: &str| {
        !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || "():!".contains(c))
    };
    let sound = words.into_iter().all(|word| is_word(word)) && !text.trim().is_empty();
    sound.then_some(Head { kind, scopes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(title: &str, types: &[&str], scopes: &[&str], required: bool) -> String {
        let words = |words: &[&str]| -> Vec<Word> {
            words.iter().map(|word| word.parse().unwrap()).collect()
        };
        let kinds = Kinds {
            types: &words(types),
            scopes: &words(scopes),
            scope_is_required: required,
        };
        let found = kinds.check(title);
        found.map(|finding| finding.message).unwrap_or_default()
    }

    #[test]
    fn conventional_titles_pass() {
        for title in [
            "feat: read dates",
            "fix(parser): read dates",
            "refactor(parser)!: read 🗓️ dates",
            "docs!: say so",
            "chore(deps, ci): update: all",
        ] {
            assert_eq!(found(title, &["conventional"], &[], false), "", "{title}");
        }
    }

    #[test]
    fn other_shapes_are_told_the_types() {
        for title in [
            "Add a parser",
            "feat:read dates",
            "feat : read dates",
            "feat(): read dates",
            "feat(parser: read dates",
            "feat(a)b: c",
            "feat: ",
            ": x",
            "",
        ] {
            assert_eq!(
                found(title, &["feat", "fix"], &[], false),
                "title does not start with a type, as conventional commits do: the types are feat and fix",
                "{title}"
            );
        }
    }

    #[test]
    fn an_unknown_type_is_told_the_one_that_was_meant() {
        assert_eq!(
            found("feature: x", &["feat", "fix"], &[], false),
            "title has the unknown type \"feature\": the types are feat and fix, did you mean `feat`?"
        );
        assert_eq!(
            found("Fix: x", &["fix"], &[], false),
            "title has the unknown type \"Fix\": the types are fix, did you mean `fix`?"
        );
        assert_eq!(found("own: x", &["conventional", "own"], &[], false), "");
    }

    #[test]
    fn scopes_are_optional_and_one_of_those_that_there_are() {
        let scopes = ["parser", "ui"];
        assert_eq!(found("feat: x", &["feat"], &scopes, false), "");
        assert_eq!(found("feat(ui,parser): x", &["feat"], &scopes, false), "");
        assert_eq!(
            found("feat(ui,uj): x", &["feat"], &scopes, false),
            "title has the unknown scope \"uj\": the scopes are parser and ui"
        );
        assert_eq!(
            found("feat: x", &["feat"], &scopes, true),
            "title has no scope: the scopes are parser and ui"
        );
        assert_eq!(found("any(thing): x", &[], &[], true), "");
    }

    #[test]
    fn a_type_is_one_word() {
        assert!("feat fix".parse::<Word>().is_err() && "feat(x)".parse::<Word>().is_err());
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn what_a_head_names_are_words_of_the_title() {
        let seeds = [
            "feat(parser, ui)!: read 🗓️ dates",
            "docs: x",
            "revert(a): b: c",
        ];
        testkit::fuzz::texts(&seeds, &["(", ")", "!", ": ", ","], |title| {
            let Some(head) = head(title) else {
                return;
            };
            assert!(title.starts_with(head.kind), "{head:?}");
            for word in head.scopes.iter().chain([&head.kind]) {
                assert!(
                    !word.is_empty() && !word.contains(char::is_whitespace),
                    "{head:?}"
                );
            }
        });
    }
}
