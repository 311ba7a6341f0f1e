//! pip's index of one commit: `pip install --index-url <bucket>/commit/<id>/simple/ <project>` works from any file server.

mod pages;

use bytes::Bytes;

use crate::commit::Commit;
use crate::content::{HTML, Headers, SIMPLE_JSON};
use crate::error::StoreError;
use crate::layout;
use crate::record::Record;
use crate::store::Store;
use pages::{Page, Project};

/// How often the pages are written again because records kept arriving.
const TRIES: u32 = 10;

/// The index as it was left.
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
        let mut written = Vec::new();
        let mut seen: Option<Vec<Record>> = None;
        for _ in 0..TRIES {
            let records = self.records(commit).await?;
            if seen.as_ref() == Some(&records) {
                return Ok(Index {
                    projects: pages::projects(&records)
                        .into_iter()
                        .map(|project| project.name)
                        .collect(),
                    written,
                });
            }
            for page in pages_of(commit, &pages::projects(&records)) {
                if self.write_page(&page).await? && !written.contains(&page.path) {
                    written.push(page.path);
                }
            }
            seen = Some(records);
        }
        Err(StoreError::Contended {
            verb: "write",
            address: self.address(&layout::simple(commit)),
            tries: TRIES,
        })
    }

    /// Writes a page unless it is there as it should be: a bucket takes one write per second of one object.
    async fn write_page(&self, page: &Page) -> Result<bool, StoreError> {
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

/// The projects' pages first, so that the root never leads to a page that is not there.
fn pages_of(commit: &Commit, projects: &[Project]) -> Vec<Page> {
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
        let path = |extension| layout::simple_project(commit, &project.name, extension);
        all.push(page(path("html"), HTML, pages::project_html(project)));
        all.push(page(
            path("json"),
            SIMPLE_JSON,
            pages::project_json(project),
        ));
    }
    let path = |extension| layout::simple_root(commit, extension);
    all.push(page(path("html"), HTML, pages::root_html(projects)));
    all.push(page(path("json"), SIMPLE_JSON, pages::root_json(projects)));
    all
}
