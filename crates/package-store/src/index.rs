//! pip's indexes: `pip install --index-url <bucket>/commit/<id>/simple/ <project>` works from any file server.

mod pages;
mod releases;

use std::future::Future;

use bytes::Bytes;

use crate::channel::entry::Entry;
use crate::channel::name::Channel;
use crate::commit::Commit;
use crate::content::{HTML, Headers, SIMPLE_JSON};
use crate::error::StoreError;
use crate::layout;
use crate::manifest::Manifest;
use crate::record::Record;
use crate::store::Store;
use crate::version::Version;
pub(crate) use pages::Page;
use pages::Project;

/// How often pages are written again because what they show kept changing.
const TRIES: u32 = 10;

/// An index as it was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Normalized names of the projects in it.
    pub projects: Vec<String>,
    /// Paths of the pages that differed and were written; in a dry run, that would be. Empty if all were right already.
    pub written: Vec<String>,
}

impl Store {
    /// Writes the index pages of a commit from its records: all wheels and source distributions that are there now.
    ///
    /// Several jobs may do this at the same time, each after its own uploads. Each looks again after it wrote and goes on
    /// while there are new records, so that whoever writes last has seen them all.
    pub async fn write_index(&self, commit: &Commit) -> Result<Index, StoreError> {
        let root = layout::simple(commit);
        let look = || async {
            let mut projects = pages::projects(&self.records(commit).await?);
            pages::commit_builds_alone(&mut projects);
            Ok(projects)
        };
        self.settle_index(&root, look).await
    }

    /// Writes the index of a frozen version. It never changes again, so whoever reads which version a channel stands at
    /// finds all of that version here.
    pub async fn write_version_index(&self, manifest: &Manifest) -> Result<Index, StoreError> {
        let version: Version = manifest
            .version()
            .parse()
            .map_err(|error| StoreError::damaged(self.address(layout::manifests()), error))?;
        let projects = pages::projects(manifest.packages());
        let mut written = Vec::new();
        for page in pages_of(&layout::version_simple(&version), &projects) {
            if self.write_page(&page).await? {
                written.push(page.path);
            }
        }
        Ok(Index {
            projects: projects.into_iter().map(|project| project.name).collect(),
            written,
        })
    }

    /// Writes the index of what a channel stands at. Each page shows one version whole; a project that the version does not
    /// have any more keeps an empty page.
    pub async fn write_channel_index(&self, channel: Channel) -> Result<Index, StoreError> {
        let root = layout::channel_simple(&channel);
        let look = || async {
            match self.current(channel).await? {
                Some(entry) => {
                    let manifest = self.manifest_of(&entry).await?;
                    Ok(pages::projects(manifest.packages()))
                }
                None => Ok(Vec::new()),
            }
        };
        self.settle_index(&root, look).await
    }

    /// Writes the index of all releases: each version that `latest` or `prerelease` stood at. One that was taken back is
    /// yanked: installed only where it is asked for by its exact version.
    pub async fn write_release_index(&self) -> Result<Index, StoreError> {
        let look = || async {
            let (records, taken_back) = self.released().await?;
            let mut projects = pages::projects(&records);
            pages::releases_alone(&mut projects, &taken_back);
            Ok(projects)
        };
        self.settle_index(layout::releases_simple(), look).await
    }

    /// The manifest that a channel's move names.
    pub(crate) async fn manifest_of(&self, entry: &Entry) -> Result<Manifest, StoreError> {
        let manifest = self.manifest(&entry.version).await?;
        if manifest.digest() == entry.manifest {
            return Ok(manifest);
        }
        Err(StoreError::damaged(
            self.address(&layout::channel_entry(&entry.channel, entry.number)),
            format!(
                "it names a manifest {} of version {}, which is {}",
                entry.manifest,
                entry.version,
                manifest.digest()
            ),
        ))
    }

