//! Builds one wheel for one platform: its version says which commit it is, and its content is checked before anyone gets it.

mod maturin;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use actions_core::{Action, Annotation, Context, Done, Level, Summary, Table, git};
use anyhow::{Context as _, bail};
use bytesize::ByteSize;
use package_formats::{
    Wheel, platform,
    stamp::Stamp,
    version::{VersionMode, to_pep440},
};
use schemars::JsonSchema;
use serde::Serialize;

use maturin::Maturin;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "build-wheel",
    name: "Build wheel",
    description: "Builds one wheel with maturin for one target, stamps the commit's version and checks the wheel's content.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "package",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

/// Where the old bytes of stamped files are kept while a build runs.
const UNDO_FILE: &str = "build-wheel.json";

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Folder with the package's pyproject.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub package: PathBuf,
    /// Rust target, such as x86_64-unknown-linux-gnu; defaults to this machine's
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// Cargo profile to build with
    #[arg(long, value_name = "PROFILE", default_value = "release")]
    pub profile: String,
    /// Version of the wheel: `commit` adds the commit's date and id, `release` is the bare version, `auto` is a release unless the version in the sources has a `+…`
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub version: VersionMode,
    /// Commit being built; defaults to the event's (a pull request's head), or HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Folder for the wheel
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub out: PathBuf,
    /// Version of maturin; used from PATH if it matches, otherwise installed into its own environment
    #[arg(long, value_name = "VERSION", default_value = "1.16.0")]
    pub maturin: String,
    /// Extra arguments for `maturin build`
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    pub maturin_args: Vec<String>,
    /// Python interpreter to build with, and to build for unless the wheel is abi3
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub python: String,
    /// Build even if tracked files or submodules differ from the commit
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub allow_dirty: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Path of the wheel.
    pub path: String,
    /// File name of the wheel.
    pub file: String,
    /// Normalized name of the project.
    pub name: String,
    /// Version of the wheel, in PEP 440 form.
    pub version: String,
    /// Compatibility tags of the wheel, such as `cp39-abi3-manylinux_2_34_x86_64`.
    pub tags: String,
    /// SHA-256 of the wheel, in hexadecimal.
    pub sha256: String,
    /// Platform of the wheel, such as `linux-x64`.
    pub platform: String,
}

/// Builds the wheel.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    if !inputs.package.join("pyproject.toml").is_file() {
        bail!(
            "failed to find the package: there is no `{}`; set the input `package` to its folder",
            inputs.package.join("pyproject.toml").display()
        );
    }
    cx.block_on(build(cx, &inputs))
}

async fn build(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    cx.check_work_tree(Path::new("."), inputs.allow_dirty)
        .await?;
    let commit = cx.commit(inputs.commit.as_deref()).await?;
    let day = jiff::Timestamp::from_second(commit.time)
        .context("failed to read the commit's time")?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let tmp = tempfile::tempdir_in(cx.temp_dir()).context("failed to create a temporary folder")?;
    let maturin = Maturin::find(cx, inputs, tmp.path()).await?;

    // From here until `restore` the sources hold the version of this build; a cancel drops the stamp, which restores too.
    // One that is killed is taken back by the next run.
    let undo_file = git::private_folder(&inputs.package).await?.join(UNDO_FILE);
    let stamp = Stamp::apply(&inputs.package, inputs.version, &commit.id, day, &undo_file)?;
    let version = to_pep440(&stamp.new)?;
    cx.log.info(format!(
        "version {version} (the sources say {}), commit {}",
        stamp.old, commit.id
    ));
    let built = maturin
        .build(cx, inputs, &tmp.path().join("wheels"), commit.time)
        .await;
    stamp.restore()?;
    let built = built?;

    let wheel = Wheel::open(&built)?;
    let findings = findings(&wheel, &version, inputs.target.as_deref());
    if let Some(warning) = other_bytes_elsewhere(&wheel) {
        cx.log.warning(warning);
    }
    let kept = keep(&wheel, &inputs.out)?;
    let outputs = outputs(&wheel, &kept);
    report(cx, &outputs, &wheel, &findings, started)?;
    Ok(match findings.is_empty() {
        true => Done::passed(outputs),
        false => Done::found(outputs),
    })
}

