//! Sends one file to a release, and does not believe it is there before GitHub reports its digest.

use github::Upload;
use serde_json::json;

use super::assets::{Found, Listed};
use super::names::is_plain;
use super::{Asset, Error, Release, Repository};
use crate::events::Event;

/// Attempts to send a file whose name is taken by what an attempt before it has left.
const MOST_ATTEMPTS: usize = 3;
/// Looks for a digest that GitHub tells late.
const MOST_LOOKS: usize = 3;

impl Repository {
    pub(super) fn say(&self, event: Event) {
        (self.listener)(&event);
    }

    /// Sends a file under a name that is free, and returns what GitHub shows of it; `None` if the release is gone.
    pub(super) async fn send(
        &self,
        release: &Release,
        file: &Asset,
    ) -> Result<Option<Listed>, Error> {
        self.say(Event::Sending {
            file: file.name.clone(),
            size: file.size,
        });
        let upload = Upload {
            url: address(release, file),
            path: file.path.clone(),
            size: file.size,
            content_type: package_store::content_type(&file.name).to_owned(),
        };
        let mut attempt = 0;
        let sent = loop {
            attempt += 1;
            let look = async || self.after_an_upload(release, file).await;
            match self.api.upload::<Listed, Error>(&upload, look).await {
                // What was in the way is deleted.
                Err(error) if taken(&error) && attempt < MOST_ATTEMPTS => {}
                sent => break sent,
            }
        };
        match sent {
            Ok(listed) => self.accept(file, listed).await.map(Some),
            Err(error) => self.explain(release, file, error).await.map(|()| None),
        }
    }

    /// What an upload without a good answer has left: the file, or nothing, also not half of it.
    async fn after_an_upload(
        &self,
        release: &Release,
        file: &Asset,
    ) -> Result<Option<Listed>, Error> {
        let listed = self.assets(release.id).await?.unwrap_or_default();
        match self.compare(&listed, file).await? {
            Found::Same(there) => Ok(Some(there)),
            Found::Absent => Ok(None),
            Found::Unfinished(there) => {
                let reason = "its upload did not finish";
                self.remove(file, &there, reason).await.map(|()| None)
            }
            Found::Other(there, _) => {
                let reason = "it has different bytes";
                self.remove(file, &there, reason).await.map(|()| None)
            }
        }
    }

    /// Deletes what is in the way of a file of a draft.
    pub(super) async fn remove(
        &self,
        file: &Asset,
        there: &Listed,
        reason: &'static str,
    ) -> Result<(), Error> {
        let path = format!("{}/releases/assets/{}", self.root, there.id);
        let gone = async || -> Result<bool, Error> {
            let found = self.api.find::<Listed>(&path).await?;
            Ok(found.is_none())
        };
        let deleted = self.api.delete_once(&path, gone).await;
        let doing = || format!("delete `{}` of the draft", there.name);
        deleted.map_err(|error: Error| error.doing(doing()))?;
        self.say(Event::Deleted {
            file: file.name.clone(),
            reason,
        });
        Ok(())
    }

    /// Checks what GitHub says of a file that it has taken, and keeps its true name.
    async fn accept(&self, file: &Asset, listed: Listed) -> Result<Listed, Error> {
        let path = format!("{}/releases/assets/{}", self.root, listed.id);
        let mut listed = listed;
        if listed.sha256().is_none() {
            let look = async || -> Result<_, Error> {
                let found = self.api.find::<Listed>(&path).await?;
                Ok(found.filter(|it| it.digest.is_some()))
            };
            // It may tell the digest a moment later; an older server never does.
            if let Some(found) = self.api.await_sight(MOST_LOOKS, look).await? {
                listed = found;
            }
        }
        match self.compare(std::slice::from_ref(&listed), file).await? {
            Found::Same(_) => {}
            _ if listed.sha256() == Some(file.sha256.as_str()) => {}
            Found::Other(there, what) => {
                self.remove(file, &there, "the upload was damaged").await?;
                return Err(Error::Damaged {
                    file: file.name.clone(),
                    there: what,
                    ours: file.sha256.clone(),
                });
            }
            Found::Absent | Found::Unfinished(_) => {}
        }
        let keeps = listed.name == file.name || listed.label.as_deref() == Some(&file.name);
        if !keeps {
            let body = json!({ "label": file.name });
            let look = async || -> Result<_, Error> {
                let found = self.api.find::<Listed>(&path).await?;
                Ok(found.filter(|it| it.label.as_deref() == Some(&file.name)))
            };
            let labelled = self.api.update_once::<Listed, Error>(&path, &body, look);
            let doing = || format!("label `{}` as {}", listed.name, file.name);
            listed = labelled.await.map_err(|error| error.doing(doing()))?;
        }
        self.say(Event::Uploaded {
            file: file.name.clone(),
        });
        Ok(listed)
    }

    /// Why GitHub did not take a file; `Ok` if the release is gone.
    async fn explain(&self, release: &Release, file: &Asset, error: Error) -> Result<(), Error> {
        let tag = &release.tag_name;
        let Some(api) = error.api() else {
            return Err(error);
        };
        if api.says("immutable release") {
            return Err(Error::Immutable(tag.clone()));
        }
        if taken(&error) {
            return Err(Error::NameTaken {
                file: file.name.clone(),
                url: release.html_url.clone(),
            });
        }
        if api.is_not_found() && self.release(release.id).await?.is_none() {
            return Ok(());
        }
        Err(error.doing(format!("upload {}", file.name)))
    }
}

fn taken(error: &Error) -> bool {
    error.api().is_some_and(github::Error::is_already_exists)
}

/// Where a file is sent: on the host that the API names, which on github.com is another one.
fn address(release: &Release, file: &Asset) -> String {
    let template = release.upload_url.split('{').next().unwrap_or_default();
    let name = github::path_part(&file.name);
    match is_plain(&file.name) {
        true => format!("{template}?name={name}"),
        false => format!("{template}?name={name}&label={name}"),
    }
}
