//! Sets the version of a workspace in its sources: crates, what they require of each other, lock file and Python packages at once.

mod undo_file;

use std::path::{Path, PathBuf};

use actions_core::{
    Action, Context, Done, Summary, Table, files,
    text::{self, counted},
};
use anyhow::Context as _;
use package_formats::{
    stamp::{self, Plan, Tree},
    version::{Bump, Target, VersionMode, to_pep440},
};
use schemars::JsonSchema;
use semver::Version;
use serde::Serialize;

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "stamp-version",
    name: "Stamp version",
    description: "Sets the version of a Cargo workspace and its Python packages in place, to that of a commit, a release or the next one, and can undo it.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "edit-3",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Folder of the workspace or package, with its Cargo.toml or, without one, its pyproject.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub workspace: PathBuf,
    /// Version to set: `commit` adds the commit's date and id, `release` drops `+…`, `auto` is a release unless the version in the sources has a `+…`, `next` counts up, or a version such as 1.2.3
    #[arg(long, value_name = "VERSION", default_value = "auto")]
    pub version: Target,
    /// What `next` counts up: `major`, `minor`, `patch` or `alpha`
    #[arg(long, value_name = "PART", default_value = "alpha")]
    pub bump: Bump,
    /// Version that `next` counts from, such as the latest published one; defaults to that of the sources
    #[arg(long, value_name = "VERSION")]
    pub from: Option<String>,
    /// Append `+dev` to the `next` version, the mark of sources between releases: `auto` turns it into commit builds
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dev: bool,
    /// Commit for `commit` and `auto`; defaults to the event's (a pull request's head), or HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Other pyproject.toml files, neither in the folder nor beside a member's Cargo.toml, as paths or globs
    #[arg(long, value_name = "GLOBS")]
    pub pyprojects: Vec<String>,
    /// Show what would change, as a patch, but write nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
    /// Undo every stamp: restore the bytes that each file had before the first
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub undo: bool,
    /// File for the data of `undo`; by default in the checkout's `.git`, where neither git nor cargo sees it
    #[arg(long, value_name = "FILE")]
    pub undo_file: Option<PathBuf>,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Version of the sources now, in Cargo's form; with `dry-run`, what it would be.
    pub version: String,
    /// The same in PEP 440 form; empty if Python has no such version.
    pub python_version: String,
    /// Previous version of the sources.
    pub old_version: String,
    /// Whether any file was changed.
    pub changed: bool,
    /// Paths of the changed files, as a JSON list.
    pub files: Vec<String>,
}

/// Stamps, or takes stamps back.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    cx.block_on(async {
        match inputs.undo {
            true => undo(cx, &inputs).await,
            false => stamp(cx, &inputs).await,
        }
    })
}

async fn stamp(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    recover(cx, inputs).await?;
    let tree = find(inputs)?;
    for (path, version) in tree.others() {
        let path = shown(path);
        cx.log.info(format!(
            "{path} stays at {version}: it is versioned independently"
        ));
    }
    let new = new_version(cx, inputs, &tree.version).await?;
    let plan = tree.plan(new)?;
    let outputs = outputs(&plan, !inputs.dry_run);
    show(cx, &plan);
    if !inputs.dry_run {
        let undo_file = undo_file::path(inputs).await?;
        plan.apply(&undo_file)?;
    }
    let what = match (plan.changes().len(), inputs.dry_run) {
        (0, _) => "nothing to change".to_owned(),
        (1, true) => "1 file would change".to_owned(),
        (count, true) => format!("{count} files would change"),
        (1, false) => "changed 1 file".to_owned(),
        (count, false) => format!("changed {count} files"),
    };
    report(cx, &plan, inputs.dry_run)?;
    cx.log.info(format!(
        "version {} (the sources said {}): {what}",
        plan.new, plan.old
    ));
    Ok(Done::passed(outputs))
}

/// Takes back what a run that was killed has left half-way: its files would be read as sources.
async fn recover(cx: &Context, inputs: &Inputs) -> anyhow::Result<()> {
    let undo_file = match (undo_file::path(inputs).await, inputs.dry_run) {
        (Ok(undo_file), _) => undo_file,
        // Without a checkout there is nothing to take back, and a dry run writes nothing.
        (Err(_), true) => return Ok(()),
        (Err(error), false) => return Err(error),
    };
    if inputs.dry_run {
        if stamp::is_unfinished(&undo_file)? {
            anyhow::bail!(
                "failed to check: an earlier run was interrupted; run it again, or run it with `undo`"
            );
        }
        return Ok(());
    }
    let files = stamp::recover(&inputs.workspace, &undo_file)?;
    if !files.is_empty() {
        cx.log.info(format!(
            "an earlier run was interrupted: restored {}",
            counted(files.len(), "file")
        ));
    }
    Ok(())
}

fn find(inputs: &Inputs) -> anyhow::Result<Tree> {
    let pyprojects = match inputs.pyprojects.is_empty() {
        true => Vec::new(),
        false => files::matching("pyprojects", &inputs.pyprojects)?,
    };
    Ok(Tree::find(&inputs.workspace, &pyprojects)?)
}

