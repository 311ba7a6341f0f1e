//! Gate `blocked-words`: "do not merge" is meant, but a reviewer who does not read it merges all the same.

mod words;

use actions_core::{Date, Exception, Rule};
use clap::ValueEnum;

use self::words::{Boundary, Word};
use super::{Gate, Group, NOTHING};
use crate::{
    expiry::{self, Ended},
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{Commit, Fact, PullRequest, short},
};

pub(crate) const GATE: Gate = Gate {
    id: "blocked-words",
    group: Group::Text,
    rule: "None of the `blocked-words` occurs in the places listed in `blocked-words-in`.",
    help: "Resolve it and remove the word, or add the file to `allow-blocked-words`.",
    needs: |inputs| needs(&inputs.blocked_words),
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.blocked_words),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Words that block a merge: whole words in any case, and `do not merge` matches any spacing. A word can have an exception: `wip { bypass-label = "draft is fine", until = 2027-01-31 }`.
    #[arg(long, value_name = "RULES", default_values = ["do not merge", "do-not-merge"])]
    blocked_words: Vec<Rule<Word>>,
    /// Where to look for them.
    #[arg(long, value_name = "PLACES", default_values = ["title", "body", "commits"])]
    blocked_words_in: Vec<Scope>,
    /// Globs of files that may contain them, in file names and added lines, such as the file with this list.
    #[arg(long, value_name = "GLOBS", default_values = [".github/ci-actions.toml", ".github/workflows/"])]
    allow_blocked_words: Vec<Pattern>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scope {
    /// The title of the pull request.
    Title,
    /// Its description.
    Body,
    /// The messages of its commits.
    Commits,
    /// The lines it adds to files.
    AddedLines,
    /// The names of the files it adds.
    FileNames,
}

fn needs(inputs: &Inputs) -> Vec<Fact> {
    let mut needs: Vec<Fact> = Vec::new();
    if inputs.blocked_words.is_empty() {
        return needs;
    }
    for scope in &inputs.blocked_words_in {
        let fact = match scope {
            Scope::Title | Scope::Body => Fact::Conversation,
            Scope::Commits => Fact::Commits,
            Scope::AddedLines => Fact::AddedLines,
            Scope::FileNames => Fact::Changes,
        };
        if !needs.contains(&fact) {
            needs.push(fact);
        }
    }
    needs
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    [
        Scope::Title,
        Scope::Body,
        Scope::Commits,
        Scope::AddedLines,
        Scope::FileNames,
    ]
    .into_iter()
    .filter(|scope| inputs.blocked_words_in.contains(scope))
    .flat_map(|scope| match scope {
        Scope::Title => title(pr, inputs),
        Scope::Body => body(pr, inputs),
        Scope::Commits => commits(pr, inputs),
        Scope::AddedLines => added_lines(pr, inputs),
        Scope::FileNames => file_names(pr, inputs),
    })
    .collect()
}

impl Inputs {
    /// When single words give way.
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.blocked_words.iter().map(|rule| &rule.exception)
    }

    pub(crate) fn expire(&mut self, today: Date) -> Vec<Ended> {
        expiry::expire(&mut self.blocked_words, today)
    }

    /// A finding for each blocked word that the text holds, once; `message` gets the word in quotation marks.
    fn find(
        &self,
        text: &str,
        boundary: Boundary,
        message: impl Fn(&str) -> String,
    ) -> Vec<Finding> {
        let text = words::fold(text);
        self.blocked_words
            .iter()
            .filter(|rule| rule.value.is_in(&text, boundary))
            .map(|rule| {
                let word = format!("the blocked word \"{}\"", rule.value);
                Finding::new(message(&word)).exception(&rule.exception)
            })
            .collect()
    }
}

fn title(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let title = pr.conversation.as_ref().map(|one| one.title.as_str());
    inputs.find(title.unwrap_or_default(), Boundary::Identifier, |word| {
        format!("title contains {word}")
    })
}

fn body(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let body = pr.conversation.as_ref().map(|one| one.body.as_str());
    let lines = body.unwrap_or_default().lines().enumerate();
    lines
        .flat_map(|(at, line)| {
            inputs.find(line, Boundary::Identifier, |word| {
                format!("line {} of the description contains {word}", at + 1)
            })
        })
        .collect()
}

fn commits(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let reword = match &pr.range {
        Some(range) => format!("git rebase --interactive {}", short(&range.merge_base)),
        None => "git rebase --interactive".to_owned(),
    };
    let help = format!("Resolve it and reword the commit: `{reword}`.");
    let of_commit = |commit: &Commit| {
        let found = inputs.find(&commit.message, Boundary::Identifier, |word| {
            let (id, subject) = (commit.short(), commit.subject());
            format!("message of commit {id} contains {word}: {subject}")
        });
        let found = found.into_iter();
        found
            .map(|finding| finding.commit(&commit.id).help(&help))
            .collect::<Vec<_>>()
    };
    pr.commits.iter().flat_map(of_commit).collect()
}

