//! Gate `conflict-markers`: a merge that was half resolved still compiles in Markdown, YAML and text, and nobody sees it.

use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    glob::{self, Pattern},
    pull_request::{AddedLine, Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "conflict-markers",
    group: Group::Text,
    rule: "No added lines contain merge conflict markers.",
    help: "Resolve the conflict and remove the markers; if the file shows a conflict on purpose, add it to `allow-conflict-markers`.",
    needs: |_| vec![Fact::AddedLines],
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.conflict_markers),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Globs of files that may show a merge conflict. Only a start, a middle and an end together count, not a heading underlined with `=======`.
    #[arg(long, value_name = "GLOBS")]
    allow_conflict_markers: Vec<Pattern>,
}

const BEGIN: &str = "<<<<<<<";
const MIDDLE: &str = "=======";
const END: &str = ">>>>>>>";

/// How far a conflict has been read.
enum Seen<'a> {
    Nothing,
    Begin(&'a AddedLine),
    Middle(&'a AddedLine),
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = Seen::Nothing;
    let lines = &pr.added_lines;
    for line in lines {
        if let Seen::Begin(begin) | Seen::Middle(begin) = seen
            && begin.path != line.path
        {
            seen = Seen::Nothing;
        }
        let text = line.text.trim_end_matches('\r');
        seen = match seen {
            _ if is_marker(text, BEGIN) => Seen::Begin(line),
            Seen::Begin(begin) if text == MIDDLE => Seen::Middle(begin),
            Seen::Middle(begin) if is_marker(text, END) => {
                if !glob::any(&inputs.allow_conflict_markers, &begin.path) {
                    let message =
                        format!("merge conflict up to line {} is not resolved", line.line);
                    findings.push(Finding::new(message).file(&begin.path).line(begin.line));
                }
                Seen::Nothing
            }
            seen => seen,
        };
    }
    findings
}

/// Git writes a marker at the start of a line, and behind a space what it stands for.
fn is_marker(text: &str, marker: &str) -> bool {
    let behind = text.strip_prefix(marker);
    behind.is_some_and(|behind| behind.is_empty() || behind.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<(String, u32)> {
        let lines = files.iter().flat_map(|(path, text)| {
            text.split('\n').zip(1..).map(|(text, line)| AddedLine {
                path: (*path).to_owned(),
                line,
                text: text.to_owned(),
            })
        });
        let pr = PullRequest {
            added_lines: lines.collect(),
            ..PullRequest::default()
        };
        let inputs = Inputs {
            allow_conflict_markers: vec!["docs/".parse().unwrap()],
        };
        let findings = check(&pr, &inputs).into_iter();
        findings
            .map(|finding| (finding.file.unwrap(), finding.line.unwrap()))
            .collect()
    }

    #[test]
    fn a_whole_conflict_is_found_where_it_begins() {
        let text = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> feature/🐍\nd";
        assert_eq!(found(&[("a.md", text)]), [("a.md".to_owned(), 2)]);
        let windows = text.replace('\n', "\r\n");
        assert_eq!(found(&[("a.md", &windows)]).len(), 1);
        let three_sides = text.replace("b\n", "b\n||||||| 1234567\nx\n");
        assert_eq!(found(&[("a.md", &three_sides)]).len(), 1);
        assert_eq!(found(&[("a.md", &[text, text].join("\n"))]).len(), 2);
    }

    #[test]
    fn parts_of_a_conflict_are_none() {
        for text in [
            "Heading\n=======\ntext",
            "<<<<<<< HEAD\nb\nc",
            "=======\n>>>>>>> x",
            ">>>>>>> x\n=======\n<<<<<<< y",
            "<<<<<<<< x\n=======\n>>>>>>>> y",
            "  <<<<<<< x\n=======\n>>>>>>> y",
            "<<<<<<< x\n========\n>>>>>>> y",
        ] {
            assert!(found(&[("a.rst", text)]).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_conflict_does_not_go_on_in_the_next_file() {
        let files = [("a", "<<<<<<< x\n======="), ("b", "x\n>>>>>>> y")];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn a_file_that_shows_conflicts_may() {
        let text = "<<<<<<< a\n=======\n>>>>>>> b";
        assert!(found(&[("docs/merging.md", text)]).is_empty());
    }
}
