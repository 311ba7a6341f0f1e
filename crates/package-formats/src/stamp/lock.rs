//! `Cargo.lock` repeats the version of every member, and a `--locked` build refuses a file that lags behind.

use std::path::Path;

use semver::Version;
use untrusted_input::Checkout;

use super::StampError;
use super::edit::{Edits, TomlFile};

/// Plans the edits of `Cargo.lock` in `folder`, if there is one, for the `members` that go from `old` to `new`.
pub(super) fn set(
    checkout: &Checkout,
    folder: &Path,
    members: &[String],
    old: &Version,
    new: &Version,
    edits: &mut Edits,
) -> Result<(), StampError> {
    let Some(lock) = TomlFile::read(checkout, &folder.join("Cargo.lock"))? else {
        return Ok(());
    };
    let packages = lock
        .get(&["package"])
        .and_then(|item| item.as_array_of_tables());
    for package in packages.into_iter().flatten() {
        let name = package.get("name").and_then(|item| item.as_str());
        let is_member = name.is_some_and(|name| members.iter().any(|member| member == name));
        // A package with a source comes from a registry or a repository, whatever it is called.
        if is_member
            && !package.contains_key("source")
            && let Some(version) = package.get("version")
            && version.as_str() == Some(&old.to_string())
        {
            edits.replace(&lock, version.span(), &new.to_string());
        }
        // Only where a name is locked in two versions does a dependency say which one: `name version`.
        let dependencies = package.get("dependencies").and_then(|item| item.as_array());
        for dependency in dependencies.into_iter().flatten() {
            for member in members {
                if dependency.as_str() == Some(&format!("{member} {old}")) {
                    edits.replace(&lock, dependency.span(), &format!("{member} {new}"));
                }
            }
        }
    }
    Ok(())
}
