//! Git as a hardened tool starts it: nothing that the configuration of a checkout names is run.
//!
//! Whoever filled the folder may have written its `.git/config`, and a dozen keys of it name programs. An attacker's are
//! replaced by what does nothing; those of the person or the machine, which lie elsewhere, stay.

mod config;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::process::Program;
use config::Entry;

/// Transports that may be talked to: all others run a program that an address names.
const PROTOCOLS: &str = "file:http:https:ssh";

/// What no command of ours needs, wherever it is set.
const HARMLESS: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "diff.external=",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "log.showSignature=false",
    "maintenance.auto=false",
    "submodule.recurse=false",
];

/// A question that git answers from what the clone has; nothing is fetched.
pub fn offline<'a>(args: impl IntoIterator<Item = &'a str>) -> Program {
    start(&[]).env("GIT_NO_LAZY_FETCH", "1").args(args)
}

/// Git in one folder, for what may have to be fetched.
#[derive(Debug, Clone, Default)]
pub struct Git {
    overrides: Vec<String>,
    /// Whether git may fetch what it lacks by itself: it would start what the checkout names for that, whatever we say.
    never_lazy: bool,
}

/// What a fetch of ours must say: of two values for this, git takes the checkout's.
pub const UPLOAD_PACK: &str = "--upload-pack=git-upload-pack";

impl Git {
    /// Reads the configuration and decides what of it must not count.
    ///
    /// Errors: git is not there; the checkout's configuration names a program in a way that cannot be taken back.
    pub async fn open(folder: &Path) -> anyhow::Result<Self> {
        // In a container the checkout belongs to another user, and git would not show us what it obeys later.
        let listed = start(&["safe.directory=*".to_owned()])
            .args(["config", "--list", "--show-scope", "--null"])
            .current_dir(folder)
            .output()
            .await
            .context("failed to read git's configuration")?;
        Self::of(&listed)
    }

    fn of(listed: &[u8]) -> anyhow::Result<Self> {
        let listed = String::from_utf8_lossy(listed);
        let entries = Entry::all(&listed);
        let overrides = config::overrides(&entries);
        if let Some(odd) = overrides.iter().find(|(key, _)| key.contains(['=', '\n'])) {
            bail!(
                "failed to use git here: its configuration names a program in `{}`; remove that key from .git/config",
                crate::text::one_line(&odd.0)
            );
        }
        let one = |(key, value): (String, String)| format!("{key}={value}");
        Ok(Self {
            overrides: overrides.into_iter().map(one).collect(),
            never_lazy: config::names_remote_programs(&entries),
        })
    }

    /// A command, which fetches where it must.
    pub fn command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Program {
        let program = start(&self.overrides).args(args);
        match self.never_lazy {
            true => program.env("GIT_NO_LAZY_FETCH", "1"),
            false => program,
        }
    }
}

/// The git folder of the work tree around `folder`: what is in it is seen neither by `git status` nor by `cargo package`.
///
/// Errors: there is no checkout.
pub async fn private_folder(folder: &Path) -> anyhow::Result<PathBuf> {
    let out = offline(["rev-parse", "--absolute-git-dir"])
        .current_dir(folder)
        .output()
        .await?;
    let path = String::from_utf8(out).context("failed to read the path of the git folder")?;
    match path.trim() {
        "" => bail!("failed to find the git folder"),
        path => Ok(PathBuf::from(path)),
    }
}

fn start(overrides: &[String]) -> Program {
    let settings = HARMLESS.iter().copied();
    let settings = settings.chain(overrides.iter().map(String::as_str));
    Program::new("git")
        .env("LC_ALL", "C")
        .env("GIT_ALLOW_PROTOCOL", PROTOCOLS)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env_remove("GIT_EXTERNAL_DIFF")
        .env_remove("INPUT_TOKEN")
        .unshown_args(["--no-pager", "--no-replace-objects"])
        .unshown_args(settings.flat_map(|setting| ["-c", setting]))
}
