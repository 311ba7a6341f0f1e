//! One step that looks through every gate of a pull request and reports them together.

mod blob;
mod comment;
mod config;
mod exceptions;
mod expiry;
mod finding;
mod gates;
mod glob;
mod group;
mod labels;
mod markdown;
mod path;
mod pull_request;
mod report;
mod selection;
mod size;
mod triggers;

use std::{collections::BTreeSet, path::PathBuf};

use actions_core::{Action, Context, Date, Done, Permission, Rule, Secret, When};
use anyhow::bail;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    expiry::Expired,
    finding::Finding,
    gates::Gate,
    pull_request::{Fact, Host, Needs, PullRequest, Reads, Want, Where},
    report::{Format, Outcome, Report, Seen},
    selection::Selected,
};

pub use config::config;
pub use gates::gates_table;

/// What the action declares about itself.
pub const ACTION: Action = Action {
    id: "pr-gates",
    name: "PR Gates",
    description: "Runs all pull request gates (labels, description, commits, files) and reports all findings together.",
    version: env!("CARGO_PKG_VERSION"),
    icon: "shield",
    workflow_defaults: &[("token", "${{ github.token }}")],
    fallbacks: &[("token", "GITHUB_TOKEN")],
    permissions: &[
        Permission {
            scope: "contents",
            access: "read",
            when: When::Always,
            reason: "`actions/checkout`, and fetching the history that a shallow clone lacks.",
        },
        Permission {
            scope: "pull-requests",
            access: "read",
            when: When::Always,
            reason: "Reads the current labels, title and description. Without it, or without a token, they come from the event, which is stale in a rerun; `--pr`, merge queues and `depends-on` have no other source and fail.",
        },
        Permission {
            scope: "issues",
            access: "read",
            when: When::Optional,
            reason: "Reads issues that a description depends on, in private repositories. Without it, `depends-on` cannot run, and the action fails.",
        },
        Permission {
            scope: "pull-requests",
            access: "write",
            when: When::Given("comment"),
            reason: "Writes the comment. Without it, there is a warning and the verdict is the same.",
        },
    ],
};

/// What can be set.
#[derive(Debug, clap::Args)]
pub struct Inputs {
    #[command(flatten)]
    required_labels: gates::required_labels::Inputs,
    #[command(flatten)]
    required_changes: gates::required_changes::Inputs,
    #[command(flatten)]
    title: gates::title::Inputs,
    #[command(flatten)]
    checkboxes: gates::checkboxes::Inputs,
    #[command(flatten)]
    branch_name: gates::branch_name::Inputs,
    #[command(flatten)]
    blocked_words: gates::blocked_words::Inputs,
    #[command(flatten)]
    conflict_markers: gates::conflict_markers::Inputs,
    #[command(flatten)]
    private_keys: gates::private_keys::Inputs,
    #[command(flatten)]
    fixup_commits: gates::fixup_commits::Inputs,
    #[command(flatten)]
    merge_commits: gates::merge_commits::Inputs,
    #[command(flatten)]
    large_files: gates::large_files::Inputs,
    #[command(flatten)]
    blocked_files: gates::blocked_files::Inputs,
    #[command(flatten)]
    symlinks: gates::symlinks::Inputs,
    #[command(flatten)]
    submodules: gates::submodules::Inputs,
    #[command(flatten)]
    lfs: gates::lfs::Inputs,
    #[command(flatten)]
    file_names: gates::file_names::Inputs,
    #[command(flatten)]
    case_collisions: gates::case_collisions::Inputs,
    #[command(flatten)]
    executable_bit: gates::executable_bit::Inputs,
    #[command(flatten)]
    text_format: gates::text_format::Inputs,
    #[command(flatten)]
    links: gates::links::Inputs,
    #[command(flatten)]
    cargo: gates::cargo::Inputs,

