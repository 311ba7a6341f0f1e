//! A stateful fake of GitHub's REST API, judged by GitHub's own description of it in this crate's tests.
//!
//! What it holds is [`State`], plain JSON. Repositories may stand on a git repository on disk, which then answers for refs, trees, blobs and
//! comparisons. Beside the API there are `GET /_state`, `GET /_requests` (the log) and `POST /_faults`.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};

use crate::faults::Fault;
use crate::serving::Server;

mod assets;
mod attestations;
mod checks;
mod commits;
mod contents;
mod git;
mod git_data;
mod ids;
mod issues;
mod page;
mod pulls;
mod refs;
mod releases;
mod reply;
mod request;
mod routes;
mod runs;
mod server;
mod shapes;
pub mod state;

pub use state::State;

/// A request that the fake has seen.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Logged {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Name of the token, never its value.
    pub token: Option<String>,
    pub status: u16,
}

/// What the server's threads share.
#[derive(Debug)]
struct World {
    url: String,
    /// Where files are sent to and read from: another host, with a port of its own.
    files_url: String,
    state: Mutex<State>,
    log: Mutex<Vec<Logged>>,
}

/// Which of GitHub's hosts a request has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    Api,
    Files,
}

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> MutexGuard<'_, Vec<Logged>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running fake; it stops when this value is dropped.
#[derive(Debug)]
pub struct FakeGitHub {
    server: Server,
    files: Server,
    world: Arc<World>,
}

impl FakeGitHub {
    /// Starts a fake on a free port.
    ///
    /// # Panics
    /// When no server can be started.
    pub fn start(state: State) -> Self {
        Self::start_on(0, state).expect("failed to start the fake GitHub")
    }

    /// Starts a fake on a chosen port.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start_on(port: u16, mut state: State) -> io::Result<Self> {
        state.complete();
        let mut world = Arc::new(World {
            url: String::new(),
            files_url: String::new(),
            state: Mutex::new(state),
            log: Mutex::new(Vec::new()),
        });
        // Both servers need both addresses: the second one starts before the first one knows what it serves.
        let later = Arc::new(OnceLock::new());
        let files = Server::start(0, |url| {
            let alone = Arc::get_mut(&mut world).expect("nobody else has it yet");
            alone.files_url = url.to_owned();
            server::router(Arc::clone(&later), Host::Files)
        })?;
        let server = Server::start(port, |url| {
            let alone = Arc::get_mut(&mut world).expect("nobody else has it yet");
            alone.url = url.to_owned();
            later.set(Arc::clone(&world)).expect("it is set once");
            server::router(later, Host::Api)
        })?;
        Ok(Self {
            server,
            files,
            world,
        })
    }

    /// The API's address, for `GITHUB_API_URL`; without a slash at the end.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The address of the other host, where files are sent to; the API names it in `upload_url`.
    pub fn files_url(&self) -> &str {
        self.files.url()
    }

    /// A copy of what the fake holds now.
    pub fn state(&self) -> State {
        self.world.state().clone()
    }

    /// Changes what the fake holds, as somebody else would who works on GitHub at the same time.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.world.state();
        change(&mut state);
        state.complete();
    }

    /// Adds a failure to the script.
    pub fn fault(&self, fault: Fault) {
        self.world.state().faults.push(fault);
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<Logged> {
        self.world.log().clone()
    }

    /// The body of the program: serves until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// When `port_file` cannot be written.
    pub fn run_until_signal(self, port_file: Option<&Path>) -> anyhow::Result<()> {
        self.server.run_until_signal(port_file)
    }
}
