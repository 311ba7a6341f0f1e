//! The few expressions that a generated `action.yml` uses: plain names of `inputs`, `github`, `runner` and step outputs.

use std::collections::BTreeMap;
use std::path::Path;

use crate::runner::Job;

/// Variable in which a test leaves what `github.token` gives; it never reaches the step.
pub(super) const TOKEN: &str = "__github_token";

/// The contexts that expressions can name.
#[derive(Debug)]
pub(super) struct Contexts {
    pub(super) inputs: BTreeMap<String, String>,
    /// Outputs by step id.
    pub(super) steps: BTreeMap<String, BTreeMap<String, String>>,
    github: BTreeMap<String, String>,
    runner: BTreeMap<String, String>,
}

impl Contexts {
    pub(super) fn new(job: &mut Job, action: &Path) -> Self {
        let mut github: BTreeMap<String, String> = BTreeMap::new();
        let mut runner = BTreeMap::new();
        let text = |job: &Job, name: &str| {
            job.variable(name)
                .map(|value| value.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        for name in [
            "actor",
            "api_url",
            "event_name",
            "event_path",
            "job",
            "ref",
            "repository",
            "repository_owner",
            "run_attempt",
            "run_id",
            "server_url",
            "sha",
            "workflow",
            "workspace",
        ] {
            github.insert(
                name.to_owned(),
                text(job, &format!("GITHUB_{}", name.to_uppercase())),
            );
        }
        for name in ["os", "arch", "temp", "tool_cache"] {
            runner.insert(
                name.to_owned(),
                text(job, &format!("RUNNER_{}", name.to_uppercase())),
            );
        }
        github.insert("action_path".to_owned(), action.display().to_string());
        github.insert("token".to_owned(), job.take(TOKEN));
        Self {
            inputs: BTreeMap::new(),
            steps: BTreeMap::new(),
            github,
            runner,
        }
    }

    /// Replaces every `${{ … }}` in a text.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (expression, rest) = part
                .split_once("}}")
                .unwrap_or_else(|| panic!("`${{{{{part}` has no end"));
            filled.push_str(self.value(expression.trim()));
            filled.push_str(rest);
        }
        filled
    }

    fn value(&self, expression: &str) -> &str {
        let names: Vec<&str> = expression.split('.').collect();
        let value = match names.as_slice() {
            ["inputs", name] => self.inputs.get(*name),
            ["github", name] => self.github.get(*name),
            ["runner", name] => self.runner.get(*name),
            // An output that was never written is an empty string.
            ["steps", id, "outputs", name] if self.steps.contains_key(*id) => {
                return self
                    .steps
                    .get(*id)
                    .and_then(|outputs| outputs.get(*name))
                    .map_or("", String::as_str);
            }
            _ => None,
        };
        value.map_or_else(
            || panic!("`{expression}` cannot be evaluated: inputs.*, github.*, runner.* and steps.*.outputs.* that exist can"),
            String::as_str,
        )
    }
}
