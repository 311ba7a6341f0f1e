//! Every rule of every kind as one table: what the README shows is what the code checks.

use std::fmt::Write as _;

use crate::error::DOOR;
use crate::krate;
use crate::plain;
use crate::rule::Rule;
use crate::sdist;
use crate::wheel;

/// One rule, as users read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What it is a rule for.
    pub subject: Subject,
    pub id: &'static str,
    /// What holds for every good package, as a sentence.
    pub promise: &'static str,
    /// Who refuses a package that breaks it, and when.
    pub enforced_by: &'static str,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Wheels and crates alike: what must hold before their own rules can be asked.
    WheelOrCrate,
    Wheel,
    /// A wheel on its way to PyPI.
    WheelForPypi,
    /// An sdist on its way to an index.
    SdistForIndex,
    /// An sdist on its way to PyPI.
    SdistForPypi,
    Crate,
    /// A crate on its way to crates.io.
    CrateForCratesIo,
    /// A file of any other kind.
    File,
    /// A folder that is one package.
    Folder,
}

impl Subject {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WheelOrCrate => "wheel, crate",
            Self::Wheel => "wheel",
            Self::WheelForPypi => "wheel, for PyPI",
            Self::SdistForIndex => "sdist, for an index",
            Self::SdistForPypi => "sdist, for PyPI",
            Self::Crate => "crate",
            Self::CrateForCratesIo => "crate, for crates.io",
            Self::File => "other file",
            Self::Folder => "folder",
        }
    }
}

/// All rules, by subject.
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for &(id, promise, enforced_by) in DOOR {
        rows.push(Row {
            subject: Subject::WheelOrCrate,
            id,
            promise,
            enforced_by,
        });
    }
    add(&mut rows, Subject::Wheel, wheel::RULES);
    add(&mut rows, Subject::WheelForPypi, wheel::PYPI_RULES);
    add(&mut rows, Subject::SdistForIndex, sdist::RULES);
    add(&mut rows, Subject::SdistForPypi, sdist::PYPI_RULES);
    add(&mut rows, Subject::Crate, krate::RULES);
    for &(id, promise, enforced_by) in krate::BETWEEN {
        rows.push(Row {
            subject: Subject::Crate,
            id,
            promise,
            enforced_by,
        });
    }
    add(&mut rows, Subject::CrateForCratesIo, krate::CRATES_IO_RULES);
    add(&mut rows, Subject::File, plain::RULES);
    add(&mut rows, Subject::Folder, plain::FOLDER_RULES);
    rows
}

fn add<T>(rows: &mut Vec<Row>, subject: Subject, rules: &[Rule<T>]) {
    rows.extend(rules.iter().map(|rule| Row {
        subject,
        id: rule.id,
        promise: rule.promise,
        enforced_by: rule.enforced_by,
    }));
}

/// The table in Markdown.
pub fn markdown() -> String {
    let mut table = String::from("| for | id | rule | enforced by |\n| --- | --- | --- | --- |\n");
    for row in rows() {
        let cell = |text: &str| text.replace('|', "\\|");
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {} | `{}` | {} | {} |",
            row.subject.as_str(),
            row.id,
            cell(row.promise),
            cell(row.enforced_by)
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rules_of_a_subject_have_one_name() {
        let mut seen = BTreeSet::new();
        for row in rows() {
            assert!(seen.insert((row.subject, row.id)), "{}", row.id);
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(row.id.chars().all(kebab), "{}", row.id);
            assert!(row.promise.ends_with(['.']), "{}", row.promise);
            assert!(!row.enforced_by.is_empty(), "{}", row.id);
        }
    }
}
