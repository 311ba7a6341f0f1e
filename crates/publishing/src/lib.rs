//! Sends wheels to a Python index, crates to a Cargo registry and files to GitHub's release: sees what is there, sends what is
//! missing, once.
//!
//! The registries hold the truth: a run that was cut anywhere is run again, and does what is left. Nothing here prints,
//! reads the environment or exits. Every future may be dropped at any moment; that is the cancel.

pub mod channels;
pub mod crates_io;
pub mod endpoints;
mod events;
pub mod github_release;
pub mod http;
mod outcome;
pub mod preflight;
pub mod pypi;
pub mod release;
mod retry;
pub mod trusted;
pub mod verify;
pub mod withdraw;

pub use events::{Event, Listener, silent};
pub use http::{Options, Proxy, Transport};
pub use http_retry::clock;
pub use outcome::{Conflict, Outcome, State};
pub use retry::{AskedToWait, Policy};
pub use secrecy::{ExposeSecret, SecretString};
