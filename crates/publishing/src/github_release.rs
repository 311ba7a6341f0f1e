//! A release on GitHub: a draft that gets its files one by one, and is published last.
//!
//! Every step looks, acts and looks again, so that a run that was cut anywhere is simply repeated. A release is bound to a
//! commit by its tag. Files are compared by name and by the digest that GitHub reports.

mod assets;
mod drafts;
mod error;
mod inspect;
mod names;
mod notes;
mod publish;
mod served;
mod stage;
mod tags;
mod upload;
mod withdraw;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use package_store::Record;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::events::{Listener, silent};

pub use drafts::{Draft, NewNotes};
pub use error::Error;
pub use inspect::Inspected;
pub use notes::{END, START};
pub use publish::{Latest, Published};
pub use served::{Seen, Served};
pub use stage::{Placed, Staged, StagedFile};
pub use tags::{Moved, TagMove};
pub use withdraw::{Mark, Withdrawn};

/// Pages of releases, of 100 each.
const MOST_PAGES: usize = 1000;

/// A repository on GitHub, whose releases and tags are looked at and changed.
#[derive(Clone)]
pub struct Repository {
    /// The client, for what else the caller asks.
    pub api: github::GitHub,
    /// `/repos/owner/name`.
    pub root: String,
    listener: Listener,
    dry_run: bool,
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("root", &self.root)
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}

/// A file of a release, on this machine's disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// What people download it as.
    pub name: String,
    /// Where it is; read only if it must be sent.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, 64 hex digits.
    pub sha256: String,
}

/// A release as GitHub shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct Release {
    /// GitHub's number for it.
    pub id: u64,
    /// Its tag, which a draft may not have yet.
    pub tag_name: String,
    /// The commit or branch whose commit gets the tag when a draft without a tag is published.
    #[serde(default)]
    pub target_commitish: String,
    /// Whether nobody but those who may write sees it.
    pub draft: bool,
    /// Whether it is marked as not ready for everybody.
    pub prerelease: bool,
    /// Whether its files and its tag can never change again. Servers that do not know of this do not say it.
    #[serde(default)]
    pub immutable: bool,
    /// Its notes.
    pub body: Option<String>,
    /// Its page.
    pub html_url: String,
    /// Where its files are sent to, a template.
    #[serde(default)]
    upload_url: String,
    #[serde(default)]
    assets: Vec<assets::Listed>,
}

impl Repository {
    /// The repository `name`, as `owner/name`. Nothing is asked yet; must be called inside the async runtime.
    ///
    /// # Errors
    /// A bad name, or an address or proxy that is not one.
    pub fn connect(options: github::Options, name: &str) -> Result<Self, Error> {
        let is_part = |part: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !part.is_empty() && part != "." && part != ".." && part.chars().all(fits)
        };
        match name.split_once('/') {
            Some((owner, repository)) if is_part(owner) && is_part(repository) => Ok(Self {
                api: github::GitHub::connect(options)?,
                root: format!("/repos/{name}"),
                listener: silent(),
                dry_run: false,
            }),
            _ => Err(Error::Name(name.to_owned())),
        }
    }

    /// The repository of a job, as its variables name it (`GITHUB_REPOSITORY`, `GITHUB_API_URL`, proxies); `log` gets a line
    /// for each file and for each request that is repeated.
    ///
    /// # Errors
    /// As for [`Repository::connect`].
    pub fn of_job<'a>(
        var: impl Fn(&str) -> Option<&'a str>,
        token: Option<&str>,
        log: impl Fn(String) + Clone + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let name = var("GITHUB_REPOSITORY").filter(|name| !name.is_empty());
        let name = name.ok_or(Error::NoName)?;
        let retries = log.clone();
        let options = github::Options::default()
            .environment(&var)
            .token(token)
            .on_retry(move |retry| retries(retry.to_string()));
        let listener: Listener = Arc::new(move |event| log(event.to_string()));
        Ok(Self::connect(options, name)?.on_event(listener))
    }

    /// Hears of each file.
    #[must_use]
    pub fn on_event(mut self, listener: Listener) -> Self {
        self.listener = listener;
        self
    }

    /// Looks at everything, says what would be done, and changes nothing.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Whether nothing is changed.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// `owner/name`.
    pub fn name(&self) -> &str {
        self.root.trim_start_matches("/repos/")
    }

    /// All releases, with drafts where the token may write contents.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn releases(&self) -> Result<Vec<Release>, Error> {
        let path = format!("{}/releases?per_page=100", self.root);
        let releases = self.api.pages(path, MOST_PAGES).all().await;
        releases.map_err(|error| Error::of("list the releases", error))
    }

    /// The release with this number, as far as the token may see it.
    async fn release(&self, id: u64) -> Result<Option<Release>, Error> {
        let path = format!("{}/releases/{id}", self.root);
        let found = self.api.find(&path).await;
        found.map_err(|error| Error::of("read the release", error))
    }
}

impl Asset {
    /// A package as a file of the release; `path` is where it is on disk, if it is.
    pub fn of(record: &Record, path: impl Into<PathBuf>) -> Self {
        Self {
            name: record.file.clone(),
            path: path.into(),
            size: record.size,
            sha256: record.sha256.to_string(),
        }
    }

    /// Reads size and digest of a file, piece by piece; its name is that of the file.
    ///
    /// # Errors
    /// It cannot be read, or its name is not text.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let unreadable = |cause: String| Error::File {
            file: path.display().to_string(),
            cause,
        };
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| unreadable("its name is not UTF-8".to_owned()))?;
        let file = std::fs::File::open(path);
        let mut file = file.map_err(|error| unreadable(error.to_string()))?;
        let mut hasher = Hasher(Sha256::new());
        let size = std::io::copy(&mut file, &mut hasher);
        Ok(Self {
            name: name.to_owned(),
            path: path.to_owned(),
            size: size.map_err(|error| unreadable(error.to_string()))?,
            sha256: hex::encode(hasher.0.finalize()),
        })
    }
}

/// Takes what is written to it into a digest.
struct Hasher(Sha256);

impl std::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
