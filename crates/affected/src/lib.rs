//! Which packages of a repository a change affects: a pure function of the packages before and after it and of the changed files.
//!
//! It errs on the side of more: a package that cargo would build anew is always among them, with whatever features and on
//! whatever platform. It reads no file and starts no program, so its caller brings the texts (see [`Tree`]).

mod cargo;
mod cause;
mod files;
mod graph;
mod manifest;
mod python;
mod spread;

use std::collections::{BTreeMap, BTreeSet};

pub use cause::{Cause, Reach};
pub use graph::{Ecosystem, Graph, GraphError, Id, Package, Tree, Use};
pub use python::normalized;
pub use spread::Reason;

use spread::Dependents;

/// Whether a path is of a file that describes packages of one of these ecosystems, so that the packages before the change must be
/// known, too.
pub fn describes_packages(path: &str, ecosystems: &[Ecosystem]) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    ecosystems
        .iter()
        .any(|it| it.descriptions().contains(&name))
}

/// What a change affects.
#[derive(Clone, Debug)]
pub struct Affected {
    /// Each package that is affected, with the shortest way in which the change reaches it.
    pub packages: BTreeMap<Id, Reason>,
    of_files: BTreeMap<String, BTreeSet<Id>>,
}

impl Affected {
    /// The packages that one changed file affects; `None` for a file that belongs to no package.
    pub fn of_file(&self, path: &str) -> Option<&BTreeSet<Id>> {
        self.of_files.get(path)
    }
}

/// The packages that a change affects.
///
/// `base` is needed if a file that [`describes_packages`] has changed. `files` are the changed files, from the root of the
/// repository; a renamed file is there under both names.
pub fn affected(base: Option<&Graph>, head: &Graph, files: &[String]) -> Affected {
    let mut causes = Vec::new();
    let mut of_files: BTreeMap<String, BTreeSet<Id>> = BTreeMap::new();
    for file in files {
        let found = files::causes(base, head, file);
        if found.is_known {
            of_files.entry(file.clone()).or_default();
        }
        causes.extend(found.causes);
    }
    if let Some(base) = base {
        causes.extend(manifest::causes(base, head));
        causes.extend(cargo::causes(base, head));
        causes.extend(python::causes(base, head));
    }
    let dependents = Dependents::of(base, head);
    for cause in &causes {
        // What one file causes through another, as the root manifest does through members, counts for the file.
        if let Some(reached) = of_files.get_mut(&cause.file) {
            reached.extend(dependents.reached(head, cause));
        }
    }
    Affected {
        packages: spread::spread(base, head, &dependents, causes),
        of_files,
    }
}
