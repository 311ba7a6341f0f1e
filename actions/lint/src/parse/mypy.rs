//! The lines of `mypy --output json`.

use actions_core::{Diagnostic, Level};
use serde::Deserialize;

use super::{Parsed, Said};

#[derive(Deserialize)]
struct Line {
    file: String,
    line: i64,
    message: String,
    #[serde(default)]
    hint: Option<String>,
    code: Option<String>,
    severity: String,
}

pub(crate) fn mypy(said: &Said) -> Parsed {
    Parsed::of_lines(&said.stdout, |line: Line| {
        let message = match line.hint {
            Some(hint) if !hint.is_empty() => format!("{}\n{hint}", line.message),
            _ => line.message,
        };
        let level = match line.severity.as_str() {
            "note" => Level::Notice,
            _ => Level::Error,
        };
        let found = Diagnostic {
            level,
            ..Diagnostic::error(message)
        };
        Some(
            found
                .at(line.file, u32::try_from(line.line).ok())
                .code(line.code),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_no_error_and_a_line_that_is_unknown_is_left_out() {
        let said = Said {
            stdout: concat!(
                r#"{"file": "n.py", "line": 2, "column": 0, "message": "Cannot find module", "hint": "See there", "code": "import-not-found", "severity": "error"}"#,
                "\n",
                r#"{"file": "n.py", "line": -1, "column": -1, "message": "Revealed", "hint": null, "code": "misc", "severity": "note"}"#,
                "\nplain words\n"
            )
            .to_owned(),
            ..Said::default()
        };
        let parsed = mypy(&said);
        let [error, note] = parsed.findings.as_slice() else {
            panic!("{parsed:?}");
        };
        assert_eq!(
            error.text(),
            "Cannot find module (import-not-found)\nSee there"
        );
        assert_eq!((error.level, error.line), (Level::Error, Some(2)));
        assert_eq!((note.level, note.line), (Level::Notice, None));
        assert_eq!(parsed.rest, ["plain words"]);
    }
}