fn added_lines(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    pr.added_lines
        .iter()
        .filter(|added| !glob::any(&inputs.allow_blocked_words, &added.path))
        .flat_map(|added| {
            let found = inputs.find(&added.text, Boundary::Identifier, |word| {
                format!("added line contains {word}")
            });
            let found = found.into_iter();
            found.map(|finding| finding.file(&added.path).line(added.line))
        })
        .collect()
}

fn file_names(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    pr.changes
        .iter()
        .filter(|change| change.old.is_none() && change.new.is_some())
        .filter(|change| !glob::any(&inputs.allow_blocked_words, &change.path))
        .flat_map(|change| {
            let found = inputs.find(&change.path, Boundary::Letter, |word| {
                format!("name of a new file contains {word}")
            });
            found.into_iter().map(|finding| {
                finding
                    .file(&change.path)
                    .help("Rename the file, or add it to `allow-blocked-words`.")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::{AddedLine, Change, Conversation, Side};

    fn inputs(scope: Scope) -> Inputs {
        Inputs {
            blocked_words: vec!["do not merge".parse().unwrap(), "todo!".parse().unwrap()],
            blocked_words_in: vec![scope],
            allow_blocked_words: vec!["docs/".parse().unwrap()],
        }
    }

    fn messages(pr: &PullRequest, scope: Scope) -> Vec<String> {
        let found = check(pr, &inputs(scope));
        found.into_iter().map(|finding| finding.message).collect()
    }

    fn talk() -> PullRequest {
        PullRequest {
            conversation: Some(Conversation {
                title: "Do Not Merge: new parser".to_owned(),
                body: "First.\r\nPlease do  not merge before Friday.\r\n".to_owned(),
                ..Conversation::default()
            }),
            commits: vec![Commit::new(
                "0123456789".repeat(4),
                "Add parser\n\nDO NOT MERGE yet\n",
            )],
            ..PullRequest::default()
        }
    }

    #[test]
    fn a_word_in_the_title_is_found_whatever_its_case() {
        assert_eq!(
            messages(&talk(), Scope::Title),
            ["title contains the blocked word \"do not merge\""]
        );
    }

    #[test]
    fn a_word_in_the_description_is_found_with_its_line() {
        assert_eq!(
            messages(&talk(), Scope::Body),
            ["line 2 of the description contains the blocked word \"do not merge\""]
        );
    }

    #[test]
    fn a_word_in_a_message_is_found_with_its_commit() {
        let found = check(&talk(), &inputs(Scope::Commits));
        assert_eq!(
            found[0].message,
            "message of commit 0123456 contains the blocked word \"do not merge\": Add parser"
        );
        assert_eq!(found[0].commit, Some("0123456789".repeat(4)));
    }

    #[test]
    fn only_the_places_that_are_listed_are_looked_at() {
        assert!(messages(&talk(), Scope::AddedLines).is_empty());
        assert_eq!(needs(&inputs(Scope::Title)), [Fact::Conversation]);
        assert_eq!(needs(&inputs(Scope::AddedLines)), [Fact::AddedLines]);
    }

    #[test]
    fn an_added_line_is_found_with_its_place_unless_the_file_may_hold_it() {
        let line = |path: &str| AddedLine {
            path: path.to_owned(),
            line: 7,
            text: "    todo!()".to_owned(),
        };
        let pr = PullRequest {
            added_lines: vec![line("src/a.rs"), line("docs/words.md")],
            ..PullRequest::default()
        };
        let found = check(&pr, &inputs(Scope::AddedLines));
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].message,
            "added line contains the blocked word \"todo!\""
        );
        assert_eq!(
            (found[0].file.as_deref(), found[0].line),
            (Some("src/a.rs"), Some(7))
        );
    }

    #[test]
    fn a_name_of_a_new_file_is_found_and_one_that_was_there_is_not() {
        let side = || {
            Some(Side {
                mode: 0o100_644,
                id: "1".to_owned(),
            })
        };
        let change = |path: &str, old| Change {
            path: path.to_owned(),
            old,
            new: side(),
        };
        let pr = PullRequest {
            changes: vec![
                change("a/x_do not merge_x", None),
                change("do not merge", side()),
            ],
            ..PullRequest::default()
        };
        assert_eq!(
            messages(&pr, Scope::FileNames),
            ["name of a new file contains the blocked word \"do not merge\""]
        );
    }
}
