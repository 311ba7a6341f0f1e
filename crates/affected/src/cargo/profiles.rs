//! What a workspace's own manifest sets for its members: profiles and the resolver.

use serde_json::{Map, Value, json};

use super::{Cause, Id, Reach, Workspace};

/// The table of a profile that is for one package.
const OF_PACKAGES: &str = "package";

/// What the manifest of a workspace sets for the builds of its members.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    for_all: Value,
    /// By profile and package.
    for_one: Map<String, Value>,
}

impl Settings {
    pub(super) fn new(manifest: &toml::Table) -> Self {
        let resolver = |key: &str| manifest.get(key).and_then(|it| it.get("resolver"));
        let mut profiles = json!(manifest.get("profile"));
        let mut for_one = Map::new();
        for (profile, settings) in profiles.as_object_mut().into_iter().flatten() {
            let packages = settings.as_object_mut();
            let packages = packages.and_then(|it| it.remove(OF_PACKAGES));
            let packages = packages.as_ref().and_then(Value::as_object);
            for (package, settings) in packages.into_iter().flatten() {
                for_one.insert(format!("{profile}/{package}"), settings.clone());
            }
        }
        Self {
            for_all: json!([
                profiles,
                resolver("workspace"),
                resolver("package"),
                manifest.get("replace"),
            ]),
            for_one,
        }
    }
}

pub(super) fn causes(before: &Workspace, after: &Workspace) -> Vec<Cause> {
    let (old, new) = (&before.settings, &after.settings);
    let manifest = &after.manifest;
    let mut causes = Vec::new();
    let mut add = |id: &Id, reach, text: String| {
        causes.push(Cause::new(id, reach, manifest, text));
    };
    if old.for_all != new.for_all {
        for id in after.dependencies.keys() {
            let text = format!("the profiles or the resolver of `{manifest}` have changed");
            add(id, Reach::Dependents, text);
        }
    }
    let keys = new.for_one.keys().chain(old.for_one.keys());
    for key in keys.filter(|key| old.for_one.get(*key) != new.for_one.get(*key)) {
        let package = key.split_once('/').map_or(key.as_str(), |(_, name)| name);
        let text = format!("the profile of `{package}` in `{manifest}` has changed");
        // It may have a version, and `*` is all that are no members.
        let name = package.rsplit('#').next().unwrap_or(package);
        let name = name.split('@').next().unwrap_or(name);
        match name {
            "*" => {
                for id in after.dependencies.keys() {
                    add(id, Reach::Dependents, text.clone());
                }
            }
            name => {
                let elsewhere = after.transitive_users(name);
                for (id, reach) in elsewhere {
                    add(&id, reach, text.clone());
                }
                for id in after.named(name) {
                    add(id, Reach::Dependents, text.clone());
                }
            }
        }
    }
    causes
}
