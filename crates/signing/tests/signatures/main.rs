//! What is signed is judged by other people's programs, and what they and we must refuse is refused.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot be set up has failed"
)]

mod fixture;
mod judges;
mod keys;
mod packages;
mod services;
