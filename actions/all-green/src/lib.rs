//! One required status for a whole workflow: a skipped job counts as success for GitHub, so something must look closer.

mod needs;

use actions_core::{Action, Annotation, Context, Done, Level, Summary, Table, list, text::counted};
use anyhow::Context as _;
use schemars::JsonSchema;
use serde::Serialize;

use needs::{Judgement, Needs, Plan};

/// What the action says about itself.
pub const ACTION: Action = Action {
    id: "all-green",
    name: "All green",
    description: "One required status check for a workflow: it fails if a job it needs failed, was cancelled, or was skipped although the plan did not exclude it.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "check-circle",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    /// This job's `needs` context as JSON, from the expression `toJSON(needs)`
    #[arg(long, value_name = "JSON")]
    pub needs: String,
    /// The `plan` output of the plan action; jobs that the plan excludes may be skipped
    #[arg(long, value_name = "JSON")]
    pub plan: Option<String>,
    /// Jobs that may be skipped
    #[arg(long, value_name = "JOBS")]
    pub allow_skips: Vec<String>,
    /// Jobs that may fail
    #[arg(long, value_name = "JOBS")]
    pub allow_failures: Vec<String>,
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// `passed` or `found`.
    pub verdict: &'static str,
}

/// Looks at every job that this one needs.
pub fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let needs = Needs::parse(&inputs.needs)
        .context("failed to read the input `needs`: set it to `${{ toJSON(needs) }}`")?;
    let plan = inputs
        .plan
        .as_deref()
        .map(Plan::parse)
        .transpose()
        .context(
            "failed to read the input `plan`: set it to the `plan` output of the plan action",
        )?;
    needs.refuse_unknown("allow-skips", &inputs.allow_skips)?;
    needs.refuse_unknown("allow-failures", &inputs.allow_failures)?;

    let judged = needs.judge(plan.as_ref(), &inputs.allow_skips, &inputs.allow_failures);
    report(cx, &judged)?;
    let bad: Vec<&str> = judged
        .iter()
        .filter(|one| !one.good)
        .map(|one| one.job.as_str())
        .collect();
    if bad.is_empty() {
        let jobs = counted(judged.len(), "job");
        cx.log.info(format!("all green: {jobs}"));
        return Ok(Done::passed(Outputs { verdict: "passed" }));
    }
    cx.log.info(format!("not green: {}", list(&bad)));
    Ok(Done::found(Outputs { verdict: "found" }))
}

fn report(cx: &Context, judged: &[Judgement]) -> anyhow::Result<()> {
    let mut table = Table::new(&["job", "result", "counts as", "why"]);
    for one in judged {
        let counts = if one.good { "passed" } else { "failed" };
        table.row([&one.job, &one.result, counts, &one.why]);
    }
    cx.log.info(table.to_text().trim_end());
    let mut summary = Summary::new();
    summary.heading("All green").table(&table);
    cx.write_summary(&summary)?;
    let annotations = judged
        .iter()
        .filter(|one| !one.good)
        .map(|one| Annotation {
            level: Level::Error,
            title: Some(ACTION.id.to_owned()),
            file: None,
            line: None,
            message: format!("job `{}`: {}", one.job, one.why),
        })
        .collect();
    cx.log.annotate(annotations);
    Ok(())
}
