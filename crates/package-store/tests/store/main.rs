//! What users of a bucket see, on every backend that can run here.
//!
//! `PACKAGE_STORE_TEST_BUCKET` adds buckets by their addresses, for example emulators': the program `bucket-server` starts such and
//! sets the variable, and `cargo xtask test` runs all tests in it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy's exception for tests does not reach their helpers"
)]

mod benchmarks;
mod buckets;
mod channel_pages;
mod commits;
mod damaged;
mod durations;
mod faults;
mod fetch;
mod folders;
mod google;
mod identity;
mod index;
mod installers;
mod interrupted;
mod journal;
mod layout;
mod lost;
mod names;
mod pages;
mod prune;
mod put;
mod races;
mod release;
mod signatures;
mod unfinished;
