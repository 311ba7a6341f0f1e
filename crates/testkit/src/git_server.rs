//! Serves bare repositories over HTTP and lets each token do what GitHub lets it do: no more reading, no more pushing.
//!
//! ```no_run
//! # use testkit::git_server::GitServer;
//! let server = GitServer::start(std::path::Path::new("/tmp/git")).unwrap();
//! let bare = server.create("acme/hello-sdk");
//! server.protect("acme/hello-sdk", "releases");
//! server.allow(testkit::git_server::job_token("ghs_1", "acme/hello-sdk", "write"));
//! let (mine, of_the_job) = (server.maintainer_url("acme/hello-sdk"), server.url_for("ghs_1", "acme/hello-sdk"));
//! ```

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use serde_json::json;

use crate::github::state::{Right, Token};
use crate::serving::Server;

mod backend;
mod pulls;

/// What GitHub refuses of a push, as a hook of each repository.
const HOOK: &str = include_str!("git_server/update.sh");
const MAINTAINER: &str = "ghp_maintainer-of-the-git-server";

/// A running server. Dropping it ends it; the repositories stay where they are.
#[derive(Debug)]
pub struct GitServer {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    tokens: Mutex<Vec<Token>>,
}

/// A job's token with this right to `contents` of one repository: `read`, `write` or `none`.
///
/// # Panics
/// When there is no such right.
pub fn job_token(value: &str, repository: &str, contents: &str) -> Token {
    let token = json!({
        "name": "job", "value": value, "permissions": {"contents": contents}, "repositories": [repository],
    });
    serde_json::from_value(token).expect("a right is `read`, `write` or `none`")
}

impl GitServer {
    /// Serves the repositories `owner/name.git` below `folder` on a free port of this machine.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let maintainer = json!({
            "name": "maintainer", "value": MAINTAINER, "login": "ada",
            "permissions": {"contents": "write", "workflows": "write"},
        });
        let maintainer = serde_json::from_value(maintainer).map_err(io::Error::other)?;
        let shared = Arc::new(Shared {
            folder: folder.canonicalize()?,
            tokens: Mutex::new(vec![maintainer]),
        });
        let state = Arc::clone(&shared);
        let server = Server::start(0, |_| {
            Router::new().fallback(backend::answer).with_state(state)
        })?;
        Ok(Self { server, shared })
    }

    /// `http://127.0.0.1:PORT`, which stands for `https://github.com`.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The address of a repository for somebody who has this token.
    pub fn url_for(&self, token: &str, repository: &str) -> String {
        let host = self.url().trim_start_matches("http://");
        format!("http://x-access-token:{token}@{host}/{repository}.git")
    }

    /// The address of a repository for a maintainer, who may push workflow files too. The rules for tags and protected
    /// branches hold for everybody.
    pub fn maintainer_url(&self, repository: &str) -> String {
        self.url_for(MAINTAINER, repository)
    }

    /// Lets a token in: it may do what its permission `contents` says, in the repositories that it names.
    ///
    /// No `permissions:` of a workflow grant `workflows`, so no job's token may push a new workflow file.
    pub fn allow(&self, token: Token) {
        let mut tokens = self
            .shared
            .tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        tokens.push(token);
    }

    /// Makes an empty repository `owner/name` and returns its folder.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn create(&self, repository: &str) -> PathBuf {
        let folder = self.folder(repository);
        let shown = folder.display().to_string();
        run(&mut git(
            None,
            &["init", "--quiet", "--bare", "--initial-branch=main", &shown],
        ));
        for (name, value) in [
            ("http.receivepack", "true"),
            // A checkout asks for the commit of its event, whatever the branch has become.
            ("uploadpack.allowAnySHA1InWant", "true"),
            ("receive.hideRefs", "refs/pull/"),
        ] {
            run(&mut git(Some(&folder), &["config", name, value]));
        }
        let hook = folder.join("hooks/update");
        std::fs::create_dir_all(folder.join("hooks"))
            .expect("failed to create the folder of hooks");
        std::fs::write(&hook, HOOK).expect("failed to write the hook");
        make_executable(&hook);
        folder
    }

    /// The folder of a repository.
    pub fn folder(&self, repository: &str) -> PathBuf {
        self.shared.folder.join(format!("{repository}.git"))
    }

    /// Protects a branch: nobody deletes it or takes commits from it.
    ///
    /// # Panics
    /// When there is no such repository.
    pub fn protect(&self, repository: &str, branch: &str) {
        let folder = self.folder(repository);
        run(&mut git(
            Some(&folder),
            &["config", "--add", "standin.protected", branch],
        ));
    }
}

impl Shared {
    fn token(&self, value: &str) -> Option<Token> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.iter().find(|token| token.value == value).cloned()
    }
}

fn right(token: &Token, permission: &str) -> Right {
    token
        .permissions
        .get(permission)
        .copied()
        .unwrap_or(Right::None)
}

/// Git as on any machine: nothing of this user's own settings.
fn git(folder: Option<&Path>, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    if let Some(folder) = folder {
        command.arg("-C").arg(folder);
    }
    command
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// What it prints, without line breaks at the end.
fn run(command: &mut Command) -> String {
    let output = command.output().expect("failed to start git");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {said}");
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}

#[cfg(unix)]
fn make_executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(file, mode).expect("failed to create the hook executable");
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}
