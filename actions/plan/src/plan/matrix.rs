//! A row of a matrix, as workflows read it.

use serde_json::{Map, Value, json};

use crate::config::Platform;

/// What a job finds of the platform that it runs on.
pub(crate) fn row(name: &str, platform: &Platform) -> Value {
    let mut row = Map::new();
    row.insert("platform".to_owned(), json!(name));
    row.insert("runs-on".to_owned(), json!(platform.runs_on));
    row.insert("target".to_owned(), json!(platform.target));
    let columns = platform.columns.iter();
    row.extend(columns.map(|(column, value)| (column.clone(), json!(value))));
    Value::Object(row)
}

/// GitHub fails a workflow whose matrix is empty, so a job that does not run has a row that no guard lets through.
pub(crate) fn sentinel<'a>(platforms: impl Iterator<Item = &'a Platform>) -> Value {
    let columns = platforms.flat_map(|platform| platform.columns.keys());
    let mut row = Map::new();
    row.insert("platform".to_owned(), json!("none"));
    row.insert("runs-on".to_owned(), json!("ubuntu-latest"));
    row.insert("target".to_owned(), json!(""));
    row.extend(columns.map(|column| (column.clone(), json!(""))));
    Value::Object(row)
}
