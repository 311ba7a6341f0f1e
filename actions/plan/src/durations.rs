//! Durations of earlier tests: one job names them, because shards that choose by themselves could choose differently.

use std::collections::BTreeMap;

use actions_core::Context;
use package_store::{StoreError, TimedRun};
use serde_json::Value;

/// The newest durations of each suite; `None` if the bucket cannot be read, and all shards then do without.
pub(crate) fn newest(cx: &Context, bucket: &str) -> anyhow::Result<Option<Value>> {
    match cx.block_on(async { Ok(read(cx, bucket).await) })? {
        Ok(suites) => {
            for (suite, run) in &suites {
                let commit = run.commit();
                cx.log.info(format!(
                    "the suite `{suite}` is split by the durations of commit {commit}"
                ));
            }
            Ok(Some(serde_json::to_value(suites)?))
        }
        Err(error) => {
            cx.log.warning(format!(
                "tests are split into shards by their names, not by durations: {error}"
            ));
            Ok(None)
        }
    }
}

async fn read(cx: &Context, bucket: &str) -> Result<BTreeMap<String, TimedRun>, StoreError> {
    let store = connections::bucket(cx, bucket, true)?;
    store.newest_test_durations().await
}
