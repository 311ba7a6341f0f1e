//! A Python index: what it holds, and uploads to it by the legacy API that every index speaks.

mod distribution;
mod error;
mod form;
mod rules;
mod simple;
mod upload;

pub use distribution::{Distribution, Kind};
pub use error::Error;

use crate::{
    endpoints,
    http::{self, Follow, Transport},
    outcome::{Conflict, Outcome, Sent, State},
    trusted,
};
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use simple::Listed;
use std::{collections::BTreeMap, sync::Arc};
use url::Url;

/// How uploads are paid for.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A user and a password, or `__token__` and an API token.
    Password {
        /// `__token__` on PyPI.
        username: String,
        /// The password or token.
        password: SecretString,
    },
    /// Trusted publishing: a token minted from the job's identity.
    Trusted(Arc<trusted::Publisher>),
}

/// A Python index: where files are sent, and where they are seen.
#[derive(Debug, Clone)]
pub struct Index {
    upload_url: Url,
    simple_url: Url,
    transport: Transport,
}

/// One file of a run, compared with what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The file's name.
    pub file: String,
    /// The project as the file spells it.
    pub project: String,
    /// The version.
    pub version: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of our bytes, in hex.
    pub sha256: String,
    /// The index knows no such project yet: this upload creates it.
    pub new_project: bool,
    /// What is there.
    pub state: State,
}

impl Index {
    /// An index that takes uploads at `upload_url`. `simple_url` is derived where it is not given.
    pub fn new(
        transport: &Transport,
        upload_url: &str,
        simple_url: Option<&str>,
    ) -> Result<Self, Error> {
        let upload_url = http::address(upload_url)?;
        let mut simple_url = match simple_url {
            Some(simple) => http::address(simple)?,
            None => endpoints::simple_of(&upload_url),
        };
        if !simple_url.path().ends_with('/') {
            simple_url.set_path(&format!("{}/", simple_url.path()));
        }
        Ok(Self {
            upload_url,
            simple_url,
            transport: transport.clone(),
        })
    }

    /// Where files are sent.
    pub fn upload_url(&self) -> &Url {
        &self.upload_url
    }

    /// Where files are seen; ends with a slash.
    pub fn simple_url(&self) -> &Url {
        &self.simple_url
    }

    /// Compares the files with the index, in upload order: wheels before sdists. Sends nothing.
    ///
    /// `credentials` serve indexes that show their pages only to those who log in; they go to no other host than the one
    /// that takes uploads, and only when it asks.
    ///
    /// # Errors
    /// Local versions on PyPI, a release that PyPI has closed, two files of one name; or the index cannot be read. That
    /// other bytes are there is no error yet: see [`Planned::state`].
    pub async fn plan(
        &self,
        files: &[Distribution],
        credentials: Option<&Credentials>,
    ) -> Result<Vec<Planned>, Error> {
        let files = ordered(files)?;
        let on_pypi = endpoints::is_pypi(&self.upload_url);
        if on_pypi {
            rules::refuse_local_versions(&files)?;
        }
        let mut pages = BTreeMap::new();
        let mut planned = Vec::with_capacity(files.len());
        for file in files {
            let project = file.normalized_project();
            if !pages.contains_key(&project) {
                let page = self.page(&project, credentials).await?;
                pages.insert(project.clone(), page);
            }
            let page = pages.get(&project).and_then(Option::as_deref);
            let compared = self.compare(file, page).await?;
            if on_pypi && compared.state == State::Absent {
                rules::refuse_closed(file, page.unwrap_or_default(), self.transport.clock.now())?;
            }
            planned.push(compared);
        }
        Ok(planned)
    }

    /// Sends what is missing, sdists last. One file with other bytes in the index stops the run before anything is sent.
    pub async fn publish_all(
        &self,
        files: &[Distribution],
        credentials: &Credentials,
    ) -> Result<Outcome, Error> {
        let planned = self.plan(files, Some(credentials)).await?;
        refuse_conflicts(&planned)?;
        let mut outcome = Outcome::default();
        for (file, plan) in ordered(files)?.into_iter().zip(&planned) {
            let sent = match plan.state {
                State::Same => self.unchanged(file),
                _ => self.upload(file, credentials, None).await?,
            };
            outcome.note(&file.file_name, sent);
        }
        Ok(outcome)
    }

    /// The files of a project, or `None` when the index does not know it.
    async fn page(
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

    async fn compare(
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
        })
    }

    /// What the index holds under this name now.
    async fn state(&self, file: &Distribution, credentials: &Credentials) -> Result<State, Error> {
        let page = self
            .page(&file.normalized_project(), Some(credentials))
            .await?;
        Ok(self.compare(file, page.as_deref()).await?.state)
    }

    fn unchanged(&self, file: &Distribution) -> Sent {
        (self.transport.listener)(&crate::Event::Unchanged {
            file: file.file_name.clone(),
        });
        Sent::Unchanged
    }
}

/// Wheels first, because installers that find an sdist alone would build it; else by name.
fn ordered(files: &[Distribution]) -> Result<Vec<&Distribution>, Error> {
    let mut ordered: Vec<&Distribution> = files.iter().collect();
    ordered.sort_by_key(|file| (file.kind == Kind::Sdist, file.file_name.clone()));
    for (one, next) in ordered.iter().zip(ordered.iter().skip(1)) {
        if one.file_name == next.file_name && one.sha256 != next.sha256 {
            return Err(Error::Twice {
                file: one.file_name.clone(),
                one: one.sha256.clone(),
                other: next.sha256.clone(),
            });
        }
    }
    ordered.dedup_by(|next, one| next.file_name == one.file_name);
    Ok(ordered)
}

fn refuse_conflicts(planned: &[Planned]) -> Result<(), Error> {
    let conflicts: Vec<Conflict> = planned.iter().filter_map(Planned::conflict).collect();
    match conflicts.is_empty() {
        true => Ok(()),
        false => Err(Error::Conflicts(conflicts)),
    }
}

impl Planned {
    /// The conflict, when other bytes are there.
    pub fn conflict(&self) -> Option<Conflict> {
        match &self.state {
            State::Other { existing } => Some(Conflict {
                file: self.file.clone(),
                existing: existing.clone(),
                ours: self.sha256.clone(),
            }),
            _ => None,
        }
    }
}
