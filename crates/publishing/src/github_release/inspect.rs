//! A look at what a release would meet on GitHub: everything that is in its way at once, and nothing is changed.

use super::assets::Found;
use super::names::check;
use super::stage::{others, refuse_changes};
use super::{Asset, Error, Release, Repository};

/// What is there for a tag.
#[derive(Debug, Default)]
pub struct Inspected {
    /// The release, draft or published; `None` where there is none, or none could be chosen.
    pub release: Option<Release>,
    /// Files that GitHub does not have with the same bytes, by their names.
    pub to_send: Vec<String>,
    /// All that [`Repository::stage`] would fail with, but for the tag, and what could not be read.
    pub errors: Vec<Error>,
}

impl Repository {
    /// Looks at the release of a tag as [`Repository::stage`] does, and goes on where that would stop. `has_tag` says
    /// whether the tag is there already.
    pub async fn inspect(
        &self,
        tag: &str,
        commit: &str,
        has_tag: bool,
        files: &[Asset],
    ) -> Inspected {
        let mut inspected = Inspected {
            to_send: files.iter().map(|file| file.name.clone()).collect(),
            ..Inspected::default()
        };
        inspected.errors.extend(check(files).err());
        match self.release_of_tag(tag).await {
            Ok(release) => inspected.release = release,
            Err(error) => inspected.errors.push(error),
        }
        let Some(release) = &inspected.release else {
            return inspected;
        };
        let target = release.check_target(commit, has_tag);
        inspected.errors.extend(target.err());
        match self.differing(release, files).await {
            Ok((to_send, refused)) => {
                inspected.to_send = to_send;
                inspected.errors.extend(refused);
            }
            Err(error) => inspected.errors.push(error),
        }
        inspected
    }

    /// The files that are not there, and why what is there cannot be changed.
    async fn differing(
        &self,
        release: &Release,
        files: &[Asset],
    ) -> Result<(Vec<String>, Option<Error>), Error> {
        let listed = self.assets(release.id).await?.unwrap_or_default();
        let mut found = Vec::with_capacity(files.len());
        for file in files {
            found.push(self.compare(&listed, file).await?);
        }
        let refused = refuse_changes(release, files, &found, &others(&listed, files));
        let absent = files.iter().zip(&found);
        let absent = absent.filter(|(_, found)| !matches!(found, Found::Same(_)));
        let names = absent.map(|(file, _)| file.name.clone());
        Ok((names.collect(), refused.err()))
    }
}
