//! Puts the files of a version into its draft, each verified; nothing is published.

use super::assets::{Found, Listed, named};
use super::drafts::{MOST_LOOKS, NewNotes};
use super::names::{MOST_FILES, check};
use super::notes::bare;
use super::{Asset, Error, Release, Repository};
use crate::events::Event;

/// What became of a file; in a dry run, what would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It was not there.
    Uploaded,
    /// Other bytes or half of it were there under its name.
    Replaced,
    /// It was there with the same bytes.
    Unchanged,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedFile {
    /// Its name.
    pub name: String,
    /// Its name as GitHub has rewritten it.
    pub shown_as: String,
    /// What was done.
    pub placed: Placed,
}

/// A release that has its files, published or not.
#[derive(Debug, Clone)]
pub struct Staged {
    /// Its tag.
    pub tag: String,
    /// The commit that it is for.
    pub commit: String,
    /// The release; `None` in a dry run that would make it.
    pub release: Option<Release>,
    /// Its files, in the order given.
    pub files: Vec<StagedFile>,
    /// Files of the release that are not ours, by their names on GitHub; they stay.
    pub others: Vec<String>,
    /// Signatures that an immutable release lacks; it never gets them.
    pub lacking: Vec<String>,
    pub(super) wanted: Vec<Asset>,
}

/// What filling a release ended with.
#[derive(Default)]
struct Filled {
    files: Vec<StagedFile>,
    others: Vec<String>,
    lacking: Vec<String>,
    wanted: Vec<Asset>,
}

impl Staged {
    /// How many files were, or in a dry run would be, treated so.
    pub fn count(&self, placed: Placed) -> usize {
        self.files.iter().filter(|it| it.placed == placed).count()
    }

    /// The page of the release.
    pub fn url(&self) -> Option<&str> {
        self.release.as_ref().map(|it| it.html_url.as_str())
    }
}

impl Repository {
    /// Finds or makes the draft of a tag and the tag itself, and puts the files into the draft one by one: what is there with
    /// the same digest stays, what is there with another one is replaced, and files of others stay. A release that is published already must have
    /// the files; those that it lacks are added, if GitHub still takes them.
    ///
    /// # Errors
    /// Nothing is sent if the tag or the draft is for another commit, GitHub cannot take one of the files, or a published
    /// release has other bytes. Otherwise see [`Error`].
    pub async fn stage(&self, tag: &str, commit: &str, files: &[Asset]) -> Result<Staged, Error> {
        self.stage_signed(tag, commit, files, &[]).await
    }

    /// The same with signatures of the files. A release that is immutable without them stays as it is: nobody could add them.
    ///
    /// # Errors
    /// As for [`Repository::stage`].
    pub async fn stage_signed(
        &self,
        tag: &str,
        commit: &str,
        files: &[Asset],
        signatures: &[Asset],
    ) -> Result<Staged, Error> {
        let wanted = [files, signatures].concat();
        check(&wanted)?;
        let has_tag = self.bound(tag, commit).await?.is_some();
        for _ in 0..MOST_LOOKS {
            let staged = |release, filled: Filled| Staged {
                tag: tag.to_owned(),
                commit: commit.to_owned(),
                release,
                files: filled.files,
                others: filled.others,
                lacking: filled.lacking,
                wanted: filled.wanted,
            };
            let release = match self.release_of_tag(tag).await? {
                Some(release) => release,
                None if self.dry_run => {
                    let all = wanted.iter();
                    let all = all.map(|file| placed(file, None, Placed::Uploaded));
                    let filled = Filled {
                        files: all.collect(),
                        ..Filled::default()
                    };
                    return Ok(staged(None, Filled { wanted, ..filled }));
                }
                None => self.bare_draft(tag, commit).await?,
            };
            release.check_target(commit, has_tag)?;
            if let Some(filled) = self.fill(&release, &wanted, files.len()).await? {
                // Before anything that nothing undoes: a rule or a used-up name may forbid it, and a tag can be deleted.
                if !self.dry_run && !has_tag {
                    self.create_tag(tag, commit).await?;
                }
                return Ok(staged(Some(release), filled));
            }
            // Another run has deleted the draft for one of its own, or a person did.
        }
        Err(Error::DraftGone(tag.to_owned()))
    }

    async fn bare_draft(&self, tag: &str, commit: &str) -> Result<Release, Error> {
        let notes = bare(commit);
        let version = tag.parse::<package_store::Version>();
        let notes = NewNotes {
            new: &notes,
            merged: &str::to_owned,
            prerelease: version.is_ok_and(|version| version.is_prerelease()),
        };
        let made = self.make_draft(tag, commit, &notes).await;
        let (release, _) =
            made.map_err(|error| error.doing(format!("create the draft of {tag}")))?;
        Ok(release)
    }