async fn new_version(cx: &Context, inputs: &Inputs, old: &Version) -> anyhow::Result<Version> {
    let mode = match &inputs.version {
        Target::Exactly(version) => return Ok(version.clone()),
        Target::Next => return next(inputs, old),
        Target::Mode(mode) => *mode,
    };
    let is_release =
        mode == VersionMode::Release || (mode == VersionMode::Auto && old.build.is_empty());
    if is_release {
        // A release is no build of a commit: it needs no checkout.
        return Ok(package_formats::version::release(old));
    }
    let commit = cx.commit(inputs.commit.as_deref()).await?;
    let day = jiff::Timestamp::from_second(commit.time)
        .context("failed to read the commit's time")?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    Ok(mode.resolve(old, &commit.id, day)?)
}

fn next(inputs: &Inputs, old: &Version) -> anyhow::Result<Version> {
    let from = match &inputs.from {
        None => old.clone(),
        Some(text) => {
            Version::parse(text.strip_prefix('v').unwrap_or(text)).with_context(|| {
                format!(
                    "failed to read the input `from`: `{}` is not a version such as 1.2.3",
                    text::one_line(text)
                )
            })?
        }
    };
    let mut next = inputs.bump.next(&from)?;
    if inputs.dev {
        next.build = semver::BuildMetadata::new("dev").context("failed to write `+dev`")?;
    }
    Ok(next)
}

async fn undo(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let undo_file = undo_file::path(inputs).await?;
    let tree = find(inputs)?;
    let stamped = tree.version.clone();
    if inputs.dry_run {
        anyhow::bail!("failed to undo: set only one of `undo` and `dry-run`");
    }
    let Some(undone) = stamp::undo(&inputs.workspace, &undo_file)? else {
        if undo_file::is_of_a_commit(&stamped) {
            anyhow::bail!(
                "failed to undo the stamp {stamped}: there is no `{}`; set `undo-file` to the file of the run that stamped, or restore the files with git",
                undo_file.display()
            );
        }
        cx.log.info(format!(
            "nothing to undo: there is no stamp, and the version is {stamped}"
        ));
        return Ok(Done::passed(outputs_of(&stamped, &stamped, &[])));
    };
    let count = counted(undone.files.len(), "file");
    cx.log.info(format!(
        "version {} again (it was {stamped}): restored {count}",
        undone.version
    ));
    Ok(Done::passed(outputs_of(
        &undone.version,
        &stamped,
        &undone.files,
    )))
}

fn outputs(plan: &Plan, written: bool) -> Outputs {
    let changes = plan.changes();
    let files: Vec<PathBuf> = match written {
        true => changes.iter().map(|(path, _)| path.to_path_buf()).collect(),
        false => Vec::new(),
    };
    outputs_of(&plan.new, &plan.old, &files)
}

fn outputs_of(new: &Version, old: &Version, files: &[PathBuf]) -> Outputs {
    Outputs {
        version: new.to_string(),
        python_version: to_pep440(new).unwrap_or_default(),
        old_version: old.to_string(),
        changed: !files.is_empty(),
        files: files.iter().map(|path| shown(path)).collect(),
    }
}

/// From where the action runs, if it is below.
fn shown(path: &Path) -> String {
    let here = std::path::absolute(".").unwrap_or_default();
    let path = path.strip_prefix(here).unwrap_or(path);
    path.display().to_string().replace('\\', "/")
}

/// The changes as a patch that `git apply --unidiff-zero` takes.
fn show(cx: &Context, plan: &Plan) {
    if plan.changes().is_empty() {
        return;
    }
    let _group = cx.log.group(format!("{} → {}", plan.old, plan.new));
    for (path, lines) in plan.changes() {
        let path = shown(path);
        cx.log.info(format!("--- a/{path}"));
        cx.log.info(format!("+++ b/{path}"));
        for change in lines {
            cx.log.info(format!("@@ -{0} +{0} @@", change.line));
            cx.log.info(format!("-{}", change.old));
            cx.log.info(format!("+{}", change.new));
        }
    }
}

fn report(cx: &Context, plan: &Plan, dry_run: bool) -> anyhow::Result<()> {
    let mut table = Table::new(&["file", "line", "before", "after"]);
    for (path, lines) in plan.changes() {
        for change in lines {
            table.row([
                shown(path),
                change.line.to_string(),
                change.old.trim().to_owned(),
                change.new.trim().to_owned(),
            ]);
        }
    }
    let mut summary = Summary::new();
    summary.heading(match dry_run {
        true => "Stamp version (dry run)",
        false => "Stamp version",
    });
    summary.paragraph(&format!(
        "{} → {}",
        text::markdown_code(&plan.old.to_string()),
        text::markdown_code(&plan.new.to_string())
    ));
    if !table.is_empty() {
        summary.table(&table);
    }
    cx.write_summary(&summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "stamp-version");
    }
}
