//! What a person reads of a run: annotations, a table of gates, a list of findings, one last line.

mod comment;
mod data;
mod sarif;

use actions_core::{Annotation, Context, Date, Level, Summary, Table, list, text::counted};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    finding::{Finding, Severity},
    gates::Gate,
    pull_request::{Subject, short},
};

pub(crate) use data::Format;

/// How many findings the output holds: a job's outputs may have one megabyte in all.
const MOST_REPORTED: usize = 200;

/// What a gate could see.
#[derive(Debug)]
pub(crate) enum Seen {
    /// It has no rule.
    Off,
    /// Its last day has passed.
    Expired(Date),
    /// Nothing that it looks at is there, with the reason.
    Nothing(String),
    /// Some of it is not there, with the reason.
    Part(String),
    All,
}

/// What came of one gate.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) gate: &'static Gate,
    pub(crate) seen: Seen,
    pub(crate) findings: Vec<Finding>,
}

/// What came of all of them.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    subject: &'a Subject,
    outcomes: Vec<Outcome>,
}

/// A finding as later steps read it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Reported {
    gate: &'static str,
    level: &'static str,
    message: String,
    help: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<String>,
}

impl Outcome {
    fn count(&self, severity: Severity) -> usize {
        let of_it = |finding: &&Finding| finding.severity == severity;
        self.findings.iter().filter(of_it).count()
    }

    fn says_no(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|finding| finding.severity == Severity::Error && finding.waived.is_none())
    }

    fn verdict(&self) -> String {
        match &self.seen {
            Seen::Off => "off".to_owned(),
            Seen::Expired(_) => "expired".to_owned(),
            Seen::Nothing(_) => "not applicable".to_owned(),
            _ if self.count(Severity::Misconfigured) > 0 => "could not run".to_owned(),
            _ if self.says_no() => "found".to_owned(),
            _ if self.count(Severity::Error) == 0 => "passed".to_owned(),
            _ => format!("found ({})", self.waivers().join(", ")),
        }
    }

    /// Why its findings are let through, each reason once.
    fn waivers(&self) -> Vec<&str> {
        let mut waivers: Vec<&str> = Vec::new();
        for waived in self.findings.iter().filter_map(|one| one.waived.as_deref()) {
            if !waivers.contains(&waived) {
                waivers.push(waived);
            }
        }
        waivers
    }

    fn level(&self, finding: &Finding) -> Level {
        match finding.severity {
            Severity::Error if finding.waived.is_some() => Level::Warning,
            severity => severity.level(),
        }
    }

    fn help<'a>(&self, finding: &'a Finding) -> &'a str {
        finding.help.as_deref().unwrap_or(self.gate.help)
    }

    /// The last column of its row: what to do, or why there is nothing to do.
    fn remark(&self) -> String {
        let mend = match self.findings.as_slice() {
            [] => "",
            _ if self.count(Severity::Error) > 0 => self.gate.help,
            [first, ..] => self.help(first),
        };
        match &self.seen {
            Seen::Off => format!("No rule is set; add one with `{}`.", self.gate.id),
            Seen::Expired(day) => format!("Expired after {day}."),
            Seen::Nothing(reason) => reason.clone(),
            Seen::Part(reason) => format!("Partly: {reason}. {mend}").trim_end().to_owned(),
            Seen::All => mend.to_owned(),
        }
    }

    fn annotation(&self, finding: &Finding) -> Annotation {
        Annotation {
            level: self.level(finding),
            title: Some(self.gate.id.to_owned()),
            file: finding.file.clone(),
            line: finding.line,
            message: format!("{}\n{}", finding.message, self.help(finding)),
        }
    }
}

impl<'a> Report<'a> {
    pub(crate) fn new(subject: &'a Subject, outcomes: Vec<Outcome>) -> Self {
        Self { subject, outcomes }
    }

    /// Annotations, log and step summary.
    pub(crate) fn show(&self, cx: &Context) -> anyhow::Result<()> {
        cx.log.annotate(self.annotations());
        cx.log.info(self.gates().to_text().trim_end());
        cx.log.info(self.last_line());
        let mut summary = Summary::new();
        summary
            .heading(&format!("PR Gates: {}", self.last_line()))
            .table(&self.gates())
            .table(&self.list());
        cx.write_summary(&summary)
    }