    async fn settle_index<F>(&self, root: &str, look: impl Fn() -> F) -> Result<Index, StoreError>
    where
        F: Future<Output = Result<Vec<Project>, StoreError>>,
    {
        let look = || async {
            let mut projects = look().await?;
            projects.extend(self.emptied(root, &projects).await?);
            Ok(projects)
        };
        let (projects, written) = self
            .settle(root, look, |projects| pages_of(root, projects))
            .await?;
        let names = projects.into_iter().filter(|project| !project.is_empty());
        Ok(Index {
            projects: names.map(|project| project.name).collect(),
            written,
        })
    }

    /// Projects that have a page from earlier and no file any more.
    async fn emptied(&self, root: &str, now: &[Project]) -> Result<Vec<Project>, StoreError> {
        let folders = self.bucket.children(root, usize::MAX).await?;
        let gone = folders.iter().filter(|path| path.ends_with('/'));
        let names = gone.map(|path| layout::stem(path));
        let gone = names.filter(|name| now.iter().all(|project| project.name != *name));
        Ok(gone.map(Project::empty).collect())
    }

    /// Writes the pages that follow from what `look` sees, and again while that changes: whoever writes last has seen
    /// everything. Answers what was seen, and the paths that were written.
    pub(crate) async fn settle<T: PartialEq, F>(
        &self,
        shown: &str,
        look: impl Fn() -> F,
        pages: impl Fn(&T) -> Vec<Page>,
    ) -> Result<(T, Vec<String>), StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut written = Vec::new();
        let mut seen = None;
        for _ in 0..TRIES {
            let now = look().await?;
            if seen.as_ref() == Some(&now) {
                return Ok((now, written));
            }
            let mut wrote = false;
            for page in pages(&now) {
                if self.write_page(&page).await? {
                    wrote = true;
                    if !written.contains(&page.path) {
                        written.push(page.path);
                    }
                }
            }
            // What was right already cannot have hidden anybody's later pages.
            if !wrote || self.bucket.dry_run() {
                return Ok((now, written));
            }
            seen = Some(now);
        }
        Err(StoreError::Contended {
            verb: "write",
            address: self.address(shown),
            tries: TRIES,
        })
    }

    /// Writes a page unless it is there as it should be: a bucket takes one write per second of one object.
    pub(crate) async fn write_page(&self, page: &Page) -> Result<bool, StoreError> {
        if self.bucket.read(&page.path).await?.as_ref() == Some(&page.bytes) {
            return Ok(false);
        }
        let headers = Headers::mutable(page.content_type);
        self.bucket
            .replace(&page.path, page.bytes.clone(), &headers)
            .await?;
        Ok(true)
    }
}

/// What pip's index has of some records: by project, the files with their digests.
pub(crate) fn installable(records: &[Record]) -> Vec<(String, Vec<(String, String)>)> {
    let projects = pages::projects(records);
    let projects = projects.into_iter();
    projects
        .map(|project| (project.name.clone(), project.digests()))
        .collect()
}

/// The projects' pages first, so that the root never leads to a page that is not there.
fn pages_of(root: &str, projects: &[Project]) -> Vec<Page> {
    if projects.is_empty() {
        return Vec::new();
    }
    let page = |path: String, content_type: &'static str, text: String| Page {
        path,
        content_type,
        bytes: Bytes::from(text),
    };
    let mut all = Vec::new();
    for project in projects {
        let path = |extension| layout::simple_project(root, &project.name, extension);
        let (html, json) = (path("html"), path("json"));
        let text = pages::project_html(project, &html);
        all.push(page(html, HTML, text));
        let text = pages::project_json(project, &json);
        all.push(page(json, SIMPLE_JSON, text));
    }
    let path = |extension| layout::simple_root(root, extension);
    all.push(page(path("html"), HTML, pages::root_html(projects)));
    all.push(page(path("json"), SIMPLE_JSON, pages::root_json(projects)));
    all
}
