//! Annotations: what a person sees beside a line of the pull request, within what a runner keeps of them.

use crate::command;

/// How much an annotation weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The check says no.
    Error,
    /// Worth mending, but no reason to stop.
    Warning,
    /// For information.
    Notice,
}

impl Level {
    /// The name of the workflow command.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// One message with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How much it weighs.
    pub level: Level,
    /// What it is about in a word or two, as a gate's id.
    pub title: Option<String>,
    /// Path from the root of the repository.
    pub file: Option<String>,
    /// Line, counted from 1.
    pub line: Option<u32>,
    /// What is wrong, and below it what to do.
    pub message: String,
}

/// What the runner keeps of each level in one step; it drops the rest without a word.
pub const PER_STEP: usize = 10;
/// What the runner keeps of one message, in characters.
pub const MESSAGE_LIMIT: usize = 4096;

impl Annotation {
    /// The line that the runner turns into an annotation.
    pub fn command(&self) -> String {
        let message: String = self.message.chars().take(MESSAGE_LIMIT).collect();
        command::command(
            self.level.as_str(),
            &[
                ("file", self.file.clone()),
                ("line", self.line.map(|line| line.to_string())),
                ("title", self.title.clone()),
            ],
            &message,
        )
    }
}

/// The annotations of one level that fit a step: all of them, or nine and one that says how many more there are.
pub fn within_the_limit(level: Level, all: Vec<Annotation>, room: usize) -> Vec<Annotation> {
    if all.len() <= room {
        return all;
    }
    let shown = room.saturating_sub(1);
    let more = all.len() - shown;
    let mut kept: Vec<Annotation> = all.into_iter().take(shown).collect();
    if room > 0 {
        kept.push(Annotation {
            level,
            title: None,
            file: None,
            line: None,
            message: format!("and {more} more: the step summary lists them all"),
        });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(n: usize) -> Annotation {
        Annotation {
            level: Level::Error,
            title: Some("large-files".to_owned()),
            file: Some(format!("{n}.bin")),
            line: None,
            message: "too large".to_owned(),
        }
    }

    #[test]
    fn ten_findings_are_all_shown() {
        let kept = within_the_limit(Level::Error, (0..10).map(finding).collect(), PER_STEP);
        assert_eq!(kept.len(), 10);
        assert!(kept.iter().all(|one| one.file.is_some()));
    }

    #[test]
    fn of_eleven_findings_the_tenth_annotation_counts_the_rest() {
        let kept = within_the_limit(Level::Error, (0..24).map(finding).collect(), PER_STEP);
        assert_eq!(kept.len(), 10);
        assert_eq!(
            kept.last().unwrap().message,
            "and 15 more: the step summary lists them all"
        );
    }

    #[test]
    fn a_long_message_is_cut_where_the_runner_would_cut_it() {
        let mut one = finding(1);
        one.message = "é".repeat(5000);
        assert_eq!(one.command().matches('é').count(), MESSAGE_LIMIT);
    }
}
