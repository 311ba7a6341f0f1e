//! The action as users meet it: its binary in a cleaned environment, on programs that print their own values.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod compare;
mod composite;
mod exact;
mod formats;
mod history;
mod programs;
mod refusals;
