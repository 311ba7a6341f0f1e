//! What the description says must come first, and how far that is: asked breadth first, with an end to the asking.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

use super::api::{self, Client};
use crate::markdown;

/// How far away from the pull request is asked.
const MOST_STEPS: usize = 8;
/// How many are asked about in all.
const MOST_QUESTIONS: usize = 30;

/// A pull request or an issue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// `owner/name`.
    pub(crate) repository: String,
    pub(crate) number: u64,
}

/// One that the description names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Line of the description, counted from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
    /// `None` where the text names none.
    pub(crate) reference: Option<Reference>,
}

/// What is known of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    Open {
        title: String,
        waits_for: Vec<Reference>,
    },
    /// Merged, or an issue that was closed.
    Done,
    /// A pull request that was closed without a merge.
    GivenUp { title: String },
    /// Not there, or not for this token.
    Hidden,
}

/// What the pull request waits for, directly and through others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependencies {
    pub(crate) own: Reference,
    pub(crate) mentions: Vec<Mention>,
    pub(crate) known: BTreeMap<Reference, Known>,
    /// Whether there is more than was asked about.
    pub(crate) is_cut: bool,
}

impl Reference {
    pub(crate) fn new(repository: &str, number: u64) -> Self {
        Self {
            repository: repository.to_owned(),
            number,
        }
    }

    /// As in `#12`, or with its repository where that is another one than `own`'s.
    pub(crate) fn shown(&self, own: &Self) -> String {
        match self.repository == own.repository {
            true => format!("#{}", self.number),
            false => self.to_string(),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.repository, self.number)
    }
}

/// Asks about all that `body` names, and about what these wait for. `None` where there is something to ask and nobody
/// to be asked. `server` is the address of GitHub where it is another one than usual.
pub(super) async fn gather(
    client: Option<&Client<'_>>,
    own: Reference,
    body: &str,
    server: Option<&str>,
) -> anyhow::Result<Option<Dependencies>> {
    let mentions = mentions(body, &own.repository, server);
    let mut waiting: VecDeque<(Reference, usize)> =
        references(&mentions).map(|it| (it, 1)).collect();
    let mut all = Dependencies {
        own,
        mentions,
        known: BTreeMap::new(),
        is_cut: false,
    };
    let client = match client {
        Some(client) => client,
        None if waiting.is_empty() => return Ok(Some(all)),
        None => return Ok(None),
    };
    while let Some((next, steps)) = waiting.pop_front() {
        if all.known.contains_key(&next) || next == all.own {
            continue;
        }
        if all.known.len() == MOST_QUESTIONS || steps > MOST_STEPS {
            all.is_cut = true;
            continue;
        }
        let known = match api::issue(client, &next, &all.own.repository).await? {
            None => Known::Hidden,
            Some(issue) => known(issue, &next.repository, &all.own, server),
        };
        if let Known::Open { waits_for, .. } = &known {
            waiting.extend(waits_for.iter().map(|it| (it.clone(), steps + 1)));
        }
        all.known.insert(next, known);
    }
    Ok(Some(all))
}

fn known(issue: api::Issue, repository: &str, own: &Reference, server: Option<&str>) -> Known {
    let merged = issue.pull_request.map(|pull| pull.merged_at.is_some());
    match (issue.state.as_str(), merged) {
        ("open", _) => {
            let body = issue.body.unwrap_or_default();
            let mentions = mentions(&body, repository, server);
            // The repository of the pull request itself has one spelling, whatever others write.
            let waits_for = references(&mentions).map(|mut it| {
                if it.repository.eq_ignore_ascii_case(&own.repository) {
                    it.repository.clone_from(&own.repository);
                }
                it
            });
            Known::Open {
                waits_for: waits_for.collect(),
                title: issue.title,
            }
        }
        (_, Some(false)) => Known::GivenUp { title: issue.title },
        _ => Known::Done,
    }
}

fn references(mentions: &[Mention]) -> impl Iterator<Item = Reference> {
    mentions.iter().filter_map(|it| it.reference.clone())
}

/// What lines as `Depends-on: #12, owner/name#3` and `Depends on #12` name.
fn mentions(body: &str, repository: &str, server: Option<&str>) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for (line, text) in markdown::text_lines(body) {
        let text = text.trim_start_matches([' ', '\t']);
        let text = markdown::after_marker(text).unwrap_or(text);
        let Some((behind, is_key)) = after_key(text) else {
            continue;
        };
        let words = behind
            .split([',', ' ', '\t'])
            .map(|word| word.trim_end_matches(['.', ';']));
        let mut first = true;
        for word in words.filter(|word| !word.is_empty() && *word != "and") {
            let reference = reference(word, repository, server);
            // In prose, and behind a reference, other words are only words.
            if reference.is_none() && (!is_key || !first) {
                break;
            }
            first = false;
            let is_none = reference.is_none();
            mentions.push(Mention {
                line,
                text: word.to_owned(),
                reference,
            });
            if is_none {
                break;
            }
        }
    }
    mentions
}

