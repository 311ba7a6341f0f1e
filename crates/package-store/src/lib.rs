//! Packages in a bucket: the one place where builds leave what they made, and where tests, releases and people find it.
//!
//! A bucket is Google Cloud Storage, S3, Azure, or a folder; [`Store::open`] takes its address. Everything under a
//! commit is written once and never replaced:
//!
//! - [`Store::put`] uploads a package. The same bytes again are [`Put::Unchanged`]; other bytes are an error that names
//!   both digests. The package's [`Record`] is written last, so a record proves that its file is complete.
//! - [`Store::freeze`] turns the records of a version into its [`Manifest`], which never changes again.
//! - [`Store::promote`] moves a [`Channel`] to a manifest by appending to the channel's log; [`Store::rollback`] appends too.
//! - [`Store::write_commit`] and [`Store::write_channel`] write pip's indexes and the web pages that follow from these.
//!
//! - [`Store::note`] keeps for people what a run did with a version, and [`Store::mark_withdrawn`] that it was taken back.
//! - [`Store::put_signature`] keeps what was signed beside a package; [`Store::signatures`] finds it.
//!
//! - [`Store::put_benchmarks`] keeps what a commit's benchmarks measured, and [`Store::put_benchmark_program`] their executable.
//! - [`Store::put_test_durations`] keeps how long a commit's tests took; [`Store::newest_test_durations`] finds the newest.
//!
//! - [`Store::prunable`] finds what nobody names any more, and [`Store::prune`] deletes that.
//!
//! - [`Store::lost`] finds records whose files are gone; nothing is frozen or promoted that has some.
//!
//! There is no lock and no read-modify-write: parallel jobs each write their own records, and whoever loses a race finds
//! out from the bucket, not from a clock. With [`StoreOptions::dry_run`] every call gives its usual answer and writes nothing.
//!
//! The library prints nothing. Credentials are found by `opendal`'s own rules (workload identity, service account files,
//! access tokens), and never appear in an error.

mod active;
mod benchmarks;
mod blocking;
mod bucket;
mod build;
mod channel;
mod claim;
mod commit;
mod content;
mod digest;
mod durations;
mod error;
mod expected;
mod fetch;
#[cfg(test)]
mod fuzz;
mod history;
mod index;
#[cfg(test)]
mod interleavings;
mod journal;
pub mod layout;
mod listing;
mod lost;
mod manifest;
mod name;
mod options;
mod package;
mod prune;
mod put;
mod record;
mod reservation;
mod served;
mod signature;
mod store;
mod time;
mod version;
mod web;
mod wheel;

pub use benchmarks::{BenchmarkProgram, BenchmarkResult, BenchmarkResults};
pub use build::Build;
pub use channel::entry::Entry;
pub use channel::name::{Channel, InvalidChannel};
pub use channel::promote::{Promotion, PromotionOptions};
pub use claim::ShortAddress;
pub use commit::{Commit, InvalidCommit};
pub use content::content_type;
pub use digest::{Digest, InvalidDigest};
pub use durations::{TestDurations, TimedRun};
pub use error::{FolderConflict, NameTaken, StoreError, Unfinished};
pub use expected::{Expected, ExpectedSet, Gap, InvalidExpected, completeness};
pub use index::Index;
pub use journal::JournalEntry;
pub use lost::Lost;
pub use manifest::{Frozen, Manifest};
pub use name::project_name;
pub use options::{Progress, Retry, StoreOptions};
pub use package::{NewPackage, Offer};
pub use prune::{Leftover, OldCommit, Prunable, PruneOptions};
pub use put::Put;
pub use record::Record;
pub use signature::{PutSignature, Signature, SignatureKind};
pub use store::Store;
pub use time::{InvalidTime, Time};
pub use version::{InvalidVersion, Version};
pub use web::{Pages, Site};
pub use wheel::WheelError;
