//! Compares what everybody can get of a version with what was released, at the end of a release and every night.

use std::path::PathBuf;

use actions_core::{
    Action, Annotation, Context, Done, Level, Permission, Summary, Table, When, text,
};
use anyhow::{Context as _, bail};
use package_store::{Channel, Store, Version};
use publishing::{
    release,
    verify::{Finding, GITHUB, Verdict, Verification, Verified},
};
use release_inputs::{Ending, Places, Reached};
use schemars::JsonSchema;
use serde::Serialize;
use signing::{Policy, Trust, packages::Expected};
use untrusted_input::Glob;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "verify-release",
    name: "Verify release",
    description: "Compares what PyPI, crates.io, GitHub, the bucket, pip indexes and channels serve for a version with its frozen list.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "check-circle",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "read",
            when: When::Always,
            reason: "Reads the tag and the files of the release on GitHub.",
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
    /// Version to verify, such as v1.2.3 or 1.2.3; defaults to that of `latest`
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    #[command(flatten)]
    pub places: Places,
    /// Globs of files that the GitHub release has besides its packages, as passed to `publish-release`
    #[arg(long, value_name = "GLOBS")]
    pub extra_files: Vec<String>,
    /// File with the roots of trust of your own Sigstore instance; defaults to the public instance
    #[arg(long, value_name = "FILE")]
    pub trust_config: Option<PathBuf>,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// The verified version.
    pub version: String,
    /// Differences from what was released, as a JSON list of sentences.
    pub wrong: Vec<String>,
    /// What has been yanked or marked since, as a JSON list of sentences.
    pub notes: Vec<String>,
}

/// Verifies the version.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    release_inputs::block_on(cx, async |ending| verify(cx, &inputs, ending).await)
}

async fn verify(cx: &Context, inputs: &Inputs, ending: &Ending) -> anyhow::Result<Done<Outputs>> {
    let extra_files = globs(&inputs.extra_files)?;
    let store = connections::bucket(cx, &inputs.bucket, true)?;
    let version = match &inputs.version {
        Some(version) => version.to_string(),
        None => latest(&store).await?,
    };
    let manifest = release::find(&store, &version).await?;
    let expected = signers(cx, inputs)?;
    let Reached { targets, registry } = inputs.places.reach(cx, &manifest, true).await?;
    ending.remember(&targets);
    if targets.github.is_none() && !inputs.places.off().github {
        bail!("failed to read the release on GitHub: set the input `token`, or set `github: off`");
    }
    let verification = Verification {
        store: &store,
        manifest: &manifest,
        targets: &targets,
        channels: match inputs.version {
            Some(_) => Vec::new(),
            None => vec![Channel::Latest],
        },
        read_bytes: true,
        expected,
    };
    cx.log.info(format!(
        "comparing {} packages of {} with what is served",
        manifest.packages().len(),
        manifest.version()
    ));
    let mut verified = verification.run().await;
    if let Some(error) = registry {
        verified.findings.push(Finding {
            place: "crates.io",
            what: "the registry".to_owned(),
            verdict: Verdict::Unread(format!("{error:#}")),
        });
    }
    let is_extra = |name: &str| extra_files.iter().any(|glob| glob.matches(name));
    let findings = &mut verified.findings;
    findings.retain(|one| {
        !(one.place == GITHUB && one.verdict == Verdict::Added && is_extra(&one.what))
    });
    report(cx, manifest.version(), &verified)
}

/// Whose signatures count: this repository's. `None` outside of any, where nobody is known who could have signed.
fn signers(cx: &Context, inputs: &Inputs) -> anyhow::Result<Option<Expected>> {
    let Some(repository) = cx.env.repository() else {
        return Ok(None);
    };
    Ok(Some(Expected {
        trust: Trust::read(inputs.trust_config.as_deref())?,
        policy: Some(Policy::new(repository)?),
        key: None,
    }))
}

