//! What linters print, read as findings: one file per tool.

mod cargo_deny;
mod mypy;
mod pyright;
mod ruff;
mod rustfmt;
mod taplo;
mod text;

use std::path::PathBuf;

use actions_core::{Diagnostic, compiler};

pub(crate) use cargo_deny::{CONFIGS as CONFIGS_OF_CARGO_DENY, cargo_deny};
pub(crate) use mypy::mypy;
pub(crate) use pyright::pyright;
pub(crate) use ruff::{ruff_check, ruff_format};
pub(crate) use rustfmt::rustfmt;
pub(crate) use taplo::{taplo_format, taplo_lint};
pub(crate) use text::lines_with_places;

/// All that a program wrote.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Where it ran.
    pub(crate) folder: PathBuf,
}

/// The messages of rustc and clippy.
pub(crate) fn clippy(said: &Said) -> Parsed {
    let (findings, rest) = compiler::diagnostics(&said.stdout);
    Parsed {
        findings,
        rest,
        unreadable: false,
    }
}

/// What was understood of it.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) findings: Vec<Diagnostic>,
    /// Lines that are not what the program should write there; they are shown.
    pub(crate) rest: Vec<String>,
    /// Whether the one document that it should write was not understood.
    pub(crate) unreadable: bool,
}

impl Parsed {
    /// Reads lines of JSON; `read` gives `None` for a line that says nothing to a reader.
    fn of_lines<T: serde::de::DeserializeOwned>(
        text: &str,
        read: impl Fn(T) -> Option<Diagnostic>,
    ) -> Self {
        let mut parsed = Self::default();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str::<T>(line) {
                Ok(item) => parsed.findings.extend(read(item)),
                Err(_) => parsed.rest.push(line.to_owned()),
            }
        }
        parsed
    }

    /// Reads one JSON document, which may have lines above it.
    fn of_document<T: serde::de::DeserializeOwned>(
        text: &str,
        read: impl FnOnce(T) -> Vec<Diagnostic>,
    ) -> Self {
        let above = text
            .lines()
            .take_while(|line| !line.starts_with(['{', '[']));
        let rest: Vec<String> = above.map(str::to_owned).collect();
        let document: Vec<&str> = text.lines().skip(rest.len()).collect();
        match serde_json::from_str::<T>(&document.join("\n")) {
            Ok(document) => Self {
                findings: read(document),
                rest,
                unreadable: false,
            },
            Err(_) => Self {
                unreadable: true,
                ..Self::default()
            },
        }
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    const SEEDS: &[&str] = &[
        r#"{"reason":"compiler-message","message":{"message":"m","level":"warning","code":{"code":"c"},"rendered":"r","spans":[{"file_name":"a.rs","line_start":4294967295,"is_primary":true,"expansion":null}]}}"#,
        r#"[{"filename":"/a.py","code":"F401","message":"m","location":{"row":1,"column":1}}]"#,
        r#"{"file":"a.py","line":-1,"message":"m","code":"c","severity":"note","hint":null}"#,
        r#"{"generalDiagnostics":[{"file":"a","severity":"error","message":"m","range":{"start":{"line":0}}}]}"#,
        r#"{"type":"diagnostic","fields":{"severity":"error","message":"m","code":"c","labels":[{"line":1,"span":"s"}],"graphs":[{"Krate":{"name":"n","version":"1"}}]}}"#,
        "Diff in /a/lib.rs:1:\n a\n-b\n+c\n",
        "--- a.py\n+++ a.py\n@@ -1,4 +1,8 @@\n a\n-b\n",
        "error: m\n  ┌─ /a/x.toml:2:2\n",
        "ERROR taplo: the file is not properly formatted path=\"/a.toml\"",
        "a.rs:1:2: m",
    ];

    #[test]
    fn whatever_a_linter_prints_is_read_or_left_over() {
        let readers = [
            cargo_deny,
            clippy,
            mypy,
            pyright,
            ruff_check,
            ruff_format,
            rustfmt,
            taplo_format,
            taplo_lint,
        ];
        testkit::fuzz::texts(
            SEEDS,
            &["{", "\"", "-1", "null", "┌─", "@@", ":"],
            |text| {
                let said = Said {
                    stdout: text.to_owned(),
                    stderr: text.to_owned(),
                    folder: PathBuf::from("no-such-folder"),
                };
                for reader in readers {
                    let parsed = reader(&said);
                    assert!(parsed.findings.iter().all(|one| one.line != Some(0)));
                    for one in &parsed.findings {
                        one.for_the_log();
                        one.annotation("x").command();
                    }
                }
                lines_with_places(text, |path| !path.is_empty());
            },
        );
    }
}
