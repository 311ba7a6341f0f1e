//! Messages of rustc and clippy, as cargo prints them with `--message-format=json`.

use serde::Deserialize;

use crate::{Diagnostic, Level};

#[derive(Deserialize)]
struct Line {
    reason: String,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    message: String,
    level: String,
    code: Option<Code>,
    #[serde(default)]
    spans: Vec<Span>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u32,
    #[serde(default)]
    is_primary: bool,
    expansion: Option<Box<Expansion>>,
}

#[derive(Deserialize)]
struct Expansion {
    span: Span,
}

/// The messages in what cargo wrote, each once, and the lines that are not cargo's.
pub fn diagnostics(stdout: &str) -> (Vec<Diagnostic>, Vec<String>) {
    // A library and its tests are compiled from the same lines.
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut rest = Vec::new();
    for line in stdout.lines().filter(|line| !line.trim().is_empty()) {
        let Ok(line) = serde_json::from_str::<Line>(line) else {
            rest.push(line.to_owned());
            continue;
        };
        let message = line.message.filter(|_| line.reason == "compiler-message");
        let new = message.and_then(diagnostic);
        found.extend(new.filter(|new| !found.contains(new)));
    }
    (found, rest)
}

fn diagnostic(message: Message) -> Option<Diagnostic> {
    let level = match message.level.as_str() {
        "warning" => Level::Warning,
        level if level.starts_with("error") => Level::Error,
        // Notes without a message that they belong to, and `failure-note`.
        _ => return None,
    };
    let span = message.spans.iter().find(|span| span.is_primary);
    // The compiler counts its own messages: "2 warnings emitted", "aborting due to 1 previous error".
    if span.is_none() && message.code.is_none() && is_a_count(&message.message) {
        return None;
    }
    let found = Diagnostic {
        level,
        rendered: message.rendered,
        ..Diagnostic::error(message.message)
    };
    let found = found.code(message.code.map(|code| code.code));
    Some(match span.map(written) {
        Some(span) => found.at(&span.file_name, Some(span.line_start)),
        None => found,
    })
}

fn is_a_count(message: &str) -> bool {
    message.ends_with(" emitted") || message.starts_with("aborting due to")
}

/// What somebody wrote: in place of a macro of another crate, its call.
fn written(span: &Span) -> &Span {
    let mut span = span;
    while let Some(expansion) = &span.expansion {
        if std::path::Path::new(&span.file_name).is_relative() {
            break;
        }
        span = &expansion.span;
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> (Vec<Diagnostic>, Vec<String>) {
        diagnostics(&lines.join("\n"))
    }

    const UNUSED: &str = r#"{"reason":"compiler-message","message":{"message":"unused variable: `x`","level":"warning","code":{"code":"unused_variables"},"rendered":"warning: unused","spans":[{"file_name":"src/lib.rs","line_start":3,"is_primary":true,"expansion":null}]}}"#;

    #[test]
    fn what_a_library_and_its_tests_share_is_found_once() {
        let finished = r#"{"reason":"build-finished","success":true}"#;
        let (found, rest) = read(&[UNUSED, finished, UNUSED]);
        assert_eq!((found.len(), rest.len()), (1, 0));
        let found = &found[0];
        assert_eq!(found.at_place(), "src/lib.rs:3");
        assert_eq!(found.text(), "unused variable: `x` (unused_variables)");
        assert_eq!(found.level, Level::Warning);
    }

    #[test]
    fn a_macro_of_another_crate_is_told_at_its_call() {
        let line = r#"{"reason":"compiler-message","message":{"message":"m","level":"error","code":null,"rendered":null,"spans":[{"file_name":"/registry/x/lib.rs","line_start":9,"is_primary":true,"expansion":{"span":{"file_name":"src/main.rs","line_start":4,"expansion":null}}}]}}"#;
        assert_eq!(read(&[line]).0[0].at_place(), "src/main.rs:4");
    }

    #[test]
    fn counts_are_left_out_and_other_lines_are_kept() {
        let line = r#"{"reason":"compiler-message","message":{"message":"aborting due to 1 previous error","level":"error","code":null,"rendered":"x","spans":[]}}"#;
        let (found, rest) = read(&[line, "a build script says hello"]);
        assert!(found.is_empty());
        assert_eq!(rest, ["a build script says hello"]);
    }
}
