//! What a linter or a compiler says about a line, whichever it was.

use std::path::{Path, PathBuf};

use untrusted_input::Checkout;

use crate::{Annotation, Level, text};

/// One message of a linter or a compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it weighs.
    pub level: Level,
    /// As the program names it; after [`Diagnostic::place`], from the root of the repository if it lies there.
    pub path: Option<PathBuf>,
    /// Counted from 1.
    pub line: Option<u32>,
    /// The rule, as the program names it.
    pub code: Option<String>,
    /// What is wrong, in one line or several.
    pub message: String,
    /// What the program would show to a person, where it says so.
    pub rendered: Option<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            path: None,
            line: None,
            code: None,
            message: message.into(),
            rendered: None,
        }
    }

    /// The same at a line of a file; line 0 is no line.
    #[must_use]
    pub fn at(self, path: impl Into<PathBuf>, line: Option<u32>) -> Self {
        Self {
            path: Some(path.into()),
            line: line.filter(|line| *line > 0),
            ..self
        }
    }

    /// The same with its rule.
    #[must_use]
    pub fn code(self, code: Option<String>) -> Self {
        Self { code, ..self }
    }

    /// Whether it says the same of the same line, however it is shown.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.path, self.line, &self.code) == (&other.path, other.line, &other.code)
            && self.message == other.message
    }

    /// Tells the path from the root of the repository; `folder` is where the program ran.
    pub fn place(&mut self, folder: &Path, checkout: &Checkout) {
        if let Some(path) = &mut self.path {
            let whole = folder.join(&path);
            *path = checkout.relative(&whole).map_or(whole, PathBuf::from);
        }
    }

    /// `path:line`, or what is known of it.
    pub fn at_place(&self) -> String {
        match (&self.path, self.line) {
            (Some(path), Some(line)) => format!("{}:{line}", path.display()),
            (Some(path), None) => path.display().to_string(),
            (None, _) => String::new(),
        }
    }

    /// The message with its rule.
    pub fn text(&self) -> String {
        match &self.code {
            Some(code) if !self.message.contains(code.as_str()) => {
                let mut lines = self.message.splitn(2, '\n');
                let first = lines.next().unwrap_or_default();
                let rest = lines.next().map(|rest| format!("\n{rest}"));
                format!("{first} ({code}){}", rest.unwrap_or_default())
            }
            _ => self.message.clone(),
        }
    }

    /// The lines for the log.
    pub fn for_the_log(&self) -> String {
        if let Some(rendered) = &self.rendered {
            return rendered.trim_end().to_owned();
        }
        let place = self.at_place();
        let colon = if place.is_empty() { "" } else { ": " };
        format!("{}{colon}{}", text::one_line(&place), self.text())
    }

    /// What GitHub shows, under a title such as the program's name.
    pub fn annotation(&self, title: &str) -> Annotation {
        let inside = self.path.as_deref().filter(|path| path.is_relative());
        let message = match (inside, &self.path) {
            // GitHub shows no line of a file that it does not have.
            (None, Some(_)) => format!("{}: {}", self.at_place(), self.text()),
            _ => self.text(),
        };
        Annotation {
            level: self.level,
            title: Some(title.to_owned()),
            file: inside.map(|path| path.display().to_string()),
            line: self.line.filter(|_| inside.is_some()),
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_told_once_and_in_the_first_line() {
        let found = Diagnostic::error("unused import\nremove it").code(Some("F401".to_owned()));
        assert_eq!(found.text(), "unused import (F401)\nremove it");
        let found = Diagnostic::error("[F401] unused").code(Some("F401".to_owned()));
        assert_eq!(found.text(), "[F401] unused");
    }

    #[test]
    fn a_file_elsewhere_is_named_in_the_message() {
        let found = Diagnostic::error("odd").at("/elsewhere/lib.rs", Some(3));
        let annotation = found.annotation("clippy");
        assert_eq!(annotation.file, None);
        assert_eq!(annotation.message, "/elsewhere/lib.rs:3: odd");
    }
}
