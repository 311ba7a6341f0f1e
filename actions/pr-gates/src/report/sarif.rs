//! The findings in SARIF 2.1.0, with what GitHub's code scanning wants of it.
//!
//! Source: <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Outcome, Report};
use crate::{ACTION, finding::Finding, gates::ALL};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// More results than these are refused.
const MOST_RESULTS: usize = 25_000;
/// A result must have a place; this is what others write where it has none.
const NO_FILE: &str = "no file associated with this alert";

const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

impl Report<'_> {
    pub(super) fn sarif(&self) -> Value {
        let rules: Vec<Value> = ALL
            .iter()
            .map(|gate| {
                json!({
                    "id": gate.id,
                    "shortDescription": { "text": gate.rule },
                    "fullDescription": { "text": gate.rule },
                    "help": { "text": gate.help },
                    "properties": { "tags": [gate.group.as_str()] },
                })
            })
            .collect();
        let results: Vec<Value> = self
            .findings()
            .take(MOST_RESULTS)
            .map(|(outcome, finding)| result(outcome, finding))
            .collect();
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": ACTION.id,
                    "version": ACTION.version,
                    "informationUri": env!("CARGO_PKG_REPOSITORY"),
                    "rules": rules,
                }},
                "invocations": [{ "executionSuccessful": self.cannot_look().is_none() }],
                "columnKind": "utf16CodeUnits",
                "results": results,
            }],
        })
    }
}

fn result(outcome: &Outcome, finding: &Finding) -> Value {
    let rule = ALL.iter().position(|gate| gate.id == outcome.gate.id);
    let path = finding.file.as_deref().unwrap_or(NO_FILE);
    let uri = utf8_percent_encode(path, PATH).to_string();
    let mut result = json!({
        "ruleId": outcome.gate.id,
        "ruleIndex": rule,
        "level": outcome.level(finding).as_str(),
        "message": { "text": format!("{}\n{}", finding.message, outcome.help(finding)) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri, "uriBaseId": "%SRCROOT%" },
            "region": { "startLine": finding.line.unwrap_or(1) },
        }}],
        "partialFingerprints": {
            "gateFileMessage/v1": format!("{} {path} {}", outcome.gate.id, finding.message),
        },
    });
    let mut add = |key: &str, value: Value| {
        if let Some(result) = result.as_object_mut() {
            result.insert(key.to_owned(), value);
        }
    };
    if let Some(commit) = &finding.commit {
        add("properties", json!({ "commit": commit }));
    }
    if let Some(why) = &finding.waived {
        let suppression = json!({ "kind": "external", "status": "accepted", "justification": why });
        add("suppressions", json!([suppression]));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gates::{Gate, large_files},
        pull_request::Subject,
        report::Seen,
    };

    static LARGE: Gate = large_files::GATE;

    fn results(findings: Vec<Finding>) -> Vec<Value> {
        let outcome = Outcome {
            gate: &LARGE,
            seen: Seen::All,
            findings,
        };
        let report = Report::new(&Subject::Checkout, vec![outcome]);
        let sarif = report.sarif();
        assert_eq!(sarif["version"], "2.1.0");
        let run = &sarif["runs"][0];
        let results = run["results"].as_array().unwrap().clone();
        for result in &results {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][at]["id"], result["ruleId"]);
        }
        results
    }

    #[test]
    fn every_result_has_what_code_scanning_asks_for() {
        let found = results(vec![
            Finding::new("too large").file("a b/ü%.bin").line(3),
            Finding::warning("no place"),
        ]);
        let place = &found[0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b/%C3%BC%25.bin");
        assert_eq!(place["region"]["startLine"], 3);
        assert_eq!(found[0]["level"], "error");
        assert_eq!(found[1]["level"], "warning");
        assert!(
            found[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string()
        );
        assert!(found[0].get("suppressions").is_none());
    }

    #[test]
    fn what_is_let_through_is_suppressed_with_its_reason() {
        let mut finding = Finding::new("x");
        finding.waived = Some("report only".to_owned());
        let found = results(vec![finding]);
        assert_eq!(found[0]["suppressions"][0]["justification"], "report only");
    }
}
