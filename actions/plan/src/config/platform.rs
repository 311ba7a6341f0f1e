//! A platform of the config file, and the columns that it and jobs add to a matrix.

use std::collections::BTreeMap;

use actions_core::{Place, PlacedError};

use super::shape::{RawColumns, RawPlatform};
use super::{Filter, RunsOn};

/// Columns of a matrix with their values, in the order of the file. There is a row for each combination.
pub type Columns = BTreeMap<String, Vec<String>>;

/// Columns that every row has.
const ALWAYS: [&str; 3] = ["platform", "runs-on", "target"];

/// A kind of machine that jobs run on.
#[derive(Clone, Debug)]
pub struct Platform {
    /// The runner.
    pub runs_on: RunsOn,
    /// The target triple, or empty.
    pub target: String,
    /// More columns of the matrix.
    pub columns: Columns,
    /// Whether it runs at every event.
    pub default: bool,
    /// Events that switch it on.
    pub on: Vec<Filter>,
    /// Labels of a pull request that switch it on.
    pub labels: Vec<String>,
}

impl Platform {
    pub(super) fn new(place: &Place<'_>, raw: RawPlatform) -> Result<Self, PlacedError> {
        Ok(Self {
            runs_on: raw.runs_on,
            target: raw.target,
            columns: columns(place, raw.columns)?,
            default: raw.default,
            on: Filter::parse_all(place, raw.on)?,
            labels: raw.labels,
        })
    }
}

/// How many rows there are.
pub(crate) fn combinations(columns: &Columns) -> usize {
    let counts = columns.values().map(Vec::len);
    counts.fold(1, usize::saturating_mul)
}

pub(super) fn columns(place: &Place<'_>, raw: RawColumns) -> Result<Columns, PlacedError> {
    let mut columns = Columns::new();
    for (column, values) in raw {
        let wrong = |problem| Err(place.invalid(column.span(), problem));
        let name = column.get_ref();
        let values = values.into_vec();
        if ALWAYS.contains(&name.as_str()) {
            return wrong(format!(
                "column `{name}` is always there: choose another name"
            ));
        }
        let mut seen = values.iter().enumerate();
        if let Some((_, twice)) =
            seen.find(|(at, it)| values.iter().take(*at).any(|one| one == *it))
        {
            return wrong(format!("column `{name}` has the value {twice:?} twice"));
        }
        if values.is_empty() {
            return wrong(format!("column `{name}` has no value, so there is no row"));
        }
        columns.insert(column.into_inner(), values);
    }
    Ok(columns)
}
