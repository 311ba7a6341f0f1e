//! Rows of a matrix, as workflows read them.

use serde_json::{Map, Value, json};

use crate::config::{Columns, Platform};

/// What a job finds of the platform that it runs on: a row for each combination of the columns with several values. The last
/// column changes first.
pub(super) fn rows(name: &str, platform: &Platform, more: &Columns) -> Vec<Value> {
    let mut all = platform.columns.clone();
    all.extend(more.clone());
    let mut rows = vec![row(name, platform)];
    for (column, values) in &all {
        let with = |row: &Map<String, Value>, value: &String| {
            let mut row = row.clone();
            row.insert(column.clone(), json!(value));
            row
        };
        let longer = rows.iter();
        let longer = longer.flat_map(|row| values.iter().map(|value| with(row, value)));
        rows = longer.collect();
    }
    rows.into_iter().map(Value::Object).collect()
}

/// The row of a package, which is built once on a platform: with the first value of each column.
pub(crate) fn first_row(name: &str, platform: &Platform) -> Value {
    let mut row = row(name, platform);
    for (column, values) in &platform.columns {
        row.insert(column.clone(), json!(values.first()));
    }
    Value::Object(row)
}

fn row(name: &str, platform: &Platform) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("platform".to_owned(), json!(name));
    row.insert("runs-on".to_owned(), json!(platform.runs_on));
    row.insert("target".to_owned(), json!(platform.target));
    row
}

/// GitHub fails a workflow whose matrix is empty, so a job that does not run has a row that no guard lets through.
pub(crate) fn sentinel<'a>(
    platforms: impl Iterator<Item = &'a Platform>,
    more: &'a Columns,
) -> Value {
    let columns = platforms.flat_map(|platform| platform.columns.keys());
    let mut row = Map::new();
    row.insert("platform".to_owned(), json!("none"));
    row.insert("runs-on".to_owned(), json!("ubuntu-latest"));
    row.insert("target".to_owned(), json!(""));
    let columns = columns.chain(more.keys());
    row.extend(columns.map(|column| (column.clone(), json!(""))));
    Value::Object(row)
}
