//! Publishing as its users meet it: against a real index, and against registries that stumble.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod clock;
mod crates;
mod packages;
mod pypiserver;
mod registry;
mod trusted;
mod wheels;