/// What stands behind `Depends-on:`, and whether it is one, with its colon, and no prose.
fn after_key(line: &str) -> Option<(&str, bool)> {
    const KEY: usize = "depends-on".len();
    let (key, behind) = line.split_at_checked(KEY)?;
    let key = key.to_ascii_lowercase();
    if key != "depends-on" && key != "depends on" {
        return None;
    }
    let behind = behind.trim_start();
    Some(match behind.strip_prefix(':') {
        Some(behind) => (behind, true),
        None => (behind, false),
    })
}

/// Reads `#12`, `owner/name#12` or an address.
fn reference(word: &str, repository: &str, server: Option<&str>) -> Option<Reference> {
    let server = server.unwrap_or("https://github.com").trim_end_matches('/');
    if let Some(path) = word.strip_prefix(server) {
        let path = path.strip_prefix('/')?;
        let path = path.split(['#', '?']).next().unwrap_or_default();
        let mut parts = path.split('/');
        let (owner, name, kind) = (parts.next()?, parts.next()?, parts.next()?);
        let number = parts.next()?;
        let is_one = matches!(kind, "pull" | "issues");
        return is_one.then(|| named(owner, name, number))?;
    }
    match word.split_once('#')? {
        ("", number) => {
            let (owner, name) = repository.split_once('/')?;
            named(owner, name, number)
        }
        (path, number) => {
            let (owner, name) = path.split_once('/')?;
            let found = named(owner, name, number)?;
            match found.repository.eq_ignore_ascii_case(repository) {
                true => Some(Reference::new(repository, found.number)),
                false => Some(found),
            }
        }
    }
}

/// Only what can be the name of a repository: it goes into the path of a request.
fn named(owner: &str, name: &str, number: &str) -> Option<Reference> {
    let is_name = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !text.trim_matches('.').is_empty() && text.chars().all(plain)
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse().ok().filter(|number| digits && *number > 0)?;
    (is_name(owner) && is_name(name)).then(|| Reference::new(&format!("{owner}/{name}"), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(body: &str) -> Vec<String> {
        mentions(body, "o/r", None)
            .into_iter()
            .map(|it| match it.reference {
                Some(reference) => format!("{} {reference}", it.line),
                None => format!("{} ?{}", it.line, it.text),
            })
            .collect()
    }

    #[test]
    fn every_way_to_name_one_is_read() {
        let body = "Text\r\nDepends-on: #12, a-b/c.d#3\r\n- depends on https://github.com/x/y/pull/4#discussion_r1\r\nDEPENDS ON: https://github.com/x/y/issues/5 and #6.\nDepends-on: O/R#7 (the parser)";
        assert_eq!(
            named(body),
            [
                "2 o/r#12",
                "2 a-b/c.d#3",
                "3 x/y#4",
                "4 x/y#5",
                "4 o/r#6",
                "5 o/r#7"
            ]
        );
    }

    #[test]
    fn prose_code_and_comments_name_none() {
        for body in [
            "Depends on the weather",
            "It depends-on: #12",
            "<!-- Depends-on: #12 -->",
            "```\nDepends-on: #12\n```",
            "`Depends-on: #12`",
            "Depends-on:",
            "Dépends-on: #1",
            "",
        ] {
            assert!(named(body).is_empty(), "{body}");
        }
    }

    #[test]
    fn what_names_none_behind_the_key_is_kept_for_a_finding() {
        for word in [
            "twelve",
            "#0",
            "#+1",
            "#12a",
            "../..#1",
            "a/b/c#1",
            "https://example.com/o/r/pull/1",
            "https://github.com/o/r/commit/1",
            "https://github.com.evil/o/r/pull/1",
            "o/r?x#1",
            "👩‍💻/r#1",
        ] {
            assert_eq!(
                named(&format!("Depends-on: {word}")),
                [format!("1 ?{word}")]
            );
        }
    }

    #[test]
    fn another_server_has_other_addresses() {
        let server = Some("https://git.example.com");
        let found = mentions(
            "Depends-on: https://git.example.com/o/r/pull/1",
            "o/r",
            server,
        );
        assert_eq!(found[0].reference, Some(Reference::new("o/r", 1)));
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn what_is_asked_about_is_always_one_issue_of_one_repository() {
        let seeds = [
            "Depends-on: #12, a-b/c.d#3\r\n- depends on https://github.com/x/y/pull/4#x",
            "<!--\nDepends-on: #1\n-->\n```\nDepends-on: #2\n```\nDEPENDS ON: x/y#3",
        ];
        let words = [
            "Depends-on:",
            "#",
            "/",
            "..",
            "https://github.com/",
            "pull/",
            "?",
            "%2f",
        ];
        testkit::fuzz::texts(&seeds, &words, |text| {
            for mention in mentions(text, "o/r", None) {
                assert!((1..=markdown::lines(text).count()).contains(&mention.line));
                let Some(reference) = mention.reference else {
                    continue;
                };
                assert!(reference.number > 0);
                let (owner, name) = reference.repository.split_once('/').unwrap();
                for part in [owner, name] {
                    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
                    assert!(
                        part.chars().all(plain) && part != "." && part != "..",
                        "{reference}"
                    );
                    assert!(!part.is_empty(), "{reference}");
                }
            }
        });
    }
}
