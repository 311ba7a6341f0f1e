//! Which of several wheels is meant: exactly one, or an error that says what there is.

use std::path::{Path, PathBuf};

use untrusted_input::walk::{self, Hidden};

use crate::platform;
use crate::wheel::{FileName, normalized_name};

/// What tells the one wheel from others.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Any project where nothing is given.
    pub project: Option<String>,
    /// Such as `linux-x64`; this machine's where nothing is given.
    pub platform: Option<String>,
}

/// Why there is not exactly one.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    #[error("failed to find {wanted} {place}: it has the wheels {there}")]
    NoneFits {
        wanted: String,
        place: String,
        there: String,
    },
    #[error("failed to choose {wanted} {place}: {fitting} match; name the file, or the `project`")]
    SeveralFit {
        wanted: String,
        place: String,
        fitting: String,
    },
    #[error("failed to find a wheel of {wanted}: `{}` is one of {project}", .path.display())]
    OtherProject {
        wanted: String,
        path: PathBuf,
        project: String,
    },
    #[error("failed to read the path of a wheel from \"{given}\": {reason}")]
    Pattern { given: String, reason: String },
}

impl Choice {
    /// The one name that fits; `place` says in the error where it was looked for, as in `in dist`.
    pub fn the_one<'a>(&self, names: &[&'a str], place: &str) -> Result<&'a str, ChoiceError> {
        let machine = self.platform.clone().unwrap_or_else(platform::host);
        let project = self.project.as_deref().map(normalized_name);
        let fits = |name: &&&str| {
            name.parse::<FileName>().is_ok_and(|parsed| {
                platform::runs_on(&parsed.platform(), &machine)
                    && project
                        .as_ref()
                        .is_none_or(|project| *project == parsed.normalized_name())
            })
        };
        let fitting: Vec<&str> = names.iter().filter(fits).copied().collect();
        let wanted = match &self.project {
            Some(project) => format!("a wheel of {project} for {machine}"),
            None => format!("a wheel for {machine}"),
        };
        let place = place.to_owned();
        match fitting.as_slice() {
            [one] => Ok(*one),
            [] => Err(ChoiceError::NoneFits {
                wanted,
                place,
                there: list(names),
            }),
            several => Err(ChoiceError::SeveralFit {
                wanted,
                place,
                fitting: list(several),
            }),
        }
    }

    /// The one wheel at a path, at a glob, or in a folder.
    pub fn on_disk(&self, given: &str) -> Result<PathBuf, ChoiceError> {
        let path = Path::new(given);
        if path.is_file() {
            return self.the_named(path);
        }
        let (folder, pattern) = match path.is_dir() {
            true => (path, "*.whl"),
            false => (Path::new(""), given),
        };
        let unreadable = |reason: String| ChoiceError::Pattern {
            given: given.to_owned(),
            reason,
        };
        let found = walk::matching(folder, pattern, Hidden::Included)
            .map_err(|error| unreadable(error.to_string()))?;
        let mut files = Vec::new();
        for file in found {
            if let Some(name) = file.file_name().and_then(|name| name.to_str()) {
                files.push((name.to_owned(), file.clone()));
            }
        }
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        let chosen = self.the_one(&names, &format!("at \"{given}\""))?;
        let path = files.iter().find(|(name, _)| name == chosen);
        path.map(|(_, path)| path.clone())
            .ok_or_else(|| unreadable("it existed, but is gone".to_owned()))
    }

    /// A file that was named needs no choosing, but it must not be another project's.
    fn the_named(&self, path: &Path) -> Result<PathBuf, ChoiceError> {
        let name = path.file_name().and_then(|name| name.to_str());
        let parsed = name.and_then(|name| name.parse::<FileName>().ok());
        if let (Some(file), Some(project)) = (parsed, &self.project)
            && file.normalized_name() != normalized_name(project)
        {
            return Err(ChoiceError::OtherProject {
                wanted: project.clone(),
                path: path.to_owned(),
                project: file.normalized_name(),
            });
        }
        Ok(path.to_owned())
    }
}

/// `a, b and c`.
fn list(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(project: Option<&str>) -> Choice {
        Choice {
            project: project.map(str::to_owned),
            platform: Some("linux-x64".to_owned()),
        }
    }

    const NAMES: &[&str] = &[
        "hello_sdk-0.1.0-cp39-abi3-manylinux_2_34_x86_64.whl",
        "hello_sdk-0.1.0-cp39-abi3-macosx_11_0_arm64.whl",
        "other-1.0-py3-none-any.whl",
    ];

    #[test]
    fn project_and_platform_choose_one() {
        let chosen = choice(Some("Hello.SDK")).the_one(NAMES, "here").unwrap();
        assert_eq!(chosen, NAMES[0]);
    }

    #[test]
    fn two_that_fit_are_an_error_that_names_both() {
        let error = choice(None).the_one(NAMES, "here").unwrap_err().to_string();
        assert!(
            error.contains(NAMES[0]) && error.contains(NAMES[2]),
            "{error}"
        );
    }

    #[test]
    fn none_that_fits_is_an_error_that_says_what_there_is() {
        let error = choice(Some("nothing")).the_one(NAMES, "here");
        let error = error.unwrap_err().to_string();
        assert!(
            error.starts_with(
                "failed to find a wheel of nothing for linux-x64 here: it has the wheels hello_sdk"
            ),
            "{error}"
        );
    }
}
