//! What people see of a bucket: the action as a workflow runs it, and its pages in a real browser.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod action;
mod browser;
mod bucket;
