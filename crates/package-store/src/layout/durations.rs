//! Where durations of tests are: by suite, commit, and the number of shards that the tests were split into.

pub(crate) fn root() -> &'static str {
    "tests/"
}

/// The durations of all commits of a suite.
pub(crate) fn durations(suite: &str) -> String {
    format!("tests/{suite}/durations/")
}

/// Those of one run: `entry` names the commit.
pub(crate) fn run(suite: &str, entry: &str, shards: u32) -> String {
    format!("{}{entry}/{shards}/", durations(suite))
}

/// Those of one shard of it.
pub(crate) fn shard(suite: &str, entry: &str, shards: u32, shard: u32) -> String {
    format!("{}{shard}.json", run(suite, entry, shards))
}
