//! Publishes built crates to a cargo registry: the very bytes that were packaged, in an order that always resolves, once.

use std::{sync::Arc, time::Instant};

use actions_core::{Action, Context, Done, Permission, Secret, Summary, Table, files, oidc};
use anyhow::{Context as _, bail};
use bytesize::ByteSize;
use package_formats::Crate;
use publishing::{
    Options, SecretString, State, Transport, clock,
    crates_io::{Credentials, Plan, Registry},
    endpoints,
    trusted::{self, Publisher},
};
use schemars::JsonSchema;
use serde::Serialize;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "publish-crates",
    name: "Publish crates",
    description: "Publishes built `.crate` files to crates.io or another registry in dependency order: what is there with the same digest is done, another digest stops everything.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "upload-cloud",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission {
        scope: "id-token",
        access: "write",
        reason: "Trusted publishing. Without it the input `token` is needed; the first version of a crate always needs it.",
    }],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Globs of the `.crate` files to publish
    #[arg(long, value_name = "GLOBS", required = true)]
    pub files: Vec<String>,
    /// Sparse index of the registry, as sparse+https://…; by default that of crates.io
    #[arg(long, value_name = "URL")]
    pub registry: Option<String>,
    /// API token; without it the job's own identity is exchanged for one (trusted publishing)
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
    /// Do everything but the upload, and say what would be sent
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Files that this run sent, in that order; a JSON list.
    pub published: Vec<String>,
    /// Files that were there already; a JSON list.
    pub unchanged: Vec<String>,
}

/// Publishes the crates.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    cx.block_on(publish(cx, &inputs))
}

async fn publish(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let crates = files::matching("files", &inputs.files)?
        .iter()
        .map(|path| Ok(Crate::open(path)?))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let transport = transport(cx)?;
    let token = inputs
        .token
        .as_ref()
        .map(|token| SecretString::from(token.expose()));
    let registry = Registry::open(
        &transport,
        inputs
            .registry
            .as_deref()
            .unwrap_or(endpoints::CRATES_IO_INDEX),
        token.as_ref(),
    )
    .await?;
    cx.log.info(format!(
        "{} crates for {}",
        crates.len(),
        registry.index_url()
    ));
    let credentials = credentials(cx, inputs.dry_run, token, &transport, &registry)?;
    let plan = registry.plan(&crates, &credentials).await?;
    let table = table(&plan);
    cx.log.info(table.to_text().trim_end());
    let conflicts: Vec<String> = plan.conflicts().iter().map(ToString::to_string).collect();
    if !conflicts.is_empty() {
        bail!(
            "failed to publish, nothing was sent: {}; other bytes need another version",
            conflicts.join("; ")
        );
    }
    if !plan.estimate.at_least.is_zero() {
        cx.log.info(format!(
            "{} new crates and {} new versions: the registry's limits make this take at least {}",
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
    let outcome = registry.publish_all(&crates, &credentials).await?;
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

fn transport(cx: &Context) -> anyhow::Result<Transport> {
    let log = cx.log.clone();
    let options = Options::for_log(move |line| log.info(line), |name| cx.env.get(name))
        .context("failed to read the proxy's address from the variables")?;
    Ok(Transport::new(options)?)
}

/// The token, or the job's identity. A dry run, as of a pull request, may do without as long as the registry lets it.
fn credentials(
    cx: &Context,
    dry_run: bool,
    token: Option<SecretString>,
    transport: &Transport,
    registry: &Registry,
) -> anyhow::Result<Credentials> {
    if let Some(token) = token {
        return Ok(Credentials::Token(token));
    }
    if !oidc::available(&cx.env) && dry_run {
        return Ok(Credentials::Token(SecretString::default()));
    }
    if !oidc::available(&cx.env) {
        bail!(
            "failed to publish: there is no `token`, and no identity to exchange for one: is `id-token: write` missing from the job's permissions?"
        );
    }
    cx.log
        .info("no `token`: trusted publishing with the job's identity");
    let asking = cx.clone();
    let identity = trusted::identity(move |audience| {
        let cx = asking.clone();
        async move { anyhow::Ok(oidc::token(&cx, &audience).await?.expose().to_owned()) }
    });
    let log = cx.log.clone();
    let on_minted = trusted::on_minted(move |token| log.mask(&Secret::new(token)));
    let publisher = Publisher::crates_io(transport, registry.api_url()?, identity, on_minted);
    Ok(Credentials::Trusted(Arc::new(publisher)))
}

fn table(plan: &Plan) -> Table {
    let mut table = Table::new(&["file", "size", "SHA-256", "registry"]);
    for one in &plan.crates {
        let state = match &one.state {
            State::Absent if one.new_crate => "new crate",
            State::Absent => "will be sent",
            State::Same => "already there",
            State::Other { .. } => "has other bytes",
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
        assert_eq!(spec.action.id, "publish-crates");
    }
}
