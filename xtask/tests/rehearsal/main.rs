//! Our own release, rehearsed: the job of release.yml against a git server as strict as GitHub, then its users.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod project;
mod refusals;
mod stops;
mod users;
mod workflow;
