//! What the release of a tag serves, compared with what it should: nothing is changed, and nothing stops the look.

use super::assets::Found;
use super::stage::others;
use super::{Asset, Error, Release, Repository};

/// How a file of ours is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// With the same bytes.
    Same,
    /// Not at all.
    Absent,
    /// In another way, in words that follow "it has".
    Other(String),
}

/// What a release serves.
#[derive(Debug, Clone)]
pub struct Served {
    /// The release, draft or published.
    pub release: Release,
    /// How each file of ours is served, in their order.
    pub files: Vec<Seen>,
    /// Files that are none of ours, as GitHub calls them.
    pub others: Vec<String>,
}

impl Repository {
    /// Compares the release of a tag with files of ours; `None` if there is no release.
    ///
    /// # Errors
    /// It cannot be read, or there are several drafts.
    pub async fn served(&self, tag: &str, files: &[Asset]) -> Result<Option<Served>, Error> {
        let Some(release) = self.release_of_tag(tag).await? else {
            return Ok(None);
        };
        let Some(listed) = self.assets(release.id).await? else {
            return Ok(None);
        };
        let mut seen = Vec::with_capacity(files.len());
        for file in files {
            seen.push(match self.compare(&listed, file).await? {
                Found::Same(_) => Seen::Same,
                Found::Absent => Seen::Absent,
                Found::Unfinished(_) => Seen::Other("an unfinished upload".to_owned()),
                Found::Other(_, what) => Seen::Other(what),
            });
        }
        Ok(Some(Served {
            release,
            files: seen,
            others: others(&listed, files),
        }))
    }
}
