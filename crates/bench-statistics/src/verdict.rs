//! The verdict on each benchmark of a suite: better, worse, same or unsure.

use crate::error::Error;
use crate::signed_rank::{NullDistribution, SignedRank};
use crate::suite::Suite;
use crate::{Good, median};

/// What may be said about a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Head is worse than base by more than the minimum effect.
    Worse,
    /// Head is better than base by more than the minimum effect.
    Better,
    /// The difference is smaller than the minimum effect.
    Same,
    /// More blocks are needed.
    Unsure,
}

/// How sure a verdict must be, for the whole suite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    alarm_probability: f64,
    minimum_effect: f64,
}

/// What is told of a difference: it is inside of the interval with this probability.
pub const CONFIDENCE: f64 = 0.95;

/// A comparison looks at its data after each round, and a round is as many blocks as the smallest probability needs.
pub const ROUNDS: usize = 4;

/// The smallest round.
pub const FEWEST_BLOCKS: usize = 12;

/// Blocks in a round beyond those that can just pass the correction, so that one block against the others hides nothing.
const SPARE: usize = 3;

impl Default for Rule {
    fn default() -> Self {
        Self {
            alarm_probability: 0.01,
            minimum_effect: 0.02,
        }
    }
}

impl Rule {
    /// `alarm_probability` is that of any wrong `worse` or `better` in the whole suite, however many benchmarks it has and
    /// however often it is looked at; `minimum_effect` is the smallest change that is told, such as 0.02 for 2 %.
    ///
    /// # Errors
    /// If one of them is not between 0 and its bound.
    pub fn new(alarm_probability: f64, minimum_effect: f64) -> Result<Self, Error> {
        let between = |what, value: f64, high: f64| {
            let inside = value > 0.0 && value < high;
            inside.then_some(()).ok_or(Error::OutOfRange {
                what,
                value,
                low: 0.0,
                high,
            })
        };
        between("the probability of a false alarm", alarm_probability, 0.5)?;
        between("the minimum effect", minimum_effect, 1.0)?;
        Ok(Self {
            alarm_probability,
            minimum_effect,
        })
    }

    /// As it was given.
    #[must_use]
    pub fn minimum_effect(&self) -> f64 {
        self.minimum_effect
    }

    /// Each look at the data has the same share of the probability of an alarm.
    fn of_one_look(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a small constant")]
        let rounds = ROUNDS as f64;
        self.alarm_probability / rounds
    }

    /// The blocks of one round of a suite: so many that a change can pass Holm's correction in the first one.
    #[must_use]
    pub fn blocks_per_round(&self, benchmarks: usize) -> usize {
        #[expect(clippy::cast_precision_loss, reason = "no suite has 2^52 benchmarks")]
        let share = self.of_one_look() / benchmarks.max(1) as f64;
        let needed = (2.0 / share).log2().ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a logarithm of at least 2"
        )]
        let needed = needed as usize;
        FEWEST_BLOCKS.max(needed + SPARE)
    }
}

/// What is known of one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The benchmark.
    pub name: String,
    /// Of its measurements.
    pub unit: String,
    /// Which direction is good.
    pub good: Good,
    /// The median of base.
    pub base: f64,
    /// The median of head.
    pub head: f64,
    /// Head by base, minus 1: 0.05 is 5 % more.
    pub change: f64,
    /// The interval of the change with [`CONFIDENCE`]; nothing with too few blocks.
    pub interval: Option<(f64, f64)>,
    /// The probability of such data if nothing changed, corrected for the number of benchmarks and looks.
    pub p: f64,
    /// What follows.
    pub verdict: Verdict,
}

/// The verdicts on all benchmarks that both sides have, sorted by name.
#[must_use]
pub fn judge(suite: &Suite, rule: &Rule) -> Vec<Comparison> {
    let null = NullDistribution::new(suite.blocks());
    let tests: Vec<SignedRank<'_>> = suite
        .series()
        .map(|(_, series)| SignedRank::new(series.log_ratios(), &null))
        .collect();
    let p: Vec<f64> = tests.iter().map(SignedRank::p).collect();
    let corrected = holm(&p);
    let all = suite.series().zip(&tests).zip(corrected);
    all.map(|(((name, series), test), p)| {
        let interval = test.interval(CONFIDENCE);
        let verdict = verdict(rule, series.good, test.estimate(), interval, p);
        #[expect(clippy::cast_precision_loss, reason = "a small constant")]
        let p = (p * ROUNDS as f64).min(1.0);
        Comparison {
            name: name.to_owned(),
            unit: series.unit.clone(),
            good: series.good,
            base: median(&series.base),
            head: median(&series.head),
            change: test.estimate().exp_m1(),
            interval: interval.map(|(low, high)| (low.exp_m1(), high.exp_m1())),
            p,
            verdict,
        }
    })
    .collect()
}

