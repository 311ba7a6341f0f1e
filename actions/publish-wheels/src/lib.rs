//! Publishes built wheels to a Python index: sees what is there, sends what is missing, and never twice.

use std::{sync::Arc, time::Instant};

use actions_core::{Action, Context, Done, Permission, Secret, Summary, Table, files, oidc};
use anyhow::{Context as _, bail};
use bytesize::ByteSize;
use publishing::{
    Options, SecretString, State, Transport, endpoints,
    pypi::{Credentials, Distribution, Index, Planned},
    trusted::{self, Publisher},
};
use schemars::JsonSchema;
use serde::Serialize;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "publish-wheels",
    name: "Publish wheels",
    description: "Publishes built wheels to PyPI or another Python index: what is there with the same digest is done, another digest stops everything.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "upload-cloud",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission {
        scope: "id-token",
        access: "write",
        reason: "Trusted publishing. Without it the input `password` is needed.",
    }],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Globs of the wheels and sdists to publish
    #[arg(long, value_name = "GLOBS", required = true)]
    pub files: Vec<String>,
    /// Where the index takes uploads; by default PyPI
    #[arg(long, value_name = "URL")]
    pub index_url: Option<String>,
    /// Where the index shows what it has; by default found beside `index-url`
    #[arg(long, value_name = "URL")]
    pub simple_url: Option<String>,
    /// User for the upload
    #[arg(long, value_name = "NAME", default_value = "__token__")]
    pub username: String,
    /// Password or API token; without it the job's own identity is exchanged for one (trusted publishing)
    #[arg(long, value_name = "SECRET")]
    pub password: Option<Secret>,
    /// Do everything but the upload, and say what would be sent
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Files that this run sent; a JSON list.
    pub published: Vec<String>,
    /// Files that were there already; a JSON list.
    pub unchanged: Vec<String>,
}

/// Publishes the wheels.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    cx.block_on(publish(cx, &inputs))
}

async fn publish(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let files = files::matching("files", &inputs.files)?
        .iter()
        .map(|path| Ok(Distribution::open(path)?))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let transport = transport(cx)?;
    let index = Index::new(
        &transport,
        inputs
            .index_url
            .as_deref()
            .unwrap_or(endpoints::PYPI_UPLOAD),
        inputs.simple_url.as_deref(),
    )?;
    cx.log.info(format!(
        "{} files for {}, compared with {}",
        files.len(),
        index.upload_url(),
        index.simple_url()
    ));
    let credentials = credentials(cx, inputs, &transport, &index)?;
    let plan = index.plan(&files, credentials.as_ref()).await?;
    let table = table(&plan);
    cx.log.info(table.to_text().trim_end());
    let conflicts: Vec<String> = plan
        .iter()
        .filter_map(Planned::conflict)
        .map(|one| one.to_string())
        .collect();
    if !conflicts.is_empty() {
        bail!(
            "failed to publish, nothing was sent: {}; other bytes need another version",
            conflicts.join("; ")
        );
    }
    let mut summary = Summary::new();
    summary.heading("Publish wheels").table(&table);
    cx.write_summary(&summary)?;
    if inputs.dry_run {
        cx.log.info("dry run: nothing was sent");
        return Ok(Done::passed(Outputs {
            published: Vec::new(),
            unchanged: same(&plan),
        }));
    }
    let Some(credentials) = credentials else {
        bail!(
            "failed to publish: there is no `password`, and no identity to exchange for one: is `id-token: write` missing from the job's permissions?"
        );
    };
    let outcome = index.publish_all(&files, &credentials).await?;
    cx.log.info(format!(
        "published {} files, {} already there, in {:.1} s",
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

/// The password, or the job's identity; none of them is fine as long as nothing is sent.
fn credentials(
    cx: &Context,
    inputs: &Inputs,
    transport: &Transport,
    index: &Index,
) -> anyhow::Result<Option<Credentials>> {
    if let Some(password) = &inputs.password {
        return Ok(Some(Credentials::Password {
            username: inputs.username.clone(),
            password: SecretString::from(password.expose()),
        }));
    }
    if !oidc::available(&cx.env) {
        return Ok(None);
    }
    cx.log
        .info("no `password`: trusted publishing with the job's identity");
    let asking = cx.clone();
    let identity = trusted::identity(move |audience| {
        let cx = asking.clone();
        async move { anyhow::Ok(oidc::token(&cx, &audience).await?.expose().to_owned()) }
    });
    let log = cx.log.clone();
    let on_minted = trusted::on_minted(move |token| log.mask(&Secret::new(token)));
    let publisher = Publisher::pypi(transport, index.upload_url(), identity, on_minted);
    Ok(Some(Credentials::Trusted(Arc::new(publisher))))
}

fn table(plan: &[Planned]) -> Table {
    let mut table = Table::new(&["file", "size", "SHA-256", "index"]);
    for one in plan {
        let state = match &one.state {
            State::Absent if one.new_project => "new project",
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

fn same(plan: &[Planned]) -> Vec<String> {
    let same = plan.iter().filter(|one| one.state == State::Same);
    same.map(|one| one.file.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.action.id, "publish-wheels");
    }
}
