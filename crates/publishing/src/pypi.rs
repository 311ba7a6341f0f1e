//! A Python index: what it holds, and uploads to it by the legacy API that every index speaks.

mod attestations;
mod distribution;
mod error;
mod files;
mod form;
mod pages;
mod rate;
mod rules;
mod simple;
mod upload;

pub use attestations::{
    LeftOut, add as add_attestation, attach as attach_attestations, is_attestation,
};
pub use distribution::{Distribution, Kind};
pub use error::Error;
pub use files::File;
pub use rate::{LONGEST_UPLOAD, time_to_send};
pub use rules::Problem;

use crate::{
    Event, endpoints,
    http::{self, Transport},
    outcome::{Conflict, Outcome, Sent, State},
    trusted,
};
use secrecy::SecretString;
use std::sync::Arc;
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
    simple_url_is_derived: bool,
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
    /// Why the version is yanked, if it is: installers pass it over. An empty text when nobody said why.
    pub yanked: Option<String>,
}

/// A look at an index: what is there, and everything that stops the files from being published.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    /// The files in upload order.
    pub planned: Vec<Planned>,
    /// All that is wrong with any of them. Other bytes in the index are not here: see [`Planned::state`].
    pub problems: Vec<Problem>,
}

impl Index {
    /// An index that takes uploads at `upload_url`. `simple_url` is derived where it is not given.
    pub fn new(
        transport: &Transport,
        upload_url: &str,
        simple_url: Option<&str>,
    ) -> Result<Self, Error> {
        let upload_url = http::address(upload_url)?;
        let simple_url_is_derived = simple_url.is_none();
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
            simple_url_is_derived,
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

    /// What the rules of packages say about the files, and on PyPI its own: everything that is wrong. Asks nobody.
    pub fn check(&self, files: &[Distribution]) -> Vec<Problem> {
        let files: Vec<&Distribution> = files.iter().collect();
        rules::check(&files, endpoints::has_rules_of_pypi(&self.upload_url))
    }

    /// Compares the files with the index, in upload order: wheels before sdists. Sends nothing.
    ///
    /// `credentials` serve indexes that show their pages only to those who log in; they go to no other host than the one
    /// that takes uploads, and only when it asks.
    ///
    /// # Errors
    /// Two files of one name; the index cannot be read, or is not where it was looked for.
    pub async fn survey(
        &self,
        files: &[Distribution],
        credentials: Option<&Credentials>,
    ) -> Result<Survey, Error> {
        let mut problems = self.check(files);
        let files = ordered(files)?;
        let on_pypi = endpoints::is_pypi(&self.upload_url);
        let pages = self.pages(&files, credentials).await?;
        let mut planned = Vec::with_capacity(files.len());
        for file in files {
            let page = pages.get(&file.normalized_project());
            let page = page.and_then(Option::as_deref);
            let compared = self.compare(file, page).await?;
            if on_pypi && compared.state == State::Absent {
                let now = self.transport.clock.now();
                problems.extend(rules::closed(file, page.unwrap_or_default(), now));
            }
            planned.push(compared);
        }
        Ok(Survey { planned, problems })
    }

    /// The survey of files that nothing is wrong with. What is wrong with the files themselves is told before anybody is asked.
    ///
    /// # Errors
    /// As [`Index::survey`]; and [`Error::Problems`], all at once. That other bytes are there is no error yet: see
    /// [`Planned::state`].
    pub async fn plan(
        &self,
        files: &[Distribution],
        credentials: Option<&Credentials>,
    ) -> Result<Vec<Planned>, Error> {
        let problems = self.check(files);
        if !problems.is_empty() {
            return Err(Error::Problems(problems));
        }
        let survey = self.survey(files, credentials).await?;
        match survey.problems.is_empty() {
            true => Ok(survey.planned),
            false => Err(Error::Problems(survey.problems)),
        }
    }

    /// Looks and sends what is missing: [`Index::plan`], then [`Index::publish_planned`].
    ///
    /// # Errors
    /// Those of both.
    pub async fn publish_all(
        &self,
        files: &[Distribution],
        credentials: &Credentials,
    ) -> Result<Outcome, Error> {
        let planned = self.plan(files, Some(credentials)).await?;
        self.publish_planned(files, &planned, credentials).await
    }

    /// Sends what a plan of these files found missing, sdists last, and waits until the index shows it. One file with other
    /// bytes in the index stops the run before anything is sent. A token that was minted for it is ended when the last file
    /// was sent.
    ///
    /// # Errors
    /// What is published by then stays, and the next run continues.
    pub async fn publish_planned(
        &self,
        files: &[Distribution],
        planned: &[Planned],
        credentials: &Credentials,
    ) -> Result<Outcome, Error> {
        refuse_conflicts(planned)?;
        for caution in planned.iter().filter_map(Planned::caution) {
            self.caution(caution);
        }
        let missing = |file: &Distribution| {
            let mut planned = planned.iter();
            !planned.any(|one| one.file == file.file_name && one.state == State::Same)
        };
        let sent = self.send_all(&ordered(files)?, missing, credentials).await;
        credentials.end().await;
        let sent = sent?;
        let taken = sent.iter().filter(|(_, sent)| *sent == Sent::Published);
        let taken = taken.map(|(file, _)| *file).collect();
        self.see(taken, credentials).await?;
        let mut outcome = Outcome::default();
        for (file, sent) in sent {
            outcome.note(&file.file_name, sent);
        }
        Ok(outcome)
    }

    /// Whether attestations may go along: PyPI takes them from trusted publishers only, and knows them alone.
    ///
    /// # Errors
    /// Why not, as the end of a sentence.
    pub fn takes_attestations(
        &self,
        credentials: Option<&Credentials>,
    ) -> Result<(), &'static str> {
        match credentials {
            _ if !endpoints::is_pypi(&self.upload_url) => Err("only PyPI accepts them"),
            Some(Credentials::Password { .. }) => {
                Err("PyPI accepts them only with trusted publishing, not with a password or token")
            }
            Some(Credentials::Trusted(_)) | None => Ok(()),
        }
    }

    fn caution(&self, text: String) {
        (self.transport.listener)(&Event::Caution { text });
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

/// Nothing is sent while one name is taken by other bytes.
///
/// # Errors
/// All of those.
pub fn refuse_conflicts(planned: &[Planned]) -> Result<(), Error> {
    let conflicts: Vec<Conflict> = planned.iter().filter_map(Planned::conflict).collect();
    match conflicts.is_empty() {
        true => Ok(()),
        false => Err(Error::Conflicts(conflicts)),
    }
}

impl Planned {
    /// What a person should know about a file that stops nothing.
    pub fn caution(&self) -> Option<String> {
        let why = self.yanked.as_deref()?;
        let why = http::after_colon(why);
        let (project, version) = (&self.project, &self.version);
        Some(match self.state {
            State::Same => format!(
                "{}: {project} {version} is yanked{why}; the same bytes are there, but installers skip them",
                self.file
            ),
            _ => format!(
                "{}: {project} {version} is yanked{why}; installers will skip a file that is added to it",
                self.file
            ),
        })
    }

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
