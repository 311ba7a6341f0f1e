//! What users of a bucket see, on every backend that can run here.
//!
//! `PACKAGE_STORE_TEST_BUCKET` adds a bucket by its address, for example an emulator's:
//! `gs://tests/run-1?endpoint=http://127.0.0.1:4443&anonymous=true`. Its prefix must be new for each run. fake-gcs-server
//! ignores the create-only condition of resumable uploads, so run it with `-- --skip races`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy's exception for tests does not reach their helpers"
)]

mod buckets;
mod channel_pages;
mod commits;
mod faults;
mod fetch;
mod folders;
mod google;
mod identity;
mod index;
mod installers;
mod interrupted;
mod pages;
mod prune;
mod put;
mod races;
mod release;
