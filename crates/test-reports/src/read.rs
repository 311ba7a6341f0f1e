//! Reports of pytest and nextest: what failed and where, what was slow, what passed only when it was tried again.

use std::path::Path;

use anyhow::Context as _;
use roxmltree::{Document, Node};
use untrusted_input::{Checkout, ReadError, checkout};

use crate::{Case, End, Report};

/// The text of a report; the tests can put anything in its place.
fn read(path: &Path) -> Result<String, ReadError> {
    let path = checkout::absolute(path)?;
    let folder = path.parent().unwrap_or(&path);
    Checkout::around(folder)?.read_text(&path, checkout::LARGE)
}

impl Report {
    /// Reads a file of JUnit's format.
    ///
    /// # Errors
    /// It is not a regular file, too large, or not XML.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let xml = read(path)
            .with_context(|| format!("failed to read the report `{}`", path.display()))?;
        Self::parse(&xml).with_context(|| format!("failed to read the report `{}`", path.display()))
    }

    fn parse(xml: &str) -> anyhow::Result<Self> {
        let document = Document::parse(xml)?;
        let cases = document
            .descendants()
            .filter(|node| node.has_tag_name("testcase"))
            .map(case)
            .collect();
        Ok(Self {
            cases,
            ..Self::default()
        })
    }
}

fn case(node: Node<'_, '_>) -> Case {
    let attribute = |name: &str| node.attribute(name).map(str::to_owned);
    let class = node.attribute("classname").unwrap_or_default();
    let name = node.attribute("name").unwrap_or_default();
    let end = node
        .children()
        .find_map(|child| match child.tag_name().name() {
            "failure" | "error" => Some(End::Failed(text(child, name))),
            "skipped" => Some(End::Skipped),
            "flakyFailure" | "flakyError" => Some(End::Flaky(text(child, name))),
            _ => None,
        });
    let end = end.unwrap_or(End::Passed);
    let file = attribute("file");
    // pytest counts lines from 0 in this report.
    let defined = attribute("line").and_then(|line| line.parse::<u32>().ok());
    Case {
        class: class.to_owned(),
        name: name.to_owned(),
        seconds: node
            .attribute("time")
            .and_then(|time| time.parse().ok())
            .filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0),
        line: failed_at(&end, file.as_deref()).or(defined.and_then(|line| line.checked_add(1))),
        file,
        end,
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

/// The message, and below it the traceback or what the test printed. nextest repeats the message as the first line.
fn text(failure: Node<'_, '_>, test: &str) -> String {
    let message = failure.attribute("message").unwrap_or_default();
    let trace = failure.text().unwrap_or_default();
    let trace = trace.trim_start_matches(['\r', '\n']).trim_end();
    let mut whole = match trace.starts_with(message) {
        true => trace.to_owned(),
        false => format!("{message}\n{trace}").trim().to_owned(),
    };
    let beside = failure.children().chain(failure.next_siblings().skip(1));
    for output in
        beside.filter(|node| matches!(node.tag_name().name(), "system-out" | "system-err"))
    {
        // Of a panic nextest gives the same text twice.
        let output = output.text().unwrap_or_default().replace(trace, "");
        let lines: Vec<&str> = output
            .lines()
            .filter(|line| !is_of_the_harness(line, test))
            .collect();
        let output = lines.join("\n");
        if !output.trim().is_empty() {
            whole.push_str("\n\n");
            whole.push_str(output.trim());
        }
    }
    whole
}

/// What Rust's harness says of the one test that nextest runs at a time.
fn is_of_the_harness(line: &str, test: &str) -> bool {
    matches!(line, "running 1 test" | "failures:")
        || line.starts_with("test result: ")
        || line.strip_prefix("    ") == Some(test)
        || (line.starts_with("test ") && line.ends_with(" ... FAILED"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotations;

    #[cfg(unix)]
    #[test]
    fn what_a_test_puts_in_the_place_of_the_report_is_not_followed_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xml");
        for (target, told) in [
            ("/dev/zero", "points outside"),
            ("/proc/self/environ", "points outside"),
            ("pipe", "not a regular file"),
        ] {
            let pipe = folder.path().join("pipe");
            if !pipe.exists() {
                let made = std::process::Command::new("mkfifo").arg(&pipe).status();
                assert!(made.unwrap().success());
            }
            std::os::unix::fs::symlink(target, &path).unwrap();
            let error = format!("{:#}", Report::read(&path).unwrap_err());
            assert!(error.contains(told), "{error}");
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn numbers_beyond_all_reason_are_left_out() {
        let report = Report::parse(
            r#"<testcase name="a" file="a.py" line="4294967295" time="1e999"><failure/></testcase>"#,
        )
        .unwrap();
        assert_eq!(annotations(&report)[0].line, None);
        assert_eq!(report.cases[0].seconds, None);
    }

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
        assert_eq!(report.slowest(1)[0].full_name(), "tests.test_a::test_good");
    }

    #[test]
    fn a_failure_is_shown_at_the_line_of_the_test_that_failed() {
        let annotations = annotations(&Report::parse(XML).unwrap());
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
    fn a_test_that_passed_on_retry_is_flaky_and_keeps_its_first_failure() {
        let xml = r#"<testsuites><testsuite name="a"><testcase name="tests::x" classname="a" time="0.1">
            <flakyFailure message="panicked at src/lib.rs:3:5" type="test failure">panicked at src/lib.rs:3:5:
no<system-out>
running 1 test
hello
test tests::x ... FAILED

failures:

failures:
    tests::x

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 6 filtered out; finished in 0.23s
</system-out></flakyFailure>
            <flakyFailure message="other"/></testcase>
            <testcase name="tests::y" classname="a"><failure message="m">m: more</failure><system-out>out</system-out><system-err>m: more</system-err></testcase>
            </testsuite></testsuites>"#;
        let report = Report::parse(xml).unwrap();
        assert_eq!((report.passed(), report.failed()), (1, 1));
        assert_eq!(
            report.cases[0].end,
            End::Flaky("panicked at src/lib.rs:3:5:\nno\n\nhello".to_owned())
        );
        assert_eq!(
            report.cases[1].end,
            End::Failed("m: more\n\nout".to_owned())
        );
    }

    #[test]
    fn a_report_that_is_not_xml_is_an_error() {
        assert!(Report::parse("<testsuites>").is_err());
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use crate::annotations;

    #[test]
    fn a_report_is_read_or_refused_and_everything_in_it_can_be_shown() {
        let seeds = [
            r#"<testsuites><testcase classname="a" name="b" file="a.py" line="4294967295" time="1e999"/></testsuites>"#,
            "<testsuite><testcase name='b' file='a.py' time='-inf'><failure message='m'>a.py:7: x</failure></testcase></testsuite>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><testcase name='&b;'><skipped/></testcase>",
        ];
        let words = [
            "<testcase ",
            "<failure>",
            "line=\"",
            "time=\"NaN\"",
            "/>",
            "&#x10ffff;",
        ];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let Ok(report) = Report::parse(text) else {
                return;
            };
            assert!(
                report.passed() + report.skipped() + report.failed() >= report.slowest(3).len()
            );
            assert_eq!(annotations(&report).len(), report.failed());
            let slow = report.slowest(usize::MAX);
            assert!(
                slow.iter()
                    .all(|case| case.seconds.is_some_and(f64::is_finite))
            );
        });
    }
}
