//! The report as a comment on the pull request: what is wrong and nothing else, within the size that GitHub takes.

use super::Report;
use actions_core::text::{self, counted};

/// Characters that GitHub takes of one comment, and one less.
const MOST_CHARACTERS: usize = 65_535;

impl Report<'_> {
    /// Whether there is nothing to say.
    pub(crate) fn is_green(&self) -> bool {
        self.failed().is_empty() && self.cannot_look().is_none()
    }

    /// The comment below its hidden first line; `run` is where the whole list is.
    pub(crate) fn comment(&self, marker: &str, run: Option<&str>) -> String {
        let mut head = format!("{marker}\n### PR Gates: ");
        head.push_str(&text::markdown(&self.last_line()));
        head.push_str("\n\n");
        let table = self.list();
        if self.is_green() || table.is_empty() {
            return head;
        }
        let link = run.map_or_else(String::new, |run| format!(": [the run]({run}) lists them"));
        let last = |more: usize| format!("\n… and {}{link}.\n", counted(more, "more finding"));
        let markdown = table.to_markdown();
        let mut lines = markdown.lines();
        let mut comment = head;
        // The room for the last line at its longest.
        let room = MOST_CHARACTERS.saturating_sub(last(usize::MAX).chars().count());
        let mut length = comment.chars().count();
        while let Some(line) = lines.next() {
            length += line.chars().count() + 1;
            if length > room {
                comment.push_str(&last(lines.count() + 1));
                break;
            }
            comment.push_str(line);
            comment.push('\n');
        }
        comment
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        finding::Finding,
        gates::{Gate, large_files},
        pull_request::Subject,
        report::{Outcome, Seen},
    };

    static LARGE: Gate = large_files::GATE;

    fn comment(findings: Vec<Finding>) -> String {
        let outcome = Outcome {
            gate: &LARGE,
            seen: Seen::All,
            findings,
        };
        let report = Report::new(&Subject::PullRequest(7), vec![outcome]);
        report.comment("<!-- here -->", Some("https://example.com/run"))
    }

    #[test]
    fn a_comment_is_cut_at_a_row_and_says_how_many_there_are() {
        let findings = (0..2000)
            .map(|n| Finding::new(format!("🦀 finding {n} | with @everyone")))
            .collect();
        let cut = comment(findings);
        let length = cut.chars().count();
        assert!((60_000..=MOST_CHARACTERS).contains(&length), "{length}");
        let shown = cut.matches("🦀 finding").count();
        let more = format!("… and {} more findings: [the run]", 2000 - shown);
        assert!(cut.contains(&more), "{more}");
        assert!(!cut.contains(" @everyone"));
    }

    #[test]
    fn a_green_comment_is_one_line() {
        let green = comment(Vec::new());
        assert_eq!(green.lines().filter(|line| !line.is_empty()).count(), 2);
        assert!(green.starts_with("<!-- here -->\n### PR Gates: passed"));
    }
}
