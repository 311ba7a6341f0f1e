//! Takes a bad release back: nobody gets it any more who does not have it, and nobody offers it again by accident.

use actions_core::{Action, Context, Done, Permission, Summary, Table, When};
use anyhow::bail;
use package_store::Version;
use publishing::{
    release,
    withdraw::{Outcome, Withdrawal},
};
use release_inputs::{Ending, Places, Reached};
use schemars::JsonSchema;
use serde::Serialize;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "withdraw",
    name: "Withdraw",
    description: "Withdraws a bad release as far as channels, GitHub and crates.io allow, and says what only a person can do.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "rotate-ccw",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "write",
            when: When::Always,
            reason: "Marks the release on GitHub, and moves the channels' git tags.",
        },
        Permission::BUCKET,
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket with the version's list: gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Version to withdraw, such as v1.2.3 or 1.2.3
    #[arg(long, value_name = "VERSION")]
    pub version: Version,
    /// Reason, in one line, for readers of the release's page
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Also move the git tags of the channels back
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub git_tags: bool,
    #[command(flatten)]
    pub places: Places,
    /// Say what would be done, but do nothing; set it to `false` to withdraw
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// The version.
    pub version: String,
    /// What was changed, as a JSON list; empty in a dry run.
    pub changed: Vec<String>,
    /// What only a person can do, with the address where, as a JSON list of sentences.
    pub by_hand: Vec<String>,
}

/// Withdraws the version.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    release_inputs::block_on(cx, async |ending| withdraw(cx, &inputs, ending).await)
}

async fn withdraw(cx: &Context, inputs: &Inputs, ending: &Ending) -> anyhow::Result<Done<Outputs>> {
    let store = connections::bucket(cx, &inputs.bucket, inputs.dry_run)?;
    let manifest = release::find(&store, &inputs.version.to_string()).await?;
    let off = inputs.places.off();
    if off.github && inputs.git_tags {
        bail!(
            "failed to move the git tags: `git-tags` needs GitHub: remove `github: off`, or set `git-tags: false`"
        );
    }
    let Reached { targets, registry } = inputs.places.reach(cx, &manifest, inputs.dry_run).await?;
    ending.remember(&targets);
    if targets.github.is_none() && !off.github {
        bail!("failed to mark the release on GitHub: set the input `token`, or set `github: off`");
    }
    let has_crates = targets.crates.is_some() || registry.is_some();
    if has_crates && inputs.places.crates_token.is_none() && !inputs.dry_run {
        bail!(
            "failed to yank the crates: the job's own identity may not yank; set the input `crates-token`, or set `crates: off`"
        );
    }
    let withdrawal = Withdrawal {
        store: &store,
        manifest: &manifest,
        targets: &targets,
        git_tags: inputs.git_tags,
        reason: inputs.reason.as_ref().map(|reason| one_line(reason)),
        who: cx.env.get("GITHUB_ACTOR").map(str::to_owned),
        run_url: cx.env.run_url(),
    };
    let mut outcome = withdrawal.run().await;
    if let Some(error) = registry {
        outcome.failed.push(format!("crates.io: {error:#}"));
    }
    report(cx, inputs, manifest.version(), outcome)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn report(
    cx: &Context,
    inputs: &Inputs,
    version: &str,
    outcome: Outcome,
) -> anyhow::Result<Done<Outputs>> {
    let mut table = Table::new(&["what", "was", "done"]);
    for row in &outcome.rows {
        table.row([row.what.as_str(), &row.before, &row.done]);
    }
    cx.log.info(table.to_text().trim_end());
    let mut hands = Table::new(&["must be done by hand"]);
    for what in &outcome.by_hand {
        hands.row([what.as_str()]);
        cx.log.warning(what);
    }
    let mut summary = Summary::new();
    let title = match inputs.dry_run {
        true => format!("Withdraw {version}: dry run"),
        false => format!("Withdraw {version}"),
    };
    summary.heading(&title).table(&table).table(&hands);
    cx.write_summary(&summary)?;
    if !outcome.failed.is_empty() {
        bail!(
            "failed to withdraw all of {version}, run it again: {}",
            outcome.failed.join("; ")
        );
    }
    let changed = outcome
        .rows
        .iter()
        .filter(|row| row.changed && !inputs.dry_run);
    let changed: Vec<String> = changed.map(|row| row.what.clone()).collect();
    cx.log.info(match (inputs.dry_run, changed.len()) {
        (true, _) => {
            "dry run: nothing was changed; set `dry-run: false` to withdraw the version".to_owned()
        }
        (false, 0) => format!("{version} was withdrawn already"),
        (false, _) => format!("{version} is withdrawn"),
    });
    Ok(Done::passed(Outputs {
        version: version.to_owned(),
        changed,
        by_hand: outcome.by_hand,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "withdraw");
    }
}
