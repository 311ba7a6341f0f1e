//! A Python index with the checks of PyPI: uploads, the simple API, trusted publishing, and a clock that a test sets.
//!
//! What differs from PyPI: descriptions are not rendered, archives are not scanned, and of an attestation the form and the
//! statement are checked, not the signature.
//!
//! A client takes it for TestPyPI itself when it sends to `http://test.pypi.org/legacy/` and has this server's address as its
//! proxy: then it applies all that it knows of PyPI.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

pub use crate::cargo_registry::Logged;
use crate::faults::Fault;
use crate::serving::Server;
use crate::token_service::TokenService;

mod archive;
mod attestations;
mod form;
mod metadata;
mod server;
mod simple;
mod trusted;
mod upload;

/// What an index has to be told.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port of 127.0.0.1; 0 lets the system choose one.
    pub port: u16,
    /// Its time; it stands still until [`PypiIndex::advance`]. Without one it starts now.
    pub now: Option<Timestamp>,
    /// API tokens of users, each with the projects it is for; none stands for all, new ones included.
    pub tokens: BTreeMap<String, Vec<String>>,
    /// Projects that the trusted publisher may upload to. What does not exist yet is a pending publisher's.
    pub trusted: Vec<String>,
    /// An upload that takes longer is cut off.
    pub longest_upload: Duration,
    /// The most bytes of a file.
    pub file_size_limit: u64,
    /// The most bytes of a project.
    pub project_size_limit: u64,
    /// That many reads of a project's page do not see a new file yet.
    pub index_lag: u32,
    /// Bodies of uploads that are kept for a look; the newest ones.
    pub keeps_forms: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            now: None,
            tokens: BTreeMap::from([(TOKEN.to_owned(), Vec::new())]),
            trusted: Vec::new(),
            longest_upload: Duration::from_secs(240),
            file_size_limit: 100 << 20,
            project_size_limit: 10 << 30,
            index_lag: 0,
            keeps_forms: 1000,
        }
    }
}

/// The API token that is there from the start.
pub const TOKEN: &str = "pypi-AgEIcHlwaS5vcmc";
/// The index as a client names it that has [`PypiIndex::url`] as its proxy.
pub const AS_TEST_PYPI: &str = "http://test.pypi.org/legacy/";

/// An upload that was read to its end, taken or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub file_name: String,
    /// The form without the file, in its order.
    pub fields: Vec<(String, String)>,
    /// SHA-256 of the bytes that arrived.
    pub sha256: String,
    pub status: u16,
}

/// A file of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    /// As PEP 440 spells it.
    pub version: String,
    pub sha256: String,
    pub blake2_256: String,
    pub size: u64,
    pub uploaded: Timestamp,
    /// Why it is yanked, if it is.
    pub yanked: Option<String>,
    /// How many attestations came with it.
    pub attestations: usize,
    is_sdist: bool,
    content: bytes::Bytes,
    /// Reads of the page that do not see it yet.
    hidden: u32,
}

#[derive(Debug, Default)]
struct Project {
    /// As its newest upload spells it.
    name: String,
    files: Vec<File>,
    /// Each release's first day, by version; it stays when its files go.
    releases: BTreeMap<String, Timestamp>,
}

#[derive(Debug, Default)]
struct Held {
    now: Timestamp,
    projects: BTreeMap<String, Project>,
    /// Names of files that were there and are deleted.
    deleted: BTreeSet<String>,
    uploads: Vec<Upload>,
    /// Minted tokens, with their end.
    minted: BTreeMap<String, Timestamp>,
    burnt: Vec<String>,
    faults: Vec<Fault>,
    log: Vec<Logged>,
}

#[derive(Debug)]
struct Index {
    url: String,
    options: Options,
    tokens: Option<Arc<crate::token_service::Shared>>,
    held: Mutex<Held>,
}

impl Index {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running index; it stops when this value is dropped.
#[derive(Debug)]
pub struct PypiIndex {
    server: Server,
    index: Arc<Index>,
}

impl PypiIndex {
    /// Starts an empty index that trusts nobody's identity.
    ///
    /// # Errors
    /// When the port is taken, or the Python with `packaging` is missing.
    pub fn start(options: Options) -> io::Result<Self> {
        Self::start_with(options, None)
    }

    /// Starts an empty index that trusts the publishers of a token service.
    ///
    /// # Errors
    /// As [`PypiIndex::start`].
    pub fn start_trusting(options: Options, tokens: &TokenService) -> io::Result<Self> {
        Self::start_with(options, Some(tokens.shared()))
    }

    fn start_with(
        options: Options,
        tokens: Option<Arc<crate::token_service::Shared>>,
    ) -> io::Result<Self> {
        metadata::python()?;
        let mut shared = None;
        let server = Server::start(options.port, |url| {
            let index = Arc::new(Index {
                url: url.to_owned(),
                held: Mutex::new(Held {
                    now: options.now.unwrap_or_else(Timestamp::now),
                    ..Held::default()
                }),
                options,
                tokens,
            });
            shared = Some(Arc::clone(&index));
            server::router(index)
        })?;
        Ok(Self {
            server,
            index: shared.expect("the router was made"),
        })
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Where it takes uploads: `http://127.0.0.1:PORT/legacy/`.
    pub fn upload_url(&self) -> String {
        format!("{}/legacy/", self.url())
    }

    /// The simple API: `http://127.0.0.1:PORT/simple/`.
    pub fn simple_url(&self) -> String {
        format!("{}/simple/", self.url())
    }

    /// The files of a project, shown or not.
    pub fn files(&self, project: &str) -> Vec<File> {
        let held = self.index.held();
        let project = held.projects.get(&normalized(project));
        project.map(|one| one.files.clone()).unwrap_or_default()
    }

    /// The uploads so far, in order.
    pub fn uploads(&self) -> Vec<Upload> {
        self.index.held().uploads.clone()
    }

    /// Tokens that were ended by their owner.
    pub fn burnt(&self) -> Vec<String> {
        self.index.held().burnt.clone()
    }

    /// Tokens that were minted.
    pub fn minted(&self) -> Vec<String> {
        self.index.held().minted.keys().cloned().collect()
    }

    /// Lets its time pass.
    pub fn advance(&self, by: SignedDuration) {
        self.index.held().now += by;
    }

    /// Yanks a version, with the owner's reason.
    ///
    /// # Panics
    /// When there is none.
    pub fn yank(&self, project: &str, version: &str, reason: &str) {
        let mut held = self.index.held();
        let project = held.projects.get_mut(&normalized(project));
        let files = project.into_iter().flat_map(|one| &mut one.files);
        let mut yanked = 0;
        for file in files.filter(|file| file.version == version) {
            file.yanked = Some(reason.to_owned());
            yanked += 1;
        }
        assert!(yanked > 0, "there is no {version}");
    }

    /// Deletes a file, whose name is used up for good.
    pub fn delete(&self, project: &str, file_name: &str) {
        let mut held = self.index.held();
        if let Some(project) = held.projects.get_mut(&normalized(project)) {
            project.files.retain(|file| file.name != file_name);
        }
        held.deleted.insert(file_name.to_owned());
    }

    /// Adds a failure to the script.
    pub fn fault(&self, fault: Fault) {
        self.index.held().faults.push(fault);
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<Logged> {
        self.index.held().log.clone()
    }
}

/// PEP 503: lower case, and one `-` for each run of `-`, `_` and `.`.
fn normalized(name: &str) -> String {
    let mut normalized = String::new();
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normalized.push(character.to_ascii_lowercase());
        } else if !normalized.ends_with('-') {
            normalized.push('-');
        }
    }
    normalized
}
