//! The Linux wheel that data and documentation are made with: built in this run, or fetched from the bucket.

use std::collections::BTreeMap;

use actions_core::{Builder, Declared, Packages as Table, list};
use anyhow::bail;
use package_store::project_name;
use serde_json::{Value, json};

use super::LINUX_WHEEL;
use super::row::{LINUX, Package, Row, with_package};

/// All wheels that something can be made with.
pub(super) struct Wheels<'a> {
    /// Everything that this run builds.
    pub(super) rows: Vec<Row<'a>>,
    /// Rows for the job that fetches wheels, by the name of the artifact that it hands on.
    pub(super) fetched: BTreeMap<String, Value>,
    table: &'a Table,
    /// Whether nothing can be fetched.
    built_only: bool,
}

impl<'a> Wheels<'a> {
    pub(super) fn new(rows: Vec<Row<'a>>, table: &'a Table, built_only: bool) -> Self {
        Self {
            rows,
            fetched: BTreeMap::new(),
            table,
            built_only,
        }
    }

    /// The artifact with the wheel that a row is made with, empty where it is made without one; `None` where there will be no
    /// such artifact.
    pub(super) fn artifact_for(&mut self, row: &Row<'_>) -> anyhow::Result<Option<String>> {
        if !is_made_with_a_wheel(row) {
            return Ok(Some(String::new()));
        }
        let wanted = row.recipe.inputs.get("wheel");
        let wanted = wanted.map(String::as_str).filter(|it| !it.is_empty());
        let fits = |declared: &Declared| is(declared, wanted);
        let built = self.rows.iter().filter(|it| it.matrix() == LINUX_WHEEL);
        let mut built: Vec<&Row<'_>> = built.filter(|it| fits(it.declared)).collect();
        // A wheel of the same profile goes before others.
        let other_profile = |declared: &Declared| declared.profile != row.declared.profile;
        built.sort_by_key(|it| other_profile(it.declared));
        let projects = built.iter().flat_map(|it| &it.declared.projects);
        if wanted.is_none() {
            the_only(row, projects)?;
        }
        if let Some(first) = built.first() {
            return Ok(Some(first.artifact()));
        }
        if self.built_only {
            return Ok(None);
        }
        let declared = self.table.declared.iter();
        let mut declared: Vec<&Declared> = declared
            .filter(|it| it.kind == "wheel" && fits(it) && is_for_linux(it))
            .collect();
        declared.sort_by_key(|it| other_profile(it));
        let projects = declared.iter().flat_map(|it| &it.projects);
        let mut projects = projects;
        let project = match wanted {
            // As the table spells it.
            Some(wanted) => {
                let same = |it: &&String| project_name(it) == project_name(wanted);
                projects
                    .find(same)
                    .map_or(wanted, String::as_str)
                    .to_owned()
            }
            None => the_only(row, projects)?.unwrap_or_default(),
        };
        let profile = declared.first().map_or("release", |it| &it.profile);
        let artifact = format!("wheel of {project} ({profile})");
        let row = to_fetch(&project, profile, &artifact);
        self.fetched.insert(artifact.clone(), row);
        Ok(Some(artifact))
    }
}

fn is_made_with_a_wheel(row: &Row<'_>) -> bool {
    match row.recipe.builder {
        Builder::Data => true,
        Builder::Docs => row.recipe.inputs.get("language").map(String::as_str) == Some("python"),
        Builder::Wheel | Builder::Crates | Builder::Bundle => false,
    }
}

fn is(declared: &Declared, wanted: Option<&str>) -> bool {
    let same = |wanted: &str| {
        let mut projects = declared.projects.iter();
        projects.any(|project| project_name(project) == project_name(wanted))
    };
    wanted.is_none_or(same)
}

fn is_for_linux(declared: &Declared) -> bool {
    let mut platforms = declared
        .platforms
        .iter()
        .chain(&declared.optional_platforms);
    platforms.any(|platform| platform.split('.').any(|it| it == LINUX))
}

/// The only project that there is.
fn the_only<'b>(
    row: &Row<'_>,
    projects: impl Iterator<Item = &'b String>,
) -> anyhow::Result<Option<String>> {
    let mut all: Vec<&str> = Vec::new();
    for project in projects {
        if !all
            .iter()
            .any(|it| project_name(it) == project_name(project))
        {
            all.push(project);
        }
    }
    match all.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((*one).to_owned())),
        several => bail!(
            "failed to choose the wheel that `{}` is made with: there are wheels of {}; give its project as the key `wheel` of its table `build`",
            row.declared.name,
            list(several)
        ),
    }
}

fn to_fetch(project: &str, profile: &str, artifact: &str) -> Value {
    let name = match project {
        "" => "wheel",
        project => project,
    };
    let package = Package {
        name,
        kind: "wheel",
        project,
        platform: LINUX,
        profile,
        label: &format!("{name} ({LINUX})"),
        artifact,
        ..Package::default()
    };
    let row = json!({"platform": LINUX, "runs-on": "ubuntu-latest", "target": ""});
    with_package(row, &package, &BTreeMap::new())
}
