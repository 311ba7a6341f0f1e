//! A cargo registry: a sparse index, uploads with the checks of crates.io, and downloads; the real cargo publishes to it and builds from it.
//!
//! What differs from crates.io: an upload's full JSON, when it is sent, must agree with the manifest in the tarball; crates.io reads only
//! the manifest. Other registries read only the JSON, so an uploader that gets both right is right everywhere.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;

use crate::faults::Fault;
use crate::serving::Server;
use crate::token_service::CratesIo;

mod admission;
mod index;
mod limits;
mod manifest;
mod publish;
mod server;
mod store;
mod upload;

pub use index::{Dependency, Entry};
use limits::Limiter;
pub use limits::{Limits, Now, Rate};
use store::Store;

/// How a registry behaves.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where it keeps its files; a temporary folder when left out.
    pub folder: Option<PathBuf>,
    /// Port of 127.0.0.1; 0 lets the system choose one.
    pub port: u16,
    /// Tokens that may publish; any token may when there are none.
    pub tokens: Vec<String>,
    /// Requests for a crate's page of the index that do not see a new version yet.
    pub index_lag: u32,
    /// Index that a dependency comes from when neither its manifest names one nor this registry has the crate. Without it such an upload is refused, as crates.io does.
    pub foreign_index: Option<String>,
    /// The limits of an account; none when left out.
    pub limits: Option<Limits>,
    /// Versions of one crate that are taken in 24 hours; any number when left out.
    pub versions_a_day: Option<usize>,
    /// The time; the system's when left out.
    pub now: Now,
    /// The service whose identities are exchanged for tokens. Without it nothing is exchanged.
    pub trust: Option<CratesIo>,
    /// Crates that no trusted publisher may publish.
    pub untrusted: Vec<String>,
}

/// An upload that was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// The JSON as it was sent.
    pub metadata: Value,
    /// SHA-256 of the file, hexadecimal.
    pub cksum: String,
    /// All headers but those of the connection, in lower case.
    pub headers: BTreeMap<String, String>,
    /// When it was taken.
    pub at: Timestamp,
}

/// A request that the registry has seen.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Logged {
    pub method: String,
    pub path: String,
    pub status: u16,
}

/// What the server's threads share.
#[derive(Debug)]
struct Registry {
    url: String,
    options: Options,
    store: Mutex<Store>,
    faults: Mutex<Vec<Fault>>,
    log: Mutex<Vec<Logged>>,
    limiter: Mutex<Limiter>,
    uploads: Mutex<Vec<Upload>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running registry; it stops when this value is dropped.
#[derive(Debug)]
pub struct CargoRegistry {
    server: Server,
    registry: Arc<Registry>,
    _folder: Option<TempDir>,
}

impl CargoRegistry {
    /// Starts a registry. One with a `folder` goes on from what is in there.
    ///
    /// # Errors
    /// When the port is taken, or the folder cannot be read or made.
    pub fn start(options: Options) -> io::Result<Self> {
        let mut temporary = None;
        let folder = match &options.folder {
            Some(folder) => folder.clone(),
            None => {
                let folder = tempfile::Builder::new().prefix("registry-").tempdir()?;
                temporary.insert(folder).path().to_owned()
            }
        };
        let store = Store::open(folder)?;
        let mut shared = None;
        let server = Server::start(options.port, |url| {
            let registry = Arc::new(Registry {
                url: url.to_owned(),
                options,
                store: Mutex::new(store),
                faults: Mutex::default(),
                log: Mutex::default(),
                limiter: Mutex::default(),
                uploads: Mutex::default(),
            });
            shared = Some(Arc::clone(&registry));
            server::router(registry)
        })?;
        Ok(Self {
            server,
            registry: shared.expect("the router was made"),
            _folder: temporary,
        })
    }

    /// Its address, without a slash at the end; the web API is below `/api/v1`.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The index as cargo's configuration names it: `sparse+http://127.0.0.1:PORT/index/`.
    pub fn index_url(&self) -> String {
        self.registry.index_url()
    }

    /// All versions of a crate, also those that the index does not show yet.
    pub fn versions(&self, name: &str) -> Vec<Entry> {
        lock(&self.registry.store).versions(name).to_vec()
    }

    /// The uploads that were taken, in order.
    pub fn uploads(&self) -> Vec<Upload> {
        lock(&self.registry.uploads).clone()
    }

    /// Yanks a version, as its owner would.
    ///
    /// # Errors
    /// When the index cannot be written.
    pub fn yank(&self, name: &str, version: &str) -> io::Result<bool> {
        lock(&self.registry.store).yank(name, version, true)
    }

    /// Adds a failure to the script.
    pub fn fault(&self, fault: Fault) {
        lock(&self.registry.faults).push(fault);
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<Logged> {
        lock(&self.registry.log).clone()
    }

    /// The body of the program: serves until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// When `port_file` cannot be written.
    pub fn run_until_signal(self, port_file: Option<&Path>) -> anyhow::Result<()> {
        self.server.run_until_signal(port_file)
    }
}

impl Registry {
    fn index_url(&self) -> String {
        format!("sparse+{}/index/", self.url)
    }
}
