//! Writes a report, for the tools that keep and compare them.

use std::{fmt::Write as _, fs, io::ErrorKind, path::Path};

use anyhow::Context as _;
use quick_xml::escape::escape;

use crate::{Case, End, Report};

/// Removes the report of an earlier run, which must not be taken for this one's.
///
/// # Errors
/// It cannot be removed.
pub fn forget(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(err) if err.kind() != ErrorKind::NotFound => {
            Err(err).with_context(|| format!("failed to remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}

impl Report {
    /// Writes the report, and the folders above it. `name` is the name of the run.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path, name: &str) -> anyhow::Result<()> {
        let folder = path.parent().unwrap_or(path);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(path, self.to_xml(name)))
            .with_context(|| format!("failed to write the report `{}`", path.display()))
    }

    fn to_xml(&self, name: &str) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let seconds: f64 = self.cases.iter().filter_map(|case| case.seconds).sum();
        let _infallible = self.write_to(&mut xml, name, seconds);
        xml
    }

    fn write_to(&self, xml: &mut String, name: &str, seconds: f64) -> std::fmt::Result {
        writeln!(
            xml,
            "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{seconds:.3}\">",
            escaped(name),
            self.cases.len(),
            self.failed(),
        )?;
        let mut classes: Vec<&str> = Vec::new();
        for case in &self.cases {
            if !classes.contains(&case.class.as_str()) {
                classes.push(&case.class);
            }
        }
        for class in classes {
            let of_class = || self.cases.iter().filter(|case| case.class == class);
            let failed = of_class().filter(|case| matches!(case.end, End::Failed(_)));
            writeln!(
                xml,
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\">",
                escaped(class),
                of_class().count(),
                failed.count(),
            )?;
            for case in of_class() {
                case.write(xml)?;
            }
            writeln!(xml, "  </testsuite>")?;
        }
        writeln!(xml, "</testsuites>")
    }
}

impl Case {
    fn write(&self, xml: &mut String) -> std::fmt::Result {
        let (class, name) = (escaped(&self.class), escaped(&self.name));
        write!(xml, "    <testcase classname=\"{class}\" name=\"{name}\"")?;
        if let Some(seconds) = self.seconds {
            write!(xml, " time=\"{seconds:.3}\"")?;
        }
        if let Some(file) = &self.file {
            write!(xml, " file=\"{}\"", escaped(file))?;
        }
        // Counted from 0, as pytest has it.
        if let Some(line) = self.line {
            write!(xml, " line=\"{}\"", line.saturating_sub(1))?;
        }
        let element = match &self.end {
            End::Passed => return writeln!(xml, "/>"),
            End::Skipped => return writeln!(xml, "><skipped/></testcase>"),
            End::Failed(_) => "failure",
            End::Flaky(_) => "flakyFailure",
        };
        let (first, rest) = self.text().split_once('\n').unwrap_or((self.text(), ""));
        let (first, rest) = (escaped(first), escaped(rest));
        writeln!(
            xml,
            "><{element} message=\"{first}\">{rest}</{element}></testcase>"
        )
    }
}

/// As text or as the value of an attribute. XML has no place for most control characters.
fn escaped(text: &str) -> String {
    let can_stand = |c: char| !c.is_control() && !('\u{fffe}'..='\u{ffff}').contains(&c);
    let clean: String = text
        .chars()
        .filter(|&c| can_stand(c) || "\t\n".contains(c))
        .collect();
    escape(clean).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("junit.xml");
        testkit::fuzz::texts(
            &["a<b>&\"c\"", "]]>\u{1b}[31m", "x\ny"],
            &["<", "&", "\u{0}"],
            |text| {
                let one = |end: End| Case {
                    class: "c".to_owned(),
                    name: text.to_owned(),
                    seconds: Some(0.5),
                    file: None,
                    line: None,
                    end,
                };
                let report = Report {
                    cases: vec![
                        one(End::Passed),
                        one(End::Skipped),
                        one(End::Failed(text.to_owned())),
                        one(End::Flaky(text.to_owned())),
                    ],
                    ..Report::default()
                };
                report.write(&path, "run").unwrap();
                let read = Report::read(&path).unwrap();
                let ends = |report: &Report| {
                    (
                        report.passed(),
                        report.skipped(),
                        report.failed(),
                        report.flaky(),
                    )
                };
                assert_eq!(ends(&read), ends(&report));
            },
        );
        let case = Case {
            class: "a::b".to_owned(),
            name: "<it> & \"that\"".to_owned(),
            seconds: Some(1.25),
            file: Some("src/lib.rs".to_owned()),
            line: Some(7),
            end: End::Failed("first\n  second".to_owned()),
        };
        let report = Report {
            cases: vec![case.clone()],
            ..Report::default()
        };
        report.write(&path, "run").unwrap();
        assert_eq!(Report::read(&path).unwrap().cases, [case]);
    }
}
