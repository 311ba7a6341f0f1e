//! The one wheel of a commit that is meant, for whoever installs it.

use package_formats::{Choice, ChoiceError};

use crate::{Commit, Record, Store, StoreError};

/// Why there is no such wheel to be had.
#[derive(Debug, thiserror::Error)]
pub enum WheelError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error("failed to find the wheel {0}: its record existed, but is gone")]
    Gone(String),
}

impl Store {
    /// The record of the one wheel of a commit that fits; `bucket` is the store's address as the user wrote it.
    pub async fn the_wheel(
        &self,
        commit: &Commit,
        choice: &Choice,
        bucket: &str,
    ) -> Result<Record, WheelError> {
        let records = self.records(commit).await?;
        let wheels = records.iter().filter(|record| record.kind == "wheel");
        let names: Vec<&str> = wheels.clone().map(|record| record.file.as_str()).collect();
        let chosen = choice.the_one(&names, &format!("of the commit {commit} in {bucket}"))?;
        let mut wheels = wheels;
        let record = wheels.find(|record| record.file == chosen);
        record
            .cloned()
            .ok_or_else(|| WheelError::Gone(chosen.to_owned()))
    }
}
