//! Lists or deletes old packages, because a bucket that keeps every build grows for ever.

mod age;
mod report;

use actions_core::{Action, Context, Done, Permission};
use anyhow::{Context as _, bail};
use package_store::{PruneOptions, Site, Time};
use schemars::JsonSchema;
use serde::Serialize;

pub use age::Age;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "prune",
    name: "Prune",
    description: "Lists or deletes old packages that no frozen version or channel references; it deletes only if told to.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "trash-2",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission::BUCKET],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket with the packages: gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Minimum age of packages to prune, such as 90d or 12w
    #[arg(long, value_name = "AGE")]
    pub older_than: Age,
    /// Only packages of these kinds, such as wheel or bundle; defaults to all
    #[arg(long, value_name = "KINDS")]
    pub kinds: Vec<String>,
    /// Only commits that start with these hex digits; defaults to all
    #[arg(long, value_name = "DIGITS", default_value = "")]
    pub commits: String,
    /// Minimum age of files without a record and short addresses without a package
    #[arg(long, value_name = "AGE", default_value = "7d")]
    pub leftovers_older_than: Age,
    /// Delete what was found instead of only listing it
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub delete: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Number of packages deleted, or found.
    pub packages: usize,
    /// Number of leftover objects deleted, or found.
    pub leftovers: usize,
    /// Total size of both, in bytes.
    pub bytes: u64,
    /// Whether anything was deleted.
    pub deleted: bool,
}

/// Lists or deletes.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    if !inputs.commits.chars().all(hex) || inputs.commits.len() > 40 {
        bail!(
            "failed to read the input `commits` from \"{}\": write the first digits of a commit id, like `6e4ddaf`",
            inputs.commits
        );
    }
    cx.block_on(prune(cx, &inputs))
}

async fn prune(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let store = connections::bucket(cx, &inputs.bucket, !inputs.delete)?;
    let ago = |age: Age| {
        Time::now()
            .before(age.duration())
            .with_context(|| format!("failed to determine the time {age} ago"))
    };
    let options = PruneOptions {
        before: ago(inputs.older_than)?,
        commits: inputs.commits.clone(),
        kinds: inputs.kinds.clone(),
        leftovers_before: Some(ago(inputs.leftovers_older_than)?),
    };
    let found = store.prunable(&options).await?;
    let gone = store.prune(&found, &Site::default()).await?;
    report::report(cx, inputs, &gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "prune");
    }
}
