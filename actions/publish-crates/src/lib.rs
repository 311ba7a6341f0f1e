//! Publishes built crates to a cargo registry: the very bytes that were packaged, in an order that always resolves, once.

use std::time::Instant;

use actions_core::{Action, Context, Done, Permission, Secret, Summary, Table, When, files};
use anyhow::bail;
use bytesize::ByteSize;
use package_formats::Crate;
use publishing::{
    SecretString, State, Transport, clock,
    crates_io::{Credentials, Error, Plan, Registry},
    release::Targets,
};
use release_inputs::Ending;
use schemars::JsonSchema;
use serde::Serialize;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "publish-crates",
    name: "Publish crates",
    description: "Publishes built `.crate` files to crates.io or another registry in dependency order; skips files that are published, and aborts if a digest differs.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "upload-cloud",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission {
        scope: "id-token",
        access: "write",
        when: When::Missing("token"),
        reason: "Trusted publishing. The first version of a crate needs a token.",
    }],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Globs of the `.crate` files to publish
    #[arg(long, value_name = "GLOBS", required = true)]
    pub files: Vec<String>,
    /// Sparse index of the registry, such as sparse+https://…; defaults to crates.io
    #[arg(long, value_name = "URL")]
    pub registry: Option<String>,
    /// Sparse index of a crates.io mirror, for dependencies that `registry` does not have; defaults to crates.io
    #[arg(long, value_name = "URL")]
    pub crates_io_mirror: Option<String>,
    /// API token; defaults to trusted publishing with the job's identity
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
    /// Do everything except upload, and say what would be sent
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Files that this run sent, in order, as a JSON list.
    pub published: Vec<String>,
    /// Files that were already there, as a JSON list.
    pub unchanged: Vec<String>,
}

/// Publishes the crates.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    release_inputs::block_on(cx, async |ending| publish(cx, &inputs, ending).await)
}

async fn publish(cx: &Context, inputs: &Inputs, ending: &Ending) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let crates = open(&inputs.files)?;
    let transport = release_inputs::transport(cx)?;
    let (index, mirror) = (
        inputs.registry.as_deref(),
        inputs.crates_io_mirror.as_deref(),
    );
    let token = inputs.token.as_ref();
    let registry = release_inputs::registry(&transport, index, mirror, token).await?;
    cx.log.info(format!(
        "{} crates for {}",
        crates.len(),
        registry.index_url()
    ));
    let credentials = credentials(cx, inputs, &transport, &registry)?;
    ending.remember(&Targets {
        crates: Some((registry.clone(), Some(credentials.clone()))),
        ..Targets::default()
    });
    let plan = registry.plan(&crates, &credentials).await?;
    let table = table(&plan);
    cx.log.info(table.to_text().trim_end());
    for caution in &plan.cautions {
        cx.log.warning(caution);
    }
    if !plan.problems.is_empty() {
        return Err(Error::Problems(plan.problems).into());
    }
    if !plan.estimate.at_least.is_zero() {
        cx.log.info(format!(
            "{} new crates and {} new versions: with the registry's rate limits, this takes at least {}",
            plan.estimate.new_crates,
            plan.estimate.new_versions,
            clock::spoken(plan.estimate.at_least)
        ));
    }
    let mut summary = Summary::new();
    summary.heading("Publish crates").table(&table);
    cx.write_summary(&summary)?;
    if inputs.dry_run {
        cx.log.info("dry run: nothing was sent");
        let same = plan.crates.iter().filter(|one| one.state == State::Same);
        return Ok(Done::passed(Outputs {
            published: Vec::new(),
            unchanged: same.map(|one| one.file.clone()).collect(),
        }));
    }
    let outcome = registry
        .publish_planned(&crates, plan, &credentials)
        .await?;
    cx.log.info(format!(
        "published {} crates, {} already there, in {:.1} s",
        outcome.published.len(),
        outcome.unchanged.len(),
        started.elapsed().as_secs_f64()
    ));
    Ok(Done::passed(Outputs {
        published: outcome.published,
        unchanged: outcome.unchanged,
    }))
}

/// The crates that the globs name. Those that cannot be read stop the run, all at once.
fn open(globs: &[String]) -> anyhow::Result<Vec<Crate>> {
    let (mut crates, mut unreadable) = (Vec::new(), Vec::new());
    for path in files::matching("files", globs)? {
        match Crate::open(&path) {
            Ok(krate) => crates.push(krate),
            Err(error) => unreadable.push(error.to_string()),
        }
    }
    match unreadable.is_empty() {
        true => Ok(crates),
        false => bail!(unreadable.join("\n")),
    }
}

/// The token, or the job's identity. A dry run, such as that of a pull request, may do without as long as the registry lets it.
fn credentials(
    cx: &Context,
    inputs: &Inputs,
    transport: &Transport,
    registry: &Registry,
) -> anyhow::Result<Credentials> {
    let found =
        release_inputs::registry_credentials(cx, transport, registry, inputs.token.as_ref())?;
    match found {
        Some(credentials) => {
            if matches!(credentials, Credentials::Trusted(_)) {
                cx.log
                    .info("no `token`: trusted publishing with the job's identity");
            }
            Ok(credentials)
        }
        None if inputs.dry_run => Ok(Credentials::Token(SecretString::default())),
        None => bail!(
            "failed to publish: there is no `token`, and no identity to exchange for one: is `id-token: write` missing from the job's permissions?"
        ),
    }
}

fn table(plan: &Plan) -> Table {
    let mut table = Table::new(&["file", "size", "SHA-256", "registry"]);
    for one in &plan.crates {
        let state = match &one.state {
            State::Absent if one.new_crate => "new crate",
            State::Absent => "will be sent",
            State::Same if one.yanked => "already there, yanked",
            State::Same => "already there",
            State::Other { .. } => "has different bytes",
        };
        table.row([
            one.file.as_str(),
            &ByteSize::b(one.size).to_string(),
            &one.sha256,
            state,
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "publish-crates");
    }
}
