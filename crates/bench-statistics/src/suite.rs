//! What all blocks of a comparison measured, by benchmark; data that cannot be compared is refused.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::measurement::{Good, Run};
use crate::signed_rank::MOST_BLOCKS;
use crate::{Order, Side, median};

/// A benchmark that both sides have, over all blocks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// Of all measurements.
    pub unit: String,
    /// Which direction is good.
    pub good: Good,
    /// Of base, two in each block.
    pub base: Vec<f64>,
    /// Of head, two in each block.
    pub head: Vec<f64>,
    log_ratios: Vec<f64>,
}

impl Series {
    /// For each block, the logarithm of head by base. Of a side's two measurements the better one counts: disturbances make
    /// runs slower, and rarely hit the same side twice in one block.
    #[must_use]
    pub fn log_ratios(&self) -> &[f64] {
        &self.log_ratios
    }

    fn add(&mut self, base: [f64; 2], head: [f64; 2]) {
        self.log_ratios.push(log_ratio(base, head, self.good));
        self.base.extend(base);
        self.head.extend(head);
    }
}

/// Swapping base and head changes the sign of this, and nothing else.
fn log_ratio(base: [f64; 2], head: [f64; 2], good: Good) -> f64 {
    let better = |[one, other]: [f64; 2]| match good {
        Good::Lower => one.min(other),
        Good::Higher => one.max(other),
    };
    (better(head) / better(base)).ln()
}

/// The blocks of a comparison, as they are measured.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    blocks: usize,
    series: BTreeMap<String, Series>,
    only_base: BTreeMap<String, f64>,
    only_head: BTreeMap<String, f64>,
}

impl Suite {
    /// Adds a block: its four runs in the order in which they ran. An error leaves the suite as it was.
    ///
    /// # Errors
    /// If a unit changes, if a benchmark is missing from some runs of a side, or if there are too many blocks.
    pub fn add(&mut self, order: Order, runs: &[Run; 4]) -> Result<(), Error> {
        if self.blocks == MOST_BLOCKS {
            return Err(Error::TooMany { most: MOST_BLOCKS });
        }
        let of = |side: Side| -> Result<[&Run; 2], Error> {
            let both = order.iter().zip(runs).filter(|one| *one.0 == side);
            let both: Vec<&Run> = both.map(|one| one.1).collect();
            both.try_into().map_err(|_| Error::Unbalanced)
        };
        let (base, head) = (of(Side::Base)?, of(Side::Head)?);
        self.check(base, head)?;
        for name in base[0].names().union(&head[0].names()) {
            self.add_one(name, base, head);
        }
        self.blocks += 1;
        Ok(())
    }

    fn add_one(&mut self, name: &str, base: [&Run; 2], head: [&Run; 2]) {
        let values = |runs: [&Run; 2]| -> Option<[f64; 2]> {
            let [one, other] = runs.map(|run| run.get(name));
            Some([one?.value, other?.value])
        };
        match (values(base), values(head)) {
            (Some(of_base), Some(of_head)) => {
                let series = self.series.entry(name.to_owned()).or_default();
                if let Some(one) = head[0].get(name) {
                    series.unit.clone_from(&one.unit);
                    series.good = one.good;
                }
                series.add(of_base, of_head);
            }
            (Some(one), None) => _ = self.only_base.insert(name.to_owned(), median(&one)),
            (None, Some(one)) => _ = self.only_head.insert(name.to_owned(), median(&one)),
            (None, None) => {}
        }
    }

