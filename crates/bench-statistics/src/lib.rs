//! Decides whether benchmarks became slower: pure functions on numbers, without files, clocks or processes.
//!
//! Two executables run alternately on one machine, in blocks of four whose order a coin decides ([`Orders`]). Their
//! measurements are collected in a [`Suite`], which refuses data that cannot be compared. [`judge`] gives each benchmark a
//! [`Verdict`] under a [`Rule`] that holds for the whole suite; where any is unsure, more blocks help, up to [`ROUNDS`] rounds.
//! Numbers without noise need only a threshold ([`exact`]). Results of different jobs are never tested against each other;
//! a history of them has [`change_points`] for people to look at.

mod blocks;
mod error;
mod exact;
mod history;
mod measurement;
mod quantity;
mod signed_rank;
pub mod simulation;
mod suite;
mod verdict;

pub use blocks::{Order, Orders, Side};
pub use error::Error;
pub use exact::exact;
pub use history::{ChangePoint, change_points};
pub use measurement::{Good, Measurement, Run};
pub use quantity::quantity;
pub use signed_rank::MOST_BLOCKS;
pub use suite::{Series, Suite};
pub use verdict::{CONFIDENCE, Comparison, FEWEST_BLOCKS, ROUNDS, Rule, Verdict, judge};

/// The middle of some numbers; of an even number of them, between the two in the middle.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    median_of_sorted(&sorted)
}

fn median_of_sorted(sorted: &[f64]) -> f64 {
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        at(half)
    } else {
        f64::midpoint(at(half.wrapping_sub(1)), at(half))
    }
}