fn verdict(
    rule: &Rule,
    good: Good,
    estimate: f64,
    interval: Option<(f64, f64)>,
    p: f64,
) -> Verdict {
    let floor = rule.minimum_effect.ln_1p();
    if p <= rule.of_one_look() && estimate.abs() > floor {
        return match (estimate > 0.0, good) {
            (true, Good::Lower) | (false, Good::Higher) => Verdict::Worse,
            (false, Good::Lower) | (true, Good::Higher) => Verdict::Better,
        };
    }
    match interval {
        Some((low, high)) if low > -floor && high < floor => Verdict::Same,
        _ => Verdict::Unsure,
    }
}

/// Holm's correction: the smallest probability is multiplied by the number of tests, the next by one less, and none
/// becomes smaller than the one before.
fn holm(p: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<(usize, f64)> = p.iter().copied().enumerate().collect();
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut corrected = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (position, (index, one)) in sorted.into_iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "no suite has 2^52 benchmarks")]
        let left = (p.len() - position) as f64;
        largest = largest.max((one * left).min(1.0));
        if let Some(place) = corrected.get_mut(index) {
            *place = largest;
        }
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Measurement, Orders, Run, Side};

    /// A suite of benchmarks, each with head by base; a little noise that is the same each time.
    fn suite(ratios: &[f64], blocks: usize, unit: &str) -> Suite {
        let mut random = fastrand::Rng::with_seed(11);
        let mut suite = Suite::default();
        for order in Orders::seeded(11).take(blocks) {
            let runs = order.map(|side| {
                let measurements = ratios.iter().enumerate().map(|(index, ratio)| {
                    let ratio = if side == Side::Head { *ratio } else { 1.0 };
                    Measurement {
                        name: format!("{index:02}"),
                        value: 100.0 * ratio * (1.0 + 0.01 * random.f64()),
                        unit: unit.to_owned(),
                        good: Good::of_unit(unit),
                    }
                });
                Run::new(measurements).unwrap()
            });
            suite.add(order, &runs).unwrap();
        }
        suite
    }

    fn verdicts(ratios: &[f64], blocks: usize, unit: &str) -> Vec<Verdict> {
        let judged = judge(&suite(ratios, blocks, unit), &Rule::default());
        judged.iter().map(|one| one.verdict).collect()
    }

    #[test]
    fn worse_better_and_same_are_told_apart() {
        let expected = [Verdict::Worse, Verdict::Better, Verdict::Same];
        assert_eq!(verdicts(&[1.05, 0.95, 1.0], 15, "ms"), expected);
    }

    #[test]
    fn a_rate_that_rises_is_better() {
        let expected = [Verdict::Better, Verdict::Worse, Verdict::Same];
        assert_eq!(verdicts(&[1.05, 0.95, 1.0], 15, "MB/s"), expected);
    }

    #[test]
    fn a_certain_change_below_the_minimum_effect_is_same() {
        assert_eq!(verdicts(&[1.01], 30, "ms"), [Verdict::Same]);
    }

    #[test]
    fn few_blocks_leave_every_verdict_unsure() {
        assert_eq!(verdicts(&[1.5, 1.0], 4, "ms"), [Verdict::Unsure; 2]);
        // The smallest probability of 8 blocks is 2 / 2^8, which no correction can pass.
        assert_eq!(verdicts(&[1.5], 8, "ms"), [Verdict::Unsure]);
    }

    #[test]
    fn a_larger_suite_needs_longer_rounds() {
        let blocks = [1, 2, 40, 1000].map(|count| Rule::default().blocks_per_round(count));
        assert_eq!(blocks, [13, 14, 18, 23]);
        for (count, blocks) in [(1, 13), (40, 18), (400, 22)] {
            let mut ratios = vec![1.0; count];
            ratios[0] = 1.1;
            assert_eq!(
                verdicts(&ratios, blocks, "ms")[0],
                Verdict::Worse,
                "{count}"
            );
        }
    }

    #[test]
    fn what_is_told_of_a_change_is_its_size_and_interval() {
        let judged = judge(&suite(&[1.05], 20, "ms"), &Rule::default());
        let one = &judged[0];
        let (low, high) = one.interval.unwrap();
        assert!((one.change - 0.05).abs() < 0.005, "{one:?}");
        assert!(low < one.change && one.change < high, "{one:?}");
        assert!((one.head / one.base - 1.05).abs() < 0.005, "{one:?}");
        assert!(one.p < 0.001, "{one:?}");
    }

    #[test]
    fn holm_corrects_each_by_the_number_that_is_left() {
        // As R's `p.adjust(c(.01, .02, .03, .04, .05), "holm")`.
        let corrected = holm(&[0.01, 0.02, 0.03, 0.04, 0.05]);
        for (one, expected) in corrected.iter().zip([0.05, 0.08, 0.09, 0.09, 0.09]) {
            assert!((one - expected).abs() < 1e-12, "{corrected:?}");
        }
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn a_rule_that_means_nothing_is_refused() {
        for (alarm, effect) in [
            (0.0, 0.02),
            (0.5, 0.02),
            (f64::NAN, 0.02),
            (0.01, 0.0),
            (0.01, 1.0),
        ] {
            assert!(Rule::new(alarm, effect).is_err(), "{alarm} {effect}");
        }
        let error = Rule::new(0.01, -1.0).unwrap_err().to_string();
        assert_eq!(error, "the minimum effect must be between 0 and 1, not -1");
    }
}
