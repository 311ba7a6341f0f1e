//! The packages of this run as matrices, one for each way in which a package is built: what a ready-made workflow goes by.

mod row;
mod wheel;

use std::collections::BTreeMap;

use actions_core::Packages as Table;
use anyhow::bail;
use package_store::Expected;
use serde_json::{Value, json};

use crate::config::{Columns, Config, MATRIX_LIMIT};
use crate::packages::Packages;
use crate::plan::{Plan, sentinel};
use row::Package;
pub(crate) use row::Row;
use wheel::Wheels;

/// The matrices. The Linux wheel has one of its own: what is made with it waits for no other.
const MATRICES: [&str; 8] = [
    LINUX_WHEEL,
    OTHER_WHEELS,
    "crates",
    "data",
    "docs",
    "bundle",
    FETCH_WHEEL,
    UPLOAD,
];
const LINUX_WHEEL: &str = "linux-wheel";
const OTHER_WHEELS: &str = "other-wheels";
/// Wheels that this run needs and does not build.
const FETCH_WHEEL: &str = "fetch-wheel";
/// All that is built except the Linux wheels, which are uploaded before anything is made with them.
const UPLOAD: &str = "upload";

/// The matrices of a run, and what it does not build although its plan asks for it.
pub(crate) struct Recipes {
    /// By the name of each matrix `{"run": true, "matrix": {"include": […]}}`, as in the plan. A row is that of the platform on
    /// which it is built, with `package` and `build` beside.
    pub(crate) builds: Value,
    /// Packages that are made with a wheel which this run neither builds nor fetches.
    pub(crate) left_out: Vec<String>,
}

/// What this run builds, fetches and uploads.
pub(crate) fn recipes(
    file: &Config,
    table: &Table,
    packages: &Packages,
    plan: &Plan,
) -> anyhow::Result<Recipes> {
    let mut wheels = Wheels::new(rows(table, plan), table, packages.assumed_empty);
    let mut left_out = Vec::new();
    let mut rows = Vec::new();
    for mut row in wheels.rows.clone() {
        match wheels.artifact_for(&row)? {
            Some(artifact) => row.wheel = artifact,
            None => {
                left_out.push(row.label());
                continue;
            }
        }
        rows.push(row);
    }
    let mut matrices: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for row in &rows {
        let matrix = row.matrix();
        let build = row.build();
        matrices
            .entry(matrix)
            .or_default()
            .extend(row.json(file, &build));
        if matrix != LINUX_WHEEL {
            let rows = matrices.entry(UPLOAD).or_default();
            rows.extend(row.json(file, &BTreeMap::new()));
        }
    }
    matrices.insert(FETCH_WHEEL, wheels.fetched.into_values().collect());
    let builds = self::matrices("builds", &MATRICES, matrices, |name| nothing(file, name))?;
    Ok(Recipes { builds, left_out })
}

/// The matrices of an output by their names, where one without rows has the row that nothing runs for.
pub(crate) fn matrices<'a>(
    output: &str,
    names: &[&'a str],
    mut rows: BTreeMap<&'a str, Vec<Value>>,
    nothing: impl Fn(&str) -> Value,
) -> anyhow::Result<Value> {
    // GitHub would refuse the whole workflow, and say less.
    let mut large = rows.iter();
    if let Some((name, rows)) = large.find(|(_, rows)| rows.len() > MATRIX_LIMIT) {
        bail!(
            "failed to plan: the matrix `{name}` of the output `{output}` has {} rows, and GitHub allows {MATRIX_LIMIT}; run some of it in another workflow with the input `request`, or on fewer platforms",
            rows.len()
        );
    }
    let matrices = names.iter().map(|name| {
        let rows = rows.remove(name).unwrap_or_default();
        let run = !rows.is_empty();
        let rows = if run { rows } else { vec![nothing(name)] };
        let matrix = json!({"run": run, "matrix": {"include": rows}});
        ((*name).to_owned(), matrix)
    });
    Ok(Value::Object(matrices.collect()))
}

/// One row for the packages of a declaration that are built together.
fn rows<'a>(table: &'a Table, plan: &'a Plan) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    for declared in &table.declared {
        let Some(recipe) = &declared.build else {
            continue;
        };
        let brings = plan.jobs.values().flat_map(|job| &job.brings);
        for brought in brings.filter(|brought| brought.name == declared.name) {
            let (platform, target) = (&brought.platform, &brought.what.platform);
            let row = Row::new(declared, recipe, platform, target);
            // Projects of one package are built together.
            let place = |row: &Row<'_>| (row.platform.to_owned(), row.target.to_owned());
            let mut others = rows.iter();
            if !others.any(|it| it.declared.name == declared.name && place(it) == place(&row)) {
                rows.push(row);
            }
        }
    }
    rows
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
    // Nothing is uploaded where the bucket may not be asked.
    !packages.assumed_empty
        && builds.all(|build| build.there || !build.required || brings.contains(&&build.what))
}

fn nothing(file: &Config, name: &str) -> Value {
    let package = Package {
        name,
        label: name,
        ..Package::default()
    };
    let row = sentinel(file.platforms.values(), &Columns::new());
    row::with_package(row, &package, &BTreeMap::new())
}
