//! The report as data, for whoever asks for it with `format`.

use serde_json::{Value, json};

use super::Report;

/// How the report is written to standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people: the log of a runner, or lines for a terminal.
    #[default]
    Text,
    /// One JSON object: `verdict`, `subject`, `gates` and all `findings`.
    Json,
    /// SARIF 2.1.0, as code scanning reads it.
    Sarif,
}

impl Report<'_> {
    /// What goes to standard output beside the log; nothing where the log is what was asked for.
    pub(crate) fn data(&self, format: Format) -> Option<String> {
        let value = match format {
            Format::Text => return None,
            Format::Json => self.json(),
            Format::Sarif => self.sarif(),
        };
        Some(format!("{value:#}"))
    }

    fn json(&self) -> Value {
        let gates: Vec<Value> = self
            .outcomes
            .iter()
            .map(|outcome| {
                json!({
                    "gate": outcome.gate.id,
                    "verdict": outcome.verdict(),
                    "findings": outcome.findings.len(),
                    "remark": outcome.remark(),
                })
            })
            .collect();
        let verdict = match self.cannot_look() {
            Some(_) => "could not run",
            None => self.verdict(),
        };
        json!({
            "verdict": verdict,
            "subject": self.subject.to_string(),
            "failed": self.failed(),
            "gates": gates,
            "findings": self.all_reported().collect::<Vec<_>>(),
        })
    }
}