    fn check(&self, base: [&Run; 2], head: [&Run; 2]) -> Result<(), Error> {
        self.check_names(base, "base", &self.only_base)?;
        self.check_names(head, "head", &self.only_head)?;
        let mut units: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, series) in &self.series {
            units.entry(name).or_default().insert(&series.unit);
        }
        for one in base.iter().chain(&head).flat_map(|run| run.measurements()) {
            units.entry(&one.name).or_default().insert(&one.unit);
        }
        match units.into_iter().find(|one| one.1.len() > 1) {
            None => Ok(()),
            Some((name, units)) => {
                let units: Vec<String> = units.iter().map(|unit| format!("{unit:?}")).collect();
                Err(Error::Units {
                    name: name.to_owned(),
                    units: units.join(" and "),
                })
            }
        }
    }

    /// All runs of a side measure the same benchmarks.
    fn check_names(
        &self,
        runs: [&Run; 2],
        side: &'static str,
        only: &BTreeMap<String, f64>,
    ) -> Result<(), Error> {
        let [one, other] = runs.map(Run::names);
        let known = self.series.keys().chain(only.keys());
        let known: BTreeSet<&str> = known.map(String::as_str).collect();
        let first = self.blocks == 0;
        let differs = one
            .symmetric_difference(&other)
            .chain(one.symmetric_difference(&known).filter(|_| !first));
        match differs.copied().next() {
            None => Ok(()),
            Some(name) => Err(Error::Sometimes {
                name: name.to_owned(),
                side,
            }),
        }
    }

    /// Blocks so far.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// The benchmarks that both sides have, sorted by name.
    pub fn series(&self) -> impl ExactSizeIterator<Item = (&str, &Series)> {
        self.series
            .iter()
            .map(|(name, series)| (name.as_str(), series))
    }

    /// The benchmarks that only base has: they vanish with the change.
    pub fn vanished(&self) -> impl Iterator<Item = &str> {
        self.only_base.keys().map(String::as_str)
    }

    /// The benchmarks that only head has.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        self.only_head.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Measurement;

    const ABBA: Order = [Side::Base, Side::Head, Side::Head, Side::Base];

    fn measurement(name: &str, value: f64, unit: &str) -> Measurement {
        Measurement {
            name: name.to_owned(),
            value,
            unit: unit.to_owned(),
            good: Good::of_unit(unit),
        }
    }

    fn run(values: &[(&str, f64)]) -> Run {
        Run::new(
            values
                .iter()
                .map(|(name, value)| measurement(name, *value, "ms")),
        )
        .unwrap()
    }

    #[test]
    fn units_that_differ_are_refused_and_change_nothing() {
        let mut suite = Suite::default();
        let ms = run(&[("a", 1.0)]);
        let s = Run::new([measurement("a", 1.0, "s")]).unwrap();
        let block = [ms.clone(), s, ms.clone(), ms];
        let error = suite.add(ABBA, &block).unwrap_err().to_string();
        assert_eq!(
            error,
            "benchmark `a` is measured in \"ms\" and \"s\": base and head must use one unit"
        );
        assert_eq!(suite.blocks(), 0);
    }

    #[test]
    fn a_benchmark_that_runs_only_sometimes_is_refused() {
        let mut suite = Suite::default();
        let (both, one) = (run(&[("a", 1.0), ("b", 1.0)]), run(&[("a", 1.0)]));
        let block = [both.clone(), both.clone(), one.clone(), both.clone()];
        let error = suite.add(ABBA, &block).unwrap_err().to_string();
        assert_eq!(
            error,
            "benchmark `b` is missing from one run of head, but not from the others"
        );
        suite
            .add(
                ABBA,
                &[both.clone(), both.clone(), both.clone(), both.clone()],
            )
            .unwrap();
        let later = [one.clone(), both.clone(), both, one];
        let error = suite.add(ABBA, &later).unwrap_err().to_string();
        assert_eq!(
            error,
            "benchmark `b` is missing from one run of base, but not from the others"
        );
    }

    #[test]
    fn a_block_has_two_runs_of_each_side() {
        let one = run(&[("a", 1.0)]);
        let block = [one.clone(), one.clone(), one.clone(), one];
        let order = [Side::Base, Side::Head, Side::Head, Side::Head];
        assert_eq!(Suite::default().add(order, &block), Err(Error::Unbalanced));
    }

    #[test]
    fn new_and_vanished_benchmarks_are_listed_and_not_compared() {
        let mut suite = Suite::default();
        let (base, head) = (
            run(&[("a", 1.0), ("old", 1.0)]),
            run(&[("a", 1.0), ("new", 1.0)]),
        );
        for _ in 0..2 {
            let block = [base.clone(), head.clone(), head.clone(), base.clone()];
            suite.add(ABBA, &block).unwrap();
        }
        assert_eq!(suite.vanished().collect::<Vec<_>>(), ["old"]);
        assert_eq!(suite.added().collect::<Vec<_>>(), ["new"]);
        assert_eq!(suite.series().map(|one| one.0).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn one_outlier_in_a_block_does_not_move_it() {
        let of = |base, head| log_ratio(base, head, Good::Lower);
        assert!((of([2.0, 900.0], [4.0, 4.1]) - 2_f64.ln()).abs() < 1e-12);
        assert!((of([2.0, 2.1], [900.0, 4.0]) - 2_f64.ln()).abs() < 1e-12);
        // A rate's disturbances make it smaller.
        let rate = log_ratio([50.0, 0.1], [100.0, 99.0], Good::Higher);
        assert!((rate - 2_f64.ln()).abs() < 1e-12);
    }
}
