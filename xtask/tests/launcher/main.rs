//! The launcher in a release made by hand: it starts the binary that `SHA256SUMS` names, wherever that is, and no other.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that panics is a test that fails"
)]

mod cache;
mod download;
mod release;
mod start;