/// Globs of names: files on GitHub are in no folder.
fn globs(lines: &[String]) -> anyhow::Result<Vec<Glob>> {
    let globs = lines.iter().map(|line| {
        let name = line.rsplit('/').next().unwrap_or_default();
        Glob::new(name).with_context(|| format!("failed to read the input `extra-files`: `{line}`"))
    });
    globs.collect()
}

async fn latest(store: &Store) -> anyhow::Result<String> {
    match store.current(Channel::Latest).await? {
        Some(entry) => Ok(entry.version),
        None => bail!(
            "failed to determine what to verify: `latest` was never moved; set the input `version`"
        ),
    }
}

fn report(cx: &Context, version: &str, verified: &Verified) -> anyhow::Result<Done<Outputs>> {
    let Verified { findings, commands } = verified;
    let mut table = Table::new(&["where", "what", ""]);
    for finding in findings {
        table.row([
            finding.place,
            finding.what.as_str(),
            &told(&finding.verdict),
        ]);
    }
    cx.log.info(table.to_text().trim_end());
    let mut by_hand = Table::new(&["to verify it yourself"]);
    for command in commands {
        by_hand.row([command.as_str()]);
        cx.log.info(format!("to verify it yourself: {command}"));
    }
    let mut summary = Summary::new();
    summary
        .heading(&format!("Verify release {version}"))
        .table(&table)
        .table(&by_hand);
    cx.write_summary(&summary)?;
    let of = |wanted: fn(&Verdict) -> bool| -> Vec<String> {
        let findings = findings.iter().filter(|finding| wanted(&finding.verdict));
        findings.map(ToString::to_string).collect()
    };
    let wrong = of(Verdict::is_wrong);
    let unread = unread(findings);
    let annotation = |level, message: &String| Annotation {
        level,
        title: Some(ACTION.id.to_owned()),
        file: None,
        line: None,
        message: message.clone(),
    };
    let wrong_ones = wrong.iter().map(|one| annotation(Level::Error, one));
    // Where something is known to be wrong, what is not known does not hide it.
    let unread_ones = unread.iter().map(|one| annotation(Level::Warning, one));
    match (wrong.is_empty(), unread.is_empty()) {
        (true, true) => {}
        (true, false) => bail!("failed to verify {version}: {}", unread.join("; ")),
        (false, _) => cx.log.annotate(wrong_ones.chain(unread_ones).collect()),
    }
    let outputs = Outputs {
        version: version.to_owned(),
        notes: of(|verdict| matches!(verdict, Verdict::Note(_))),
        wrong: wrong.clone(),
    };
    if wrong.is_empty() {
        cx.log
            .info(format!("{version} is served as it was released"));
        return Ok(Done::passed(outputs));
    }
    cx.log.info(format!(
        "{version} is not served as it was released: {}",
        text::counted(wrong.len(), "finding")
    ));
    Ok(Done::found(outputs))
}

/// What could not be read, each cause once.
fn unread(findings: &[Finding]) -> Vec<String> {
    let mut causes: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for Finding {
        place,
        what,
        verdict,
    } in findings
    {
        let Verdict::Unread(cause) = verdict else {
            continue;
        };
        // What was tried differs, and why it failed does not.
        let cause = match cause.split_once(": ") {
            Some((tried, cause)) if tried.starts_with("failed to ") => cause,
            _ => cause.as_str(),
        };
        let same = causes
            .iter_mut()
            .find(|one| one.0 == *place && one.1 == cause);
        match same {
            Some(same) => same.2.push(what),
            None => causes.push((place, cause, vec![what])),
        }
    }
    let told = causes.into_iter();
    told.map(|(place, cause, what)| {
        format!("{place}: {} could not be read: {cause}", what.join(", "))
    })
    .collect()
}

fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Right | Verdict::Note(_) => verdict.to_string(),
        Verdict::Wrong(_) | Verdict::Added => format!("**wrong**: {verdict}"),
        Verdict::Unread(_) => format!("not read: {verdict}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "verify-release");
    }
}
