//! What manifests say that they did not say before, for the packages of all ecosystems.

use serde_json::Value;

use crate::cause::{Cause, Reach};
use crate::graph::{Graph, Id, Package, Script};

/// Packages that are new, gone, or described differently.
pub(crate) fn causes(base: &Graph, head: &Graph) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (id, package) in &head.packages {
        match base.packages.get(id) {
            None => {
                let text = format!("`{}` is new", package.manifest);
                causes.push(Cause::new(id, Reach::Dependents, &package.manifest, text));
            }
            Some(before) => causes.extend(differences(id, before, package)),
        }
    }
    for (id, package) in &base.packages {
        if !head.packages.contains_key(id) {
            let text = format!("`{}` is gone", package.manifest);
            causes.push(Cause::new(id, Reach::Dependents, &package.manifest, text));
        }
    }
    causes
}

fn differences(id: &Id, before: &Package, after: &Package) -> Vec<Cause> {
    let manifest = &after.manifest;
    let (old, new) = (&before.record, &after.record);
    let mut causes = Vec::new();
    let mut add = |reach, text: String| causes.push(Cause::new(id, reach, manifest, text));
    if old.shared != new.shared {
        let what = differing(&old.shared, &new.shared);
        add(
            Reach::Dependents,
            format!("`{manifest}` has changed: {what}"),
        );
    } else if old.own != new.own {
        let what = differing(&old.own, &new.own);
        add(Reach::Itself, format!("`{manifest}` has changed: {what}"));
    }
    if old.lints != new.lints {
        add(Reach::Dependents, "its lints have changed".to_owned());
    }
    if before.layout.script != after.layout.script && after.layout.script != Script::None {
        add(Reach::Dependents, "its build script has changed".to_owned());
    }
    causes
}

/// The keys in which two records differ.
pub(crate) fn differing(old: &Value, new: &Value) -> String {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
        return String::new();
    };
    let keys = new
        .keys()
        .chain(old.keys().filter(|key| !new.contains_key(*key)));
    let keys = keys.filter(|key| old.get(*key) != new.get(*key));
    let keys: Vec<String> = keys.map(|key| key.replace('_', "-")).collect();
    keys.join(", ")
}
