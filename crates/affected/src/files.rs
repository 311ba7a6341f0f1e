//! Which packages a changed file belongs to, and who notices.

use crate::cause::{Cause, Reach};
use crate::graph::{Ecosystem, Graph, Id, Package, Script, is_in};
use crate::python;

/// Folders of a crate whose files are of its tests, benchmarks and examples.
const OWN_FOLDERS: [&str; 3] = ["tests", "benches", "examples"];
/// Files that set how everything in and below their folder is built.
const SETTINGS: [&str; 4] = [
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain.toml",
    "rust-toolchain",
];
const CARGO: Ecosystem = Ecosystem::Cargo;
const PYTHON: Ecosystem = Ecosystem::Python;

/// What a changed file does.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Whether it belongs to a package, or is one of the files that describe packages.
    pub(crate) is_known: bool,
    pub(crate) causes: Vec<Cause>,
}

pub(crate) fn causes(base: Option<&Graph>, head: &Graph, file: &str) -> Found {
    let mut found = Found::default();
    for graph in [Some(head), base].into_iter().flatten() {
        found.look(graph, file, base.is_some());
        found.look_for_python(graph, file, base.is_some());
    }
    found
}

impl Found {
    fn look(&mut self, graph: &Graph, file: &str, compared: bool) {
        for (id, package) in graph.packages() {
            if let Script::Paths(paths) = &package.layout.script
                && paths.iter().any(|path| is_in(file, path))
            {
                self.add(Cause::changed(id, Reach::Dependents, file));
            }
        }
        if let Some(folder) = settings_of(file) {
            self.is_known = true;
            let crates = graph.packages().filter(|(id, _)| id.ecosystem == CARGO);
            let below = crates.filter(|(id, _)| is_in(&id.folder, folder));
            let causes: Vec<Cause> = below
                .map(|(id, _)| Cause::changed(id, Reach::Dependents, file))
                .collect();
            causes.into_iter().for_each(|cause| self.add(cause));
            return;
        }
        if graph.workspaces.values().any(|it| it.lock_path == file) {
            // What it says is compared.
            self.is_known |= compared;
            return;
        }
        let Some((id, package)) = graph.owner(CARGO, file) else {
            self.is_known |= compared && is_manifest(graph, file);
            return;
        };
        self.is_known |= !is_hidden(file) && (!id.folder.is_empty() || is_of_root(package, file));
        if compared && is_manifest(graph, file) {
            self.is_known = true;
            if package.manifest != file || package.layout.script != Script::AllFiles {
                return;
            }
        }
        if let Some(reach) = reach(id, package, file) {
            self.add(Cause::changed(id, reach, file));
        }
        self.look_around_fixture(graph, id, package, file);
    }

    fn look_for_python(&mut self, graph: &Graph, file: &str, compared: bool) {
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        if compared && (graph.python.is_manifest(file) || graph.python.is_lock(file)) {
            // What it says is compared.
            self.is_known = true;
            return;
        }
        let shared = match name {
            _ if is_other_lock(name) => {
                let text = format!("`{file}` has changed, which does not tell who uses what");
                python::below(graph, "", file, &text)
            }
            "uv.toml" | ".python-version" | ".python-versions" => {
                python::below(graph, folder, file, &format!("`{file}` has changed"))
            }
            _ => Vec::new(),
        };
        self.is_known |= !shared.is_empty();
        shared.into_iter().for_each(|cause| self.add(cause));
        let Some((id, _)) = graph.owner(PYTHON, file) else {
            return;
        };
        if is_hidden(file) || id.folder.is_empty() && !is_of_python_root(graph, id, file) {
            return;
        }
        self.add(Cause::changed(id, Reach::Dependents, file));
        // A package in the tests of another one may be what they run on.
        if let Some((outer, _)) = graph.owner(PYTHON, &id.folder)
            && below(outer, &id.folder)
                .is_some_and(|inside| ["src", "tests"].iter().any(|it| is_in(inside, it)))
        {
            self.add(Cause::changed(outer, Reach::Itself, file));
        }
    }

    /// A package of another workspace in the tests of a crate may be what they run on.
    fn look_around_fixture(&mut self, graph: &Graph, inner: &Id, package: &Package, file: &str) {
        let Some((id, outer)) = graph.owner(CARGO, &inner.folder) else {
            return;
        };
        let inside = below(id, &inner.folder);
        let is_fixture = inside.is_some_and(|inside| {
            OWN_FOLDERS.iter().any(|folder| is_in(inside, folder)) || is_in(inside, "src")
        });
        if is_fixture && outer.workspace != package.workspace {
            let reach = reach(id, outer, file).unwrap_or(Reach::Itself);
            self.add(Cause::changed(id, reach, file));
        }
    }

    fn add(&mut self, cause: Cause) {
        self.is_known |= !is_hidden(&cause.file);
        if !self.causes.contains(&cause) {
            self.causes.push(cause);
        }
    }
}

/// How far a change of a file in the package's folder reaches; `None` for what is not the package's.
fn reach(id: &Id, package: &Package, file: &str) -> Option<Reach> {
    let script = &package.layout.script;
    if *script == Script::AllFiles {
        return Some(Reach::Dependents);
    }
    if id.folder.is_empty() && !is_of_root(package, file) {
        return None;
    }
    let inside = below(id, file)?;
    let own = OWN_FOLDERS.iter().any(|folder| is_in(inside, folder))
        || package.layout.own.iter().any(|source| source == file);
    Some(match own {
        true => Reach::Itself,
        false => Reach::Dependents,
    })
}

/// A package in the root of the repository has everything below it, most of which has nothing to do with it.
fn is_of_root(package: &Package, file: &str) -> bool {
    let mut folders = OWN_FOLDERS.iter().chain(&["src"]);
    package.layout.script == Script::AllFiles
        || file.ends_with(".rs")
        || file == package.manifest
        || folders.any(|folder| is_in(file, folder))
}

/// A Python package in the root of the repository, likewise.
fn is_of_python_root(graph: &Graph, id: &Id, file: &str) -> bool {
    let folders = graph.python.sources.get(id);
    let endings = [".py", ".pyi", ".pyx", ".pxd"];
    file == python::MANIFEST
        || endings.iter().any(|ending| file.ends_with(ending))
        || folders.is_some_and(|folders| folders.iter().any(|folder| is_in(file, folder)))
}

/// Lock files that say nothing about who uses what, or in a form of their own.
fn is_other_lock(name: &str) -> bool {
    matches!(name, "poetry.lock" | "pdm.lock" | "Pipfile.lock")
        || name.starts_with("pylock.") && name.ends_with(".toml")
}

fn below<'a>(id: &Id, path: &'a str) -> Option<&'a str> {
    match id.folder.as_str() {
        "" => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

/// The folder whose builds a file sets, if it is such a file.
fn settings_of(file: &str) -> Option<&str> {
    let mut names = SETTINGS.iter();
    names.find_map(|name| {
        let folder = file.strip_suffix(name)?;
        match folder {
            "" => Some(""),
            folder => folder.strip_suffix('/'),
        }
    })
}

fn is_manifest(graph: &Graph, file: &str) -> bool {
    graph
        .packages()
        .any(|(id, it)| id.ecosystem == CARGO && it.manifest == file)
        || graph.workspaces.values().any(|it| it.manifest == file)
}

/// What is in a folder such as `.github` is not for one package alone to know.
fn is_hidden(file: &str) -> bool {
    file.starts_with('.') && settings_of(file).is_none()
}
