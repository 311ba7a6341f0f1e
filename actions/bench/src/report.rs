//! What people read: a table with all verdicts, an annotation for what became worse, and what to do where it is unsure.

use actions_core::{Annotation, Context, Level, Summary, Table, list, text};
use bench_statistics::{Comparison, Good, Rule, Verdict, quantity};
use package_store::BenchmarkResult;

use crate::compare::Compared;
use crate::inputs::{FailOn, Inputs};

/// One benchmark, or one number that repeats.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) name: String,
    base: String,
    head: String,
    change: f64,
    interval: Option<(f64, f64)>,
    lower_is_better: bool,
    pub(crate) verdict: Verdict,
}

impl Row {
    pub(crate) fn of_comparison(one: &Comparison) -> Self {
        Self {
            name: one.name.clone(),
            base: quantity(one.base, &one.unit),
            head: quantity(one.head, &one.unit),
            change: one.change,
            interval: one.interval,
            lower_is_better: one.good == Good::Lower,
            verdict: one.verdict,
        }
    }

    pub(crate) fn of_exact(head: &BenchmarkResult, base: f64, verdict: Verdict) -> Self {
        Self {
            name: head.name.clone(),
            base: quantity(base, &head.unit),
            head: quantity(head.value, &head.unit),
            change: head.value / base - 1.0,
            interval: None,
            lower_is_better: true,
            verdict,
        }
    }

    fn interval(&self) -> String {
        self.interval.map_or_else(
            || "–".to_owned(),
            |(low, high)| format!("{} to {}", percent(low), percent(high)),
        )
    }

    /// ``12.5 ms, was 12 ms: +4.2 % (95 % interval +3.9 % to +4.4 %)``.
    fn sentence(&self) -> String {
        let interval = match self.interval {
            Some(_) => format!(" (95 % interval {})", self.interval()),
            None => String::new(),
        };
        let hint = if self.lower_is_better {
            ""
        } else {
            ", and higher is better"
        };
        format!(
            "{}, was {}: {}{interval}{hint}",
            self.head,
            self.base,
            percent(self.change)
        )
    }
}

/// `+4.2 %`.
fn percent(part: f64) -> String {
    format!("{:+.1}\u{a0}%", part * 100.0)
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Worse => "worse",
        Verdict::Better => "better",
        Verdict::Same => "same",
        Verdict::Unsure => "unsure",
    }
}

pub(crate) fn compared(
    cx: &Context,
    inputs: &Inputs,
    rule: &Rule,
    compared: &Compared,
) -> anyhow::Result<()> {
    let mut rows: Vec<&Row> = compared.rows.iter().collect();
    let place = |verdict: Verdict| match verdict {
        Verdict::Worse => 0,
        Verdict::Better => 1,
        Verdict::Unsure => 2,
        Verdict::Same => 3,
    };
    rows.sort_by_key(|row| place(row.verdict));
    let mut table = Table::new(&[
        "benchmark",
        "base",
        "head",
        "change",
        "95 % interval",
        "verdict",
    ]);
    for row in &rows {
        table.row([
            row.name.clone(),
            row.base.clone(),
            row.head.clone(),
            percent(row.change),
            row.interval(),
            word(row.verdict).to_owned(),
        ]);
    }
    cx.log.info(table.to_text().trim_end());
    let remarks = remarks(inputs, rule, compared);
    let mut summary = Summary::new();
    summary.heading("Benchmarks").table(&table);
    for remark in &remarks {
        cx.log.info(remark);
        summary.paragraph(&text::markdown(remark));
    }
    cx.write_summary(&summary)?;
    cx.log.annotate(annotations(inputs, compared));
    Ok(())
}

fn remarks(inputs: &Inputs, rule: &Rule, compared: &Compared) -> Vec<String> {
    let mut remarks = Vec::new();
    let unsure = compared
        .rows
        .iter()
        .filter(|row| row.verdict == Verdict::Unsure)
        .count();
    if unsure > 0 {
        let more = if compared.blocks < compared.needed {
            format!(
                "a verdict needs at least {}",
                text::counted(compared.needed, "block")
            )
        } else {
            "more blocks may decide".to_owned()
        };
        remarks.push(format!(
            "{} unsure after {}: {more}. Raise `time-budget`, or shorten the benchmarks.",
            text::counted(unsure, "benchmark"),
            text::counted(compared.blocks, "block"),
        ));
    }
    for (names, what) in [(&compared.added, "new"), (&compared.vanished, "gone")] {
        if !names.is_empty() {
            let names: Vec<String> = names
                .iter()
                .map(|name| text::one_line(name).into_owned())
                .collect();
            remarks.push(format!("{what}, so not compared: {}", list(&names)));
        }
    }
    if compared.blocks > 0 {
        remarks.push(format!(
            "{} of base and head on this machine (seed {}); any false alarm in the suite has a probability of at most {}, and changes below {} are `same`.",
            text::counted(compared.blocks, "block"),
            compared.seed,
            inputs.false_alarms,
            crate::amount::Percent(rule.minimum_effect()),
        ));
    }
    remarks
}

fn annotations(inputs: &Inputs, compared: &Compared) -> Vec<Annotation> {
    let level = match inputs.fail_on {
        FailOn::Worse => Level::Error,
        FailOn::Never => Level::Warning,
    };
    let worse = compared
        .rows
        .iter()
        .filter(|row| row.verdict == Verdict::Worse);
    let worse = worse.map(|row| Annotation {
        level,
        title: Some("bench".to_owned()),
        file: None,
        line: None,
        message: format!(
            "benchmark `{}` got worse:  {}",
            text::one_line(&row.name),
            row.sentence()
        ),
    });
    let gone = compared.vanished.iter().map(|name| Annotation {
        level: Level::Warning,
        title: Some("bench".to_owned()),
        file: None,
        line: None,
        message: format!(
            "benchmark `{}` is gone: only base has it",
            text::one_line(name)
        ),
    });
    worse.chain(gone).collect()
}

/// What was measured on main.
pub(crate) fn recorded(
    cx: &Context,
    results: &[BenchmarkResult],
    page: Option<&str>,
) -> anyhow::Result<()> {
    let mut table = Table::new(&["benchmark", "median"]);
    for one in results {
        table.row([one.name.clone(), quantity(one.value, &one.unit)]);
    }
    cx.log.info(table.to_text().trim_end());
    let mut summary = Summary::new();
    summary.heading("Benchmarks").table(&table);
    if let Some(page) = page {
        cx.log.info(format!("history: {page}"));
        summary.paragraph(&format!("History: {}", text::markdown(page)));
    }
    cx.write_summary(&summary)
}
