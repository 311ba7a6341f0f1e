//! The diff of `cargo fmt --check`: its JSON needs an unstable option.

use actions_core::Diagnostic;

use super::{Parsed, Said};

/// One finding per place that would change, and one per syntax error.
pub(crate) fn rustfmt(said: &Said) -> Parsed {
    let mut parsed = Parsed::default();
    let mut lines = said.stdout.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((path, start)) = head(line) else {
            if !line.is_empty() {
                parsed.rest.push(line.to_owned());
            }
            continue;
        };
        let mut body = Vec::new();
        while let Some(line) = lines.next_if(|line| head(line).is_none()) {
            body.push(line);
        }
        let unchanged = body.iter().take_while(|line| !line.starts_with(['-', '+']));
        let unchanged = u32::try_from(unchanged.count()).unwrap_or_default();
        let mut found = Diagnostic::error("not formatted: run `cargo fmt`")
            .at(path, Some(start.saturating_add(unchanged).max(1)));
        found.rendered = Some(format!("{line}\n{}", body.join("\n")));
        parsed.findings.push(found);
    }
    parsed.findings.extend(syntax_errors(&said.stderr));
    parsed
}

/// `Diff in PATH:LINE:`, and before Rust 1.80 `Diff in PATH at line LINE:`.
fn head(line: &str) -> Option<(&str, u32)> {
    let place = line.strip_prefix("Diff in ")?.strip_suffix(':')?;
    let (path, line) = match place.rsplit_once(" at line ") {
        Some(split) => split,
        None => place.rsplit_once(':')?,
    };
    Some((path, line.parse().ok()?))
}

/// `error: MESSAGE`, and in the next line ` --> PATH:LINE:COLUMN`.
fn syntax_errors(stderr: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut message = None;
    for line in stderr.lines() {
        if let Some(error) = line.strip_prefix("error: ") {
            message = Some(error);
        } else if let Some(place) = line.trim_start().strip_prefix("--> ")
            && let Some(error) = message.take()
        {
            let mut parts = place.rsplitn(3, ':');
            let line = parts.nth(1).and_then(|line| line.parse().ok());
            if let Some(path) = parts.next() {
                found.push(Diagnostic::error(error).at(path, line));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_told_at_its_first_change_in_the_words_of_old_and_new_versions() {
        let said = Said {
            stdout: "Diff in /r/src/lib.rs:1:\n //! x\n-pub fn f(x:i32)\n+pub fn f(x: i32)\n \nDiff in /r/src/a b.rs at line 6:\n-fn g() {}\n".to_owned(),
            stderr: "error: unclosed delimiter\n --> /r/src/c.rs:4:9\n  |\n".to_owned(),
            ..Said::default()
        };
        let parsed = rustfmt(&said);
        let places: Vec<String> = parsed.findings.iter().map(Diagnostic::at_place).collect();
        assert_eq!(
            places,
            ["/r/src/lib.rs:2", "/r/src/a b.rs:6", "/r/src/c.rs:4"]
        );
        assert!(parsed.rest.is_empty());
        assert_eq!(parsed.findings[2].message, "unclosed delimiter");
    }
}
