//! Splits tests into shards of about the same length: the longest test first, each into the shard with the least to do.
//!
//! The split depends on nothing but the list of tests and the durations, so every shard computes the same one by itself.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use anyhow::bail;

/// A test as nextest names it. Lists of tests are sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Test {
    /// The program that it is in.
    pub(crate) class: String,
    pub(crate) name: String,
}

/// How long tests took in an earlier run, in milliseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Durations {
    pub(crate) tests: BTreeMap<Test, u64>,
    /// How long all of them took together, of which many ran at the same time.
    pub(crate) wall: u64,
    pub(crate) doctests: u64,
}

/// What one shard runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Load {
    pub(crate) tests: Vec<Test>,
    /// Sum of the durations.
    pub(crate) sum: u64,
    longest: u64,
}

impl Durations {
    fn total(&self) -> u64 {
        let sum = self
            .tests
            .values()
            .fold(0_u64, |sum, one| sum.saturating_add(*one));
        sum.max(1)
    }

    /// Converts the time that a whole machine is busy into the sum of the durations of tests, which share the machine.
    fn of_machine(&self, time: u64) -> u64 {
        let sum = u128::from(time) * u128::from(self.total()) / u128::from(self.wall.max(1));
        u64::try_from(sum).unwrap_or(u64::MAX)
    }

    /// How long a shard is expected to take.
    pub(crate) fn expected(&self, load: &Load) -> u64 {
        let time = u128::from(load.sum) * u128::from(self.wall) / u128::from(self.total());
        u64::try_from(time).unwrap_or(u64::MAX).max(load.longest)
    }

    fn median(&self) -> u64 {
        let mut all: Vec<u64> = self.tests.values().copied().collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or_default()
    }

    /// Splits the tests; the documentation tests run in the first shard.
    pub(crate) fn split(&self, tests: &[Test], doctests: bool, shards: u32) -> Vec<Load> {
        let median = self.median();
        // A test of no length would not count, and all of them would be in one shard.
        let length = |test| self.tests.get(test).map_or(median, |known| *known).max(1);
        let mut by_length: Vec<(Reverse<u64>, &Test)> = tests
            .iter()
            .map(|test| (Reverse(length(test)), test))
            .collect();
        by_length.sort_unstable();
        let mut loads = vec![Load::default(); shards as usize];
        if let (true, Some(first)) = (doctests, loads.first_mut()) {
            first.sum = self.of_machine(self.doctests);
        }
        let mut least: BinaryHeap<Reverse<(u64, usize)>> = loads
            .iter()
            .enumerate()
            .map(|(index, load)| Reverse((load.sum, index)))
            .collect();
        for (Reverse(length), test) in by_length {
            let Some(Reverse((_, index))) = least.pop() else {
                break;
            };
            if let Some(load) = loads.get_mut(index) {
                load.tests.push(test.clone());
                load.sum = load.sum.saturating_add(length);
                load.longest = load.longest.max(length);
                least.push(Reverse((load.sum, index)));
            }
        }
        for load in &mut loads {
            load.tests.sort_unstable();
        }
        loads
    }
}

/// Fails unless each test is in exactly one shard.
pub(crate) fn prove(tests: &[Test], loads: &[Load]) -> anyhow::Result<()> {
    let mut all: Vec<&Test> = loads.iter().flat_map(|load| &load.tests).collect();
    all.sort_unstable();
    if !all.iter().copied().eq(tests) {
        bail!(
            "failed to split the tests: the {} shards have {} tests, and there are {}",
            loads.len(),
            all.len(),
            tests.len()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that repeat from run to run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % limit
        }
    }

    fn test(class: u64, name: u64) -> Test {
        Test {
            class: format!("crate_{class}"),
            name: format!("tests::case_{name}"),
        }
    }

    fn random(random: &mut Random) -> (Vec<Test>, Durations) {
        let mut tests: Vec<Test> = (0..random.below(200))
            .map(|name| test(random.below(5), name))
            .collect();
        tests.sort_unstable();
        let longest = [1, 10, 100_000, u64::MAX][random.below(4) as usize];
        // Some are new, and some that are known are gone.
        let mut known = BTreeMap::new();
        for test in &tests {
            if random.below(4) > 0 {
                known.insert(test.clone(), random.below(longest));
            }
        }
        known.insert(test(9, random.below(9)), random.below(longest));
        let durations = Durations {
            tests: known,
            wall: random.below(100_000),
            doctests: random.below(100_000),
        };
        (tests, durations)
    }

    #[test]
    fn each_test_is_in_exactly_one_shard_whatever_the_durations_are() {
        let mut numbers = Random(0x9e37_79b9_7f4a_7c15);
        for _ in 0..500 {
            let (tests, durations) = random(&mut numbers);
            let shards = 1 + numbers.below(12) as u32;
            let loads = durations.split(&tests, true, shards);
            prove(&tests, &loads).unwrap();
            assert_eq!(loads.len(), shards as usize);
            // Another shard computes the same.
            let again = durations.split(&tests, true, shards);
            assert_eq!(again, loads);
        }
    }

    #[test]
    fn no_shard_has_more_than_its_part_and_one_test() {
        let mut numbers = Random(0x2545_f491_4f6c_dd1d);
        for _ in 0..200 {
            let (tests, mut durations) = random(&mut numbers);
            durations
                .tests
                .values_mut()
                .for_each(|one| *one %= 1_000_000);
            let shards = 1 + numbers.below(12);
            let loads = durations.split(&tests, false, shards as u32);
            let total: u64 = loads.iter().map(|load| load.sum).sum();
            let longest = loads.iter().map(|load| load.longest).max().unwrap();
            for load in &loads {
                assert!(load.sum <= total / shards + longest, "{loads:?}");
            }
        }
    }

    #[test]
    fn a_split_that_loses_or_repeats_a_test_is_refused() {
        let tests = [test(0, 0), test(0, 1)];
        let load = |tests: &[Test]| Load {
            tests: tests.to_vec(),
            ..Load::default()
        };
        prove(&tests, &[load(&tests[1..]), load(&tests[..1])]).unwrap();
        for wrong in [
            vec![load(&tests[..1])],
            vec![load(&tests), load(&tests[..1])],
            vec![load(&tests[..1]), load(&tests[..1])],
        ] {
            assert!(prove(&tests, &wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_long_test_has_a_shard_for_itself_and_a_new_one_is_as_long_as_the_median() {
        let tests: Vec<Test> = (0..9).map(|name| test(0, name)).collect();
        let lengths = [90, 10, 10, 10, 10, 10, 10, 10];
        let durations = Durations {
            tests: tests.iter().cloned().zip(lengths).collect(),
            wall: 80,
            doctests: 0,
        };
        let loads = durations.split(&tests, false, 2);
        assert_eq!(loads[0].tests, tests[..1]);
        assert_eq!((loads[0].sum, loads[1].sum), (90, 80));
        // Two tests ran at the same time.
        assert_eq!(durations.expected(&loads[1]), 40);
        assert_eq!(durations.expected(&loads[0]), 90);
    }

    #[test]
    fn the_shard_with_the_documentation_tests_gets_fewer_others() {
        let tests: Vec<Test> = (0..40).map(|name| test(0, name)).collect();
        let durations = Durations {
            tests: tests.iter().map(|test| (test.clone(), 10)).collect(),
            wall: 200,
            doctests: 100,
        };
        let loads = durations.split(&tests, true, 2);
        assert_eq!((loads[0].tests.len(), loads[1].tests.len()), (10, 30));
        assert_eq!(durations.expected(&loads[0]), 150);
    }
}
