//! The binaries of a release: one per action and platform, named `<action>-<platform>`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use super::{Profile, Source, TARGETS};
use crate::process::Cmd;
use crate::programs::{self, Binaries};
use crate::project;

/// One binary.
#[derive(Debug)]
pub(super) struct Asset {
    /// As in `pr-gates-linux-x64`.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Where the binaries are put.
pub fn folder() -> PathBuf {
    project::target().join("dist").join("assets")
}

/// Builds one action for this machine, and says where it is.
pub fn build_one(profile: Profile, id: &str) -> Result<PathBuf> {
    let label = format!("build {id} ({})", profile.name());
    let selection = ["--profile", profile.name(), "--package", id];
    let binaries = programs::build(&label, &selection)?;
    binaries.path(id).map(Path::to_path_buf)
}

/// Builds every action for one target, and puts the binaries under the names of a release.
pub(super) fn build(profile: Profile, target: Option<&str>) -> Result<Vec<Asset>> {
    let triple = match target {
        Some(triple) => triple.to_owned(),
        None => host()?,
    };
    let platform = platform(&triple)?;
    let ids = project::actions()?;
    let binaries = binaries(profile, target, &ids)?;

    let folder = folder();
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("failed to empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder)
        .with_context(|| format!("failed to create `{}`", folder.display()))?;
    let suffix = if platform.starts_with("windows") {
        ".exe"
    } else {
        ""
    };
    for id in &ids {
        let from = binaries.path(id)?;
        let to = folder.join(format!("{id}-{platform}{suffix}"));
        // A second copy of every binary would need gigabytes.
        if fs::hard_link(from, &to).is_err() {
            fs::copy(from, &to).with_context(|| format!("failed to copy `{}`", from.display()))?;
        }
    }
    let assets = read(&folder)?;
    fs::write(folder.join("SHA256SUMS"), sums(&assets)).context("failed to write SHA256SUMS")?;
    Ok(assets)
}

/// The binaries for this machine as tests use them come from the build that tests have. A release builds the actions alone, so
/// that nothing which only tests want is linked into one.
fn binaries(profile: Profile, target: Option<&str>, ids: &[String]) -> Result<Binaries> {
    if profile == Profile::Dev && target.is_none() {
        return programs::everything_shown();
    }
    let mut selection = vec!["--profile", profile.name()];
    for id in ids {
        selection.extend(["--package", id.as_str()]);
    }
    if let Some(triple) = target {
        selection.extend(["--target", triple]);
    }
    let label = format!("build the actions ({})", profile.name());
    programs::build(&label, &selection)
}

/// Takes the binaries of all targets, which others built, and refuses a set with holes.
pub(super) fn collect(source: &Source, from: &Path) -> Result<Vec<Asset>> {
    let assets = read(from)?;
    let mut missing = Vec::new();
    for id in source.actions()? {
        for (platform, _) in TARGETS {
            let suffix = if platform.starts_with("windows") {
                ".exe"
            } else {
                ""
            };
            let name = format!("{id}-{platform}{suffix}");
            if !assets.iter().any(|asset| asset.name == name) {
                missing.push(name);
            }
        }
    }
    match missing.as_slice() {
        [] => Ok(assets),
        missing => bail!(
            "failed to assemble the release: `{}` lacks {}",
            from.display(),
            missing.join(", ")
        ),
    }
}

/// The lines of `SHA256SUMS`, as `sha256sum --check` reads them.
pub(super) fn sums(assets: &[Asset]) -> String {
    assets
        .iter()
        .map(|asset| format!("{}  {}\n", asset.sha256, asset.name))
        .collect()
}

fn read(folder: &Path) -> Result<Vec<Asset>> {
    let mut assets = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("failed to read `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "SHA256SUMS" {
            continue;
        }
        let path = entry.path();
        let bytes =
            fs::read(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
        assets.push(Asset {
            name,
            path,
            bytes: bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&bytes)),
        });
    }
    assets.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(assets)
}

/// The triple of this machine, as rustc knows it.
///
/// # Errors
/// When rustc does not run or names none.
pub fn host() -> Result<String> {
    let version = Cmd::new("rustc").arg("-vV").run()?;
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("failed to find the host's target: `rustc -vV` names none")
}

/// `x86_64-unknown-linux-gnu` serves as `linux-x64` on the machine that built it: it is static too.
fn platform(triple: &str) -> Result<&'static str> {
    let like = triple.replace("-linux-gnu", "-linux-musl");
    let known: Vec<&str> = TARGETS.iter().map(|(_, triple)| *triple).collect();
    TARGETS
        .iter()
        .find(|(_, known)| *known == like)
        .map(|(platform, _)| *platform)
        .with_context(|| {
            format!(
                "failed to name the binaries for {triple}: releases are built for {}",
                known.join(", ")
            )
        })
}
