//! The rules that other tools use: they compare a run with runs of other jobs, which are stored.

use super::machine::Random;
use super::{Noise, Setting, median};

/// What each rule is called, in the order of [`Stored::alarms`].
pub const OTHERS: &[&str] = &[
    "ratio over 200 % (github-action-benchmark's default)",
    "ratio over 105 %",
    "Mann-Whitney on two stored runs, p < 0.05",
    "Mann-Whitney, p < 0.002, and over 1 % (asv)",
    "t interval over 30 runs, 95 % (bencher)",
];

/// Jobs of main whose results are kept.
const HISTORY: usize = 30;

/// The 95th percentile of Student's t with 29 degrees of freedom.
const T_95_29: f64 = 1.699_127;

/// What earlier jobs on main measured.
pub(super) struct Stored {
    random: Random,
    noise: Noise,
}

impl Stored {
    pub(super) fn new(setting: &Setting, seed: u64) -> Self {
        Self {
            random: Random::seeded(seed.rotate_left(17) ^ 0x0005_702e_d000),
            noise: setting.noise,
        }
    }

    /// As many measurements of an unchanged benchmark in an earlier job as there are of head.
    fn earlier(&mut self, count: usize) -> Vec<f64> {
        let level = self.noise.between * self.random.normal();
        let runs = (0..count).map(|_| (level + self.random.within(&self.noise)).exp());
        runs.collect()
    }

    /// Whether each rule calls the benchmark slower.
    pub(super) fn alarms(&mut self, head: &[f64]) -> Vec<bool> {
        let last = self.earlier(head.len());
        let mut medians = vec![median(&last)];
        while medians.len() < HISTORY {
            medians.push(median(&self.earlier(head.len())));
        }
        let now = median(head);
        let ratio = now / median(&last);
        let z = mann_whitney(head, &last);
        vec![
            ratio > 2.0,
            ratio > 1.05,
            // Two-sided, as the tools do it: 0.05 and 0.002.
            z > 1.959_964,
            z > 3.090_232 && ratio > 1.01,
            now > upper_boundary(&medians),
        ]
    }
}

/// How many standard deviations the rank sum of `one` is above the mean; with 24 values on each side or more, the
/// normal approximation is close.
#[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = one.iter().map(|value| (*value, true)).collect();
    all.extend(other.iter().map(|value| (*value, false)));
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let ranks = all.iter().enumerate().filter(|(_, value)| value.1);
    let sum: f64 = ranks.map(|(index, _)| index as f64 + 1.0).sum();
    let (n, m) = (one.len() as f64, other.len() as f64);
    let mean = n * (n + m + 1.0) / 2.0;
    (sum - mean) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
fn upper_boundary(medians: &[f64]) -> f64 {
    let count = medians.len() as f64;
    let mean = medians.iter().sum::<f64>() / count;
    let squares: f64 = medians.iter().map(|one| (one - mean).powi(2)).sum();
    mean + T_95_29 * (squares / (count - 1.0)).sqrt()
}
