//! The document of `pyright --outputjson`.

use actions_core::{Diagnostic, Level};
use serde::Deserialize;

use super::{Parsed, Said};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    general_diagnostics: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    file: Option<String>,
    severity: String,
    message: String,
    rule: Option<String>,
    range: Option<Range>,
}

#[derive(Deserialize)]
struct Range {
    start: Position,
}

#[derive(Deserialize)]
struct Position {
    line: u32,
}

pub(crate) fn pyright(said: &Said) -> Parsed {
    Parsed::of_document(&said.stdout, |document: Document| {
        document
            .general_diagnostics
            .into_iter()
            .map(finding)
            .collect()
    })
}

fn finding(one: Message) -> Diagnostic {
    let found = Diagnostic {
        level: match one.severity.as_str() {
            "warning" => Level::Warning,
            "information" => Level::Notice,
            _ => Level::Error,
        },
        ..Diagnostic::error(one.message)
    };
    let found = found.code(one.rule);
    // It counts lines from 0.
    let line = one.range.and_then(|range| range.start.line.checked_add(1));
    match one.file.filter(|file| !file.is_empty()) {
        Some(file) => found.at(file, line),
        None => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let said = Said {
            stdout: r#"{"version":"1","generalDiagnostics":[{"file":"/r/m.py","severity":"warning","message":"a\n  b","range":{"start":{"line":2,"character":1},"end":{"line":2,"character":2}},"rule":"reportX"}],"summary":{}}"#.to_owned(),
            ..Said::default()
        };
        let found = &pyright(&said).findings[0];
        assert_eq!(found.at_place(), "/r/m.py:3");
        assert_eq!(found.text(), "a (reportX)\n  b");
        assert_eq!(found.level, Level::Warning);
    }
}
