//! Replaces what differs from job to job in the expressions of a workflow: the token, and the secrets of an environment.

use anyhow::{Result, bail};
use serde_json::Value;

/// What a job has in place of what `act` has.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) token: String,
    /// Secrets that have another name in `act`, in upper case.
    pub(super) secrets: Vec<(String, String)>,
}

impl Names {
    /// The value with all of its expressions rewritten; those below a key `if` need no `${{`.
    pub(super) fn apply(&self, value: &Value) -> Result<Value> {
        Ok(match value {
            Value::String(text) => Value::String(self.text(text)?),
            Value::Array(all) => Value::Array(
                all.iter()
                    .map(|one| self.apply(one))
                    .collect::<Result<_>>()?,
            ),
            Value::Object(keys) => {
                let mut done = serde_json::Map::new();
                for (key, value) in keys {
                    let value = match (key.as_str(), value) {
                        ("if", Value::String(text)) if !text.contains("${{") => {
                            Value::String(self.expression(text)?)
                        }
                        _ => self.apply(value)?,
                    };
                    done.insert(key.clone(), value);
                }
                Value::Object(done)
            }
            other => other.clone(),
        })
    }

    fn text(&self, text: &str) -> Result<String> {
        let (mut done, mut rest) = (String::new(), text);
        while let Some((before, from)) = rest.split_once("${{") {
            let end = end_of(from)?;
            let (inside, after) = from.split_at(end);
            done.push_str(&format!("{before}${{{{{}}}}}", self.expression(inside)?));
            rest = after.strip_prefix("}}").unwrap_or(after);
        }
        done.push_str(rest);
        Ok(done)
    }

    fn expression(&self, text: &str) -> Result<String> {
        let mut done = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '\'' => length_of_string(rest)?,
                c if is_name(c) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
                c => c.len_utf8(),
            };
            let (word, after) = rest.split_at(length);
            rest = after;
            let is_member = done.trim_end().ends_with('.');
            let context = word.to_ascii_lowercase();
            if is_member || !["github", "secrets"].contains(&context.as_str()) {
                done.push_str(word);
                continue;
            }
            match (context.as_str(), member(after)?) {
                ("github", Some((name, after))) if name == "token" => {
                    done.push_str(&format!("'{}'", self.token));
                    rest = after;
                }
                ("secrets", Some((name, after))) => {
                    done.push_str(&self.secret(&name));
                    rest = after;
                }
                ("secrets", None) => {
                    bail!("no stand-in for `secrets` as a whole, in `{}`", text.trim())
                }
                _ => done.push_str(word),
            }
        }
        Ok(done)
    }

    fn secret(&self, name: &str) -> String {
        let name = name.to_ascii_uppercase();
        if name == "GITHUB_TOKEN" {
            return format!("'{}'", self.token);
        }
        let known = self.secrets.iter().find(|(known, _)| *known == name);
        format!("secrets.{}", known.map_or(&name, |(_, other)| other))
    }
}

/// Whether a value reads the job's token.
pub(super) fn reads_token(value: &Value) -> Result<bool> {
    let [one, other] = ["a", "b"].map(|token| Names {
        token: token.to_owned(),
        secrets: Vec::new(),
    });
    Ok(one.apply(value)? != other.apply(value)?)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Where the expression ends that begins here; `}}` in a string does not end it.
fn end_of(text: &str) -> Result<usize> {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("}}") {
            return Ok(at);
        }
        at += match rest.starts_with('\'') {
            true => length_of_string(rest)?,
            false => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    bail!("an expression does not end: `{text}`")
}

/// A quote within a string is written twice, which looks like two strings; that is fine here.
fn length_of_string(text: &str) -> Result<usize> {
    let inside = text.get(1..).unwrap_or_default();
    match inside.find('\'') {
        Some(end) => Ok(end + 2),
        None => bail!("a string does not end: `{text}`"),
    }
}

/// The member that is asked of a context: `.name` or `['name']`, and what comes after it.
fn member(text: &str) -> Result<Option<(String, &str)>> {
    let text = text.trim_start();
    if let Some(rest) = text.strip_prefix('.') {
        let rest = rest.trim_start();
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        return Ok((!name.is_empty()).then(|| (name.to_ascii_lowercase(), rest)));
    }
    let Some(rest) = text.strip_prefix('[') else {
        return Ok(None);
    };
    let rest = rest.trim_start();
    if !rest.starts_with('\'') {
        return Ok(None);
    }
    let (name, rest) = rest.split_at(length_of_string(rest)?);
    let Some(rest) = rest.trim_start().strip_prefix(']') else {
        return Ok(None);
    };
    Ok(Some((name.trim_matches('\'').to_ascii_lowercase(), rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names() -> Names {
        Names {
            token: "T".to_owned(),
            secrets: vec![("KEY".to_owned(), "RELEASE__KEY".to_owned())],
        }
    }

    #[test]
    fn the_token_is_found_however_it_is_written() {
        for (text, expected) in [
            ("${{ github.token }}", "${{ 'T' }}"),
            (
                "a ${{github.token}}b${{ secrets.GITHUB_TOKEN }}",
                "a ${{'T'}}b${{ 'T' }}",
            ),
            (
                "${{ GitHub['token'] || secrets [ 'github_token' ] }}",
                "${{ 'T' || 'T' }}",
            ),
            (
                "${{ inputs.token || github.token }}",
                "${{ inputs.token || 'T' }}",
            ),
            (
                "${{ format('}} github.token {0}', github.token) }}",
                "${{ format('}} github.token {0}', 'T') }}",
            ),
            ("github.token", "github.token"),
            ("${{ github.token_type }}", "${{ github.token_type }}"),
            ("${{ steps.github.token }}", "${{ steps.github.token }}"),
            ("${{ toJSON(github) }}", "${{ toJSON(github) }}"),
        ] {
            assert_eq!(
                names().apply(&json!(text)).unwrap(),
                json!(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn a_secret_of_an_environment_has_another_name() {
        for (text, expected) in [
            ("${{ secrets.key }}", "${{ secrets.RELEASE__KEY }}"),
            (
                "${{ secrets['KEY'] }}${{ secrets.OTHER }}",
                "${{ secrets.RELEASE__KEY }}${{ secrets.OTHER }}",
            ),
        ] {
            assert_eq!(
                names().apply(&json!(text)).unwrap(),
                json!(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn a_condition_needs_no_braces() {
        let step = json!({"if": "github.token != ''", "run": "github.token"});
        let expected = json!({"if": "'T' != ''", "run": "github.token"});
        assert_eq!(names().apply(&step).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_told_apart_is_an_error() {
        for text in [
            "${{ toJSON(secrets) }}",
            "${{ secrets[inputs.name] }}",
            "${{ github.token",
            "${{ 'open }}",
        ] {
            assert!(names().apply(&json!(text)).is_err(), "{text}");
        }
    }
}
