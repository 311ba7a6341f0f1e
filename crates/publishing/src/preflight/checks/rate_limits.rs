//! Check `rate-limits`: crates.io lets a user publish only so much at once, and a job on GitHub's runners ends after six hours.

use std::time::Duration;

use super::Check;
use crate::{
    clock::spoken,
    crates_io,
    preflight::{facts::Facts, report::Notes},
};

/// What a job on GitHub's own runners may take.
const JOB: Duration = Duration::from_secs(6 * 3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) const CHECK: Check = Check {
    id: "rate-limits",
    why: "Shows how long the rate limits of crates.io delay the release.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    let Some(crates) = &facts.crates else {
        return;
    };
    let place = &crates.address;
    let crates_io::Estimate {
        new_crates: new,
        new_versions: versions,
        at_least: wait,
        ..
    } = crates.estimate;
    let counts = format!("{new} new crates and {versions} new versions");
    if wait.is_zero() {
        if new + versions > 0 {
            notes.row(place, format!("{counts}, for which no wait is known"));
        }
        return;
    }
    let what = format!(
        "with its rate limits, {counts} take at least {}",
        spoken(wait)
    );
    let fix = if wait > DAY {
        "Ask the registry's team for a higher limit, or publish some of the crates on another day: a new run continues where the last one ended."
    } else if wait > JOB {
        "Ask the registry's team for a higher limit; a job on GitHub's runners ends after 6 hours, and a rerun continues."
    } else {
        "Give the job a `timeout-minutes` beyond that; versions of existing crates have no such limit with trusted publishing."
    };
    notes.caution(place, what, fix);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{facts, report};

    fn told(hours: u64) -> Vec<String> {
        let mut facts = facts();
        facts.crates().estimate.new_crates = 7;
        facts.crates().estimate.at_least = Duration::from_secs(hours * 3600);
        let cautions = report(&CHECK, &facts).cautions;
        cautions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_wait_is_told_with_what_it_means_for_the_job() {
        assert!(told(0).is_empty());
        assert!(told(1)[0].contains("7 new crates and 0 new versions take at least 1h"));
        assert!(told(1)[0].contains("`timeout-minutes`"));
        assert!(told(7)[0].contains("ends after 6 hours"));
        assert!(told(30)[0].contains("another day"));
    }
}
