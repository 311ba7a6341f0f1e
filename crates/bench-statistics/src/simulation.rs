//! How the rule does where the truth is known: benchmarks on a simulated machine, beside rules that others use.

mod machine;
mod others;

use crate::{Good, Measurement, Orders, ROUNDS, Rule, Suite, Verdict, judge, median};
use machine::Job;
pub use machine::Noise;
pub use others::OTHERS;
use others::Stored;

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Pull requests without a change, and as many with one.
    pub runs: u32,
    /// Benchmarks of the suite.
    pub benchmarks: u32,
    /// How much slower one of them becomes, such as 0.05.
    pub shift: f64,
    /// Of the machines.
    pub noise: Noise,
    /// The same seed gives the same result.
    pub seed: u64,
}

impl Setting {
    /// A suite of 40 benchmarks on hosted runners, of which one becomes 5 % slower.
    #[must_use]
    pub fn hosted(runs: u32) -> Self {
        Self {
            runs,
            benchmarks: 40,
            shift: 0.05,
            noise: Noise::HOSTED,
            seed: 20_261_128,
        }
    }
}

/// How often a rule was wrong, and how often it was right.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// Suites without a change in which any benchmark was called worse (for ours: or better), of all.
    pub alarms: f64,
    /// Suites in which the one slower benchmark was called worse, of all.
    pub found: f64,
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Of the rule of this crate.
    pub ours: Rates,
    /// Of each of [`OTHERS`], on the same series.
    pub others: Vec<Rates>,
    /// The same as `found` of ours after the first round, for a time budget that ends there.
    pub found_in_the_first_round: f64,
    /// The blocks of that round.
    pub first_round: usize,
    /// Blocks per pull request without a change, on average.
    pub blocks: f64,
    /// Unchanged benchmarks that were called `same`; all others stayed `unsure`.
    pub same: f64,
}

/// Runs the simulation.
///
/// # Errors
/// If the noise is so large that a measurement is not a number.
pub fn simulate(setting: &Setting) -> Result<Report, crate::Error> {
    let mut counts = Counts::default();
    for run in 0..setting.runs {
        let seed = setting.seed.wrapping_add(u64::from(run));
        let unchanged = PullRequest::measure(setting, 0.0, seed)?;
        counts.add_unchanged(&unchanged);
        let seed = seed ^ 0x5eed_0000_0000;
        counts.add_changed(&PullRequest::measure(setting, setting.shift, seed)?);
    }
    Ok(counts.report(setting))
}

/// One pull request, compared by each of the rules.
struct PullRequest {
    /// By benchmark; the first is the one that may have changed.
    verdicts: Vec<Verdict>,
    /// Those after the first round.
    first_round: Vec<Verdict>,
    /// By benchmark, then by rule of [`OTHERS`].
    others: Vec<Vec<bool>>,
    blocks: usize,
}

impl PullRequest {
    fn measure(setting: &Setting, shift: f64, seed: u64) -> Result<Self, crate::Error> {
        let mut job = Job::new(&setting.noise, setting.benchmarks, shift, seed);
        let rule = Rule::default();
        let mut orders = Orders::seeded(seed);
        let mut suite = Suite::default();
        let round = rule.blocks_per_round(setting.benchmarks as usize);
        let mut rounds: Vec<Vec<Verdict>> = Vec::new();
        while rounds.len() < ROUNDS {
            for order in orders.by_ref().take(round) {
                let runs = order.map(|side| job.run(side));
                let [a, b, c, d] = runs;
                suite.add(order, &[a?, b?, c?, d?])?;
            }
            let comparisons = judge(&suite, &rule);
            let verdicts: Vec<Verdict> = comparisons.iter().map(|one| one.verdict).collect();
            let decided = !verdicts.contains(&Verdict::Unsure);
            rounds.push(verdicts);
            if decided {
                break;
            }
        }
        let mut stored = Stored::new(setting, seed);
        let per_benchmark: Vec<Vec<bool>> = suite
            .series()
            .map(|(_, series)| stored.alarms(&series.head))
            .collect();
        Ok(Self {
            first_round: rounds.first().cloned().unwrap_or_default(),
            verdicts: rounds.pop().unwrap_or_default(),
            others: per_benchmark,
            blocks: suite.blocks(),
        })
    }
}

#[derive(Default)]
struct Counts {
    alarms: u32,
    found: u32,
    found_first: u32,
    others: Vec<(u32, u32)>,
    blocks: usize,
    same: usize,
}

impl Counts {
    fn add_unchanged(&mut self, one: &PullRequest) {
        let wrong = |verdict: &Verdict| matches!(verdict, Verdict::Worse | Verdict::Better);
        self.alarms += u32::from(one.verdicts.iter().any(wrong));
        self.same += one
            .verdicts
            .iter()
            .filter(|verdict| **verdict == Verdict::Same)
            .count();
        self.blocks += one.blocks;
        self.others.resize(OTHERS.len(), (0, 0));
        for (index, counts) in self.others.iter_mut().enumerate() {
            let alarm = |alarms: &Vec<bool>| alarms.get(index) == Some(&true);
            counts.0 += u32::from(one.others.iter().any(alarm));
        }
    }

    fn add_changed(&mut self, one: &PullRequest) {
        self.found += u32::from(one.verdicts.first() == Some(&Verdict::Worse));
        self.found_first += u32::from(one.first_round.first() == Some(&Verdict::Worse));
        for (index, counts) in self.others.iter_mut().enumerate() {
            let alarm = one.others.first().and_then(|alarms| alarms.get(index));
            counts.1 += u32::from(alarm == Some(&true));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of a simulation")]
    fn report(self, setting: &Setting) -> Report {
        let runs = f64::from(setting.runs);
        let rates = |alarms: u32, found: u32| Rates {
            alarms: f64::from(alarms) / runs,
            found: f64::from(found) / runs,
        };
        let others = self.others.iter();
        Report {
            ours: rates(self.alarms, self.found),
            others: others
                .map(|(alarms, found)| rates(*alarms, *found))
                .collect(),
            found_in_the_first_round: f64::from(self.found_first) / runs,
            first_round: Rule::default().blocks_per_round(setting.benchmarks as usize),
            blocks: self.blocks as f64 / runs,
            same: self.same as f64 / runs / f64::from(setting.benchmarks),
        }
    }
}

/// A measurement as an executable would print it.
fn measurement(benchmark: u32, log_time: f64) -> Measurement {
    Measurement {
        name: format!("{benchmark:03}"),
        value: log_time.exp(),
        unit: "ms".to_owned(),
        good: Good::Lower,
    }
}
