//! Which packages of a list are wanted: a filter that fits nothing is a typing error, and is answered with what there is.

use std::collections::BTreeSet;
use std::fmt::Display;

use actions_core::{did_you_mean, list};
use anyhow::bail;
use package_formats::platform;
use package_store::{Record, project_name};

use crate::Inputs;
use crate::source::Source;

/// The packages that fit all filters; never none.
pub(crate) fn choose(source: &Source, inputs: &Inputs) -> anyhow::Result<Vec<Record>> {
    let filters = Filters::new(inputs);
    filters
        .choose(&source.records)
        .map_err(|reason| anyhow::anyhow!("failed to choose packages of {source}: {reason}"))
}

struct Filters {
    kinds: Vec<String>,
    projects: Vec<String>,
    platforms: Vec<String>,
    profile: String,
}

impl Filters {
    fn new(inputs: &Inputs) -> Self {
        Self {
            kinds: inputs.kinds.iter().map(ToString::to_string).collect(),
            projects: inputs
                .projects
                .iter()
                .map(|name| project_name(name))
                .collect(),
            platforms: inputs.platforms.clone(),
            profile: inputs.profile.clone(),
        }
    }

    fn choose(&self, records: &[Record]) -> anyhow::Result<Vec<Record>> {
        let names = |name: fn(&Record) -> String| -> BTreeSet<String> {
            records.iter().map(name).collect()
        };
        let profile = std::slice::from_ref(&self.profile);
        all_known(
            "profile",
            profile,
            &names(|it| it.profile.clone()),
            |a, b| a == b,
        )?;
        all_known("kind", &self.kinds, &names(|it| it.kind.clone()), |a, b| {
            a == b
        })?;
        all_known(
            "project",
            &self.projects,
            &names(|it| project_name(&it.project)),
            |a, b| a == b,
        )?;
        all_known(
            "platform",
            &self.platforms,
            &names(|it| it.platform.clone()),
            runs_on,
        )?;
        let chosen: Vec<Record> = records.iter().filter(|it| self.fits(it)).cloned().collect();
        if chosen.is_empty() {
            let files: Vec<&str> = records.iter().map(|record| record.file.as_str()).collect();
            bail!("none matches all filters; there are {}", list(&files));
        }
        refuse_namesakes(&chosen)?;
        Ok(chosen)
    }

    fn fits(&self, record: &Record) -> bool {
        let any = |wanted: &[String], fits: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|one| fits(one))
        };
        record.profile == self.profile
            && any(&self.kinds, &|kind| record.kind == kind)
            && any(&self.projects, &|name| {
                project_name(&record.project) == name
            })
            && any(&self.platforms, &|wanted| runs_on(&record.platform, wanted))
    }
}

/// Whether a package for a platform runs on the wanted one; what is wanted for `any` must run everywhere.
fn runs_on(package: &str, wanted: &str) -> bool {
    package == wanted || platform::runs_on(package, wanted)
}

fn all_known(
    what: &str,
    wanted: &[String],
    known: &BTreeSet<String>,
    fits: impl Fn(&str, &str) -> bool,
) -> anyhow::Result<()> {
    for one in wanted {
        if known.iter().any(|known| fits(known, one)) {
            continue;
        }
        let hint = did_you_mean(one, known.iter().map(String::as_str))
            .map(|meant| format!(", did you mean `{meant}`?"))
            .unwrap_or_else(|| format!("; there is {}", joined(known)));
        bail!("none has the {what} `{one}`{hint}");
    }
    Ok(())
}

fn joined(words: &BTreeSet<impl Display>) -> String {
    let words: Vec<String> = words.iter().map(ToString::to_string).collect();
    list(&words)
}

/// Files lie side by side in the folder, so one name can have one content only.
fn refuse_namesakes(records: &[Record]) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for record in records {
        if !seen.insert(&record.file) {
            bail!(
                "two of them are named `{}`; choose one by `kinds` or `projects`",
                record.file
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: &str, project: &str, platform: &str) -> Record {
        serde_json::from_value(serde_json::json!({
            "kind": kind, "project": project, "version": "0.2.0", "platform": platform, "profile": "release",
            "file": format!("{project}-{kind}-{platform}"), "size": 1, "sha256": "0".repeat(64),
            "content-type": "x", "commit": "6e4ddaf0123456789abcdef0123456789abcdef0",
            "uploaded": "2026-11-21T08:15:00Z",
        }))
        .unwrap()
    }

    fn records() -> Vec<Record> {
        vec![
            record("wheel", "hello-sdk", "linux-x64"),
            record("wheel", "hello-sdk", "macos-universal2"),
            record("crate", "hello-core", "any"),
        ]
    }

    fn choose(
        kinds: &[&str],
        projects: &[&str],
        platforms: &[&str],
    ) -> Result<Vec<String>, String> {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let filters = Filters {
            kinds: owned(kinds),
            projects: owned(projects),
            platforms: owned(platforms),
            profile: "release".to_owned(),
        };
        let chosen = filters.choose(&records()).map_err(|err| err.to_string())?;
        Ok(chosen.into_iter().map(|record| record.file).collect())
    }

    #[test]
    fn without_filters_all_are_wanted() {
        assert_eq!(choose(&[], &[], &[]).unwrap().len(), 3);
    }

    #[test]
    fn a_platform_means_all_that_runs_there() {
        assert_eq!(
            choose(&[], &[], &["macos-arm64"]).unwrap(),
            ["hello-sdk-wheel-macos-universal2", "hello-core-crate-any"]
        );
        assert_eq!(
            choose(&[], &[], &["any"]).unwrap(),
            ["hello-core-crate-any"]
        );
    }

    #[test]
    fn a_word_that_fits_nothing_is_answered_with_those_that_do() {
        let err = choose(&[], &["helo-sdk"], &[]).unwrap_err();
        assert_eq!(
            err,
            "none has the project `helo-sdk`, did you mean `hello-sdk`?"
        );
        let err = choose(&["data"], &[], &[]).unwrap_err();
        assert_eq!(err, "none has the kind `data`; there is crate and wheel");
    }

    #[test]
    fn filters_that_exclude_each_other_are_answered_with_all_files() {
        let err = choose(&["crate"], &["hello-sdk"], &[]).unwrap_err();
        assert!(err.contains("hello-sdk-wheel-linux-x64, "), "{err}");
    }
}
