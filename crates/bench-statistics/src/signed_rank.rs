//! The paired Wilcoxon signed-rank test, exact for any number of blocks that a job can run.

/// More blocks than any job runs; it bounds the memory of the exact distribution.
pub const MOST_BLOCKS: usize = 200;

/// The distribution of the sum of signed ranks if each sign is as likely as the other.
#[derive(Debug, Clone)]
pub(crate) struct NullDistribution {
    /// The probability of a sum of at most `k`, by `k`.
    cumulative: Vec<f64>,
}

impl NullDistribution {
    /// For this number of blocks: rank by rank, each is added with probability one half.
    pub(crate) fn new(blocks: usize) -> Self {
        let mut exact = vec![1.0];
        for rank in 1..=blocks {
            let without = exact.iter().copied().chain(std::iter::repeat_n(0.0, rank));
            let with = std::iter::repeat_n(0.0, rank).chain(exact.iter().copied());
            exact = without.zip(with).map(|(a, b)| (a + b) / 2.0).collect();
        }
        let mut sum = 0.0;
        let cumulative = exact.into_iter().map(|one| {
            sum += one;
            sum
        });
        Self {
            cumulative: cumulative.collect(),
        }
    }

    /// The probability of a sum of at most `sum`.
    pub(crate) fn at_most(&self, sum: usize) -> f64 {
        self.cumulative.get(sum).copied().unwrap_or(1.0).min(1.0)
    }

    /// How many Walsh averages lie outside of an interval of this confidence at each end; nothing if even the widest
    /// interval is less certain than that.
    fn outside(&self, confidence: f64) -> Option<usize> {
        let tail = (1.0 - confidence) / 2.0;
        let inside = self.cumulative.partition_point(|one| *one <= tail);
        inside.checked_sub(1)
    }
}

/// What the log ratios of all blocks say together.
#[derive(Debug, Clone)]
pub(crate) struct SignedRank<'a> {
    /// The means of all pairs of log ratios, each with itself too, sorted.
    walsh: Vec<f64>,
    null: &'a NullDistribution,
}

impl<'a> SignedRank<'a> {
    pub(crate) fn new(log_ratios: &[f64], null: &'a NullDistribution) -> Self {
        let mut walsh = Vec::with_capacity(log_ratios.len() * (log_ratios.len() + 1) / 2);
        for (index, one) in log_ratios.iter().enumerate() {
            let others = log_ratios.iter().skip(index);
            walsh.extend(others.map(|other| f64::midpoint(*one, *other)));
        }
        walsh.sort_unstable_by(f64::total_cmp);
        Self { walsh, null }
    }

    /// The Hodges-Lehmann estimate: the median of the Walsh averages, which a few outliers do not move.
    pub(crate) fn estimate(&self) -> f64 {
        crate::median_of_sorted(&self.walsh)
    }

    /// The two-sided probability of log ratios at least this far from 0. Averages of exactly 0 count for both
    /// directions, so ties make the test more careful, never less.
    pub(crate) fn p(&self) -> f64 {
        let not_above = self.walsh.partition_point(|one| *one <= 0.0);
        let below = self.walsh.partition_point(|one| *one < 0.0);
        let not_below = self.walsh.len() - below;
        (2.0 * self.null.at_most(not_above.min(not_below))).min(1.0)
    }

    /// The interval of at least this confidence; nothing with too few blocks for it.
    pub(crate) fn interval(&self, confidence: f64) -> Option<(f64, f64)> {
        let outside = self.null.outside(confidence)?;
        let low = self.walsh.get(outside)?;
        let high = self.walsh.get(self.walsh.len().checked_sub(outside + 1)?)?;
        Some((*low, *high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    /// Every assignment of signs, counted.
    fn counted(blocks: u32, sum: u32) -> f64 {
        let sums = (0..1_u32 << blocks).map(|signs| {
            let ranks = (0..blocks).filter(|bit| signs & (1 << bit) != 0);
            ranks.map(|bit| bit + 1).sum::<u32>()
        });
        let smaller = sums.filter(|one| *one <= sum).count();
        f64::from(u32::try_from(smaller).unwrap()) / f64::from(1_u32 << blocks)
    }

    #[test]
    fn the_distribution_is_that_of_all_assignments_of_signs() {
        for blocks in 1..=12 {
            let null = NullDistribution::new(blocks as usize);
            for sum in 0..=blocks * (blocks + 1) / 2 {
                let exact = null.at_most(sum as usize);
                assert!(close(exact, counted(blocks, sum)), "{blocks} {sum}");
            }
        }
    }

    #[test]
    fn the_published_critical_values_are_met() {
        // The largest sum with a one-sided probability of at most 0.005, from the tables of Wilcoxon and Wilcox (1964).
        for (blocks, critical) in [(8, 0), (12, 7), (15, 15), (20, 37), (25, 68), (30, 109)] {
            let null = NullDistribution::new(blocks);
            assert!(null.at_most(critical) <= 0.005, "{blocks}");
            assert!(null.at_most(critical + 1) > 0.005, "{blocks}");
        }
    }

    #[test]
    fn the_distribution_stays_exact_for_the_most_blocks() {
        let null = NullDistribution::new(MOST_BLOCKS);
        assert!(close(
            null.at_most(MOST_BLOCKS * (MOST_BLOCKS + 1) / 2),
            1.0
        ));
        let middle = MOST_BLOCKS * (MOST_BLOCKS + 1) / 4;
        assert!((null.at_most(middle) - 0.5).abs() < 0.001);
    }

    /// Depression scores of nine patients (Hollander and Wolfe 1973, table 3.1), as in the manual of R's `wilcox.test`.
    #[allow(clippy::approx_constant, reason = "3.14 is a score of a patient")]
    #[test]
    fn a_textbook_example_has_the_published_result() {
        let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
        let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
        let differences: Vec<f64> = before.iter().zip(after).map(|(b, a)| b - a).collect();
        let null = NullDistribution::new(differences.len());
        let test = SignedRank::new(&differences, &null);
        // One-sided p = 0.01953, estimate 0.46.
        assert!(close(test.p() / 2.0, 0.019_531_25));
        assert!((test.estimate() - 0.46).abs() < 0.0005);
    }

    #[test]
    fn the_interval_excludes_0_exactly_if_the_test_rejects() {
        let mut random = fastrand::Rng::with_seed(5);
        for blocks in 2..40 {
            let null = NullDistribution::new(blocks);
            for _ in 0..50 {
                let ratios: Vec<f64> = (0..blocks).map(|_| random.f64() - 0.35).collect();
                let test = SignedRank::new(&ratios, &null);
                for confidence in [0.9, 0.95, 0.99, 0.9995] {
                    let excludes = test
                        .interval(confidence)
                        .is_some_and(|(low, high)| low > 0.0 || high < 0.0);
                    assert_eq!(excludes, test.p() <= 1.0 - confidence, "{ratios:?}");
                }
            }
        }
    }

    #[test]
    fn too_few_blocks_have_no_interval() {
        let null = NullDistribution::new(5);
        let test = SignedRank::new(&[0.1, 0.2, 0.3, 0.4, 0.5], &null);
        assert!(test.interval(0.95).is_none());
        assert!(test.interval(0.9).is_some());
    }

    #[test]
    fn equal_measurements_are_no_evidence() {
        let null = NullDistribution::new(12);
        let test = SignedRank::new(&[0.0; 12], &null);
        assert!(close(test.p(), 1.0));
        assert_eq!(test.interval(0.95), Some((0.0, 0.0)));
    }
}
