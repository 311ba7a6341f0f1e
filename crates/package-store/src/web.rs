//! Web pages of a bucket: static files, so that whoever opens the bucket's address sees what is in it and how to get it.

mod card;
mod channel;
mod commit;
mod days;
mod document;
mod home;
mod html;
mod install;
mod markdown;
mod settled;
mod site;

use bytes::Bytes;

use crate::channel::name::Channel;
use crate::commit::Commit;
use crate::content::HTML;
use crate::error::StoreError;
use crate::expected::Expected;
use crate::index::Page;
use crate::store::Store;
use document::Document;
pub use site::Site;

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
        let mut pages = Pages::default();
        let settled = self.settlement(commit, site).await?;
        let site = self.site(site, &mut pages).await?;
        self.commit_alone(commit, &site, expected, &mut pages)
            .await?;
        if pages.page.is_some() {
            pages.add(self.write_day_of(commit, &site).await?);
            pages.add(self.write_home(&site).await?.1);
            self.write_settlement(commit, settled).await?;
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
            self.commit_alone(&commit, &site, None, &mut pages).await?;
            self.enter(&commit).await?;
        }
        pages.add(self.write_all_days(&site).await?);
        for channel in self.channels().await? {
            self.channel_alone(channel, &site, &mut pages).await?;
        }
        let releases = self.write_release_index().await?;
        pages.add(releases.written);
        let (document, written) = self.write_home(&site).await?;
        pages.add(written);
        pages.projects.sort();
        pages.projects.dedup();
        pages.show(&document, &site);
        Ok(pages)
    }

    /// Writes the list of commits and the first page, after commits left the list.
    pub(crate) async fn write_lists(&self, site: &Site) -> Result<(), StoreError> {
        let site = self.site(site, &mut Pages::default()).await?;
        self.write_all_days(&site).await?;
        self.write_home(&site).await.map(|_| ())
    }

    async fn commit_alone(
        &self,
        commit: &Commit,
        site: &Site,
        expected: Option<&[Expected]>,
        pages: &mut Pages,
    ) -> Result<(), StoreError> {
        if let Some(expected) = expected {
            pages.add(self.keep_expected(commit, expected).await?);
        }
        let index = self.write_index(commit).await?;
        pages.projects.extend(index.projects);
        pages.add(index.written);
        if let Some((document, written)) = self.write_commit_page(commit, site).await? {
            pages.add(written);
            pages.show(&document, site);
        }
        Ok(())
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
