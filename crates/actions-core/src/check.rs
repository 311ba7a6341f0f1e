//! What the workflow `lint-build-test.yml` does for a job: the key `uses`, and the keys of `with`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;

use crate::given;

/// What the published workflow does for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Runs the linters, with the action `lint`.
    Lint,
    /// Builds and tests crates, with the action `test-rust`.
    TestRust,
    /// Builds and tests wheels of the table `[packages]`.
    Wheel,
    /// Compares or records benchmarks, with the action `bench`.
    Bench,
    /// Runs the command in `with`.
    Command,
}

/// The command that runs before the check.
const SETUP: &str = "setup";

impl Check {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Lint,
        Self::TestRust,
        Self::Wheel,
        Self::Bench,
        Self::Command,
    ];

    /// As in the key `uses`, and the id of its job in the workflow.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::TestRust => "test-rust",
            Self::Wheel => "wheel",
            Self::Bench => "bench",
            Self::Command => "command",
        }
    }

    /// The keys that `with` may have. The workflow passes each on, except `shards` and the `packages` of a wheel, which
    /// make rows.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Lint => &["commands", "folder", "only", SETUP, "skip"],
            Self::TestRust => &[
                "all-features",
                "arguments",
                "doctests",
                "features",
                "manifest-path",
                "packages",
                "profile",
                SETUP,
                "shards",
                "version",
            ],
            Self::Wheel => &["packages"],
            Self::Bench => &[SETUP],
            Self::Command => &["command", SETUP],
        }
    }
}

/// Each key with the checks that know it.
pub fn with_schema(_: &mut SchemaGenerator) -> Schema {
    let known = Check::ALL.map(|it| (it.name(), it.keys()));
    let properties = given::properties(&known);
    json_schema!({
        "description": "Inputs of what `uses` names, and `setup`, a command for bash that runs before it.",
        "type": ["object", "null"],
        "properties": Value::Object(properties),
        "additionalProperties": false,
    })
}
