//! Decides once what a version is: its complete set of packages is frozen, its commit tagged, its release drafted.

mod changes;
mod heading;
mod notes;
mod report;
mod set;

use std::time::Instant;

use actions_core::{Action, Context, Done, Permission, Secret, When};
use anyhow::{Context as _, bail};
use package_store::{Commit, Expected, ExpectedSet, Frozen, Store, Version, layout};
use schemars::JsonSchema;
use serde::Serialize;

use changes::{Changes, History, Unlisted, Wish};
use publishing::github_release::{Draft, NewNotes, Release, Repository};
use set::Set;

pub use heading::{Heading, InvalidHeading};

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "draft-release",
    name: "Draft release",
    description: "Checks that a commit has all packages of its version, freezes their list, tags the commit and drafts the release.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "tag",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "write",
            when: When::Always,
            reason: "Creates the tag and the draft release. Without it, the action fails before it freezes anything.",
        },
        Permission {
            scope: "pull-requests",
            access: "read",
            when: When::Always,
            reason: "Lists merged pull requests in the notes. Without it, the notes of a private repository get no list, and an existing list stays.",
        },
        Permission::BUCKET,
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// Bucket with the packages: gs://bucket/prefix, s3://…, az://… or a folder
    #[arg(long, value_name = "URL")]
    pub bucket: String,
    /// Version to release, in Cargo's or Python's form; defaults to that of the commit's packages
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Commit to release; defaults to the event's, or HEAD
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Packages that the commit must have, instead of those in `[packages]`, such as `wheel hello-sdk linux-x64`: kind, project,
    /// platform, and the build profile unless it is `release`
    #[arg(long, value_name = "PACKAGES")]
    pub expected: Vec<Expected>,
    /// Packages that the commit may also have, in the same form; any other package is a finding
    #[arg(long, value_name = "PACKAGES")]
    pub optional: Vec<Expected>,
    /// Tag from which the notes list merged pull requests; defaults to the previous published release
    #[arg(long, value_name = "TAG")]
    pub since: Option<String>,
    /// Headings of the list by label, such as `🐍 python = Python`; a pull request goes under the first that matches
    #[arg(long, value_name = "HEADINGS")]
    pub headings: Vec<Heading>,
    /// Labels of pull requests to leave out of the list
    #[arg(long, value_name = "LABELS")]
    pub exclude_labels: Vec<String>,
    /// Pass without a release if all packages are commit builds, with a `+` in their version
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub skip_commit_builds: bool,
    /// Token with `contents: write`
    #[arg(long, value_name = "SECRET")]
    pub token: Option<Secret>,
    /// Check everything and say what would be created, but write nothing
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// Version, in SemVer form; empty if nothing is released.
    pub version: Option<String>,
    /// Tag name; empty if nothing is released.
    pub tag: Option<String>,
    /// Commit of the release.
    pub commit: String,
    /// Address of the frozen list in the bucket; empty if nothing is released.
    pub manifest: Option<String>,
    /// URL of the release; empty if none was drafted.
    pub release_url: Option<String>,
}

impl Outputs {
    fn nothing(commit: &Commit) -> Self {
        Self {
            version: None,
            tag: None,
            commit: commit.to_string(),
            manifest: None,
            release_url: None,
        }
    }
}

/// Checks the set, freezes it, tags and drafts.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    if inputs.token.is_none() && !inputs.dry_run {
        bail!(
            "failed to find a token: set the input `token` in a job with `contents: write`, or set `dry-run: true`"
        );
    }
    cx.block_on(draft(cx, &inputs))
}

async fn draft(cx: &Context, inputs: &Inputs) -> anyhow::Result<Done<Outputs>> {
    let started = Instant::now();
    let commit: Commit = cx.commit_id(inputs.commit.as_deref()).await?.parse()?;
    let store = connections::bucket(cx, &inputs.bucket, inputs.dry_run)?;
    let records = store.records(&commit).await?;
    if inputs.skip_commit_builds && set::are_commit_builds(&records) {
        report::nothing_to_release(cx, &commit)?;
        return Ok(Done::passed(Outputs::nothing(&commit)));
    }
    let expected = expected(cx, inputs)?;
    if expected.required.is_empty() {
        cx.log.info(
            "there is no table `[packages]`, and the input `expected` is empty: any set of packages counts as complete",
        );
    }
    let wanted = set::Wanted {
        version: inputs.version.as_ref(),
        expected: &expected,
    };
    let set = match set::judge(records, &wanted) {
        Ok(set) => set,
        Err(findings) => {
            report::findings(cx, &commit, &findings)?;
            return Ok(Done::found(Outputs::nothing(&commit)));
        }
    };
    let release = Plan::new(cx, inputs, &store, &commit, &set).await?;
    let (frozen, draft) = release.carry_out(cx).await?;
    report::done(cx, inputs, &release, &frozen, draft.as_ref(), started)?;
    Ok(Done::passed(Outputs {
        version: Some(set.version.to_string()),
        tag: Some(release.tag.clone()),
        commit: commit.to_string(),
        manifest: Some(store.address(&layout::manifest(&set.version))),
        release_url: draft.and_then(|draft| draft.url),
    }))
}

