//! A runner with the noise of hosted ones: each job has its own speed, and within a job runs differ, lag and drift.

use super::measurement;
use crate::{Error, Run, Side};

/// The parts of the noise, as fractions: 0.02 is 2 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Standard deviation of a benchmark between two jobs.
    pub between: f64,
    /// Standard deviation between two runs of a job.
    pub within: f64,
    /// How many runs are outliers, 10 to 30 % slower.
    pub outliers: f64,
    /// How much the machine becomes slower or faster during a job, at most.
    pub drift: f64,
}

impl Noise {
    /// As published for hosted runners: 2.66 % between runs, and within a run 2 %, 5 % outliers, and drift of up to 5 %.
    pub const HOSTED: Self = Self {
        between: 0.0266,
        within: 0.02,
        outliers: 0.05,
        drift: 0.05,
    };
}

/// Runs after which the drift is complete.
const DRIFT_OVER: f64 = 120.0;

/// One job, which runs both sides in turn.
pub(super) struct Job {
    noise: Noise,
    random: Random,
    /// By benchmark: how fast it is in this job.
    levels: Vec<f64>,
    shift: f64,
    drift: f64,
    /// Whether the machine slows down at once, after this many runs, or evenly.
    step: Option<f64>,
    run: f64,
}

impl Job {
    /// The first benchmark is slower in head by `shift`.
    pub(super) fn new(noise: &Noise, benchmarks: u32, shift: f64, seed: u64) -> Self {
        let mut random = Random::seeded(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let levels = (0..benchmarks).map(|_| noise.between * random.normal());
        let levels = levels.collect();
        let drift = random.between(-noise.drift, noise.drift);
        let at_once = random.uniform() < 0.5;
        let step = at_once.then(|| random.between(0.0, DRIFT_OVER));
        Self {
            noise: *noise,
            random,
            levels,
            shift,
            drift,
            step,
            run: 0.0,
        }
    }

    pub(super) fn run(&mut self, side: Side) -> Result<Run, Error> {
        let drift = match self.step {
            Some(step) => self.drift * f64::from(u8::from(self.run >= step)),
            None => self.drift * (self.run / DRIFT_OVER).min(1.0),
        };
        self.run += 1.0;
        let shift = match side {
            Side::Base => 0.0,
            Side::Head => self.shift.ln_1p(),
        };
        let (noise, random) = (&self.noise, &mut self.random);
        let shifts = std::iter::once(shift).chain(std::iter::repeat(0.0));
        let measurements = (0_u32..).zip(&self.levels).zip(shifts);
        Run::new(measurements.map(|((benchmark, level), shift)| {
            measurement(benchmark, level + shift + drift + random.within(noise))
        }))
    }
}

/// Normal and uniform numbers from a seed.
pub(super) struct Random(fastrand::Rng);

impl Random {
    pub(super) fn seeded(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub(super) fn uniform(&mut self) -> f64 {
        self.0.f64()
    }

    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// By Box and Muller.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// The noise of one run, as a logarithm.
    pub(super) fn within(&mut self, noise: &Noise) -> f64 {
        let outlier = if self.uniform() < noise.outliers {
            self.between(0.1, 0.3).ln_1p()
        } else {
            0.0
        };
        noise.within * self.normal() + outlier
    }
}
