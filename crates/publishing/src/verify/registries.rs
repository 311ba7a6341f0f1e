//! What PyPI and crates.io serve, by the digests that they tell.

use futures::{StreamExt as _, stream};
use package_store::{Record, layout::RELEASE, project_name};
use std::collections::BTreeMap;

use super::{Finding, Verdict, Verification};
use crate::{crates_io, pypi};

const PYPI: &str = "PyPI";
const CRATES: &str = "crates.io";
/// Pages of a registry that are read at the same time.
const PARALLEL: usize = 16;

impl Verification<'_> {
    /// The packages of some kinds that registries get.
    fn records(&self, kinds: &[&str]) -> Vec<&Record> {
        let all = self.manifest.packages().iter();
        all.filter(|record| record.profile == RELEASE && kinds.contains(&record.kind.as_str()))
            .collect()
    }

    pub(super) async fn look_at_pypi(&self) -> Vec<Finding> {
        let Some((index, credentials)) = self.targets.pypi.as_ref() else {
            return Vec::new();
        };
        let mut projects: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
        for record in self.records(&["wheel", "sdist"]) {
            projects
                .entry(project_name(&record.project))
                .or_default()
                .push(record);
        }
        let looks = projects.into_iter().map(|(project, records)| async move {
            match index.files(&project, credentials.as_ref()).await {
                Ok(files) => {
                    let files = files.unwrap_or_default();
                    of_page(index, self.manifest.packages(), &records, &files).await
                }
                Err(error) => vec![Finding::unread(PYPI, project, error)],
            }
        });
        let all: Vec<Vec<Finding>> = stream::iter(looks).buffered(PARALLEL).collect().await;
        all.concat()
    }

    pub(super) async fn look_at_crates(&self) -> Vec<Finding> {
        let targets = self.targets.crates.as_ref();
        let Some((registry, credentials)) = targets else {
            return Vec::new();
        };
        let looks = self
            .records(&["crate"])
            .into_iter()
            .map(|record| async move {
                let (name, version) = (&record.project, &record.version);
                match registry.listed(name, version, credentials.as_ref()).await {
                    Ok(found) => of_crate(record, found.as_ref()),
                    Err(error) => Finding::unread(CRATES, &record.file, error),
                }
            });
        stream::iter(looks).buffered(PARALLEL).collect().await
    }
}

/// How the index serves the files of one project, and what it serves beside them of the same version.
async fn of_page(
    index: &pypi::Index,
    packages: &[Record],
    records: &[&Record],
    files: &[pypi::File],
) -> Vec<Finding> {
    let mut all = Vec::new();
    for record in records {
        let verdict = match files.iter().find(|file| file.name == record.file) {
            None => Verdict::Wrong("it is missing".to_owned()),
            Some(found) => match index.sha256(found).await {
                Ok(sha256) => compared(record, &sha256, found.yanked.as_deref()),
                Err(error) => Verdict::Unread(error.to_string()),
            },
        };
        all.push(Finding::new(PYPI, &record.file, verdict));
    }
    let added = files.iter().filter(|file| {
        let is_ours = packages.iter().any(|record| record.file == file.name);
        !is_ours && records.iter().any(|record| file.is_of(&record.version))
    });
    all.extend(added.map(|file| Finding::new(PYPI, &file.name, Verdict::Added)));
    all
}

fn of_crate(record: &Record, found: Option<&crates_io::Listed>) -> Finding {
    let verdict = match found {
        None => Verdict::Wrong("it is missing".to_owned()),
        Some(found) => compared(record, &found.sha256, found.yanked.then_some("")),
    };
    Finding::new(CRATES, &record.file, verdict)
}

fn compared(record: &Record, sha256: &str, yanked: Option<&str>) -> Verdict {
    let ours = record.sha256.to_string();
    match yanked {
        _ if !sha256.eq_ignore_ascii_case(&ours) => {
            Verdict::Wrong(format!("it has sha256 {sha256}, not {ours}"))
        }
        None => Verdict::Right,
        Some("") => Verdict::Note("yanked".to_owned()),
        Some(why) => Verdict::Note(format!("yanked: {why}")),
    }
}
