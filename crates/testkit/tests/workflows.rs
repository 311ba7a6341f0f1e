//! Workflows through `act` under GitHub's rules: what a job's token, secrets and identity are, and what checkout and
//! artifacts do.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "clippy knows the tests themselves, but not the functions that they share"
)]

mod workflows {
    pub(crate) mod artifacts;
    pub(crate) mod checkout;
    pub(crate) mod permissions;
    pub(crate) mod place;
}