/// What is wrong with the wheel: by its content, and by what was asked for.
fn findings(wheel: &Wheel, version: &str, target: Option<&str>) -> Vec<(String, String)> {
    let mut findings: Vec<(String, String)> = wheel
        .check()
        .into_iter()
        .map(|finding| (finding.rule.to_owned(), finding.message))
        .collect();
    let got = wheel.metadata.version();
    if got != version {
        findings.push((
            "version".to_owned(),
            format!("wheel has version {got} instead of {version}: does pyproject.toml take it from elsewhere?"),
        ));
    }
    let expected = target.and_then(platform::of_target);
    let platform = wheel.file_name.platform();
    if let Some(expected) = expected.filter(|expected| !platform::runs_on(&platform, expected)) {
        findings.push((
            "target".to_owned(),
            format!("wheel runs on {platform}, not on {expected}"),
        ));
    }
    findings
}

/// The list of crates that maturin adds by default names the folder of the build (and without `SOURCE_DATE_EPOCH` has a
/// random serial number), so it would make the wheel of another machine another one.
fn other_bytes_elsewhere(wheel: &Wheel) -> Option<String> {
    let is_sbom = |name: &str| {
        name.split_once(".dist-info/sboms/")
            .is_some_and(|(_, file)| file.ends_with(".cyclonedx.json"))
    };
    let sbom = wheel.members.iter().find(|member| is_sbom(&member.name))?;
    Some(format!(
        "wheel contains `{}`, which embeds the folder of the build, so the wheel is not reproducible elsewhere; write `rust = false` under `[tool.maturin.sbom]` in pyproject.toml",
        sbom.name
    ))
}

/// Moves the wheel to where it was asked for; the folder may hold others.
fn keep(wheel: &Wheel, out: &Path) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(out).with_context(|| format!("failed to create `{}`", out.display()))?;
    let name = wheel.path.file_name().unwrap_or_default();
    let to = out.join(name);
    fs::copy(&wheel.path, &to).with_context(|| format!("failed to write `{}`", to.display()))?;
    Ok(to)
}

fn outputs(wheel: &Wheel, path: &Path) -> Outputs {
    let tags: Vec<String> = wheel.file_name.tags().into_iter().collect();
    Outputs {
        path: path.display().to_string(),
        file: wheel.file_name.to_string(),
        name: wheel.file_name.normalized_name(),
        version: wheel.metadata.version().to_owned(),
        tags: tags.join(" "),
        sha256: wheel.digest.sha256.clone(),
        platform: wheel.file_name.platform(),
    }
}

fn report(
    cx: &Context,
    outputs: &Outputs,
    wheel: &Wheel,
    findings: &[(String, String)],
    started: Instant,
) -> anyhow::Result<()> {
    let mut table = Table::new(&["wheel", "platform", "size", "SHA-256"]);
    let size = ByteSize::b(wheel.digest.size).to_string();
    table.row([&outputs.file, &outputs.platform, &size, &outputs.sha256]);
    let mut summary = Summary::new();
    summary.heading("Build wheel").table(&table);
    let mut broken = Table::new(&["rule", "finding"]);
    for (rule, message) in findings {
        broken.row([rule, message]);
    }
    summary.table(&broken);
    cx.write_summary(&summary)?;
    let annotations = findings
        .iter()
        .map(|(rule, message)| Annotation {
            level: Level::Error,
            title: Some(rule.clone()),
            file: None,
            line: None,
            message: format!("{}: {message}", outputs.file),
        })
        .collect();
    cx.log.annotate(annotations);
    cx.log.info(format!(
        "built {} ({size}, SHA-256 {}) in {:.1} s: {}",
        outputs.path,
        outputs.sha256,
        started.elapsed().as_secs_f64(),
        match findings.len() {
            0 => "its content matches its name".to_owned(),
            1 => "1 finding".to_owned(),
            count => format!("{count} findings"),
        }
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "build-wheel");
    }
}
