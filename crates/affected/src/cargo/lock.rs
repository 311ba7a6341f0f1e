//! Which members of a workspace notice a change of its lock file: those whose dependencies, near or far, are other ones.

use std::collections::{BTreeMap, BTreeSet};

use cargo_lock::{Dependency, Lockfile, Package};

use super::{Cause, Id, Reach, Workspace, reach};

/// What tells two packages of a lock file apart.
type Identity = (String, String, Option<String>);

/// A lock file, to be asked by identity.
struct Locked<'a> {
    packages: BTreeMap<Identity, &'a Package>,
}

/// What has changed below the packages of a lock file.
struct Changes<'a> {
    before: Locked<'a>,
    after: Locked<'a>,
    /// For each package whether something has changed, and what.
    known: BTreeMap<Identity, Option<String>>,
}

pub(super) fn causes(before: &Workspace, after: &Workspace) -> Vec<Cause> {
    let path = &after.lock_path;
    let all = |text: String| {
        let members = after.dependencies.keys();
        members
            .map(|id| Cause::new(id, Reach::Dependents, path, text.clone()))
            .collect()
    };
    let (old, new) = match (&before.lock, &after.lock) {
        (None, None) => return Vec::new(),
        (None, Some(_)) => return all(format!("`{path}` is new")),
        (Some(_), None) => return all(format!("`{path}` is gone")),
        (Some(old), Some(new)) => (old, new),
    };
    let mut changes = Changes {
        before: Locked::new(old),
        after: Locked::new(new),
        known: BTreeMap::new(),
    };
    let mut causes = Vec::new();
    for (id, names) in &after.dependencies {
        let Some(member) = after.locked(id) else {
            continue;
        };
        let earlier = before.locked(id);
        for dependency in &member.dependencies {
            let Some(in_tests_only) = names.get(dependency.name.as_str()) else {
                continue;
            };
            if let Some(what) = changes.of_dependency(after, earlier, dependency) {
                let text = format!("{what} in `{path}`");
                causes.push(Cause::new(id, reach(*in_tests_only), path, text));
            }
        }
    }
    causes
}

impl Workspace {
    /// The entry of a member in the lock file.
    fn locked(&self, id: &Id) -> Option<&Package> {
        let name = self.names.get(id)?;
        let packages = self.lock.as_ref()?.packages.iter();
        let mut packages = packages.filter(|it| it.source.is_none());
        packages.find(|it| it.name.as_str() == name)
    }

    /// Members by this name.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Id> {
        let names = self.names.iter();
        names.filter_map(move |(id, it)| (it == name).then_some(id))
    }

    /// Members that depend on a package from elsewhere, by way of other such packages, too.
    pub(super) fn transitive_users(&self, name: &str) -> Vec<(Id, Reach)> {
        let Some(lock) = &self.lock else {
            return Vec::new();
        };
        let mut users = BTreeSet::from([name.to_owned()]);
        loop {
            let count = users.len();
            for package in lock.packages.iter().filter(|it| it.source.is_some()) {
                let mut uses = package.dependencies.iter();
                if uses.any(|it| users.contains(it.name.as_str())) {
                    users.insert(package.name.to_string());
                }
            }
            if users.len() == count {
                break;
            }
        }
        let members = self.dependencies.iter();
        let members = members.filter_map(|(id, names)| {
            let used = names.iter().filter(|(name, _)| users.contains(*name));
            let in_tests_only = used.map(|(_, in_tests_only)| *in_tests_only);
            let in_tests_only = in_tests_only.reduce(|a, b| a && b)?;
            Some((id.clone(), reach(in_tests_only)))
        });
        members.collect()
    }
}

impl<'a> Locked<'a> {
    fn new(lock: &'a Lockfile) -> Self {
        let packages = lock.packages.iter();
        Self {
            packages: packages.map(|it| (identity(it), it)).collect(),
        }
    }

    /// The versions of a package.
    fn versions(&self, name: &str) -> Vec<&str> {
        let all = self.packages.keys();
        let named = all.filter(|(it, _, _)| it == name);
        named.map(|(_, version, _)| version.as_str()).collect()
    }
}

impl Changes<'_> {
    /// What has changed in or below a dependency of a member; `None` for another member, which answers for itself.
    fn of_dependency(
        &mut self,
        workspace: &Workspace,
        earlier: Option<&Package>,
        dependency: &Dependency,
    ) -> Option<String> {
        let is_member = dependency.source.is_none()
            && workspace.named(dependency.name.as_str()).next().is_some();
        if is_member {
            return None;
        }
        let wanted = of_dependency(dependency);
        if let Some(what) = self.of(&wanted) {
            return Some(what);
        }
        // It has another one of the versions that were there before, too.
        let mut before = earlier.into_iter().flat_map(|it| &it.dependencies);
        let had = before.any(|it| of_dependency(it) == wanted);
        (!had).then(|| format!("`{}` is now {}", dependency.name, dependency.version))
    }

    fn of(&mut self, identity: &Identity) -> Option<String> {
        if let Some(known) = self.known.get(identity) {
            return known.clone();
        }
        // Until more is known, for what depends on itself.
        self.known.insert(identity.clone(), None);
        let found = self.look(identity);
        self.known.insert(identity.clone(), found.clone());
        found
    }

    fn look(&mut self, identity: &Identity) -> Option<String> {
        let package = *self.after.packages.get(identity)?;
        let (name, version, _) = identity;
        let Some(before) = self.before.packages.get(identity).copied() else {
            let now = self.after.versions(name);
            let old: Vec<&str> = self.before.versions(name);
            let gone: Vec<&str> = old.into_iter().filter(|it| !now.contains(it)).collect();
            return Some(match gone.as_slice() {
                [] => format!("`{name}` {version} is new"),
                gone => format!("`{name}` is now {version}, before {}", gone.join(" and ")),
            });
        };
        if package.checksum != before.checksum {
            return Some(format!("`{name}` {version} has another checksum"));
        }
        for dependency in &package.dependencies {
            if let Some(what) = self.of(&of_dependency(dependency)) {
                return Some(match what.starts_with("through ") {
                    true => format!(
                        "through `{name}` and {}",
                        what.trim_start_matches("through ")
                    ),
                    false => format!("through `{name}`: {what}"),
                });
            }
        }
        let uses = |package: &Package| -> BTreeSet<Identity> {
            package.dependencies.iter().map(of_dependency).collect()
        };
        (uses(package) != uses(before)).then(|| format!("`{name}` has different dependencies"))
    }
}

fn identity(package: &Package) -> Identity {
    let source = package.source.as_ref().map(ToString::to_string);
    (
        package.name.to_string(),
        package.version.to_string(),
        source,
    )
}

fn of_dependency(dependency: &Dependency) -> Identity {
    let source = dependency.source.as_ref().map(ToString::to_string);
    (
        dependency.name.to_string(),
        dependency.version.to_string(),
        source,
    )
}
