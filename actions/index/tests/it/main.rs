//! What people see of a bucket: the action as a workflow runs it, and its pages in a real browser.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot be set up has failed"
)]

mod action;
mod browser;
mod bucket;
