//! What taplo writes to standard error, which has no other form.

use actions_core::Diagnostic;

use super::{Parsed, Said};

/// `error: MESSAGE`, and in the next line `┌─ PATH:LINE:COLUMN`.
pub(crate) fn taplo_lint(said: &Said) -> Parsed {
    let mut parsed = Parsed::default();
    let mut message: Option<&str> = None;
    let mut lines = said.stderr.lines();
    while let Some(line) = lines.next() {
        if let Some(error) = line.strip_prefix("error: ") {
            message = Some(error);
        } else if let Some((_, place)) = line.split_once("┌─ ")
            && let Some(message) = message.take()
        {
            let mut parts = place.rsplitn(3, ':');
            let line = parts.nth(1).and_then(|line| line.parse().ok());
            let Some(path) = parts.next() else { continue };
            // Three lines on, below the source, stands what it expected there.
            let detail = lines.by_ref().take(3).last().and_then(|marks| {
                let marks = marks.split_once('^')?.1;
                Some(marks.trim_start_matches('^').trim())
            });
            let message = match detail {
                Some(detail) if !detail.is_empty() => format!("{message}: {detail}"),
                _ => message.to_owned(),
            };
            parsed
                .findings
                .push(Diagnostic::error(message).at(path, line));
        }
    }
    parsed
}

/// `… the file is not properly formatted path="PATH"`, and what [`taplo_lint`] finds.
pub(crate) fn taplo_format(said: &Said) -> Parsed {
    let unformatted = said.stderr.lines().filter_map(|line| {
        let (_, path) = line.split_once("the file is not properly formatted path=")?;
        let path: String = serde_json::from_str(path.trim()).ok()?;
        Some(Diagnostic::error("not formatted: run `taplo format`").at(path, None))
    });
    let mut findings: Vec<Diagnostic> = unformatted.collect();
    findings.extend(taplo_lint(said).findings);
    Parsed {
        findings,
        ..Parsed::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_toml_is_told_at_its_line() {
        let said = Said {
            stderr: " INFO taplo:lint_files: found files total=4\nerror: invalid TOML\n  ┌─ /r/x.toml:2:2\n  │\n2 │ [a]\n  │  ^ expected value\n\nERROR taplo:format_files: the file is not properly formatted path=\"/r/Cargo.toml\"\n".to_owned(),
            ..Said::default()
        };
        let found = &taplo_lint(&said).findings[0];
        assert_eq!(found.at_place(), "/r/x.toml:2");
        assert_eq!(found.message, "invalid TOML: expected value");
        let places: Vec<String> = taplo_format(&said)
            .findings
            .iter()
            .map(Diagnostic::at_place)
            .collect();
        assert_eq!(places, ["/r/Cargo.toml", "/r/x.toml:2"]);
    }
}
