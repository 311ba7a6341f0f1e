//! The jobs of this run that have `uses`, as matrices, one for each check: what the published workflow goes by.

use std::collections::BTreeMap;

use actions_core::{Builder, Check, Declared, Packages as Table, list};
use anyhow::bail;
use serde_json::{Map, Value, json};

use crate::config::{Columns, Config, Job, Uses};
use crate::packages;
use crate::plan::{Plan, PlannedJob, platforms_of};
use crate::recipes::{Row, matrices};

/// The column `job`.
#[derive(serde::Serialize)]
struct Column<'a> {
    name: &'a str,
    /// What its job is called.
    label: String,
    /// The part of the work, such as `1/3`; empty where there is one.
    shard: String,
}

/// The matrices by the name of the check, as in the plan. A row is that of the platform, with `job` and `with` beside; one of a
/// wheel also has `package` and `build`.
pub(crate) fn checks(file: &Config, table: Option<&Table>, plan: &Plan) -> anyhow::Result<Value> {
    let mut rows: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (name, job) in plan.jobs.iter().filter(|(_, job)| job.run) {
        let of_file = file.jobs.get(name);
        let Some((of_file, uses)) = of_file.and_then(|it| Some((it, it.uses.as_ref()?))) else {
            continue;
        };
        let of_check = rows.entry(uses.check.name()).or_default();
        of_check.extend(match uses.check {
            Check::Wheel => wheels(file, table, name, (of_file, job), uses)?,
            Check::Lint | Check::TestRust | Check::Bench | Check::Command => {
                let rows = job.rows().iter();
                rows.flat_map(|row| shards(name, uses, row)).collect()
            }
        });
    }
    let nothing = |name: &str| {
        let row = crate::plan::sentinel(file.platforms.values(), &Columns::new());
        with_job(&row, &column(name, &row, String::new()), &BTreeMap::new())
    };
    matrices("checks", &Check::ALL.map(Check::name), rows, nothing)
}

/// A row for each part of the work.
fn shards(name: &str, uses: &Uses, row: &Value) -> Vec<Value> {
    let shards = (1..=uses.shards).map(|shard| match uses.shards {
        1 => String::new(),
        shards => format!("{shard}/{shards}"),
    });
    shards
        .map(|shard| with_job(row, &column(name, row, shard), &uses.with))
        .collect()
}

/// A row for each wheel that one of the job's running platforms builds.
fn wheels(
    file: &Config,
    table: Option<&Table>,
    name: &str,
    (job, planned): (&Job, &PlannedJob),
    uses: &Uses,
) -> anyhow::Result<Vec<Value>> {
    let wanted = uses.with.get("packages").map(|names| names.lines());
    let wanted: Option<Vec<&str>> = wanted.map(Iterator::collect);
    let is_wanted = |declared: &Declared| match &wanted {
        Some(names) => names.contains(&declared.name.as_str()),
        None => declared
            .job
            .as_ref()
            .is_some_and(|job| job.get_ref() == name),
    };
    let all = table.map_or([].as_slice(), |table| &table.declared);
    let builds_wheels = |it: &&Declared| {
        let recipe = it.build.as_ref();
        recipe.is_some_and(|recipe| recipe.builder == Builder::Wheel)
    };
    let all: Vec<&Declared> = all.iter().filter(builds_wheels).collect();
    if let Some(unknown) = wanted
        .iter()
        .flatten()
        .find(|name| !all.iter().any(|it| it.name == **name))
    {
        let known: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
        bail!(
            "failed to plan: job `{name}` tests the package `{unknown}`, but `[packages]` has no such wheel with a table `build`; it has {}",
            list(&known)
        );
    }
    let declared: Vec<&Declared> = all.into_iter().filter(|it| is_wanted(it)).collect();
    let (Some(table), false) = (table, declared.is_empty()) else {
        bail!(
            "failed to plan: job `{name}` has `uses = \"wheel\"` and no wheel to build; name some of `[packages]`, such as `with = {{ packages = [\"wheels\"] }}`"
        );
    };
    let builds = packages::builds(file, table)?;
    let runs = |platform: &&str| {
        let planned = planned.platforms.get(*platform);
        planned.is_some_and(|platform| platform.run)
    };
    let mut rows = Vec::new();
    for declared in declared {
        let mut seen = Vec::new();
        for build in builds.iter().filter(|build| build.name == declared.name) {
            let target = build.what.platform.as_str();
            let platform = platforms_of(file, job, build).into_iter().find(runs);
            let (Some(platform), Some(recipe), false) =
                (platform, declared.build.as_ref(), seen.contains(&target))
            else {
                continue;
            };
            seen.push(target);
            let row = Row::new(declared, recipe, platform, target);
            let column = Column {
                name,
                label: row.label(),
                shard: String::new(),
            };
            let row = row.json(file, &recipe.inputs);
            rows.extend(row.map(|row| with_job(&row, &column, &BTreeMap::new())));
        }
    }
    Ok(rows)
}

fn with_job(row: &Value, job: &Column<'_>, with: &BTreeMap<String, String>) -> Value {
    let mut columns = row.as_object().cloned().unwrap_or_default();
    columns.insert("job".to_owned(), json!(job));
    columns.insert("with".to_owned(), json!(with));
    Value::Object(columns)
}

/// The label has what tells the row from others of the job.
fn column<'a>(name: &'a str, row: &Value, shard: String) -> Column<'a> {
    let empty = Map::new();
    let columns = row.as_object().unwrap_or(&empty);
    let machine = ["runs-on", "target"];
    let shown = |column: &&String| !machine.contains(&column.as_str()) && *column != "platform";
    let more = columns.keys().filter(shown);
    let values = std::iter::once("platform").chain(more.map(String::as_str));
    let mut parts: Vec<&str> = values
        .filter_map(|column| columns.get(column)?.as_str())
        .filter(|value| !value.is_empty())
        .collect();
    if !shard.is_empty() {
        parts.push(&shard);
    }
    let label = format!("{name} ({})", parts.join(", "));
    Column { name, label, shard }
}
