//! Assembles what a release is: the tree that `@v1` names, and the binaries that it pins by SHA-256.

mod assets;
mod tree;

use std::path::PathBuf;

use anyhow::Result;

use crate::{project, term};
pub(crate) use assets::{build_one, folder as assets_folder};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Put the binaries into the tree, for networks that cannot download them.
    #[arg(long)]
    pub(crate) vendored: bool,
    /// `dev` builds fast; `dist` builds what a release ships.
    #[arg(long, value_enum, default_value_t = Profile::Dist)]
    pub(crate) profile: Profile,
    /// The Rust target to build for; this machine's own by default.
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,
    /// Build nothing: take the binaries of all targets from this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "target")]
    pub(crate) assets: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Profile {
    Dev,
    Dist,
}

impl Profile {
    /// The name that cargo knows it by, and the folder that cargo builds it into.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Dev => ("dev", "debug"),
            Self::Dist => ("dist", "dist"),
        }
    }
}

/// Where a release's binaries come from, by the part that names the platform in a file's name.
///
/// Linux binaries are static. Those of other platforms than this machine's are built on GitHub's runners.
pub(crate) const TARGETS: &[(&str, &str)] = &[
    ("linux-x64", "x86_64-unknown-linux-musl"),
    ("linux-arm64", "aarch64-unknown-linux-musl"),
    ("macos-arm64", "aarch64-apple-darwin"),
    ("macos-x64", "x86_64-apple-darwin"),
    ("windows-x64", "x86_64-pc-windows-msvc"),
];

pub(crate) fn run(options: &Options) -> Result<()> {
    let assets = match &options.assets {
        Some(folder) => assets::collect(folder)?,
        None => assets::build(options.profile, options.target.as_deref())?,
    };
    let tree = tree::assemble(&assets, options.vendored)?;
    let root = project::root();
    let shown = |path: &std::path::Path| {
        path.strip_prefix(&root)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    term::info(&format!(
        "release tree: {} ({:.1} KB in {} files)",
        shown(&project::release_tree()),
        tree.bytes as f64 / 1000.0,
        tree.files
    ));
    let bytes: u64 = assets.iter().map(|asset| asset.bytes).sum();
    term::info(&format!(
        "binaries: {} ({:.1} MB in {} files)",
        shown(&assets_folder()),
        bytes as f64 / 1e6,
        assets.len()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_launcher_knows_exactly_the_platforms_that_a_release_is_built_for() {
        let launcher = std::fs::read_to_string(project::root().join("dist/run.sh")).unwrap();
        let mut known: Vec<&str> = launcher
            .lines()
            .filter_map(|line| line.trim().split_once("name=$action-"))
            .map(|(_, rest)| rest.split([' ', '.']).next().unwrap())
            .collect();
        known.sort_unstable();
        let mut built: Vec<&str> = TARGETS.iter().map(|(platform, _)| *platform).collect();
        built.sort_unstable();
        assert_eq!(known, built);
    }

    #[test]
    fn the_release_workflow_builds_exactly_these_platforms() {
        let workflow =
            std::fs::read_to_string(project::root().join(".github/workflows/release.yml")).unwrap();
        let value = |line: &str, key: &str| {
            line.trim()
                .trim_start_matches("- ")
                .strip_prefix(key)
                .map(str::to_owned)
        };
        let platforms = workflow
            .lines()
            .filter_map(|line| value(line, "platform: "));
        let targets = workflow.lines().filter_map(|line| value(line, "target: "));
        let built: Vec<(String, String)> = platforms.zip(targets).collect();
        let listed: Vec<(String, String)> = TARGETS
            .iter()
            .map(|(platform, target)| ((*platform).to_owned(), (*target).to_owned()))
            .collect();
        assert_eq!(built, listed);
    }
}
