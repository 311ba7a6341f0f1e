//! Linters of the project's own: commands with a name.

use actions_core::{did_you_mean, text};
use anyhow::bail;

use crate::linters;

/// A command that exits with 0 if it finds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) name: String,
    pub(crate) command: String,
}

/// Reads lines such as `typos: typos --format brief`.
pub(crate) fn read(lines: &[String]) -> anyhow::Result<Vec<Own>> {
    let mut all: Vec<Own> = Vec::new();
    for line in lines {
        let (name, command) = name_and_rest("commands", line)?;
        let taken = linters::ALL.iter().any(|linter| linter.is(name))
            || all.iter().any(|own| own.name == name);
        if taken {
            bail!(
                "failed to read the input `commands`: a linter `{name}` already exists; choose another name"
            );
        }
        all.push(Own {
            name: name.to_owned(),
            command: command.to_owned(),
        });
    }
    Ok(all)
}

/// Arguments that the project gives to the linters that we know: lines such as `clippy: --all-features`.
pub(crate) fn arguments(lines: &[String]) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    lines
        .iter()
        .map(|line| {
            let (name, rest) = name_and_rest("arguments", line)?;
            let known: Vec<&str> = linters::ALL.iter().map(|linter| linter.id).collect();
            if !known.contains(&name) {
                let hint = did_you_mean(name, known.iter().copied())
                    .map(|meant| format!("did you mean `{meant}`? "))
                    .unwrap_or_default();
                bail!(
                    "unknown linter {name:?} in the input `arguments`: {hint}those that take arguments are {}",
                    actions_core::list(&known)
                );
            }
            let Some(words) = shlex::split(rest) else {
                bail!("failed to read the input `arguments` from {line:?}: a quote is not closed");
            };
            Ok((name.to_owned(), words))
        })
        .collect()
}

fn name_and_rest<'a>(input: &str, line: &'a str) -> anyhow::Result<(&'a str, &'a str)> {
    let is_name = |name: &str| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !name.is_empty() && name.chars().all(allowed)
    };
    match line.split_once(':') {
        Some((name, rest)) if is_name(name.trim()) && !rest.trim().is_empty() => {
            Ok((name.trim(), rest.trim()))
        }
        _ => bail!(
            "failed to read the input `{input}` from \"{}\": write `NAME: …`, with a name of lowercase letters, digits and `-`",
            text::shortened(line)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|&line| line.to_owned()).collect()
    }

    #[test]
    fn a_command_may_hold_colons() {
        let own = read(&lines(&["typos: typos --config a:b"])).unwrap();
        assert_eq!(own[0].name, "typos");
        assert_eq!(own[0].command, "typos --config a:b");
    }

    #[test]
    fn names_are_new_and_well_formed() {
        for (line, told) in [
            ("ruff: ruff", "a linter `ruff` already exists"),
            ("Typos: typos", "lowercase letters"),
            ("typos", "write `NAME: …`"),
            ("typos:", "write `NAME: …`"),
        ] {
            let error = read(&lines(&[line])).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        assert!(read(&lines(&["a: x", "a: y"])).is_err());
    }

    #[test]
    fn arguments_are_split_as_a_shell_does_it() {
        let read = arguments(&lines(&["clippy: --features 'a b' -- -D clippy::todo"])).unwrap();
        assert_eq!(read[0].1, ["--features", "a b", "--", "-D", "clippy::todo"]);
        let error = arguments(&lines(&["clipy: -v"])).unwrap_err().to_string();
        assert!(error.contains("did you mean `clippy`?"), "{error}");
        assert!(arguments(&lines(&["mypy: 'a"])).is_err());
    }
}
