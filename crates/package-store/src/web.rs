//! Web pages of a bucket: static files, so that whoever opens the bucket's address sees what is in it and how to get it.

mod benchmarks;
mod card;
mod channel;
mod commit;
mod days;
mod document;
mod home;
mod html;
mod install;
mod journal;
mod markdown;
mod plot;
mod settled;
mod site;

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::channel::name::Channel;
use crate::commit::Commit;
use crate::content::HTML;
use crate::error::StoreError;
use crate::expected::Expected;
use crate::index::Page;
use crate::layout;
use crate::store::Store;
use document::Document;
pub use site::Site;

/// How often a writer looks for records that came while it wrote; who brings one writes the pages as well.
const LOOKS: u32 = 10;

/// Pages as they were left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// Normalized names of the projects in pip's index.
    pub projects: Vec<String>,
    /// Paths of what differed and was written; in a dry run, that would be. Empty if all was right already.
    pub written: Vec<String>,
    /// Path of the page to open; `None` if there is nothing to show.
    pub page: Option<String>,
    /// Its public address, if the bucket's is known.
    pub url: Option<String>,
    /// What that page says, for a step summary.
    pub markdown: String,
}

impl Pages {
    fn show(&mut self, document: &Document, site: &Site) {
        self.page = Some(document.path.clone());
        self.url = site.url(&document.path);
        self.markdown = markdown::render(document, site);
    }

    fn add(&mut self, written: Vec<String>) {
        for path in written {
            if !self.written.contains(&path) {
                self.written.push(path);
            }
        }
    }
}

impl Store {
    /// Writes everything that follows from a commit's records: pip's index, the commit's web page, its line in the list of
    /// commits, and the first page. Touches a number of objects that does not grow with the bucket.
    ///
    /// `expected` is what a complete commit has. It is kept beside the commit for those who do not know it.
    pub async fn write_commit(
        &self,
        commit: &Commit,
        site: &Site,
        expected: Option<&[Expected]>,
    ) -> Result<Pages, StoreError> {
        let write = self.write_commit_pages(commit, site, expected);
        self.while_in_use(commit, write).await
    }

    /// [`Store::write_commit`] for whoever deletes, and so keeps all others away.
    pub(crate) async fn write_commit_of_deletion(
        &self,
        commit: &Commit,
        site: &Site,
    ) -> Result<Pages, StoreError> {
        self.write_commit_pages(commit, site, None).await
    }

    async fn write_commit_pages(
        &self,
        commit: &Commit,
        site: &Site,
        expected: Option<&[Expected]>,
    ) -> Result<Pages, StoreError> {
        let mut pages = Pages::default();
        let page_settings = self.site(site, &mut pages).await?;
        for _ in 0..LOOKS {
            let settled = self.settlement(commit, site).await?;
            self.commit_alone(commit, &page_settings, expected, &mut pages)
                .await?;
            if pages.page.is_none() {
                break;
            }
            pages.add(self.write_day_of(commit, &page_settings).await?);
            pages.add(self.write_home(&page_settings).await?.1);
            self.write_settlement(commit, &settled).await?;
            // A slower writer of fewer records must not have the last word.
            if self.settlement(commit, site).await? == settled {
                break;
            }
        }
        Ok(pages)
    }

    /// Writes everything that follows from a channel's log: pip's index of what it stands at, its web page with its history,
    /// the first page, and for a channel of releases pip's index of all of them.
    pub async fn write_channel(&self, channel: Channel, site: &Site) -> Result<Pages, StoreError> {
        let mut pages = Pages::default();
        let site = self.site(site, &mut pages).await?;
        self.channel_alone(channel, &site, &mut pages).await?;
        if matches!(channel, Channel::Latest | Channel::Prerelease) {
            pages.add(self.write_release_index().await?.written);
        }
        pages.add(self.write_home(&site).await?.1);
        Ok(pages)
    }

    /// Writes all pages of the bucket, as after a change of the title or for packages from before there were pages.
    pub async fn write_all_pages(&self, site: &Site) -> Result<Pages, StoreError> {
        let mut pages = Pages::default();
        let site = self.site(site, &mut pages).await?;
        for commit in self.all_commits().await? {
            let write = async {
                if self.commit_alone(&commit, &site, None, &mut pages).await? {
                    self.enter(&commit).await?;
                }
                Ok(())
            };
            // One that is being deleted needs no pages.
            self.unless_deleted(&commit, write).await?;
        }
        pages.add(self.write_all_days(&site).await?);
        for channel in self.channels().await? {
            self.channel_alone(channel, &site, &mut pages).await?;
        }
        for suite in self.benchmark_suites().await? {
            self.suite_alone(&suite, &site, &mut pages).await?;
        }
        let releases = self.write_release_index().await?;
        pages.add(releases.written);
        let (document, written) = self.write_home(&site).await?;
        pages.add(written);
        if !self.is_dry_run() {
            for day in self.days().await? {
                self.remove_surplus(&day, &site).await?;
            }
        }
        pages.projects.sort();
        pages.projects.dedup();
        pages.show(&document, &site);
        Ok(pages)
    }

    /// Writes the list of commits and the first page, after commits left the list on these days.
    pub(crate) async fn write_lists(
        &self,
        days: &BTreeSet<String>,
        site: &Site,
    ) -> Result<(), StoreError> {
        let site = self.site(site, &mut Pages::default()).await?;
        self.write_days(days, &site).await?;
        self.write_home(&site).await?;
        for day in days {
            self.remove_surplus(day, &site).await?;
        }
        Ok(())
    }

    /// Writes a commit's index and page; `false` for a commit without packages.
    async fn commit_alone(
        &self,
        commit: &Commit,
        site: &Site,
        expected: Option<&[Expected]>,
        pages: &mut Pages,
    ) -> Result<bool, StoreError> {
        if let Some(expected) = expected {
            pages.add(self.keep_expected(commit, expected).await?);
        }
        let index = self.write_index(commit).await?;
        pages.projects.extend(index.projects);
        pages.add(index.written);
        let Some((document, written)) = self.write_commit_page(commit, site).await? else {
            return Ok(false);
        };
        pages.add(written);
        pages.show(&document, site);
        Ok(true)
    }

    async fn channel_alone(
        &self,
        channel: Channel,
        site: &Site,
        pages: &mut Pages,
    ) -> Result<(), StoreError> {
        if let Some(entry) = self.current(channel).await? {
            // Before the channel's own pages: whoever reads the channel's version finds that version's index whole.
            let manifest = self.manifest_of(&entry).await?;
            pages.add(self.write_version_index(&manifest).await?.written);
            // An upload may have been stopped before it wrote the page that the channel's page leads to.
            let page = layout::commit_page(&entry.commit);
            if self.bucket.size(&page).await?.is_none() {
                let write = self.commit_alone(&entry.commit, site, None, pages);
                self.while_in_use(&entry.commit, write).await?;
            }
        }
        let index = self.write_channel_index(channel).await?;
        pages.projects.extend(index.projects);
        pages.add(index.written);
        let (document, written) = self.write_channel_page(channel, site).await?;
        pages.add(written);
        pages.show(&document, site);
        Ok(())
    }
}

/// A document as the file that a browser opens.
fn page(document: &Document, site: &Site) -> Page {
    Page {
        path: document.path.clone(),
        content_type: HTML,
        bytes: Bytes::from(html::render(document, site)),
    }
}
