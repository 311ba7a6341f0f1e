//! Sends wheels to a Python index and crates to a Cargo registry: sees what is there, sends what is missing, once.
//!
//! The registries hold the truth: a run that was cut anywhere is run again, and does what is left. Nothing here prints,
//! reads the environment or exits. Every future may be dropped at any moment; that is the cancel.

pub mod clock;
pub mod crates_io;
pub mod endpoints;
mod events;
pub mod http;
mod outcome;
pub mod pypi;
mod retry;
pub mod trusted;

pub use events::{Event, Listener, silent};
pub use http::{Options, Proxy, Transport};
pub use outcome::{Conflict, Outcome, Sent, State};
pub use retry::{AskedToWait, Policy};
pub use secrecy::{ExposeSecret, SecretString};
