//! pytest's JUnit report: what failed and where, what was slow.

use std::{fs, path::Path};

use actions_core::{Annotation, Level};
use anyhow::Context as _;
use roxmltree::{Document, Node};

/// All tests of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    cases: Vec<Case>,
}

/// One test.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) seconds: f64,
    file: Option<String>,
    line: Option<u32>,
    end: End,
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Passed,
    Skipped,
    /// With what pytest wrote about it.
    Failed(String),
}

/// How many lines of a failure an annotation repeats.
const LINES: usize = 20;

impl Report {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let xml = fs::read_to_string(path)
            .with_context(|| format!("failed to read the report `{}`", path.display()))?;
        Self::parse(&xml).with_context(|| format!("failed to read the report `{}`", path.display()))
    }

    fn parse(xml: &str) -> anyhow::Result<Self> {
        let document = Document::parse(xml)?;
        let cases = document
            .descendants()
            .filter(|node| node.has_tag_name("testcase"))
            .map(Case::of)
            .collect();
        Ok(Self { cases })
    }

    pub(crate) fn passed(&self) -> usize {
        self.cases
            .iter()
            .filter(|case| case.end == End::Passed)
            .count()
    }

    pub(crate) fn skipped(&self) -> usize {
        self.cases
            .iter()
            .filter(|case| case.end == End::Skipped)
            .count()
    }

    pub(crate) fn failed(&self) -> usize {
        self.failures().count()
    }

    pub(crate) fn failures(&self) -> impl Iterator<Item = &Case> {
        self.cases
            .iter()
            .filter(|case| matches!(case.end, End::Failed(_)))
    }

    pub(crate) fn slowest(&self, count: usize) -> Vec<&Case> {
        let mut cases: Vec<&Case> = self.cases.iter().collect();
        cases.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        cases.truncate(count);
        cases
    }

    pub(crate) fn annotations(&self) -> Vec<Annotation> {
        self.failures()
            .map(|case| Annotation {
                level: Level::Error,
                title: Some(case.name.clone()),
                file: case.file.clone(),
                line: case.line,
                message: case
                    .text()
                    .lines()
                    .take(LINES)
                    .collect::<Vec<_>>()
                    .join("\n"),
            })
            .collect()
    }
}

impl Case {
    fn of(node: Node<'_, '_>) -> Self {
        let attribute = |name: &str| node.attribute(name).map(str::to_owned);
        let class = node.attribute("classname").unwrap_or_default();
        let name = node.attribute("name").unwrap_or_default();
        let end = node
            .children()
            .find_map(|child| match child.tag_name().name() {
                "failure" | "error" => Some(End::Failed(text(child))),
                "skipped" => Some(End::Skipped),
                _ => None,
            });
        let end = end.unwrap_or(End::Passed);
        let file = attribute("file");
        // pytest counts lines from 0 in this report.
        let defined = attribute("line").and_then(|line| line.parse::<u32>().ok());
        Self {
            name: match class {
                "" => name.to_owned(),
                class => format!("{class}::{name}"),
            },
            seconds: node
                .attribute("time")
                .and_then(|time| time.parse().ok())
                .unwrap_or_default(),
            line: failed_at(&end, file.as_deref()).or(defined.map(|line| line + 1)),
            file,
            end,
        }
    }

    fn text(&self) -> &str {
        match &self.end {
            End::Failed(text) => text,
            End::Passed | End::Skipped => "",
        }
    }

    /// Why it failed, in one line.
    pub(crate) fn first_line(&self) -> &str {
        self.text().lines().next().unwrap_or_default()
    }
}

/// The line of the test's own file from which the failure came: what is called deeper down comes later in the traceback.
fn failed_at(end: &End, file: Option<&str>) -> Option<u32> {
    let End::Failed(text) = end else { return None };
    text.lines().find_map(|line| {
        let (number, _) = line
            .strip_prefix(file?)?
            .strip_prefix(':')?
            .split_once(':')?;
        number.parse().ok()
    })
}

/// The message, and below it the traceback.
fn text(failure: Node<'_, '_>) -> String {
    let message = failure.attribute("message").unwrap_or_default();
    let trace = failure.text().unwrap_or_default();
    format!("{message}\n{trace}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<?xml version="1.0"?><testsuites><testsuite>
        <testcase classname="tests.test_a" name="test_good" file="tests/test_a.py" line="3" time="0.5"/>
        <testcase classname="tests.test_a" name="test_bad" file="tests/test_a.py" line="7" time="0.1">
          <failure message="assert 1 == 2">def test_bad(): …

tests/test_a.py:10: 
tests/test_a.py:3: AssertionError</failure></testcase>
        <testcase classname="tests.test_a" name="test_ugly" file="tests/test_a.py" line="20" time="0.1"><failure message="no traceback"/></testcase>
        <testcase classname="tests.test_a" name="test_broken" time="0.0"><error message="fixture &quot;x&quot; not found"/></testcase>
        <testcase classname="tests.test_a" name="test_later" time="0.0"><skipped message="later"/></testcase>
        </testsuite></testsuites>"#;

    #[test]
    fn each_test_counts_once() {
        let report = Report::parse(XML).unwrap();
        assert_eq!(
            (report.passed(), report.failed(), report.skipped()),
            (1, 3, 1)
        );
        assert_eq!(report.slowest(1)[0].name, "tests.test_a::test_good");
    }

    #[test]
    fn a_failure_is_shown_at_the_line_of_the_test_that_failed() {
        let annotations = Report::parse(XML).unwrap().annotations();
        assert_eq!(annotations[0].file.as_deref(), Some("tests/test_a.py"));
        assert_eq!(annotations[0].line, Some(10));
        assert_eq!(annotations[1].line, Some(21));
        assert!(
            annotations[0]
                .message
                .starts_with("assert 1 == 2\ndef test_bad")
        );
        assert_eq!(annotations[2].message, "fixture \"x\" not found");
    }

    #[test]
    fn a_report_that_is_no_xml_is_an_error() {
        assert!(Report::parse("<testsuites>").is_err());
    }
}
