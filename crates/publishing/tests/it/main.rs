//! Publishing as its users meet it: against a real index, and against registries that stumble.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod clock;
mod crates;
mod devpi;
mod github_release;
mod limited;
mod packages;
mod parallel;
mod pypi;
mod pypi_form;
mod pypi_judges;
mod pypi_trusted;
mod registry;
mod requirements;
mod slow;
mod trusted;
mod wheels;
