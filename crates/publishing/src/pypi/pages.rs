//! What an index shows: a project's files, whether the index is there at all, and how a file of ours compares.

use super::{Credentials, Distribution, Error, Index, Planned, rules, simple};
use crate::{
    endpoints, http,
    http::{Follow, shown},
    outcome::State,
    retry::Failure,
};
use reqwest::header::HeaderMap;
use simple::Listed;
use std::collections::{BTreeMap, btree_map::Entry};

/// The pages of some projects, by normalized name; `None` for a project that the index does not know.
pub(super) type Pages = BTreeMap<String, Option<Vec<Listed>>>;

impl Index {
    /// The pages of all projects of the files. When none of them is known, the index itself must be there.
    pub(super) async fn pages(
        &self,
        files: &[&Distribution],
        credentials: Option<&Credentials>,
    ) -> Result<Pages, Error> {
        let mut pages = Pages::new();
        for file in files {
            self.page_of(file, &mut pages, credentials).await?;
        }
        if !pages.is_empty() && pages.values().all(Option::is_none) {
            self.refuse_wrong_place(credentials).await?;
        }
        Ok(pages)
    }

    /// The page of a file's project, which is read unless it is among the pages.
    pub(super) async fn page_of<'a>(
        &self,
        file: &Distribution,
        pages: &'a mut Pages,
        credentials: Option<&Credentials>,
    ) -> Result<Option<&'a [Listed]>, Error> {
        let page = match pages.entry(file.normalized_project()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(missing) => {
                let page = self.page(missing.key(), credentials).await?;
                missing.insert(page)
            }
        };
        Ok(page.as_deref())
    }

    /// The files of a project, or `None` when the index does not know it.
    pub(super) async fn page(
        &self,
        project: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Option<Vec<Listed>>, Error> {
        let what = format!("read the index page of {project}");
        let url = self.simple_url.join(&format!("{project}/"));
        let url = url.map_err(|error| Error::page(&what, error))?;
        let headers = simple::headers();
        let mut reply = self
            .transport
            .get(&what, &url, &headers, Follow::SameHost)
            .await?;
        if matches!(reply.status.as_u16(), 401 | 403)
            && let Some(headers) = self.login(credentials)?
        {
            reply = self
                .transport
                .get(&what, &url, &headers, Follow::SameHost)
                .await?;
        }
        // A redirect to another host is how some indexes say "not mine, ask PyPI".
        match reply.status.as_u16() {
            404 | 410 | 300..400 => Ok(None),
            200..300 => Ok(Some(simple::parse(&what, &reply)?)),
            _ => Err(reply.refused(&what).into()),
        }
    }

    /// An index that knows none of our projects is asked whether it is an index. Some list no projects and answer 404 there
    /// although they are: so an address that a person gave is not doubted, and one that we derived is.
    async fn refuse_wrong_place(&self, credentials: Option<&Credentials>) -> Result<(), Error> {
        if endpoints::is_pypi(&self.simple_url) {
            return Ok(());
        }
        let mut status = self.root_status(simple::headers()).await?;
        if matches!(status, 401 | 403)
            && let Some(headers) = self.login(credentials)?
        {
            status = self.root_status(headers).await?;
        }
        let page = shown(&self.simple_url);
        // devpi answers 415 for what is a project's name there.
        match status {
            404..=406 | 410 | 415 if self.simple_url_is_derived => {
                Err(Error::NoIndex { page, status })
            }
            404..=406 | 410 | 415 => {
                self.caution(format!(
                    "{page} answers {status}, and so do the pages of the projects: this is expected if they are new; otherwise check `simple-url`"
                ));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The answer for the list of all projects, which is not read: it may be large.
    async fn root_status(&self, headers: HeaderMap) -> Result<u16, Error> {
        let what = "find the index";
        let (url, headers) = (&self.simple_url, &headers);
        let attempt = |attempt| async move {
            let opened = self
                .transport
                .open(what, url, headers, Follow::SameHost, attempt);
            opened.await.map_err(Failure::map::<Error>)
        };
        let response = self.transport.retry(what).run(attempt).await?;
        Ok(response.status().as_u16())
    }

    /// Headers that log in, for the host that takes uploads only.
    fn login(&self, credentials: Option<&Credentials>) -> Result<Option<HeaderMap>, Error> {
        let Some(Credentials::Password { username, password }) = credentials else {
            return Ok(None);
        };
        if self.simple_url.origin() != self.upload_url.origin() {
            return Ok(None);
        }
        let basic = http::basic(username, password)?;
        let mut headers = simple::headers();
        headers.insert(reqwest::header::AUTHORIZATION, basic);
        Ok(Some(headers))
    }

    pub(super) async fn compare(
        &self,
        file: &Distribution,
        page: Option<&[Listed]>,
    ) -> Result<Planned, Error> {
        let listed = page
            .unwrap_or_default()
            .iter()
            .find(|listed| listed.file_name == file.file_name);
        let existing = match listed {
            None => None,
            Some(listed) => Some(match &listed.sha256 {
                Some(sha256) => sha256.clone(),
                None => simple::download_digest(&self.transport, listed).await?,
            }),
        };
        Ok(Planned {
            file: file.file_name.clone(),
            project: file.project.clone(),
            version: file.version.clone(),
            size: file.size,
            sha256: file.sha256.clone(),
            new_project: page.is_none(),
            state: State::of(existing.as_deref(), &file.sha256),
            yanked: rules::yanked(&file.version, page.unwrap_or_default()),
        })
    }

    /// What the index holds under this name now.
    pub(super) async fn state(
        &self,
        file: &Distribution,
        credentials: &Credentials,
    ) -> Result<State, Error> {
        let page = self
            .page(&file.normalized_project(), Some(credentials))
            .await?;
        Ok(self.compare(file, page.as_deref()).await?.state)
    }
}
