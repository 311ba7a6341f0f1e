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
pub mod endless;
pub mod faults;
pub mod forward_proxy;
mod forwarding;
pub mod fuzz;
pub mod gate;
pub mod git_server;
pub mod github;
pub mod google_storage;
pub mod hostile_git;
pub mod index_sink;
pub mod memory_bucket;
pub mod needs;
pub mod packages;
pub mod pypi;
pub mod pypiserver;
pub mod recording_proxy;
pub mod release_world;
pub mod repo;
pub mod runner;
pub mod serving;
pub mod sigstore;
pub mod storage_sink;
pub mod tls_front;
pub mod token_service;
pub mod workflows;
