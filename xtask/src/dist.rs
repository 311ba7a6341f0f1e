//! Assembles what a release is: the tree that `@v1` names, and the binaries that it pins by SHA-256.

mod assets;
mod source;
mod tree;

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::term;
pub use assets::{build_one, folder as assets_folder, host};
pub use source::Source;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// Put the binaries into the tree, for networks that cannot download them.
    #[arg(long)]
    pub vendored: bool,
    /// `dev` builds fast; `dist` builds release binaries.
    #[arg(long, value_enum, default_value_t = Profile::Dist)]
    pub profile: Profile,
    /// Rust target to build for; defaults to this machine's.
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// Do not build: use the binaries of all targets from this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "target")]
    pub assets: Option<PathBuf>,
}

impl Options {
    /// The release tree that tests and the demo use, with binaries that are built for this machine without delay.
    pub fn of_this_machine() -> Self {
        Self {
            vendored: false,
            profile: Profile::Dev,
            target: None,
            assets: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    Dev,
    Dist,
}

impl Profile {
    /// The name that cargo knows it by.
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Dist => "dist",
        }
    }
}

/// Where a release's binaries come from, by the part that names the platform in a file's name.
///
/// Linux binaries are static. Those of other platforms than this machine's are built on GitHub's runners.
pub const TARGETS: &[(&str, &str)] = &[
    ("linux-x64", "x86_64-unknown-linux-musl"),
    ("linux-arm64", "aarch64-unknown-linux-musl"),
    ("macos-arm64", "aarch64-apple-darwin"),
    ("macos-x64", "x86_64-apple-darwin"),
    ("windows-x64", "x86_64-pc-windows-msvc"),
    ("windows-arm64", "aarch64-pc-windows-msvc"),
];

pub fn run(options: &Options) -> Result<()> {
    run_on(&Source::here()?, options)
}

/// The same for another checkout than this one.
pub fn run_on(source: &Source, options: &Options) -> Result<()> {
    let assets = match &options.assets {
        Some(folder) => assets::collect(source, folder)?,
        None => assets::build(options.profile, options.target.as_deref())?,
    };
    let tree = tree::assemble(source, &assets, options.vendored)?;
    let shown = |path: &Path| {
        let inside = path.strip_prefix(&source.root).unwrap_or(path);
        inside.display().to_string()
    };
    term::info(&format!(
        "release tree: {} ({:.1} KB in {} files)",
        shown(&source.tree()),
        tree.bytes as f64 / 1000.0,
        tree.files
    ));
    let bytes: u64 = assets.iter().map(|asset| asset.bytes).sum();
    let folder = options.assets.clone().unwrap_or_else(assets_folder);
    term::info(&format!(
        "binaries: {} ({:.1} MB in {} files)",
        shown(&folder),
        bytes as f64 / 1e6,
        assets.len()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project;

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
