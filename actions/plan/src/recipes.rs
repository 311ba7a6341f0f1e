//! The packages of this run as matrices, one for each way in which a package is built: what a ready-made workflow goes by.

use std::collections::BTreeMap;

use actions_core::{Builder, Declared, Packages as Table};
use package_store::Expected;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::jobs_file::JobsFile;
use crate::packages::Packages;
use crate::plan::{Brought, Plan, row, sentinel};

/// The matrices. The Linux wheel has one of its own: what is made with it waits for no other.
const MATRICES: [&str; 6] = [
    LINUX_WHEEL,
    OTHER_WHEELS,
    "crates",
    "data",
    "docs",
    "bundle",
];
const LINUX_WHEEL: &str = "linux-wheel";
const OTHER_WHEELS: &str = "other-wheels";
/// The platform that scripts and documentation tools run on.
const LINUX: &str = "linux-x64";

/// By the name of each of the six `{"run": true, "matrix": {"include": […]}}`, as in the plan. A row is that of the platform on which
/// it is built, with `package` and `build` beside.
pub(crate) fn recipes(file: &JobsFile, table: &Table, plan: &Plan) -> Value {
    let mut rows: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for declared in &table.declared {
        let Some(recipe) = &declared.build else {
            continue;
        };
        let brings = plan.jobs.values().flat_map(|job| &job.brings);
        let mut seen = Vec::new();
        for brought in brings.filter(|brought| brought.name == declared.name) {
            // Projects of one package are built together.
            let place = (&brought.platform, &brought.what.platform);
            if !seen.contains(&place) {
                seen.push(place);
                rows.entry(matrix(recipe.builder, &brought.what))
                    .or_default()
                    .extend(recipe_row(file, declared, brought));
            }
        }
    }
    let matrices = MATRICES.into_iter().map(|name| {
        let rows = rows.remove(name).unwrap_or_default();
        let run = !rows.is_empty();
        let rows = if run { rows } else { vec![nothing(file, name)] };
        let matrix = json!({"run": run, "matrix": {"include": rows}});
        (name.to_owned(), matrix)
    });
    Value::Object(matrices.collect())
}

fn matrix(builder: Builder, what: &Expected) -> &'static str {
    match builder {
        Builder::Wheel if what.platform.split('.').any(|it| it == LINUX) => LINUX_WHEEL,
        Builder::Wheel => OTHER_WHEELS,
        other => other.name(),
    }
}

/// Whether the bucket has a complete commit once all that is in [`recipes`] is there. What another workflow builds may come
/// later.
pub(crate) fn will_be_complete(packages: &Packages, table: &Table, plan: &Plan) -> bool {
    let has_recipe = |name: &str| {
        let mut declared = table.declared.iter();
        declared.any(|it| it.name == name && it.build.is_some())
    };
    let brings: Vec<&Expected> = plan
        .jobs
        .values()
        .flat_map(|job| &job.brings)
        .filter(|brought| has_recipe(&brought.name))
        .map(|brought| &brought.what)
        .collect();
    let mut builds = packages.builds.iter();
    builds.all(|build| build.there || !build.required || brings.contains(&&build.what))
}

fn recipe_row(file: &JobsFile, declared: &Declared, brought: &Brought) -> Option<Value> {
    let row = row(&brought.platform, file.platforms.get(&brought.platform)?);
    let mut build = declared.build.as_ref()?.inputs.clone();
    let what = &brought.what;
    let windows = build.remove("windows-archive");
    if let Some(archive) = windows.filter(|_| what.platform.starts_with("windows")) {
        build.insert("archive".to_owned(), archive);
    }
    let project = match declared.projects.as_slice() {
        [one] => one.as_str(),
        _ => "",
    };
    let package = Package {
        name: &declared.name,
        kind: &what.kind,
        project,
        platform: &what.platform,
        profile: &what.profile,
        ..Package::default()
    };
    Some(with_package(row, package, &build))
}

fn nothing(file: &JobsFile, name: &str) -> Value {
    let package = Package {
        name,
        ..Package::default()
    };
    let row = sentinel(file.platforms.values());
    with_package(row, package, &BTreeMap::new())
}

/// The column `package`.
#[derive(Default, Serialize)]
struct Package<'a> {
    name: &'a str,
    kind: &'a str,
    project: &'a str,
    platform: &'a str,
    profile: &'a str,
    /// What its job is called.
    label: String,
}

/// A row of a platform with the columns of a package beside.
fn with_package(row: Value, mut package: Package<'_>, build: &BTreeMap<String, String>) -> Value {
    // Only what is built for several platforms needs to say for which.
    package.label = match package.platform {
        "" | "any" => package.name.to_owned(),
        platform => format!("{} ({platform})", package.name),
    };
    let mut columns = match row {
        Value::Object(columns) => columns,
        _ => Map::new(),
    };
    columns.insert("package".to_owned(), json!(package));
    columns.insert("build".to_owned(), json!(build));
    Value::Object(columns)
}
