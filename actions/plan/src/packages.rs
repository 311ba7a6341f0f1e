//! What the bucket holds of the commit: a package that is there is not built again, so a job runs for what is missing alone.

use actions_core::{Context, Packages as Table};
use anyhow::{Context as _, bail};
use package_store::{Commit, Expected, Record};

use crate::config::{Config, Filter};

/// The packages that the config file declares, and which of them the bucket has of this commit.
#[derive(Clone, Debug)]
pub struct Packages {
    /// The full id.
    pub commit: String,
    /// Each package with the job that builds it.
    pub builds: Vec<Build>,
    /// Whether to build what is there, too.
    pub force: bool,
    /// Whether nobody asked the bucket, which is then taken to be empty.
    pub assumed_empty: bool,
}

/// A package, and how it comes into the bucket.
#[derive(Clone, Debug)]
pub struct Build {
    /// Its key in the table.
    pub name: String,
    /// The package.
    pub what: Expected,
    /// Whether a commit is incomplete without it.
    pub required: bool,
    /// Whether the bucket has it.
    pub there: bool,
    /// The job that builds it.
    pub job: Option<String>,
    /// Events at which it is built; `None` leaves that to the job.
    pub on: Option<Vec<Filter>>,
}

impl Packages {
    /// Whether nothing is missing without which the commit is not complete.
    pub fn complete(&self) -> bool {
        self.builds.iter().all(|it| it.there || !it.required)
    }

    /// What a job builds.
    pub(crate) fn of_job(&self, job: &str) -> Vec<&Build> {
        let builds = self.builds.iter();
        builds
            .filter(|build| build.job.as_deref() == Some(job))
            .collect()
    }
}

/// How the bucket is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) force: bool,
    pub(crate) assume_empty: bool,
}

/// Checks the table `[packages]` against the table `[jobs]` and reads from the bucket what is there; `None` without a bucket.
pub(crate) fn read(
    cx: &Context,
    file: &Config,
    bucket: Option<&str>,
    commit: Option<&str>,
    asked: Asked,
) -> anyhow::Result<Option<Packages>> {
    let table = cx.packages()?;
    let builds = match &table {
        Some(table) => builds(file, table)?,
        None => Vec::new(),
    };
    let Some(bucket) = bucket else {
        return match asked {
            Asked { force: true, .. } => bail!(
                "`force` builds what the bucket has already, and there is no bucket: give the input `bucket` too"
            ),
            Asked {
                assume_empty: true, ..
            } => bail!(
                "`assume-empty` is about a bucket, and there is none: give the input `bucket` too"
            ),
            _ => Ok(None),
        };
    };
    if table.is_none() {
        bail!(
            "failed to tell what is missing in the bucket: the config file has no table `[packages]`; add lines such as `wheels = {{ kind = \"wheel\", project = \"hello-sdk\", platforms = [\"linux-x64\"], job = \"wheel\" }}` to it in .github/ci-actions.toml"
        );
    }
    cx.block_on(async {
        let commit: Commit = cx.commit_id(commit).await?.parse()?;
        let records = match asked.assume_empty {
            true => Vec::new(),
            false => records(cx, bucket, &commit).await?,
        };
        Ok(Some(Packages {
            commit: commit.to_string(),
            builds: compare(builds, &records),
            force: asked.force,
            assumed_empty: asked.assume_empty,
        }))
    })
}

/// The records of the packages that are there: one whose file was lost counts as missing.
async fn records(cx: &Context, bucket: &str, commit: &Commit) -> anyhow::Result<Vec<Record>> {
    let store = connections::bucket(cx, bucket, true)?;
    let mut records = store.records(commit).await?;
    let lost = store.lost(&records).await?;
    for one in &lost {
        cx.log.warning(format!(
            "the bucket has lost the {one}: it counts as missing, and is built and uploaded again"
        ));
    }
    records.retain(|record| lost.iter().all(|one| one.record != *record));
    Ok(records)
}

/// The table's packages, none of which is known to be there; each word in it has a meaning afterwards.
pub(crate) fn builds(file: &Config, table: &Table) -> anyhow::Result<Vec<Build>> {
    let place = table.place();
    let wrong = |error| anyhow::anyhow!("failed to read the config file: {error}");
    let mut builds = Vec::new();
    for declared in &table.declared {
        if let Some(job) = &declared.job
            && !file.jobs.contains_key(job.get_ref())
        {
            let known: Vec<&str> = file.jobs.keys().map(String::as_str).collect();
            return Err(wrong(place.unknown(
                "job",
                job.get_ref(),
                job.span(),
                &known,
            )))
            .with_context(|| format!("failed to find who builds `{}`", declared.name));
        }
        let on = declared.on.clone();
        let on = on.map(|on| Filter::parse_all(&place, on)).transpose();
        let on = on.map_err(wrong)?;
        let required = declared.lines().map(|line| (line, true));
        let optional = declared.optional_lines().map(|line| (line, false));
        for (line, required) in required.chain(optional) {
            builds.push(Build {
                name: declared.name.clone(),
                what: line.parse()?,
                required,
                there: false,
                job: declared.job.as_ref().map(|job| job.get_ref().clone()),
                on: on.clone(),
            });
        }
    }
    Ok(builds)
}

fn compare(builds: Vec<Build>, records: &[Record]) -> Vec<Build> {
    let builds = builds.into_iter();
    builds
        .map(|build| Build {
            there: records.iter().any(|record| build.what.is(record)),
            ..build
        })
        .collect()
}
