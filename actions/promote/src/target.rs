//! What a channel is to stand at: only what is frozen and complete.

use actions_core::Context;
use anyhow::Context as _;
use package_store::{Build, Commit, ExpectedSet, Manifest, Record, Store};

use crate::Inputs;

/// Where the channel is to go.
#[derive(Debug)]
pub(crate) enum Target {
    Frozen(Manifest),
    /// All that is wrong with it.
    Unfit(Vec<String>),
}

/// Finds the frozen list of the version, or freezes the build of the commit.
pub(crate) async fn find(cx: &Context, store: &Store, inputs: &Inputs) -> anyhow::Result<Target> {
    let expected = match cx.packages()? {
        Some(table) => ExpectedSet::parse(&table.required(), &table.optional())?,
        None => ExpectedSet::default(),
    };
    if let Some(version) = &inputs.version {
        let manifest = store.manifest(&version.to_string()).await?;
        return Ok(released(manifest, &expected, inputs.force));
    }
    let commit: Commit = cx.commit_id(inputs.commit.as_deref()).await?.parse()?;
    let records = store.records(&commit).await?;
    match Build::choose(&records) {
        Build::Of(version, packages) => {
            let gaps = gaps(&packages, &expected);
            if !gaps.is_empty() {
                return Ok(Target::Unfit(gaps));
            }
            let frozen = store
                .freeze(&version.to_string(), &commit, &packages)
                .await?;
            Ok(Target::Frozen(frozen.manifest().clone()))
        }
        Build::Several(versions) => Ok(Target::Unfit(several(&commit, &versions))),
        Build::Releases(versions) => match versions.as_slice() {
            [] => Ok(Target::Unfit(vec![format!(
                "commit {commit} has no packages in the bucket"
            )])),
            [version] => {
                // The version may be released from another commit: only `draft-release` decides that.
                let manifest = store.manifest(version).await.with_context(|| {
                    format!("failed to find the list of commit {commit}: its packages are those of release {version}, which `draft-release` freezes")
                })?;
                if *manifest.commit() == commit {
                    return Ok(released(manifest, &expected, inputs.force));
                }
                Ok(Target::Unfit(vec![format!(
                    "version {version} is frozen for commit {}, not for {commit}",
                    manifest.commit()
                )]))
            }
            versions => Ok(Target::Unfit(several(&commit, versions))),
        },
    }
}

/// A frozen list was complete when it was frozen; what is expected may have grown since.
fn released(manifest: Manifest, expected: &ExpectedSet, force: bool) -> Target {
    let gaps = gaps(manifest.packages(), expected);
    if gaps.is_empty() || force {
        return Target::Frozen(manifest);
    }
    let told = |gap| {
        format!(
            "{gap}, according to the current `[packages]`; to move to {} anyway, set `force: true`",
            manifest.version()
        )
    };
    Target::Unfit(gaps.into_iter().map(told).collect())
}

fn gaps(packages: &[Record], expected: &ExpectedSet) -> Vec<String> {
    let gaps = expected.gaps(packages);
    gaps.iter().map(ToString::to_string).collect()
}

fn several(commit: &Commit, versions: &[String]) -> Vec<String> {
    vec![format!(
        "commit {commit} has packages of several versions, {}: set the input `version` to one of them instead of `commit`",
        actions_core::list(versions)
    )]
}