    /// Gates to run, or `all`.
    #[arg(long, value_name = "GATES", default_value = "all")]
    gates: Vec<Selected>,
    /// Gates whose findings are only warnings, or `all`.
    #[arg(long, value_name = "GATES")]
    report_only: Vec<Selected>,
    /// Exceptions from gates, or `all`: `large-files { bypass-label = "large file", until = 2027-01-31 }` lets pull requests with that label pass until that day; `report-only = true` lets all of them pass; after the day `expires` the gate is off. In the config file also as `[pr-gates.exceptions.large-files]`.
    #[arg(long, value_name = "RULES")]
    exceptions: Vec<Rule<Selected>>,
    /// Branch or commit to compare with, such as `main` on a laptop; defaults to the event's.
    #[arg(long, value_name = "REVISION")]
    base: Option<String>,
    /// Number of the pull request; defaults to the event's.
    #[arg(long, value_name = "NUMBER")]
    pr: Option<u64>,
    /// Where to read files and commits: the checkout (`git`) or the API (`api`). `auto` uses the checkout if there is one.
    #[arg(long, value_name = "SOURCE", value_enum, default_value = "auto")]
    source: Where,
    /// Event payload to use instead of the run's own.
    #[arg(long, value_name = "PATH")]
    event: Option<PathBuf>,
    /// Format of standard output: the log (`text`), or the report as `json` or `sarif` (2.1.0), with the log on standard error.
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    format: Format,
    /// Keep one comment with the findings on the pull request up to date; needs `pull-requests: write`. Failing to write it is only a warning.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    comment: bool,
    /// Folder to record everything that is read, without secrets, so that `--replay` can repeat the run anywhere.
    #[arg(long, value_name = "PATH", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Folder of a recorded run to read from, without network or token; pass the original inputs, or others to see what they would find.
    #[arg(long, value_name = "PATH")]
    replay: Option<PathBuf>,
    /// Token to read the pull request's current state.
    #[arg(long, value_name = "SECRET")]
    token: Option<Secret>,
}

impl Inputs {
    /// Whether the labels of the repository are worth a question to the API.
    fn name_labels(&self) -> bool {
        self.required_labels.has_rules() || self.required_changes.name_labels()
    }

    fn private_hosts(&self) -> &[Host] {
        self.links.private_hosts()
    }
}

/// What later steps read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outputs {
    /// `passed` or `found`.
    verdict: &'static str,
    /// JSON list of the gates that failed.
    failed: Vec<&'static str>,
    /// JSON list of at most 200 findings: `gate`, `level` (`error`, `warning`), `message`, `help`, and where available `file`, `line`, `commit` and `waived`, the reason why an error is only a warning.
    findings: Vec<report::Reported>,
}

/// Gathers the facts, looks through the gates, reports.
pub fn run(cx: &Context, mut inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    refuse_gates_without_a_rule(&inputs)?;
    inputs.links.refuse_sites_without_pages()?;
    exceptions::refuse_empty(&inputs.exceptions)?;
    let reads = reads(cx, &inputs)?;
    let today = exceptions::day(cx.block_on(reads.days())?);
    let expired = Expired::take(&mut inputs, today);
    let selected = selection::gates(&inputs.gates);
    let looking: Vec<&'static Gate> = selected
        .iter()
        .copied()
        .filter(|gate| expired.gate(gate).is_none())
        .collect();
    let needs = Needs {
        facts: facts(&looking, &inputs),
        contents: &|pr| contents(&looking, pr, &inputs),
        links: &|pr| links(&looking, pr, &inputs),
    };
    let mut pr = cx.block_on(pull_request::gather(cx, &inputs, &reads, &needs))?;
    let warned = pr.workflow.as_ref();
    let warned = warned.and_then(|workflow| triggers::warning(workflow, &looking, &inputs));
    cx.log.annotate(warned.into_iter().collect());
    let outcomes = selected
        .into_iter()
        .map(|gate| look(gate, &mut pr, &inputs, &expired, today))
        .collect();
    let report = Report::new(&pr.subject, outcomes);
    report.show(cx)?;
    if let Some(data) = report.data(inputs.format) {
        cx.log.raw(&data);
    }
    if inputs.comment && inputs.replay.is_none() {
        comment::keep(cx, inputs.token.as_ref(), &pr, &report);
    }
    let outputs = Outputs {
        verdict: report.verdict(),
        failed: report.failed(),
        findings: report.reported(),
    };
    match report.cannot_look() {
        Some(message) => bail!("{message}"),
        None if outputs.failed.is_empty() => Ok(Done::passed(outputs)),
        None => Ok(Done::found(outputs)),
    }
}

