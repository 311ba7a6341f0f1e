//! What GitHub has of a release's files, compared with ours by name and digest.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::names::guess;
use super::{Asset, Error, Repository};

/// Attempts to read a file back where GitHub does not tell its digest.
const MOST_READS: usize = 3;

/// A file of a release, as GitHub shows it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Listed {
    pub(super) id: u64,
    /// As GitHub has rewritten it.
    pub(super) name: String,
    pub(super) label: Option<String>,
    /// `uploaded`, or `starter` and `open` where an upload did not end.
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) size: u64,
    /// `sha256:…`; older servers do not tell it.
    pub(super) digest: Option<String>,
}

/// What GitHub has in place of a file of ours.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Absent,
    Same(Listed),
    /// Its upload did not end.
    Unfinished(Listed),
    /// Other bytes, by their digest or size.
    Other(Listed, String),
}

impl Listed {
    /// How well it fits a name of ours; `None` if it is another file.
    fn fits(&self, name: &str) -> Option<u8> {
        if self.label.as_deref() == Some(name) {
            return Some(0);
        }
        let labelled = self.label.as_deref().is_some_and(|label| !label.is_empty());
        if self.name == name {
            return Some(1);
        }
        // A label is the true name of another file of ours, or somebody's words.
        let rewritten = self.name == guess(name) || guess(&self.name) == guess(name);
        rewritten.then_some(if labelled { 3 } else { 2 })
    }

    /// The digest in hex, if GitHub tells it.
    pub(super) fn sha256(&self) -> Option<&str> {
        self.digest.as_deref()?.strip_prefix("sha256:")
    }
}

/// The file that GitHub has under a name of ours.
pub(super) fn named<'a>(listed: &'a [Listed], name: &str) -> Option<&'a Listed> {
    let fitting = listed.iter().filter_map(|it| Some((it.fits(name)?, it)));
    fitting.min_by_key(|(how, _)| *how).map(|(_, it)| it)
}

impl Repository {
    /// The files of a release; `None` if the release is gone.
    pub(super) async fn assets(&self, release: u64) -> Result<Option<Vec<Listed>>, Error> {
        let path = format!("{}/releases/{release}/assets?per_page=100", self.root);
        match self.api.pages(path, super::MOST_PAGES).all().await {
            Ok(assets) => Ok(Some(assets)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Error::of("list the files of the release", error)),
        }
    }

    /// Compares a file with what is there under its name.
    pub(super) async fn compare(&self, listed: &[Listed], file: &Asset) -> Result<Found, Error> {
        let Some(there) = named(listed, &file.name) else {
            return Ok(Found::Absent);
        };
        if there.state != "uploaded" {
            return Ok(Found::Unfinished(there.clone()));
        }
        if there.size != file.size {
            let what = format!("{} bytes", there.size);
            return Ok(Found::Other(there.clone(), what));
        }
        let sha256 = match there.sha256() {
            Some(sha256) => sha256.to_ascii_lowercase(),
            None => self.read_back(there.id).await?,
        };
        Ok(match sha256 == file.sha256.to_ascii_lowercase() {
            true => Found::Same(there.clone()),
            false => Found::Other(there.clone(), format!("sha256 {sha256}")),
        })
    }

    /// The digest of a file that GitHub does not tell one of: that of the bytes it sends.
    pub(super) async fn read_back(&self, asset: u64) -> Result<String, Error> {
        let path = format!("{}/releases/assets/{asset}", self.root);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut hasher = Sha256::new();
            let read = self.api.download(&path, |piece| hasher.update(piece)).await;
            match read {
                Ok(()) => return Ok(hex::encode(hasher.finalize())),
                Err(error) if attempt >= MOST_READS || error.is_not_found() => {
                    return Err(Error::of("read a file of the release back", error));
                }
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: u64, name: &str, label: Option<&str>) -> Listed {
        Listed {
            id,
            name: name.to_owned(),
            label: label.map(str::to_owned),
            state: "uploaded".to_owned(),
            size: 1,
            digest: None,
        }
    }

    #[test]
    fn a_file_is_found_by_its_label_its_name_and_what_github_makes_of_it() {
        let all = [
            listed(1, "a.b", Some("a b")),
            listed(2, "a-1.0.whl", None),
            listed(3, "c.d", None),
            listed(4, "e.f", Some("")),
        ];
        let id = |name: &str| named(&all, name).map(|it| it.id);
        assert_eq!(id("a b"), Some(1));
        assert_eq!(id("a-1.0.whl"), Some(2));
        assert_eq!(id("c d"), Some(3));
        assert_eq!(id("e+f"), None);
        assert_eq!(id("e~f"), Some(4));
        assert_eq!(id("x"), None);
        // Of two that may be meant, the one that says so.
        let all = [listed(1, "a.b", None), listed(2, "a.b-1", Some("a b"))];
        assert_eq!(named(&all, "a b").map(|it| it.id), Some(2));
    }
}
