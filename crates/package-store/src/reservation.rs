//! Which package has a name: one create-only object a name, written before the package's first byte.
//!
//! Kinds share the folder of a commit's packages, and some systems do not tell names apart that differ in case or Unicode
//! form. So the object has the name that all of these share, and says whose it is.

use serde::{Deserialize, Serialize};

use crate::bucket::Wrote;
use crate::content::Headers;
use crate::digest::Digest;
use crate::error::{NameTaken, StoreError, Unfinished};
use crate::layout;
use crate::name::{check_file_name, check_word};
use crate::record::Record;
use crate::store::Store;
use crate::time::Time;

/// An upload that has not finished is taken for killed after so long, in hours: as long as a job of a hosted runner may take.
pub(crate) const UNFINISHED_HOURS: u64 = 6;
/// How often a name is asked for again that is given back at that moment.
const TRIES: u32 = 10;

/// As JSON: one object, keys in kebab-case in this order, absent values left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Reservation {
    kind: String,
    project: String,
    file: String,
    sha256: Digest,
    /// Whether it is a folder.
    folder: bool,
    /// When its first upload began.
    added: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run_url: Option<String>,
}

/// How asking for a name ended.
pub(crate) enum Reserved {
    Ours,
    /// An upload of other bytes has the name, and no record says that it ever finished.
    Unfinished(Reservation),
}

impl Reservation {
    fn of(record: &Record, added: Time) -> Self {
        Self {
            kind: record.kind.clone(),
            project: record.project.clone(),
            file: record.file.clone(),
            sha256: record.sha256,
            folder: record.files.is_some(),
            added,
            run_url: record.run_url.clone(),
        }
    }

    /// It comes from a bucket that others may write to, and parts of it become part of an address.
    fn check(&self) -> Result<(), StoreError> {
        check_word("kind", &self.kind, "-")?;
        check_file_name(&self.file)
    }

    fn is_of(&self, record: &Record) -> bool {
        self.is_named_like(record) && self.sha256 == record.sha256
    }

    /// Whether both are the same package, of whatever bytes.
    fn is_named_like(&self, record: &Record) -> bool {
        self.kind == record.kind
            && self.file == record.file
            && self.folder == record.files.is_some()
    }

    /// A record that names the same objects; the rest is the other record's.
    pub(crate) fn record_like(&self, other: &Record) -> Record {
        Record {
            kind: self.kind.clone(),
            project: self.project.clone(),
            file: self.file.clone(),
            sha256: self.sha256,
            files: self.folder.then_some(1),
            ..other.clone()
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        self.sha256
    }

    pub(crate) fn kind(&self) -> &str {
        &self.kind
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// The upload that it stands for, for an error.
    pub(crate) fn unfinished(&self, now: Time) -> Unfinished {
        Unfinished {
            ago: now.ago(self.added),
            seconds: now.seconds_since(self.added),
            run_url: self.run_url.clone(),
        }
    }
}

impl Store {
    /// Takes the package's name for its kind and bytes; one that another package has is an error that names both.
    pub(crate) async fn reserve(&self, offered: &Record) -> Result<Reserved, StoreError> {
        let path = layout::reservation(&offered.commit, &offered.profile, &offered.file);
        let ours = Reservation::of(offered, self.now());
        let bytes = self.to_json(&path, &ours)?;
        let headers = Headers::immutable(&path, None);
        for _ in 0..TRIES {
            let there = match self.bucket.read(&path).await? {
                Some(there) => there,
                None => match self.bucket.create(&path, bytes.clone(), &headers).await? {
                    Wrote::Created => return Ok(Reserved::Ours),
                    Wrote::Exists => match self.bucket.read(&path).await? {
                        Some(there) => there,
                        None => continue,
                    },
                },
            };
            let there: Reservation = self.parse_json(&path, &there)?;
            there
                .check()
                .map_err(|error| StoreError::damaged(self.address(&path), error))?;
            if there.is_of(offered) {
                return Ok(Reserved::Ours);
            }
            let record = self.record_of(&there, offered).await?;
            return match record {
                None => Ok(Reserved::Unfinished(there)),
                Some(record) if there.is_named_like(offered) => Err(StoreError::Conflict {
                    address: self.address(&layout::package(
                        &offered.commit,
                        &offered.profile,
                        &offered.file,
                    )),
                    existing: record.sha256,
                    offered: offered.sha256,
                    unfinished: None,
                }),
                Some(_) => Err(self.name_taken(&there, offered, None)),
            };
        }
        Err(StoreError::Contended {
            verb: "reserve",
            address: self.address(&path),
            tries: TRIES,
        })
    }

    async fn record_of(
        &self,
        there: &Reservation,
        offered: &Record,
    ) -> Result<Option<Record>, StoreError> {
        let commit = &offered.commit;
        let path = layout::record(commit, &there.kind, &offered.profile, &there.file);
        self.read_record(commit, &path).await
    }

    /// The error for a name that another upload has which has not finished.
    pub(crate) fn taken_by_unfinished(&self, there: &Reservation, offered: &Record) -> StoreError {
        let unfinished = there.unfinished(self.now());
        if !there.is_named_like(offered) {
            return self.name_taken(there, offered, Some(unfinished));
        }
        StoreError::Conflict {
            address: self.address(&layout::package(
                &offered.commit,
                &offered.profile,
                &offered.file,
            )),
            existing: there.sha256,
            offered: offered.sha256,
            unfinished: Some(Box::new(unfinished)),
        }
    }

    fn name_taken(
        &self,
        there: &Reservation,
        offered: &Record,
        unfinished: Option<Unfinished>,
    ) -> StoreError {
        StoreError::NameTaken(Box::new(NameTaken {
            address: self.address(&layout::package(
                &offered.commit,
                &offered.profile,
                &offered.file,
            )),
            existing: format!(
                "{} `{}` of project {}",
                there.kind, there.file, there.project
            ),
            offered: offered.named(),
            unfinished,
        }))
    }
}
