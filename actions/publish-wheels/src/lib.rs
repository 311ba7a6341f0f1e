//! Publishes built wheels to a Python index: sees what is there, sends what is missing, and never twice.

use std::{path::PathBuf, time::Instant};

use actions_core::{Action, Context, Done, Permission, Secret, When, files};
use anyhow::bail;
use publishing::{
    State,
    pypi::{self, Credentials, Distribution, Index, Planned},
    release::Targets,
};
use release_inputs::Ending;
use schemars::JsonSchema;
use serde::Serialize;

mod report;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "publish-wheels",
    name: "Publish wheels",
    description: "Publishes built wheels to PyPI or another Python index; skips files that are published, and aborts if a digest differs.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "upload-cloud",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[Permission {
        scope: "id-token",
        access: "write",
        when: When::Missing("password"),
        reason: "Trusted publishing.",
    }],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Globs of the wheels and sdists to publish, and of their attestations
    #[arg(long, value_name = "GLOBS", required = true)]
    pub files: Vec<String>,
    /// Upload URL of the index; defaults to PyPI
    #[arg(long, value_name = "URL")]
    pub index_url: Option<String>,
    /// Simple API of the index; by default derived from `index-url`
    #[arg(long, value_name = "URL")]
    pub simple_url: Option<String>,
    /// User name for the upload
    #[arg(long, value_name = "NAME", default_value = "__token__")]
    pub username: String,
    /// Password or API token; defaults to trusted publishing with the job's identity
    #[arg(long, value_name = "SECRET")]
    pub password: Option<Secret>,
    /// Do everything except upload, and say what would be sent
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Files that this run sent, as a JSON list.
    pub published: Vec<String>,
    /// Files that were already there, as a JSON list.
    pub unchanged: Vec<String>,
}

/// Publishes the wheels.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    release_inputs::block_on(cx, async |ending| publish(cx, &inputs, ending).await)
}

async fn publish(cx: &Context, inputs: &Inputs, ending: &Ending) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let transport = release_inputs::transport(cx)?;
    let (upload, simple) = (inputs.index_url.as_deref(), inputs.simple_url.as_deref());
    let index = release_inputs::index(&transport, upload, simple)?;
    let files = open(cx, &inputs.files, &index)?;
    cx.log.info(format!(
        "{} files for {}, compared with {}",
        files.len(),
        index.upload_url(),
        index.simple_url()
    ));
    let problems = index.check(&files);
    if !problems.is_empty() {
        return report::problems(cx, &problems);
    }
    let (user, password) = (&inputs.username, inputs.password.as_ref());
    let credentials = release_inputs::index_credentials(cx, &transport, &index, user, password);
    ending.remember(&Targets {
        pypi: Some((index.clone(), credentials.clone())),
        ..Targets::default()
    });
    if matches!(credentials, Some(Credentials::Trusted(_))) {
        cx.log
            .info("no `password`: trusted publishing with the job's identity");
    }
    let plan = index.survey(&files, credentials.as_ref()).await?;
    report::plan(cx, &plan.planned)?;
    let conflicts: Vec<String> = plan
        .planned
        .iter()
        .filter_map(Planned::conflict)
        .map(|one| one.to_string())
        .collect();
    if !conflicts.is_empty() {
        bail!(
            "failed to publish, nothing was sent: {}; different bytes need a new version",
            conflicts.join("; ")
        );
    }
    if !plan.problems.is_empty() {
        return report::problems(cx, &plan.problems);
    }
    if inputs.dry_run {
        report::cautions(cx, &plan.planned);
        report::attestations(cx, &index, &files, credentials.as_ref());
        cx.log.info("dry run: nothing was sent");
        return Ok(Done::passed(Outputs {
            published: Vec::new(),
            unchanged: same(&plan.planned),
        }));
    }
    let Some(credentials) = credentials else {
        bail!(
            "failed to publish: there is no `password`, and no identity to exchange for one: is `id-token: write` missing from the job's permissions?"
        );
    };
    let outcome = index
        .publish_planned(&files, &plan.planned, &credentials)
        .await?;
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

/// The wheels and sdists that the globs name, each with its attestations. What cannot be read stops the run, with all that is
/// wrong with the others.
fn open(cx: &Context, globs: &[String], index: &Index) -> anyhow::Result<Vec<Distribution>> {
    let (attestations, paths): (Vec<PathBuf>, Vec<PathBuf>) = files::matching("files", globs)?
        .into_iter()
        .partition(|path| pypi::is_attestation(path));
    if paths.is_empty() {
        bail!("failed to publish: `files` matches only attestations, no wheel or sdist");
    }
    let (mut files, unreadable) = Distribution::open_all(&paths);
    if !unreadable.is_empty() {
        let mut all: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
        all.extend(index.check(&files).iter().map(ToString::to_string));
        bail!(all.join("\n"));
    }
    for pypi::LeftOut { path, why } in pypi::attach_attestations(&mut files, &attestations) {
        cx.log
            .warning(format!("attestation {} is skipped: {why}", path.display()));
    }
    Ok(files)
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
        assert_eq!(spec.id, "publish-wheels");
    }
}
