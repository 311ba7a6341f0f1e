//! Wheels built by the real maturin and cargo from a package that needs nothing of any registry.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

mod bytes;
// It asks `/proc` which processes are left.
#[cfg(target_os = "linux")]
mod cancel;
mod package;
mod refusals;
mod sources;
mod versions;
