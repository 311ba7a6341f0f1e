//! What strangers write, read within bounds: files of a checkout, globs, and texts that may hold secrets.
//!
//! A pull request decides what is in a checkout, a server decides what it answers. Each reader here has a limit and an
//! error for what is beyond it, and none of them panics.

pub mod address;
pub mod checkout;
pub mod globs;
pub mod secrets;
pub mod walk;
pub mod writes;

pub use checkout::{Checkout, ReadError};
pub use globs::{Glob, GlobError};
pub use secrets::Secrets;
