//! Which wheel is tested: exactly one, or an error that says what there is.

use std::path::{Path, PathBuf};

use actions_core::{Context, list};
use anyhow::{Context as _, bail};
use package_formats::{
    platform,
    wheel::{FileName, normalized_name},
};
use package_store::Store;

use crate::Inputs;

/// The one wheel at a path, a glob or in a folder that fits project and platform.
pub(crate) fn from_disk(inputs: &Inputs) -> anyhow::Result<PathBuf> {
    let given = inputs.wheel.as_deref().unwrap_or_default();
    let path = Path::new(given);
    if path.is_file() {
        return the_named(path, inputs);
    }
    let pattern = match path.is_dir() {
        true => format!("{}/*.whl", glob::Pattern::escape(given)),
        false => given.to_owned(),
    };
    let found = glob::glob(&pattern)
        .with_context(|| format!("failed to read the input `wheel` from \"{given}\""))?;
    let mut files = Vec::new();
    for file in found {
        let file = file.with_context(|| format!("failed to look for \"{given}\""))?;
        if let Some(name) = file.file_name().and_then(|name| name.to_str()) {
            files.push((name.to_owned(), file.clone()));
        }
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let chosen = the_one(&names, inputs, &format!("at \"{given}\""))?;
    let path = files.iter().find(|(name, _)| name == chosen);
    path.map(|(_, path)| path.clone())
        .context("failed to find the wheel")
}

/// A file that was named needs no choosing, but it must not be another project's.
fn the_named(path: &Path, inputs: &Inputs) -> anyhow::Result<PathBuf> {
    let name = path.file_name().and_then(|name| name.to_str());
    let parsed = name.and_then(|name| name.parse::<FileName>().ok());
    if let (Some(file), Some(project)) = (parsed, &inputs.project)
        && file.normalized_name() != normalized_name(project)
    {
        bail!(
            "failed to find a wheel of {project}: `{}` is one of {}",
            path.display(),
            file.normalized_name()
        );
    }
    Ok(path.to_owned())
}

/// The one wheel of a commit in the bucket that fits, fetched and verified.
pub(crate) async fn from_bucket(
    cx: &Context,
    inputs: &Inputs,
    bucket: &str,
    tmp: &Path,
) -> anyhow::Result<PathBuf> {
    let store = Store::open(bucket)?;
    let commit = cx.commit_id(inputs.commit.as_deref()).await?.parse()?;
    let records = store.records(&commit).await?;
    let wheels: Vec<_> = records
        .iter()
        .filter(|record| record.kind == "wheel")
        .collect();
    let names: Vec<&str> = wheels.iter().map(|record| record.file.as_str()).collect();
    let chosen = the_one(
        &names,
        inputs,
        &format!("of the commit {commit} in {bucket}"),
    )?;
    let record = wheels
        .iter()
        .find(|record| record.file == chosen)
        .context("failed to find the wheel")?;
    Ok(store.fetch(record, &tmp.join("wheel")).await?)
}

/// The one name that fits project and platform.
fn the_one<'a>(names: &[&'a str], inputs: &Inputs, place: &str) -> anyhow::Result<&'a str> {
    let machine = inputs.platform.clone().unwrap_or_else(platform::host);
    let project = inputs.project.as_deref().map(normalized_name);
    let fits = |name: &&&str| {
        name.parse::<FileName>().is_ok_and(|parsed| {
            platform::runs_on(&parsed.platform(), &machine)
                && project
                    .as_ref()
                    .is_none_or(|project| *project == parsed.normalized_name())
        })
    };
    let fitting: Vec<&str> = names.iter().filter(fits).copied().collect();
    let wanted = match &inputs.project {
        Some(project) => format!("a wheel of {project} for {machine}"),
        None => format!("a wheel for {machine}"),
    };
    match fitting.as_slice() {
        [one] => Ok(*one),
        [] => bail!(
            "failed to find {wanted} {place}: the wheels there are {}",
            list(names)
        ),
        several => bail!(
            "failed to choose {wanted} {place}: {} fit; name the file, or the `project`",
            list(several)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(project: Option<&str>) -> Inputs {
        Inputs {
            wheel: None,
            bucket: None,
            commit: None,
            project: project.map(str::to_owned),
            platform: Some("linux-x64".to_owned()),
            tests: Vec::new(),
            import: None,
            requirements: Vec::new(),
            python: "python3".to_owned(),
            pytest: "9.2.0".to_owned(),
            report: PathBuf::new(),
        }
    }

    const NAMES: &[&str] = &[
        "hello_sdk-0.1.0-cp39-abi3-manylinux_2_34_x86_64.whl",
        "hello_sdk-0.1.0-cp39-abi3-macosx_11_0_arm64.whl",
        "other-1.0-py3-none-any.whl",
    ];

    #[test]
    fn project_and_platform_choose_one() {
        let chosen = the_one(NAMES, &inputs(Some("Hello.SDK")), "here").unwrap();
        assert_eq!(chosen, NAMES[0]);
    }

    #[test]
    fn two_that_fit_are_an_error_that_names_both() {
        let err = the_one(NAMES, &inputs(None), "here")
            .unwrap_err()
            .to_string();
        assert!(err.contains(NAMES[0]) && err.contains(NAMES[2]), "{err}");
    }

    #[test]
    fn none_that_fits_is_an_error_that_says_what_there_is() {
        let err = the_one(NAMES, &inputs(Some("nothing")), "here")
            .unwrap_err()
            .to_string();
        assert!(err.starts_with("failed to find a wheel of nothing for linux-x64 here: the wheels there are hello_sdk"), "{err}");
    }
}