    /// The gates that say no.
    pub(crate) fn failed(&self) -> Vec<&'static str> {
        let failed = self.outcomes.iter().filter(|outcome| outcome.says_no());
        failed.map(|outcome| outcome.gate.id).collect()
    }

    pub(crate) fn verdict(&self) -> &'static str {
        match self.failed().is_empty() {
            true => "passed",
            false => "found",
        }
    }

    /// What to say where a gate could not run, because its rule is wrong.
    pub(crate) fn cannot_look(&self) -> Option<String> {
        let gates: Vec<String> = self
            .outcomes
            .iter()
            .filter(|outcome| outcome.count(Severity::Misconfigured) > 0)
            .map(|outcome| format!("`{}`", outcome.gate.id))
            .collect();
        let message = format!(
            "could not run {}: fix the rules named in the findings",
            list(&gates)
        );
        (!gates.is_empty()).then_some(message)
    }

    pub(crate) fn reported(&self) -> Vec<Reported> {
        self.all_reported().take(MOST_REPORTED).collect()
    }

    fn all_reported(&self) -> impl Iterator<Item = Reported> {
        self.findings().map(|(outcome, finding)| Reported {
            gate: outcome.gate.id,
            level: outcome.level(finding).as_str(),
            message: finding.message.clone(),
            help: outcome.help(finding).to_owned(),
            file: finding.file.clone(),
            line: finding.line,
            commit: finding.commit.clone(),
            waived: finding.waived.clone(),
        })
    }

    /// Errors before warnings, else in the order of the gates.
    fn findings(&self) -> impl Iterator<Item = (&Outcome, &Finding)> {
        let of_level = |level: Level| {
            self.outcomes.iter().flat_map(move |outcome| {
                let findings = outcome
                    .findings
                    .iter()
                    .map(move |finding| (outcome, finding));
                findings.filter(move |(outcome, finding)| outcome.level(finding) == level)
            })
        };
        of_level(Level::Error).chain(of_level(Level::Warning))
    }

    fn annotations(&self) -> Vec<Annotation> {
        self.findings()
            .map(|(outcome, finding)| outcome.annotation(finding))
            .collect()
    }

    fn gates(&self) -> Table {
        let mut table = Table::new(&["gate", "verdict", "findings", "how to fix"]);
        for outcome in &self.outcomes {
            table.row([
                outcome.gate.id.to_owned(),
                outcome.verdict(),
                outcome.findings.len().to_string(),
                outcome.remark(),
            ]);
        }
        table
    }

    fn list(&self) -> Table {
        let mut table = Table::new(&["gate", "where", "finding", "how to fix"]);
        for (outcome, finding) in self.findings() {
            let place = match (&finding.file, finding.line, &finding.commit) {
                (Some(file), Some(line), _) => format!("{file}:{line}"),
                (Some(file), None, _) => file.clone(),
                (None, _, Some(commit)) => format!("commit {}", short(commit)),
                (None, _, None) => String::new(),
            };
            table.row([
                outcome.gate.id,
                &place,
                &finding.message,
                outcome.help(finding),
            ]);
        }
        table
    }

    /// What came of it, in one line.
    fn last_line(&self) -> String {
        let looked = self
            .outcomes
            .iter()
            .filter(|outcome| matches!(outcome.seen, Seen::All | Seen::Part(_)));
        let looked = looked.count();
        if looked == 0 {
            return format!("no gate applies ({})", self.subject);
        }
        let no = self.failed();
        let findings = self.findings().count();
        let verdict = match (no.len(), self.cannot_look()) {
            (_, Some(_)) => "could not run".to_owned(),
            (0, None) => "passed".to_owned(),
            (_, None) => format!("found by {}", list(&no)),
        };
        format!(
            "{verdict} ({}, {}, {})",
            self.subject,
            counted(looked, "gate"),
            counted(findings, "finding")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::{large_files, symlinks};

    fn outcome(gate: &'static Gate, findings: Vec<Finding>) -> Outcome {
        Outcome {
            gate,
            seen: Seen::All,
            findings,
        }
    }

    static LARGE: Gate = large_files::GATE;
    static LINKS: Gate = symlinks::GATE;
    const SUBJECT: Subject = Subject::PullRequest(7);

    #[test]
    fn a_finding_fails_and_a_warning_does_not() {
        let report = |findings| Report::new(&SUBJECT, vec![outcome(&LARGE, findings)]);
        assert_eq!(report(vec![Finding::new("x")]).failed(), ["large-files"]);
        let warned = report(vec![Finding::warning("x")]);
        assert_eq!((warned.verdict(), warned.failed().len()), ("passed", 0));
        assert_eq!(
            warned.last_line(),
            "passed (pull request #7, 1 gate, 1 finding)"
        );
    }

    #[test]
    fn a_gate_that_only_reports_turns_errors_into_warnings() {
        let mut finding = Finding::new("x");
        finding.waived = Some("report only".to_owned());
        let one = outcome(&LARGE, vec![finding]);
        let report = Report::new(&SUBJECT, vec![one]);
        assert_eq!(report.verdict(), "passed");
        assert_eq!(report.annotations()[0].level, Level::Warning);
        assert_eq!(report.reported()[0].level, "warning");
        assert!(report.gates().to_text().contains("found (report only)"));
    }

    #[test]
    fn errors_come_before_warnings() {
        let report = Report::new(
            &SUBJECT,
            vec![
                outcome(&LARGE, vec![Finding::warning("first gate")]),
                outcome(&LINKS, vec![Finding::new("second gate")]),
            ],
        );
        let gates: Vec<&str> = report.reported().iter().map(|one| one.gate).collect();
        assert_eq!(gates, ["symlinks", "large-files"]);
    }

    #[test]
    fn a_wrong_rule_is_no_verdict() {
        let one = outcome(&LARGE, vec![Finding::misconfigured("x")]);
        let report = Report::new(&SUBJECT, vec![one]);
        assert!(report.cannot_look().unwrap().contains("`large-files`"));
        assert_eq!(report.annotations()[0].level, Level::Error);
    }

    #[test]
    fn the_output_holds_no_more_than_it_may() {
        let findings = (0..1000).map(|n| Finding::new(n.to_string())).collect();
        let report = Report::new(&SUBJECT, vec![outcome(&LARGE, findings)]);
        assert_eq!(report.reported().len(), MOST_REPORTED);
    }
}
