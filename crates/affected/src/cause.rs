//! Why a package is affected by itself, before its dependents are asked.

use crate::graph::Id;

/// How far an effect reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// The package alone, as with its tests: what depends on it is built as before.
    Itself,
    /// Everything that depends on it, too.
    Dependents,
}

/// A package that the change affects directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The package.
    pub package: Id,
    /// How far it reaches.
    pub reach: Reach,
    /// The changed file that is responsible.
    pub file: String,
    /// What has happened, as in `` `src/lib.rs` has changed ``.
    pub text: String,
    /// Folder of the one workspace whose builds notice; `None` for all.
    pub(crate) within: Option<String>,
}

impl Cause {
    pub(crate) fn new(package: &Id, reach: Reach, file: &str, text: impl Into<String>) -> Self {
        Self {
            package: package.clone(),
            reach,
            file: file.to_owned(),
            text: text.into(),
            within: None,
        }
    }

    /// The same for the builds of one workspace only, as with its lock file.
    pub(crate) fn within(self, workspace: &str) -> Self {
        Self {
            within: Some(workspace.to_owned()),
            ..self
        }
    }

    pub(crate) fn changed(package: &Id, reach: Reach, file: &str) -> Self {
        Self::new(package, reach, file, format!("`{file}` has changed"))
    }
}
