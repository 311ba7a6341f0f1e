//! The version of files that have none of their own, as data made by running a wheel.

use actions_core::list;
use anyhow::bail;
use package_store::{Commit, Record, Store, Version};

use crate::describe::Described;

/// Gives every file a version: the one that was given, else that of the commit's wheels, be they here or in the bucket.
///
/// Only wheels are asked. Were crates asked too, the answer would depend on which job is faster.
pub(crate) async fn fill(
    store: &Store,
    commit: &Commit,
    given: Option<&Version>,
    files: &mut [Described],
) -> anyhow::Result<()> {
    let Some(first) = files.iter().find(|file| file.package.version.is_empty()) else {
        return Ok(());
    };
    let version = match given {
        Some(version) => version.clone(),
        None => {
            let here = files.iter().filter(|file| file.package.kind == "wheel");
            let mut wheels: Vec<String> = here.map(|file| file.package.version.clone()).collect();
            let there = store.records(commit).await?;
            wheels.extend(
                there
                    .iter()
                    .filter(|it| is_wheel(it))
                    .map(|it| it.version.clone()),
            );
            the_one(&wheels, &first.package.file_name, commit)?
        }
    };
    for file in files {
        if file.package.version.is_empty() {
            file.package.version = version.to_string();
        }
    }
    Ok(())
}

fn is_wheel(record: &Record) -> bool {
    record.kind == "wheel"
}

fn the_one(wheels: &[String], file: &str, commit: &Commit) -> anyhow::Result<Version> {
    let mut versions: Vec<Version> = Vec::new();
    for wheel in wheels {
        let version = wheel.parse()?;
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    match versions.as_slice() {
        [version] => Ok(version.clone()),
        [] => bail!(
            "failed to determine the version of `{file}`: commit {commit} has no wheel in the bucket; upload it first, or set the input `version`"
        ),
        several => {
            let several: Vec<String> = several.iter().map(ToString::to_string).collect();
            bail!(
                "failed to determine the version of `{file}`: the wheels of commit {commit} are of {}; set the input `version`",
                list(&several)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn the_one_of(wheels: &[&str]) -> Result<String, String> {
        let wheels: Vec<String> = wheels.iter().map(|&wheel| wheel.to_owned()).collect();
        let commit = "6e4ddaf0123456789abcdef0123456789abcdef0".parse().unwrap();
        the_one(&wheels, "hello.jsonl", &commit)
            .map(|version| version.to_string())
            .map_err(|err| err.to_string())
    }

    #[test]
    fn wheels_of_one_version_give_it_however_they_spell_it() {
        assert_eq!(
            the_one_of(&["0.2.0a1", "0.2.0-alpha.1"]).unwrap(),
            "0.2.0-alpha.1"
        );
    }

    #[test]
    fn a_release_and_a_commit_build_side_by_side_leave_the_choice_to_the_user() {
        let err = the_one_of(&["0.2.0", "0.2.0+2026.11.21.g6e4ddaf"]).unwrap_err();
        assert!(
            err.contains("0.2.0+2026.11.21.g6e4ddaf; set the input `version`"),
            "{err}"
        );
    }

    #[test]
    fn without_a_wheel_the_error_says_what_to_do() {
        let err = the_one_of(&[]).unwrap_err();
        assert!(
            err.contains("`hello.jsonl`") && err.contains("upload it first"),
            "{err}"
        );
    }
}
