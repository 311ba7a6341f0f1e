//! When a gate gives way: only reported, bypassed by a label, or until a day; and how a reader learns of it.

use actions_core::{Date, Exception, Rule};
use anyhow::bail;

use crate::{
    Inputs,
    finding::{Finding, Severity},
    gates::Gate,
    pull_request::PullRequest,
    selection::{self, Selected},
};

/// What an exception comes to for one pull request on one day.
enum State {
    /// The findings are warnings, with the reason.
    Waived(String),
    /// It was one until this day.
    Ended(Date),
    Strict,
}

/// An exception that says nothing is a slip.
pub(crate) fn refuse_empty(rules: &[Rule<Selected>]) -> anyhow::Result<()> {
    for rule in rules {
        if rule.exception.is_none() && rule.expires.is_none() {
            let name = rule.value.name();
            bail!(
                "failed to read the input `exceptions`: `{name}` has no option: give it one or more of `bypass-label`, \
                 `report-only`, `until` and `expires`, such as `{name} {{ bypass-label = \"urgent\", until = 2027-01-31 }}`"
            );
        }
    }
    Ok(())
}

/// Whether the labels of the pull request decide about any exception of these gates.
pub(crate) fn need_labels(inputs: &Inputs) -> bool {
    let rules = inputs.exceptions.iter().map(|rule| &rule.exception);
    let rules = rules
        .chain(inputs.required_labels.exceptions())
        .chain(inputs.required_changes.exceptions())
        .chain(inputs.blocked_words.exceptions());
    rules
        .into_iter()
        .any(|exception| exception.bypass_label.is_some())
}

/// Marks the findings that an exception lets through, and says of those whose exception has ended that it has.
pub(crate) fn apply(
    gate: &Gate,
    mut findings: Vec<Finding>,
    inputs: &Inputs,
    pr: &PullRequest,
    today: Date,
) -> Vec<Finding> {
    let of_gate = inputs
        .exceptions
        .iter()
        .filter(|rule| selection::contains(&[rule.value], gate))
        .map(|rule| rule.exception.clone());
    let reported = Exception {
        report_only: selection::contains(&inputs.report_only, gate),
        ..Exception::default()
    };
    let of_gate: Vec<Exception> = std::iter::once(reported).chain(of_gate).collect();
    let labels = pr.conversation.as_ref().map(|one| one.labels.as_slice());
    for finding in &mut findings {
        if finding.severity != Severity::Error {
            continue;
        }
        let exceptions = finding.exception.iter().chain(&of_gate);
        let states: Vec<State> = exceptions
            .map(|exception| state(exception, labels.unwrap_or_default(), today))
            .collect();
        let ended = states.iter().find_map(|state| match state {
            State::Ended(day) => Some(*day),
            _ => None,
        });
        let waived = states.into_iter().find_map(|state| match state {
            State::Waived(why) => Some(why),
            _ => None,
        });
        match (waived, ended) {
            (Some(why), _) => finding.waived = Some(why),
            (None, Some(day)) => {
                let help = finding.help.as_deref().unwrap_or(gate.help);
                finding.help = Some(format!("{help} The exception for it ended on {day}."));
            }
            (None, None) => {}
        }
    }
    findings
}

fn state(exception: &Exception, labels: &[String], today: Date) -> State {
    if exception.is_none() {
        return State::Strict;
    }
    let until = match exception.until {
        Some(day) if day < today => return State::Ended(day),
        Some(day) => format!(" until {day}"),
        None => String::new(),
    };
    // GitHub takes names that differ in case only for the same label.
    let carried = |wanted: &str| {
        let wanted = wanted.trim().to_lowercase();
        labels
            .iter()
            .find(|label| label.trim().to_lowercase() == wanted)
    };
    match &exception.bypass_label {
        _ if exception.report_only => State::Waived(format!("report only{until}")),
        None => State::Waived(format!("report only{until}")),
        Some(label) => match carried(label) {
            Some(label) => State::Waived(format!("bypassed by label \"{label}\"{until}")),
            None => State::Strict,
        },
    }
}

/// The day that is so many days after 1970-01-01.
///
/// Source: <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
pub(crate) fn day(days: u64) -> Date {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    // Years begin in March here.
    let (month, carry) = match month {
        0..10 => (month + 3, 0),
        _ => (month - 9, 1),
    };
    Date {
        year: u16::try_from(year + era * 400 + carry).unwrap_or(u16::MAX),
        month: u8::try_from(month).unwrap_or(12),
        day: u8::try_from(day).unwrap_or(31),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exception(options: &str) -> Exception {
        format!("x {options}")
            .parse::<Rule<String>>()
            .unwrap()
            .exception
    }

    fn on(options: &str, labels: &[&str], today: &str) -> String {
        let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        let today = today
            .parse::<Rule<String>>()
            .map(|_| exception(&format!("{{ until = {today} }}")));
        let today = today.unwrap().until.unwrap();
        match state(&exception(options), &labels, today) {
            State::Waived(why) => why,
            State::Ended(day) => format!("ended {day}"),
            State::Strict => "strict".to_owned(),
        }
    }

    #[test]
    fn an_exception_holds_through_its_last_day() {
        let options = "{ report-only = true, until = 2027-01-31 }";
        assert_eq!(
            on(options, &[], "2027-01-31"),
            "report only until 2027-01-31"
        );
        assert_eq!(on(options, &[], "2027-02-01"), "ended 2027-01-31");
        let alone = "{ until = 2027-01-31 }";
        assert_eq!(on(alone, &[], "2026-12-31"), "report only until 2027-01-31");
    }

    #[test]
    fn a_label_lets_through_whoever_carries_it() {
        let options = "{ bypass-label = \"🚑 Hotfix\" }";
        let bypassed = "bypassed by label \"🚑 hotfix\"";
        assert_eq!(on(options, &["bug", "🚑 hotfix"], "2027-01-31"), bypassed);
        assert_eq!(on(options, &["hotfix"], "2027-01-31"), "strict");
        let options = "{ bypass-label = \"ok\", until = 2027-01-30 }";
        assert_eq!(on(options, &["ok"], "2027-01-31"), "ended 2027-01-30");
    }

    #[test]
    fn an_exception_that_is_off_is_none() {
        assert_eq!(on("{ report-only = false }", &[], "2027-01-31"), "strict");
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_453, "2025-12-31"),
            (20_454, "2026-01-01"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(day(days).to_string(), expected);
        }
    }
}
