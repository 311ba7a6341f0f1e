//! What is left when a step has ended: the log, its commands, and the files that it wrote for the runner.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Job;
use super::log::{self, Annotation};

/// The end of a step.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Exit code; 128 more than the number of the signal that ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// What the step wrote to `GITHUB_OUTPUT`; for a composite step, the outputs that `action.yml` declares.
    pub outputs: BTreeMap<String, String>,
    /// What the step wrote to `GITHUB_ENV`.
    pub env: BTreeMap<String, String>,
    /// What the step wrote to `GITHUB_STEP_SUMMARY`.
    pub summary: String,
    pub annotations: Vec<Annotation>,
    pub masks: Vec<String>,
}

impl Outcome {
    /// The named output.
    ///
    /// # Panics
    /// When there is none; the message lists those that there are.
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or_else(
            || panic!("no output `{name}` among {:?}\n{self}", self.outputs),
            String::as_str,
        )
    }

    /// Fails the test, with the whole log, unless the step ended with `code`.
    #[track_caller]
    pub fn assert_code(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self}");
        self
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            stdout,
            stderr,
            ..
        } = self;
        write!(
            formatter,
            "exit code {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}

/// Reads all that a step has left in its job's folder.
pub(super) fn read(job: &Job, code: i32) -> Outcome {
    let (stdout, stderr) = (job.read("stdout"), job.read("stderr"));
    // The runner looks for commands in both.
    let log::Commands { annotations, masks } = log::commands(&format!("{stdout}\n{stderr}"));
    Outcome {
        code,
        outputs: file_command(&job.file("output")),
        env: file_command(&job.file("env")),
        summary: job.read("summary"),
        stdout,
        stderr,
        annotations,
        masks,
    }
}

fn file_command(file: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(file)
        .unwrap_or_else(|err| panic!("the runner would refuse {}: {err}", file.display()));
    parse_file_command(&text)
        .unwrap_or_else(|err| panic!("the runner would refuse {}: {err}\n{text}", file.display()))
}

/// Reads a file such as `GITHUB_OUTPUT` by the runner's rules: in each entry, whichever of `=` and `<<` comes first
/// decides; a heredoc ends at a line that is exactly its delimiter; the last entry of a name wins.
///
/// # Errors
/// A sentence about the first line that the runner would refuse.
pub fn parse_file_command(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut entries = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let heredoc_first = match (line.find('='), line.find("<<")) {
            (Some(equals), Some(heredoc)) => heredoc < equals,
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (None, None) => return Err(format!("line {line:?} has neither `=` nor `<<`")),
        };
        let separator = if heredoc_first { "<<" } else { "=" };
        let (name, rest) = line.split_once(separator).unwrap_or_default();
        if name.is_empty() {
            return Err(format!("line {line:?} has no name"));
        }
        let value = match (heredoc_first, rest) {
            (false, value) => value.to_owned(),
            (true, "") => return Err(format!("line {line:?} has no delimiter")),
            (true, delimiter) => heredoc(&mut lines, delimiter)
                .ok_or_else(|| format!("`{name}` has no line that is exactly {delimiter:?}"))?,
        };
        entries.insert(name.to_owned(), value);
    }
    Ok(entries)
}

fn heredoc<'a>(lines: &mut impl Iterator<Item = &'a str>, delimiter: &str) -> Option<String> {
    let mut value: Vec<&str> = Vec::new();
    for line in lines {
        if line == delimiter {
            return Some(value.join("\n"));
        }
        value.push(line);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_lines_and_heredocs_are_read() {
        let entries = parse_file_command("a=1\nb<<X\nline 1\n\nX marks\nX\na=2=3<<4\n").unwrap();
        let expected = [("a", "2=3<<4"), ("b", "line 1\n\nX marks")];
        assert!(
            entries
                .iter()
                .map(|(k, v)| (k.as_str(), v.as_str()))
                .eq(expected)
        );
    }

    #[test]
    fn an_open_heredoc_and_a_bare_line_are_refused() {
        for (text, told) in [
            ("a<<X\n1\n", "no line that is exactly"),
            ("hello\n", "neither"),
            ("=1\n", "no name"),
            ("a<<\n", "no delimiter"),
        ] {
            let err = parse_file_command(text).unwrap_err();
            assert!(err.contains(told), "{text:?}: {err}");
        }
    }
}