/// What a complete commit has: as the inputs say, and else as the table `[packages]` does.
fn expected(cx: &Context, inputs: &Inputs) -> anyhow::Result<ExpectedSet> {
    let declared = match cx.packages()? {
        Some(table) => ExpectedSet::parse(&table.required(), &table.optional())?,
        None => ExpectedSet::default(),
    };
    let by_input = !inputs.expected.is_empty();
    Ok(ExpectedSet {
        required: match by_input {
            true => inputs.expected.clone(),
            false => declared.required,
        },
        optional: match by_input || !inputs.optional.is_empty() {
            true => inputs.optional.clone(),
            false => declared.optional,
        },
    })
}

/// All that was looked at and found right, before anything is made.
pub(crate) struct Plan<'a> {
    store: &'a Store,
    commit: &'a Commit,
    pub(crate) set: &'a Set,
    pub(crate) tag: String,
    /// `None` in a dry run without a token.
    github: Option<Repository>,
    tag_is_there: bool,
    existing: Option<Release>,
    changes: Option<Changes>,
    /// Whether it is known what was merged, be it nothing.
    lists_changes: bool,
}

impl<'a> Plan<'a> {
    async fn new(
        cx: &Context,
        inputs: &Inputs,
        store: &'a Store,
        commit: &'a Commit,
        set: &'a Set,
    ) -> anyhow::Result<Self> {
        let tag = publishing::release::tag_of(&set.version);
        let mut plan = Self {
            store,
            commit,
            set,
            tag,
            github: None,
            tag_is_there: false,
            existing: None,
            changes: None,
            lists_changes: false,
        };
        // A list that was frozen otherwise must stop us before there is a tag.
        plan.freeze(&store.to_dry_run()).await?;
        if let Some(token) = &inputs.token {
            let log = cx.log.clone();
            let github = Repository::of_job(
                |name| cx.env.get(name),
                Some(token.expose()),
                move |line| log.info(line),
            )?
            .dry_run(inputs.dry_run);
            plan.tag_is_there = match github.commit_of_tag(&plan.tag).await? {
                None => false,
                Some(there) if there == commit.as_str() => true,
                Some(there) => bail!(
                    "failed to tag commit {commit}: {} is already at commit {there}",
                    plan.tag
                ),
            };
            plan.existing = github.release_of_tag(&plan.tag).await?;
            plan.list_changes(cx, inputs, &github).await?;
            plan.github = Some(github);
        } else {
            cx.log
                .info("dry run without a token: neither the tag nor the draft is checked");
        }
        Ok(plan)
    }

    async fn list_changes(
        &mut self,
        cx: &Context,
        inputs: &Inputs,
        github: &Repository,
    ) -> anyhow::Result<()> {
        let wish = Wish {
            since: inputs.since.as_deref(),
            headings: &inputs.headings,
            exclude: &inputs.exclude_labels,
        };
        let commit = self.commit.as_str();
        let history = History(github);
        let changes = history.changes(&self.set.version, commit, &wish).await?;
        match &changes {
            Ok(changes) => {
                let (count, since) = (changes.len(), &changes.since);
                cx.log.info(match count {
                    1 => format!("1 pull request was merged since {since}"),
                    _ => format!("{count} pull requests were merged since {since}"),
                });
            }
            Err(Unlisted::Nothing(reason)) => cx.log.info(reason),
            Err(Unlisted::Unknown(reason)) => cx.log.warning(reason),
        }
        self.lists_changes = !matches!(changes, Err(Unlisted::Unknown(_)));
        self.changes = changes.ok();
        Ok(())
    }

    async fn freeze(&self, store: &Store) -> anyhow::Result<Frozen> {
        let version = self.set.version.to_string();
        Ok(store
            .freeze(&version, self.commit, &self.set.packages)
            .await?)
    }

    /// Each step finds what an earlier run has made, so that a run that was broken off is simply repeated.
    async fn carry_out(&self, cx: &Context) -> anyhow::Result<(Frozen, Option<Draft>)> {
        let dry_run = self.store.is_dry_run();
        match (&self.github, self.tag_is_there) {
            (_, true) => cx.log.info(format!("tag {} is already there", self.tag)),
            (Some(github), false) if !dry_run => {
                github.create_tag(&self.tag, self.commit.as_str()).await?;
                cx.log
                    .info(format!("created tag {} at {}", self.tag, self.commit));
            }
            _ => cx.log.info(format!(
                "would create the tag {} at {}",
                self.tag, self.commit
            )),
        }
        let frozen = self.freeze(self.store).await?;
        cx.log.info(match &frozen {
            Frozen::Unchanged(_) => format!("the list of {} is already frozen", self.set.version),
            Frozen::Created(_) if dry_run => {
                format!("would freeze the list of {}", self.set.version)
            }
            Frozen::Created(_) => format!("the list of {} is frozen", self.set.version),
        });
        let Some(github) = &self.github else {
            return Ok((frozen, None));
        };
        let notes = notes::notes(frozen.manifest(), self.changes.as_ref());
        let wanted = NewNotes {
            new: &notes,
            merged: &|existing| notes::merged(existing, &notes, self.lists_changes),
            prerelease: self.set.version.is_prerelease(),
        };
        let draft = github
            .draft(
                self.existing.as_ref(),
                &self.tag,
                self.commit.as_str(),
                &wanted,
            )
            .await
            .context("failed to draft the release; the tag and the frozen list exist, and the next run continues")?;
        cx.log.info(format!("draft of {}: {draft}", self.tag));
        Ok((frozen, Some(draft)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_well_formed() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert_eq!(spec.id, "draft-release");
    }
}