    /// Sends what is missing; `None` if the release is gone. Of the files from number `packages` on, signatures, an immutable
    /// release may lack some.
    async fn fill(
        &self,
        release: &Release,
        files: &[Asset],
        packages: usize,
    ) -> Result<Option<Filled>, Error> {
        let Some(listed) = self.assets(release.id).await? else {
            return Ok(None);
        };
        let mut filled = Filled::default();
        let mut found = Vec::with_capacity(files.len());
        for (number, file) in files.iter().enumerate() {
            let there = self.compare(&listed, file).await?;
            let is_closed = release.immutable && !release.draft;
            if number >= packages && is_closed && matches!(there, Found::Absent) {
                filled.lacking.push(file.name.clone());
                continue;
            }
            filled.wanted.push(file.clone());
            found.push(there);
        }
        filled.others = others(&listed, files);
        refuse_changes(release, &filled.wanted, &found, &filled.others)?;
        for (file, found) in filled.wanted.iter().zip(found) {
            match self.place(release, file, found).await? {
                Some(placed) => filled.files.push(placed),
                None => return Ok(None),
            }
        }
        let changed = |it: &StagedFile| it.placed != Placed::Unchanged;
        if !self.dry_run && filled.files.iter().any(changed) {
            self.verify(release, &filled.wanted).await?;
        }
        Ok(Some(filled))
    }

    async fn place(
        &self,
        release: &Release,
        file: &Asset,
        found: Found,
    ) -> Result<Option<StagedFile>, Error> {
        let (there, reason) = match found {
            Found::Same(there) => {
                self.say(Event::Unchanged {
                    file: file.name.clone(),
                });
                return Ok(Some(placed(file, Some(&there), Placed::Unchanged)));
            }
            Found::Absent => (None, ""),
            Found::Unfinished(there) => (Some(there), "its upload did not finish"),
            Found::Other(there, _) => (Some(there), "it had different bytes"),
        };
        let how = match there {
            None => Placed::Uploaded,
            Some(_) => Placed::Replaced,
        };
        if self.dry_run {
            return Ok(Some(placed(file, there.as_ref(), how)));
        }
        if let Some(there) = &there {
            self.remove(file, there, reason).await?;
        }
        let sent = self.send(release, file).await?;
        Ok(sent.map(|sent| placed(file, Some(&sent), how)))
    }

    /// Looks again until the list of the release has every file, since it may lag.
    pub(super) async fn verify(&self, release: &Release, files: &[Asset]) -> Result<(), Error> {
        let wrong = async || -> Result<_, Error> {
            let listed = self.assets(release.id).await?.unwrap_or_default();
            let mut wrong = Vec::new();
            for file in files {
                wrong.extend(difference(file, &self.compare(&listed, file).await?));
            }
            Ok(wrong)
        };
        let right = async || -> Result<_, Error> { Ok(wrong().await?.is_empty().then_some(())) };
        match self.api.await_sight(MOST_LOOKS, right).await? {
            Some(()) => Ok(()),
            None => Err(Error::Incomplete {
                tag: release.tag_name.clone(),
                url: release.html_url.clone(),
                files: wrong().await?,
            }),
        }
    }
}

fn placed(file: &Asset, there: Option<&Listed>, how: Placed) -> StagedFile {
    StagedFile {
        name: file.name.clone(),
        shown_as: there.map_or_else(|| file.name.clone(), |it| it.name.clone()),
        placed: how,
    }
}

/// Files of the release that are none of ours.
pub(super) fn others(listed: &[Listed], files: &[Asset]) -> Vec<String> {
    let ours: Vec<u64> = files
        .iter()
        .filter_map(|file| named(listed, &file.name))
        .map(|it| it.id)
        .collect();
    let others = listed.iter().filter(|it| !ours.contains(&it.id));
    others.map(|it| it.name.clone()).collect()
}

/// What is wrong with a file, in words.
fn difference(file: &Asset, found: &Found) -> Option<String> {
    let name = &file.name;
    match found {
        Found::Same(_) => None,
        Found::Absent => Some(format!("{name} is missing")),
        Found::Unfinished(_) => Some(format!("the upload of {name} did not finish")),
        Found::Other(_, what) => Some(format!(
            "{name} exists with {what}, ours has {} bytes and sha256 {}",
            file.size, file.sha256
        )),
    }
}

/// Refuses what would change a published release, and more files than a release can have.
pub(super) fn refuse_changes(
    release: &Release,
    files: &[Asset],
    found: &[Found],
    others: &[String],
) -> Result<(), Error> {
    let all = files.len() + others.len();
    if all > MOST_FILES {
        return Err(Error::Files(vec![format!(
            "there are {} files, and {} others in the release, which can have {MOST_FILES}: delete some at {}",
            files.len(),
            others.len(),
            release.html_url
        )]));
    }
    if release.draft {
        return Ok(());
    }
    let addable = |found: &Found| matches!(found, Found::Absent) && !release.immutable;
    let wrong: Vec<String> = files
        .iter()
        .zip(found)
        .filter(|(_, found)| !addable(found))
        .filter_map(|(file, found)| difference(file, found))
        .collect();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Error::PublishedDiffers {
            tag: release.tag_name.clone(),
            url: release.html_url.clone(),
            immutable: release.immutable,
            files: wrong,
        }),
    }
}
