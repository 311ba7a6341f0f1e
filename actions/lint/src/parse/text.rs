//! The lines that most linters print, and that compilers began: `path:line:column: message`.

use actions_core::Diagnostic;

/// Diagnostics at the paths that `is_file` knows.
pub(crate) fn lines_with_places(text: &str, is_file: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    text.lines()
        .filter_map(|line| {
            let (path, rest) = line.split_once(':')?;
            let (row, rest) = rest.split_once(':')?;
            let row: u32 = row.trim().parse().ok()?;
            if !is_file(path) {
                return None;
            }
            let message = match rest.split_once(':') {
                Some((column, message)) if column.trim().parse::<u32>().is_ok() => message,
                _ => rest,
            };
            let message = message.trim();
            (!message.is_empty()).then(|| Diagnostic::error(message).at(path, Some(row)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_with_a_line() {
        let text = "src/a.rs:3:7: `teh` -> `the`\nsrc/a.rs:4: other: thing\nsrc/gone.rs:1: x\nnote: 3: y\nChecked 2 files: 1:2\n";
        let found = lines_with_places(text, |path| path == "src/a.rs");
        let shown: Vec<(String, &str)> = found
            .iter()
            .map(|one| (one.at_place(), one.message.as_str()))
            .collect();
        assert_eq!(
            shown,
            [
                ("src/a.rs:3".to_owned(), "`teh` -> `the`"),
                ("src/a.rs:4".to_owned(), "other: thing")
            ]
        );
    }
}
