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
    description: "Runs the benchmarks of a pull request and of its base in turns on one machine, says which became better or worse with a known rate of false alarms, and keeps the results of main.",
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
    /// Benchmarks that became worse, as a JSON list.
    pub worse: Vec<String>,
    /// Benchmarks that became better, as a JSON list.
    pub better: Vec<String>,
    /// Benchmarks that differ by less than the minimum effect, as a JSON list.
    pub same: Vec<String>,
    /// Benchmarks that need more blocks than the time budget allows, as a JSON list.
    pub unsure: Vec<String>,
    /// Benchmarks that only head has, as a JSON list.
    pub added: Vec<String>,
    /// Benchmarks that only base has, as a JSON list.
    pub vanished: Vec<String>,
    /// How many blocks ran.
    pub blocks: usize,
    /// Seed of the order in which base and head ran.
    pub seed: u64,
    /// Path of the file with what head measured, as JSON.
    pub results: String,
    /// Path of head's executable, if it was recorded.
    pub executable: Option<String>,
    /// Address of the history's page: the public one if it is known, else its place in the bucket.
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
