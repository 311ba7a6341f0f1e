//! A part of a suite. For cargo, which tests are in it depends on nothing but their names, so all parts together are the suite.

use std::str::FromStr;

/// As `2/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1 on.
    pub(crate) index: u32,
    pub(crate) count: u32,
}

/// More shards than a matrix has jobs.
const MOST: u32 = 1000;

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split_once('/').and_then(|(index, count)| {
            Some((index.trim().parse().ok()?, count.trim().parse().ok()?))
        });
        match numbers {
            Some((index, count)) if count <= MOST && (1..=count).contains(&index) => {
                Ok(Self { index, count })
            }
            _ => Err(
                "write the number of the shard and how many there are, such as `2/5`".to_owned(),
            ),
        }
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Shard {
    pub(crate) fn has(self, name: &str) -> bool {
        hash(name) % u64::from(self.count) == u64::from(self.index - 1)
    }
}

/// FNV-1a with a last mix: the same on every machine and in every version of Rust.
fn hash(name: &str) -> u64 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_is_in_exactly_one_shard_and_shards_are_of_one_size() {
        let names: Vec<String> = (0..5000).map(|n| format!("tests::case_{n}")).collect();
        for count in [1, 2, 3, 7] {
            let shards: Vec<Shard> = (1..=count).map(|index| Shard { index, count }).collect();
            let mut sizes = vec![0_u64; count as usize];
            for name in &names {
                let of: Vec<usize> = (0..shards.len())
                    .filter(|&one| shards[one].has(name))
                    .collect();
                assert_eq!(of.len(), 1, "{name}");
                sizes[of[0]] += 1;
            }
            let even = 5000 / u64::from(count);
            assert!(
                sizes.iter().all(|size| size.abs_diff(even) < even / 5),
                "{sizes:?}"
            );
        }
    }

    #[test]
    fn a_shard_is_one_of_those_that_there_are() {
        assert_eq!("2/5".parse(), Ok(Shard { index: 2, count: 5 }));
        for text in ["0/5", "6/5", "1/0", "1/1001", "2", "a/b", "1/2/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
