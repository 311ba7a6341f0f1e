//! What tests and the demo stand on: a runner's surroundings, temporary repositories, and servers that behave like the real ones.
//!
//! Tests ask for exactly what they need and fail by panicking when they cannot get it, with a sentence that says why.

// The JSON of one pull request is a single `json!`.
#![recursion_limit = "256"]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

pub mod binary;
pub mod bucket_server;
pub mod cargo_registry;
pub mod cases;
pub mod composite;
pub mod faults;
pub mod fuzz;
pub mod github;
pub mod packages;
pub mod recording_proxy;
pub mod repo;
pub mod runner;
pub mod serving;
pub mod storage_sink;
pub mod token_service;
