//! `release` as a program that is stopped, and what it shows of the tokens that it uses.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod secrets;
mod stops;
mod world;
