//! `cargo xtask bench verdicts`: how often the verdicts on benchmarks are wrong, beside the rules that others use.

use anyhow::Result;
use bench_statistics::simulation::{Noise, OTHERS, Rates, Report, Setting, simulate};

use super::{machine, report};
use crate::programs::BenchVerdicts as Options;
use crate::term;

/// What was aimed at: suites with a false alarm at most, and shifts found at least.
const ALARMS: f64 = 0.01;
const FOUND: f64 = 0.95;

/// Machines that are steadier and noisier than hosted runners are said to be.
const OTHER_MACHINES: &[(&str, Noise)] = &[
    (
        "a quiet machine (1 % between, 0.5 % within)",
        Noise {
            between: 0.01,
            within: 0.005,
            outliers: 0.01,
            drift: 0.01,
        },
    ),
    (
        "a noisy machine (10 % between, 5 % within)",
        Noise {
            between: 0.1,
            within: 0.05,
            outliers: 0.1,
            drift: 0.1,
        },
    ),
];

pub(super) fn run(options: &Options) -> Result<()> {
    term::heading("Measure");
    let setting = Setting::hosted(options.runs);
    let hosted = simulated("hosted runners", &setting)?;
    let mut tables = vec![table(&hosted)];
    tables.push(blocks(&hosted));
    for (name, noise) in OTHER_MACHINES {
        let runs = options.runs.div_ceil(10);
        let setting = Setting {
            noise: *noise,
            runs,
            ..setting
        };
        let other = simulated(name, &setting)?;
        tables.push(format!(
            "On {name}, {runs} runs:\n\n{}\n\n{}",
            table(&other),
            blocks(&other)
        ));
    }
    let body = body(options, &setting, &hosted, &tables.join("\n\n"));
    report::write("bench verdicts", &body)?;
    term::info(&body);
    Ok(())
}

fn simulated(name: &str, setting: &Setting) -> Result<Report> {
    let progress = term::Progress::start(&format!("{} runs, {name}", setting.runs));
    let report = simulate(setting)?;
    progress.passed("");
    Ok(report)
}

fn body(options: &Options, setting: &Setting, hosted: &Report, tables: &str) -> String {
    let date = options
        .date
        .clone()
        .or_else(machine::today)
        .unwrap_or_default();
    let noise = &setting.noise;
    format!(
        "`cargo xtask bench verdicts` on {date}: simulated, so the same on every machine.\n\n\
         {} pull requests without a change, and as many in which one of {} benchmarks becomes {} slower. A benchmark varies \
         by {} between jobs and by {} between the runs of a job; {} of the runs are outliers, 10 to 30 % slower; within a \
         job the machine becomes up to {} slower or faster, gradually or suddenly. \"Any alarm\": at least one of the {} unchanged \
         benchmarks is called worse (for `bench` also: better). \"Found\": the slower one is called worse. The other rules get \
         as many measurements of the same head, and compare them with jobs of main.\n\n\
         {tables}\n\n\
         - Goal: any alarm in at most {} of suites: {}: {}.\n\
         - Goal: at least {} of shifts found: {}: {}.",
        setting.runs,
        setting.benchmarks,
        percent(setting.shift),
        percent(noise.between),
        percent(noise.within),
        percent(noise.outliers),
        percent(noise.drift),
        setting.benchmarks,
        percent(ALARMS),
        percent(hosted.ours.alarms),
        report::verdict(hosted.ours.alarms <= ALARMS),
        percent(FOUND),
        percent(hosted.ours.found),
        report::verdict(hosted.ours.found >= FOUND),
    )
}

fn table(report: &Report) -> String {
    let row = |name: &str, rates: &Rates| {
        vec![name.to_owned(), percent(rates.alarms), percent(rates.found)]
    };
    let mut rows = vec![row("`bench`", &report.ours)];
    rows.extend(
        OTHERS
            .iter()
            .zip(&report.others)
            .map(|(name, rates)| row(name, rates)),
    );
    report::markdown(&["rule", "any alarm", "found"], &rows)
}

fn blocks(report: &Report) -> String {
    format!(
        "`bench` ran {:.0} blocks on average until {} of the unchanged benchmarks were `same`; a time budget that ends after the \
         first round of {} blocks finds {}.",
        report.blocks,
        percent(report.same),
        report.first_round,
        percent(report.found_in_the_first_round),
    )
}

/// `2.66 %`, without zeros at the end.
fn percent(fraction: f64) -> String {
    let digits = format!("{:.2}", fraction * 100.0);
    let short = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{short} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_have_no_more_digits_than_needed() {
        let shown = [0.0266, 0.05, 1.0, 0.0, 0.0001].map(percent);
        assert_eq!(shown, ["2.66 %", "5 %", "100 %", "0 %", "0.01 %"]);
    }
}
