//! Check `upload-time`: PyPI answers 500 to an upload that takes more than about 240 seconds, after its last byte.

use bytesize::ByteSize;

use super::Check;
use crate::{
    clock::spoken,
    preflight::{
        facts::{Facts, Rate, RateSource},
        report::Notes,
    },
    pypi::LONGEST_UPLOAD,
};

pub(crate) const CHECK: Check = Check {
    id: "upload-time",
    why: "Each upload to PyPI takes less than its limit of 240 seconds, at the given or measured rate.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    let Some(pypi) = facts.pypi.as_ref().filter(|pypi| pypi.official) else {
        return;
    };
    if pypi.to_send().next().is_none() {
        return;
    }
    let Some(rate) = facts.rate else {
        notes.row(
            "upload rate",
            "not known: set `upload-rate` to check the time of each upload",
        );
        return;
    };
    let told = told(rate);
    notes.row("upload rate", &told);
    for file in pypi.to_send() {
        let time = rate.time_for(file.size);
        if time <= LONGEST_UPLOAD {
            continue;
        }
        let what = format!(
            "its {} take {} at {told}, but PyPI drops an upload after {}",
            ByteSize::b(file.size),
            spoken(time),
            spoken(LONGEST_UPLOAD)
        );
        let fix = "Make it smaller, publish from a machine with a faster connection, or set `upload-rate` if the rate is wrong.";
        match rate.source {
            RateSource::Given => notes.problem(&file.file, what, fix),
            RateSource::Downloads => notes.caution(&file.file, what, fix),
        }
    }
}

fn told(rate: Rate) -> String {
    let per_second = ByteSize::b(rate.bytes_per_second);
    match rate.source {
        RateSource::Given => format!("{per_second}/s, as given"),
        RateSource::Downloads => format!("{per_second}/s, as measured while downloading"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{facts, report};

    fn facts_at(source: RateSource, size: u64) -> Facts {
        let mut facts = facts();
        facts.rate = Some(Rate {
            bytes_per_second: 1000,
            source,
        });
        facts.pypi().first().size = size;
        facts
    }

    #[test]
    fn a_file_over_the_cut_is_a_problem_at_a_given_rate_and_a_caution_at_a_measured_one() {
        let given = report(&CHECK, &facts_at(RateSource::Given, 240_000));
        assert_eq!(given.problems, []);
        let given = report(&CHECK, &facts_at(RateSource::Given, 242_000));
        assert_eq!(given.problems.len(), 1);
        assert!(
            given.problems[0].what.contains("take 4m 2s at "),
            "{given:?}"
        );
        let measured = report(&CHECK, &facts_at(RateSource::Downloads, 242_000));
        assert_eq!((measured.problems.len(), measured.cautions.len()), (0, 1));
    }

    #[test]
    fn a_rate_that_nobody_knows_is_said() {
        let mut facts = facts();
        facts.rate = None;
        let rows = report(&CHECK, &facts).rows;
        assert!(rows[0].found.contains("`upload-rate`"), "{rows:?}");
    }
}
