//! Which features are on where a whole workspace is built: what one crate asks for, all others get, too.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{Dependency, Package};

use super::{Cause, Id, Reach, Workspace};

type Names = BTreeSet<String>;

/// The features that are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    /// Of crates of the repository.
    here: BTreeMap<Id, Names>,
    /// Of others, as far as the members ask for them, by name.
    elsewhere: BTreeMap<String, Names>,
}

/// While they are worked out.
struct Resolver<'a> {
    /// The package of the repository that a dependency is.
    used: &'a dyn Fn(&Dependency) -> Option<Id>,
    on: Features,
    /// Optional dependencies that are on, by the names that their users give them.
    enabled: BTreeSet<(Id, String)>,
}

impl Features {
    pub(super) fn of(
        built: &BTreeMap<Id, &Package>,
        members: &BTreeSet<Id>,
        used: &dyn Fn(&Dependency) -> Option<Id>,
    ) -> Self {
        let mut resolver = Resolver {
            used,
            on: Self::default(),
            enabled: BTreeSet::new(),
        };
        for id in members {
            resolver.add(id, "default");
        }
        loop {
            let (on, enabled) = (resolver.on.clone(), resolver.enabled.len());
            for (id, package) in built {
                resolver.follow(id, package);
            }
            if resolver.on == on && resolver.enabled.len() == enabled {
                return resolver.on;
            }
        }
    }
}

impl Resolver<'_> {
    fn add(&mut self, id: &Id, feature: &str) {
        let names = self.on.here.entry(id.clone()).or_default();
        names.insert(feature.to_owned());
    }

    fn follow(&mut self, id: &Id, package: &Package) {
        let on = self.on.here.get(id).cloned().unwrap_or_default();
        let all = || {
            package
                .features
                .iter()
                .filter(|(name, _)| on.contains(*name))
        };
        for item in all().flat_map(|(_, items)| items) {
            if let Some(name) = item.strip_prefix("dep:") {
                self.enabled.insert((id.clone(), name.to_owned()));
            } else if let Some((name, feature)) = item.split_once('/') {
                let (name, weak) = match name.strip_suffix('?') {
                    Some(name) => (name, true),
                    None => (name, false),
                };
                if !weak {
                    self.enabled.insert((id.clone(), name.to_owned()));
                }
                for one in package.dependencies.iter().filter(|it| key(it) == name) {
                    if self.is_enabled(id, one) {
                        self.ask(one, feature);
                    }
                }
            } else {
                self.add(id, item);
            }
        }
        for one in &package.dependencies {
            if self.is_enabled(id, one) {
                let default = one.uses_default_features.then_some("default");
                let features = one.features.iter().map(String::as_str);
                features.chain(default).for_each(|it| self.ask(one, it));
            }
        }
    }

    fn is_enabled(&self, id: &Id, dependency: &Dependency) -> bool {
        let enabled = || (id.clone(), key(dependency).to_owned());
        !dependency.optional || self.enabled.contains(&enabled())
    }

    fn ask(&mut self, dependency: &Dependency, feature: &str) {
        match (self.used)(dependency) {
            Some(id) => self.add(&id, feature),
            None => {
                let names = self.on.elsewhere.entry(dependency.name.clone());
                names.or_default().insert(feature.to_owned());
            }
        }
    }
}

/// The name by which its user knows it.
fn key(dependency: &Dependency) -> &str {
    dependency.rename.as_deref().unwrap_or(&dependency.name)
}

/// The crates that are built with other features than before. Which manifest asks for them is not known.
pub(super) fn causes(before: &Workspace, after: &Workspace) -> Vec<Cause> {
    let mut causes = Vec::new();
    let (old, new) = (&before.features, &after.features);
    let mut add = |id: &Id, reach, text| {
        causes.push(Cause::new(id, reach, &after.manifest, text));
    };
    for (id, names) in &new.here {
        if let Some(what) = old.here.get(id).and_then(|old| differing(old, names)) {
            add(
                id,
                Reach::Dependents,
                format!("its features have changed: {what}"),
            );
        }
    }
    for (name, names) in &new.elsewhere {
        if let Some(what) = old
            .elsewhere
            .get(name)
            .and_then(|old| differing(old, names))
        {
            for (id, reach) in after.transitive_users(name) {
                add(
                    &id,
                    reach,
                    format!("the features of `{name}` have changed: {what}"),
                );
            }
        }
    }
    causes
}

fn differing(old: &Names, new: &Names) -> Option<String> {
    let added = new.difference(old).map(|name| format!("+{name}"));
    let removed = old.difference(new).map(|name| format!("-{name}"));
    let all: Vec<String> = added.chain(removed).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
