//! Results that a command prints: a list of names, values and units, hyperfine's export, or messages of cargo-criterion.

use actions_core::text;
use anyhow::bail;
use serde::Deserialize;

use super::{Value, check_names};

/// The list that many tools can print.
#[derive(Debug, Deserialize)]
struct Listed {
    name: String,
    value: f64,
    unit: String,
}

/// What `hyperfine --export-json -` prints; its times are in seconds.
#[derive(Debug, Deserialize)]
struct Hyperfine {
    results: Vec<Timed>,
}

#[derive(Debug, Deserialize)]
struct Timed {
    command: String,
    median: f64,
}

/// A line of `cargo criterion --message-format=json`.
#[derive(Debug, Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    median: Option<Estimate>,
}

#[derive(Debug, Deserialize)]
struct Estimate {
    estimate: f64,
    unit: String,
}

const EXPECTED: &str = r#"expected `[{"name": "parse", "value": 12.5, "unit": "ms"}]`, hyperfine's `--export-json -`, or the messages of cargo-criterion"#;

/// Reads all results; other lines around a list or between messages are left out.
pub(super) fn read(written: &[u8]) -> anyhow::Result<Vec<Value>> {
    let text = String::from_utf8_lossy(written);
    let values = match whole(text.trim()) {
        Some(values) => values?,
        None => lines(&text)?,
    };
    check_names(&values)?;
    Ok(values)
}

/// A list or an export, alone or after other lines; nothing if there is none.
fn whole(text: &str) -> Option<anyhow::Result<Vec<Value>>> {
    let starts = text.match_indices(['[', '{']).map(|found| found.0);
    let starts =
        starts.filter(|start| *start == 0 || text.as_bytes().get(start - 1) == Some(&b'\n'));
    let mut problem = None;
    for start in starts {
        let rest = text.get(start..)?;
        match serde_json::from_str::<serde_json::Value>(rest) {
            Ok(value) => return typed(value),
            Err(error) if rest.starts_with('[') => problem = Some(error),
            Err(_) => {}
        }
    }
    // A list that breaks off says more than that there is none.
    problem.map(|error| Err(anyhow::anyhow!("the list is not valid JSON: {error}")))
}

fn typed(value: serde_json::Value) -> Option<anyhow::Result<Vec<Value>>> {
    let invalid = |error: serde_json::Error| anyhow::anyhow!("{error}; {EXPECTED}");
    if value.is_array() {
        let listed = serde_json::from_value::<Vec<Listed>>(value).map_err(invalid);
        let value = |one: Listed| Value {
            name: one.name,
            value: one.value,
            unit: one.unit,
        };
        return Some(listed.map(|all| all.into_iter().map(value).collect()));
    }
    // A single message is read as one of many.
    value.get("results")?;
    let export = serde_json::from_value::<Hyperfine>(value).map_err(invalid);
    let value = |one: Timed| Value {
        name: one.command,
        value: one.median * 1000.0,
        unit: "ms".to_owned(),
    };
    Some(export.map(|export| export.results.into_iter().map(value).collect()))
}

fn lines(text: &str) -> anyhow::Result<Vec<Value>> {
    let mut values = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('{')) {
        let Ok(message) = serde_json::from_str::<Message>(line) else {
            continue;
        };
        if message.reason != "benchmark-complete" {
            continue;
        }
        let Some(median) = message.median else {
            bail!(
                "the message of benchmark `{}` has no median",
                text::one_line(&message.id)
            );
        };
        values.push(Value {
            name: message.id,
            value: median.estimate,
            unit: median.unit,
        });
    }
    if values.is_empty() {
        let first = text.lines().find(|line| !line.trim().is_empty());
        match first {
            None => bail!("it printed nothing; {EXPECTED}"),
            Some(first) => bail!(
                "it printed no results but {:?}; {EXPECTED}",
                text::shortened(first)
            ),
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, f64, String)> {
        let read = read(text.as_bytes()).unwrap();
        read.into_iter()
            .map(|one| (one.name, one.value, one.unit))
            .collect()
    }

    fn error(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_list_is_read_alone_and_after_other_lines() {
        let list = r#"[{"name": "a", "value": 1.5, "unit": "ms", "extra": "x"}]"#;
        let expected = [("a".to_owned(), 1.5, "ms".to_owned())];
        assert_eq!(values(list), expected);
        assert_eq!(
            values(&format!("running 1 benchmark\n[info] ok\n{list}\n")),
            expected
        );
        assert_eq!(values(&list.replace(", ", ",\n  ")), expected);
    }

    #[test]
    fn an_export_of_hyperfine_is_in_milliseconds() {
        let export =
            r#"{"results": [{"command": "parse", "mean": 0.3, "median": 0.25, "times": [0.25]}]}"#;
        assert_eq!(
            values(export),
            [("parse".to_owned(), 250.0, "ms".to_owned())]
        );
    }

    #[test]
    fn messages_of_cargo_criterion_are_read() {
        let median =
            r#""median":{"estimate":161.0,"lower_bound":1.0,"upper_bound":2.0,"unit":"ns"}"#;
        let messages = format!(
            "{{\"reason\":\"benchmark-complete\",\"id\":\"g/a\",{median}}}\nnoise\n\
             {{\"reason\":\"group-complete\",\"group_name\":\"g\"}}\n\
             {{\"reason\":\"benchmark-complete\",\"id\":\"g/b\",{median}}}\n"
        );
        let names: Vec<String> = values(&messages).into_iter().map(|one| one.0).collect();
        assert_eq!(names, ["g/a", "g/b"]);
        let one = values(messages.lines().next().unwrap());
        assert_eq!(one, [("g/a".to_owned(), 161.0, "ns".to_owned())]);
    }

    #[test]
    fn what_is_no_result_is_refused_with_what_was_expected() {
        assert!(error("").starts_with("it printed nothing; expected `[{\"name\""));
        assert!(error("Hello\n").starts_with("it printed no results but \"Hello\"; expected"));
        assert!(
            error("[{\"name\": \"a\", \"value\": 1").starts_with("the list is not valid JSON: EOF")
        );
        assert!(error(r#"[{"name": "a", "value": "1", "unit": "ms"}]"#).contains("expected f64"));
        assert!(error(r#"[{"name": "a", "value": null, "unit": "ms"}]"#).contains("null"));
        assert!(error(r#"[{"name": "a", "value": 1}]"#).contains("missing field `unit`"));
    }
}
