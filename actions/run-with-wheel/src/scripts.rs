//! The scripts as a user writes them: a line is a path and its arguments.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// A script that is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// Absolute: it runs in another folder.
    pub(crate) path: PathBuf,
    pub(crate) args: Vec<String>,
}

/// Reads the lines; a script that is not there is an error before anything is installed.
pub(crate) fn parse(lines: &[String]) -> anyhow::Result<Vec<Script>> {
    lines.iter().map(|line| script(line)).collect()
}

fn script(line: &str) -> anyhow::Result<Script> {
    let mut words = words(line)?.into_iter();
    let path = words.next().unwrap_or_default();
    if !Path::new(&path).is_file() {
        bail!("failed to find the script: there is no `{path}`");
    }
    Ok(Script {
        path: std::path::absolute(&path)
            .with_context(|| format!("failed to find the script `{path}`"))?,
        args: words.collect(),
    })
}

/// Splits at white space outside of quotes, as a shell does; nothing else in it means anything.
fn words(line: &str) -> anyhow::Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for char in line.chars() {
        match quote {
            Some(open) if char == open => quote = None,
            None if char == '"' || char == '\'' => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            None if char.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(char),
        }
    }
    if let Some(open) = quote {
        bail!("failed to read the input `scripts`: the quote {open} is not closed in \"{line}\"");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_at_spaces_and_quotes_keep_them() {
        let line = r#"make data.py  'two words' "it's" '' a"b c"d $HOME;"#;
        assert_eq!(
            words(line).unwrap(),
            [
                "make",
                "data.py",
                "two words",
                "it's",
                "",
                "ab cd",
                "$HOME;"
            ]
        );
    }

    #[test]
    fn an_open_quote_and_a_script_that_is_not_there_are_errors() {
        let error = words("a 'b").unwrap_err().to_string();
        assert!(error.contains("the quote ' is not closed"), "{error}");
        let error = parse(&["gone.py x".to_owned()]).unwrap_err().to_string();
        assert_eq!(error, "failed to find the script: there is no `gone.py`");
    }
}
