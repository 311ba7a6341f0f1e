//! The lines of `cargo deny --format json`, which name a line but not its file.

use std::path::Path;

use actions_core::{Diagnostic, Level};
use serde::Deserialize;
use untrusted_input::checkout;

use super::{Parsed, Said};

/// Where cargo-deny looks for its configuration, in this order.
pub(crate) const CONFIGS: &[&str] = &["deny.toml", ".deny.toml", ".cargo/deny.toml"];

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    fields: Fields,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    severity: String,
    /// Of a line of its log.
    level: String,
    message: String,
    code: Option<String>,
    labels: Vec<Label>,
    graphs: Vec<Graph>,
    notes: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Label {
    line: u32,
    column: usize,
    message: String,
    span: String,
}

#[derive(Deserialize)]
struct Graph {
    #[serde(rename = "Krate")]
    krate: Option<Krate>,
}

#[derive(Deserialize)]
struct Krate {
    name: String,
    version: String,
}

pub(crate) fn cargo_deny(said: &Said) -> Parsed {
    let config = CONFIGS
        .iter()
        .find_map(|name| Some((*name, read(&said.folder, name)?)));
    let lock = read(&said.folder, "Cargo.lock");
    let mut parsed = Parsed::of_lines(&said.stderr, |line: Line| match line.kind.as_str() {
        "diagnostic" => finding(&line.fields, config.as_ref(), lock.as_deref()),
        _ => None,
    });
    // Its log is JSON too; what ends it stands there.
    for line in said.stderr.lines() {
        if let Ok(Line { kind, fields }) = serde_json::from_str(line)
            && kind == "log"
            && matches!(fields.level.as_str(), "ERROR" | "WARN")
        {
            parsed.rest.push(fields.message);
        }
    }
    parsed
}

fn read(folder: &Path, name: &str) -> Option<String> {
    checkout::read_text(&folder.join(name), checkout::LARGE).ok()
}

fn finding(
    fields: &Fields,
    config: Option<&(&str, String)>,
    lock: Option<&str>,
) -> Option<Diagnostic> {
    let level = match fields.severity.as_str() {
        "error" => Level::Error,
        "warning" => Level::Warning,
        // Notes and helps explain what passed.
        _ => return None,
    };
    let krate = fields.graphs.iter().find_map(|graph| graph.krate.as_ref());
    let found = Diagnostic {
        level,
        ..Diagnostic::error(message(fields, krate))
    };
    let found = found.code(fields.code.clone());
    let in_config = config.and_then(|(name, text)| {
        let line = fields.labels.iter().find(|label| label.is_in(text))?.line;
        Some((*name, line))
    });
    let in_lock = || Some(("Cargo.lock", line_in_lock(lock?, krate?)?));
    Some(match in_config.or_else(in_lock) {
        Some((path, line)) => found.at(path, Some(line)),
        None => found,
    })
}

fn message(fields: &Fields, krate: Option<&Krate>) -> String {
    let mut message = fields.message.clone();
    if let Some(krate) = krate
        && !message.contains(&krate.name)
    {
        message = format!("{} {}: {message}", krate.name, krate.version);
    }
    let labels = fields
        .labels
        .iter()
        .filter(|label| !label.message.is_empty());
    let labels = labels.map(|label| match label.span.as_str() {
        "" => label.message.clone(),
        span => format!("{}: `{span}`", label.message),
    });
    for line in labels.chain(fields.notes.iter().cloned()) {
        message.push('\n');
        message.push_str(&line);
    }
    message
}

impl Label {
    /// Whether it is about this text: what it marks stands there.
    fn is_in(&self, text: &str) -> bool {
        let line = (self.line as usize).checked_sub(1);
        let line = line.and_then(|line| text.lines().nth(line));
        let marked = line.and_then(|line| line.get(self.column.checked_sub(1)?..));
        !self.span.is_empty() && marked.is_some_and(|marked| marked.starts_with(&self.span))
    }
}

/// The line with the package's name.
fn line_in_lock(lock: &str, krate: &Krate) -> Option<u32> {
    let name = format!("name = \"{}\"", krate.name);
    let version = format!("version = \"{}\"", krate.version);
    let lines: Vec<&str> = lock.lines().collect();
    let at = lines
        .windows(2)
        .position(|two| matches!(two, [first, second] if *first == name && *second == version))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&str]) -> (tempfile::TempDir, Said) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("deny.toml"),
            "[bans]\ndeny = [{ crate = \"b\" }]\n",
        )
        .unwrap();
        std::fs::write(
            folder.path().join("Cargo.lock"),
            "[[package]]\nname = \"b\"\nversion = \"0.0.9\"\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\n",
        )
        .unwrap();
        let said = Said {
            stderr: lines.join("\n"),
            folder: folder.path().to_owned(),
            ..Said::default()
        };
        (folder, said)
    }

    const GRAPH: &str = r#""graphs":[{"Krate":{"name":"b","version":"0.1.0"},"parents":[]}]"#;

    #[test]
    fn a_rule_is_told_in_the_configuration_and_a_package_in_the_lock_file() {
        let banned = format!(
            r#"{{"type":"diagnostic","fields":{{"code":"banned",{GRAPH},"labels":[{{"column":20,"line":2,"message":"banned here","span":"b"}}],"message":"crate 'b = 0.1.0' is explicitly banned","severity":"error"}}}}"#
        );
        let license = format!(
            r#"{{"type":"diagnostic","fields":{{"code":"rejected",{GRAPH},"labels":[{{"column":10,"line":5,"message":"not allowed","span":"GPL-3.0"}}],"message":"failed to satisfy license requirements","notes":["GPL-3.0 is copyleft"],"severity":"error"}}}}"#
        );
        let (_folder, said) = said(&[&banned, &license, r#"{"type":"summary","fields":{}}"#]);
        let parsed = cargo_deny(&said);
        let [banned, license] = parsed.findings.as_slice() else {
            panic!("{parsed:?}");
        };
        assert_eq!(banned.at_place(), "deny.toml:2");
        assert_eq!(license.at_place(), "Cargo.lock:6");
        assert_eq!(
            license.text(),
            "b 0.1.0: failed to satisfy license requirements (rejected)\nnot allowed: `GPL-3.0`\nGPL-3.0 is copyleft"
        );
        assert!(parsed.rest.is_empty());
    }

    #[test]
    fn an_error_of_its_own_log_is_left_over() {
        let log = r#"{"type":"log","fields":{"level":"ERROR","message":"failed to fetch advisory database","timestamp":"x"}}"#;
        let parsed = cargo_deny(&said(&[log]).1);
        assert_eq!(parsed.rest, ["failed to fetch advisory database"]);
    }
}
