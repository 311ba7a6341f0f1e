//! Compares benchmarks of two commits on one machine, and keeps the results of main as history.

mod amount;
mod base;
mod commits;
mod compare;
mod exact;
mod inputs;
mod measure;
mod program;
mod record;
mod report;
mod results;

use actions_core::{Action, Context, Done, Permission};
use schemars::JsonSchema;
use serde::Serialize;

use commits::Task;
pub use inputs::Inputs;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "bench",
    name: "Bench",
    description: "Benchmarks a pull request against its base in alternating runs on one machine, reports what got better or worse at a known false-alarm rate, and keeps the history of main.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "activity",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission::BUCKET],
};

/// What later steps read.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// `passed` or `found`.
    pub verdict: String,
    /// Benchmarks that got worse, as a JSON list.
    pub worse: Vec<String>,
    /// Benchmarks that got better, as a JSON list.
    pub better: Vec<String>,
    /// Benchmarks that changed by less than the minimum effect, as a JSON list.
    pub same: Vec<String>,
    /// Benchmarks that need more blocks than the time budget allows, as a JSON list.
    pub unsure: Vec<String>,
    /// Benchmarks only in head, as a JSON list.
    pub added: Vec<String>,
    /// Benchmarks only in base, as a JSON list.
    pub vanished: Vec<String>,
    /// Number of blocks run.
    pub blocks: usize,
    /// Seed of the order of base and head.
    pub seed: u64,
    /// Path of the file with head's results, as JSON.
    pub results: String,
    /// Path of head's executable, if it was recorded.
    pub executable: Option<String>,
    /// URL of the history page: public if known, otherwise its location in the bucket.
    pub page: Option<String>,
}

/// Compares or records, as the event asks.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let rule = inputs.rule()?;
    cx.block_on(async {
        match commits::task(cx, &inputs).await? {
            Task::Compare => compare::run(cx, &inputs, &rule).await,
            Task::Record => record::run(cx, &inputs).await,
            Task::Store => record::store(cx, &inputs).await,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "bench");
    }
}
