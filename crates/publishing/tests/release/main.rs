//! A whole release against servers of this process: stopped at each of its requests, disturbed at each of them, and run twice at once.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod clock;
mod disturbed;
mod index;
mod killed;
mod play;
mod together;
mod world;
