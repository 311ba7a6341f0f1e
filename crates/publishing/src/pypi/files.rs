//! What an index shows of a project, for those who compare it with what was released.

use super::{Credentials, Error, Index, simple};
use package_formats::wheel::normalized_name;

/// A file that an index shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Why it is yanked, if it is; an empty text when nobody said why.
    pub yanked: Option<String>,
    listed: simple::Listed,
}

impl File {
    /// Whether its name says that it is of a version.
    pub fn is_of(&self, version: &str) -> bool {
        let wanted: Option<pep440_rs::Version> = version.parse().ok();
        wanted.is_some() && self.listed.version() == wanted
    }
}

impl Index {
    /// The files of a project, or `None` when the index does not know it.
    ///
    /// # Errors
    /// Its page cannot be read.
    pub async fn files(
        &self,
        project: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Option<Vec<File>>, Error> {
        let listed = self.page(&normalized_name(project), credentials).await?;
        Ok(listed.map(|listed| {
            let listed = listed.into_iter();
            let file = listed.map(|listed| File {
                name: listed.file_name.clone(),
                yanked: listed.yanked.clone(),
                listed,
            });
            file.collect()
        }))
    }

    /// The SHA-256 of a file, in lower-case hex: the one that the index tells, else that of the bytes it serves.
    ///
    /// # Errors
    /// The index tells none, and the file cannot be downloaded.
    pub async fn sha256(&self, file: &File) -> Result<String, Error> {
        match &file.listed.sha256 {
            Some(sha256) => Ok(sha256.clone()),
            None => simple::download_digest(&self.transport, &file.listed).await,
        }
    }
}
