//! Whether a commit's pages say all that there is to say, found out by two small requests.

use bytes::Bytes;

use super::Site;
use crate::commit::Commit;
use crate::content::Headers;
use crate::error::StoreError;
use crate::layout;
use crate::store::Store;

impl Store {
    /// Whether pages were written from all records that a commit has now, by this version of the program and with these
    /// settings. An upload that found all packages in place need not write them again.
    pub async fn pages_are_settled(
        &self,
        commit: &Commit,
        site: &Site,
    ) -> Result<bool, StoreError> {
        let path = layout::settled(commit);
        let Some(found) = self.bucket.read(&path).await? else {
            return Ok(false);
        };
        Ok(found == self.settlement(commit, site).await?)
    }

    /// What will be settled once pages are written: taken before, so that a record that comes meanwhile is not taken for shown.
    pub(super) async fn settlement(
        &self,
        commit: &Commit,
        site: &Site,
    ) -> Result<Bytes, StoreError> {
        let records = self.bucket.files_under(&layout::records(commit)).await?;
        let text = format!(
            "{}\n{site:?}\n{}\n",
            env!("CARGO_PKG_VERSION"),
            records.join("\n")
        );
        Ok(text.into())
    }

    pub(super) async fn write_settlement(
        &self,
        commit: &Commit,
        settled: &Bytes,
    ) -> Result<(), StoreError> {
        let path = layout::settled(commit);
        if self.bucket.read(&path).await?.as_ref() == Some(settled) {
            return Ok(());
        }
        let headers = Headers::mutable("text/plain; charset=utf-8");
        self.bucket.replace(&path, settled.clone(), &headers).await
    }
}
