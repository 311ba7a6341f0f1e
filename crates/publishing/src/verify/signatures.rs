//! The signatures in the bucket: who has signed, judged offline.

use futures::{StreamExt as _, stream};
use package_store::{Record, SignatureKind};
use signing::packages::{Expected, Good, verify};
use std::{collections::BTreeMap, path::Path};

use super::{Finding, Verdict, Verification, Verified, bucket::BUCKET};

/// Packages that are judged at the same time.
const PARALLEL: usize = 8;

impl Verification<'_> {
    /// Verifies the signatures by identities that the packages have; a package without one is not among the findings.
    pub(super) async fn look_at_signatures(&self) -> Verified {
        let Some(expected) = &self.expected else {
            return Verified::default();
        };
        // A signature by a key is over bytes that were not fetched.
        let expected = Expected {
            key: None,
            ..expected.clone()
        };
        let packages = self.manifest.packages().iter();
        let looks = packages.map(|record| self.signatures_of(record, &expected));
        let all: Vec<(Option<Verdict>, Vec<Good>)> =
            stream::iter(looks).buffered(PARALLEL).collect().await;
        let mut commands: BTreeMap<SignatureKind, String> = BTreeMap::new();
        let mut findings = Vec::new();
        for (record, (verdict, good)) in self.manifest.packages().iter().zip(all) {
            for one in good {
                commands.entry(one.kind).or_insert(one.command);
            }
            let what = format!("signatures of {}", record.file);
            findings.extend(verdict.map(|verdict| Finding::new(BUCKET, what, verdict)));
        }
        Verified {
            findings,
            commands: commands.into_values().collect(),
        }
    }

    async fn signatures_of(
        &self,
        record: &Record,
        expected: &Expected,
    ) -> (Option<Verdict>, Vec<Good>) {
        match verify(self.store, record, Path::new(""), expected).await {
            Ok(good) if good.is_empty() => (None, good),
            Ok(good) => (Some(Verdict::Right), good),
            Err(error) if error.is_rejection() => {
                (Some(Verdict::Wrong(error.to_string())), Vec::new())
            }
            Err(error) => (Some(Verdict::Unread(error.to_string())), Vec::new()),
        }
    }
}
