//! The promises of the rule, on series whose truth is known: no alarms from noise, and changes that are found.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use bench_statistics::simulation::{Setting, simulate};

/// At most 1 % of suites have a false alarm, and at least 95 % of shifts are found.
#[test]
fn a_suite_of_40_raises_no_alarm_and_finds_a_shift_of_5_percent() {
    let report = simulate(&Setting::hosted(40)).unwrap();
    assert!(report.ours.alarms <= 0.01, "{report:?}");
    assert!(report.ours.found >= 0.95, "{report:?}");
    // The others are measured on the same series, and each has one of the two faults.
    for other in &report.others {
        assert!(other.alarms > 0.01 || other.found < 0.95, "{report:?}");
    }
}
