//! What would stop a release, found before it starts: everything is looked at, nothing is changed.

mod checks;
mod claims;
mod facts;
mod fetch;
mod look;
mod report;
#[cfg(test)]
mod testing;
mod uploads;
mod workflows;

pub use checks::checks_table;
pub use facts::{Rate, RateSource};
pub use fetch::{Fetched, fetch};
pub use look::Around;
pub use report::{Estimate, Note, Report, Row, Unseen};

use crate::release::{Packages, Targets};
use facts::Facts;
use package_store::Store;
use report::Notes;

/// Looks at the bucket, the registries and GitHub, and answers everything that would stop the release of these packages,
/// with what to do about it. A source that cannot be read hides nothing of the others.
///
/// Only reads; where credentials are a job's identity, one token is minted, which stays with its publisher.
pub async fn preflight(
    packages: &Packages,
    store: &Store,
    targets: &Targets,
    around: &Around,
) -> Report {
    let (facts, unseen) = look::gather(packages, store, targets, around).await;
    let mut report = judged(&facts);
    report.unseen = unseen;
    report
}

/// What the checks say of the facts.
fn judged(facts: &Facts) -> Report {
    let mut report = Report {
        estimate: estimate(facts),
        ..Report::default()
    };
    for check in checks::ALL {
        let mut notes = Notes {
            check: check.id,
            report: &mut report,
        };
        (check.look)(facts, &mut notes);
    }
    report
}

fn estimate(facts: &Facts) -> Estimate {
    let registries = [&facts.pypi, &facts.crates];
    let to_send = registries.into_iter().flatten().flat_map(|it| it.to_send());
    let bytes = to_send.fold(0_u64, |sum, one| sum.saturating_add(one.size));
    let of_github = facts.github.as_ref().map_or(0, |it| it.bytes_to_send);
    let bytes = bytes.saturating_add(of_github);
    Estimate {
        bytes,
        upload: facts.rate.map(|rate| rate.time_for(bytes)),
        limits: facts
            .crates
            .as_ref()
            .map_or_else(Default::default, |it| it.estimate.at_least),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let report = judged(&testing::everything_wrong());
        let mut ids: Vec<&str> = report
            .problems
            .iter()
            .chain(&report.cautions)
            .map(|it| it.check)
            .collect();
        ids.dedup();
        assert!(ids.len() > 12, "{ids:?}");
        assert!(!report.is_clear());
    }

    #[test]
    fn the_estimate_adds_what_each_place_gets() {
        let mut facts = testing::facts();
        facts.rate = Some(Rate {
            bytes_per_second: 100,
            source: RateSource::Given,
        });
        // A wheel and a crate of 1000 bytes, and both once more for GitHub.
        let report = judged(&facts);
        assert_eq!(report.estimate.bytes, 4000);
        assert_eq!(report.estimate.upload, Some(Duration::from_secs(40)));
        assert!(report.is_clear());
        assert_eq!(report.estimate.to_string(), "at least 40s");
    }
}
