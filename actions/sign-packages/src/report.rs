//! What people read: one row a signature, and the command that verifies them.

use actions_core::{Context, Done, Summary, Table};

use crate::signatures::{How, Row, What};
use crate::{Inputs, Outputs};

/// Reports what was signed.
pub(crate) fn report(
    cx: &Context,
    inputs: &Inputs,
    commit: String,
    rows: &[Row],
) -> anyhow::Result<Done<Outputs>> {
    let names = |what: What, how: How| -> Vec<String> {
        let rows = rows.iter().filter(|row| row.what == what && row.how == how);
        rows.map(|row| row.name.clone()).collect()
    };
    let mut table = Table::new(&["signature", "where", ""]);
    for row in rows {
        let place = match row.what {
            What::Bucket => "bucket",
            What::GitHub => "GitHub",
        };
        let how = match row.how {
            How::Made => "created",
            How::Kept => "already there",
            How::Missing => "would be created",
        };
        table.row([row.name.as_str(), place, how]);
    }
    let mut summary = Summary::new();
    summary.heading("Sign packages").table(&table);
    cx.write_summary(&summary)?;
    cx.log.info(table.to_text().trim_end());
    let outputs = Outputs {
        created: names(What::Bucket, How::Made),
        unchanged: names(What::Bucket, How::Kept),
        attested: names(What::GitHub, How::Made),
        commit,
    };
    let missing = rows.iter().filter(|row| row.how == How::Missing).count();
    cx.log.info(match inputs.dry_run {
        true => format!("dry run: would create {missing} signatures"),
        false => format!(
            "created {} signatures, {} already there",
            outputs.created.len(),
            outputs.unchanged.len()
        ),
    });
    Ok(Done::passed(outputs))
}