/// The world, or a recording of it.
fn reads(cx: &Context, inputs: &Inputs) -> anyhow::Result<Reads> {
    let secret = inputs.token.as_ref();
    let secret = secret.map(|token| token.expose().to_owned());
    let reads = match (&inputs.record, &inputs.replay) {
        (Some(folder), _) => Reads::record(folder, secret)?,
        (None, Some(folder)) => Reads::replay(folder)?,
        (None, None) => Reads::default(),
    };
    if let Some(file) = cx.config() {
        reads.keep_config(file)?;
    }
    Ok(reads)
}

fn facts(gates: &[&'static Gate], inputs: &Inputs) -> Vec<Fact> {
    let labels = exceptions::need_labels(inputs).then_some(Fact::Conversation);
    let needs = gates.iter().flat_map(|gate| (gate.needs)(inputs));
    needs.chain(labels).collect()
}

fn contents(gates: &[&'static Gate], pr: &PullRequest, inputs: &Inputs) -> Vec<Want> {
    gates
        .iter()
        .filter(|gate| !(gate.needs)(inputs).is_empty())
        .flat_map(|gate| (gate.reads)(pr, inputs))
        .collect()
}

fn links(gates: &[&'static Gate], pr: &PullRequest, inputs: &Inputs) -> BTreeSet<String> {
    match gates.iter().any(|gate| gate.id == gates::links::GATE.id) {
        true => inputs.links.to_other_sites(pr),
        false => BTreeSet::new(),
    }
}

fn look(
    gate: &'static Gate,
    pr: &mut PullRequest,
    inputs: &Inputs,
    expired: &Expired,
    today: Date,
) -> Outcome {
    let needs = (gate.needs)(inputs);
    let lacking: Vec<String> = needs.iter().filter_map(|fact| pr.lacks(*fact)).collect();
    let seen = match expired.gate(gate) {
        Some(day) => Seen::Expired(day),
        None if needs.is_empty() => Seen::Off,
        None if lacking.len() == needs.len() => Seen::Nothing(lacking.join("; ")),
        None if lacking.is_empty() => Seen::All,
        None => Seen::Part(lacking.join("; ")),
    };
    let mut findings: Vec<Finding> = match seen {
        Seen::All | Seen::Part(_) => group::findings(gate, pr, inputs, today),
        Seen::Off | Seen::Expired(_) | Seen::Nothing(_) => Vec::new(),
    };
    findings.extend(expired.warnings(gate));
    Outcome {
        gate,
        seen,
        findings,
    }
}

/// Whoever names a gate wants it to say something: that it has no rule must not look like a pass.
fn refuse_gates_without_a_rule(inputs: &Inputs) -> anyhow::Result<()> {
    for selected in &inputs.gates {
        if let Selected::One(gate) = selected
            && (gate.needs)(inputs).is_empty()
        {
            let id = gate.id;
            bail!("could not run the gate `{id}`: it has no rule, set one with `{id}`");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inputs_are_declared_without_contradiction() {
        let spec = actions_core::spec::spec::<Inputs, Outputs>(&ACTION);
        assert!(
            spec.inputs
                .iter()
                .any(|input| input.name == "max-file-size")
        );
        let outputs: Vec<&str> = spec.outputs.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(outputs, ["verdict", "failed", "findings"]);
    }
}
