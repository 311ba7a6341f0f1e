//! One run of a command, and what it measured.

mod criterion;
mod json;

use std::time::Instant;

use actions_core::Context;
use anyhow::{Context as _, bail};
use bench_statistics::{Good, Measurement, Run};

use crate::inputs::{Inputs, Source};
use crate::program::Command;

/// Runs a command once.
pub(crate) async fn run(cx: &Context, inputs: &Inputs, command: &Command) -> anyhow::Result<Run> {
    let measurements = match inputs.measure {
        Source::Json => {
            let written = command.output(cx, command.program()).await?;
            json::read(&written)
        }
        Source::Criterion => {
            let home = tempfile::tempdir_in(cx.temp_dir())
                .context("failed to create a temporary folder")?;
            let program = command.program().env("CRITERION_HOME", home.path());
            command.output(cx, program).await?;
            criterion::read(home.path())
        }
        Source::Time => Ok(vec![time(cx, command).await?]),
    };
    let failed = || format!("failed to read the results of {}", command.side);
    let run = Run::new(
        measurements
            .with_context(failed)?
            .into_iter()
            .map(|one| one.measurement(&inputs.higher_is_better)),
    );
    run.with_context(failed)
}

async fn time(cx: &Context, command: &Command) -> anyhow::Result<Value> {
    let program = command.program();
    let started = Instant::now();
    command.output(cx, program).await?;
    Ok(Value {
        name: "time".to_owned(),
        value: started.elapsed().as_secs_f64() * 1000.0,
        unit: "ms".to_owned(),
    })
}

/// A result as a source has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value {
    name: String,
    value: f64,
    unit: String,
}

impl Value {
    fn measurement(self, higher_is_better: &[String]) -> Measurement {
        let good = match higher_is_better.contains(&self.unit) {
            true => Good::Higher,
            false => Good::of_unit(&self.unit),
        };
        Measurement {
            name: self.name,
            value: self.value,
            unit: self.unit,
            good,
        }
    }
}

/// Results that are too long to be names would fill the summary.
const LONGEST: usize = 200;

fn check_names(values: &[Value]) -> anyhow::Result<()> {
    let long = |text: &str| text.chars().count() > LONGEST;
    match values.iter().find(|one| long(&one.name) || long(&one.unit)) {
        None => Ok(()),
        Some(one) => {
            let start: String = one.name.chars().take(40).collect();
            bail!(
                "the name or the unit of benchmark `{start}…` is longer than {LONGEST} characters"
            )
        }
    }
}
