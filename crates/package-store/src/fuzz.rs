//! Objects and words that nobody of ours wrote: each is read or refused, and what was read can be used.

use std::fs;
use std::path::Path;

use serde::{Serialize, de::DeserializeOwned};

use crate::reservation::Reservation;
use crate::{
    Channel, Commit, Digest, Entry, Expected, Record, Store, StoreError, Time, Version, layout,
};

const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";

const RECORD: &str = r#"{"kind":"wheel","project":"hello-sdk","version":"0.2.0a1","platform":"linux-x64","profile":"release","file":"hello_sdk-0.2.0a1-py3-none-any.whl","files":3,"size":7,"sha256":"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae","content-type":"application/zip","commit":"6e4ddaf0123456789abcdef0123456789abcdef0","uploaded":"2026-11-21T08:15:00Z"}"#;
const ENTRY: &str = r#"{"number":1,"channel":"latest","version":"0.2.0","commit":"6e4ddaf0123456789abcdef0123456789abcdef0","manifest":"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae","when":"2026-11-21T08:15:00Z","rollback-of":18446744073709551615,"restores":1}"#;
const RESERVATION: &str = r#"{"kind":"data","project":"hello","file":"a.bin","sha256":"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae","folder":false,"added":"-009999-01-02T00:00:00Z"}"#;

const WORDS: &[&str] = &[
    "18446744073709551615",
    "1e400",
    "-1",
    "null",
    "\"size\":",
    "../",
    "\\u0000",
    "9999-12-31T23:59:60Z",
    "99999999999999999999999999999999",
    "-alpha.",
    "!",
    ".post",
];

/// What is read as `T` is written and read again as the same.
fn read<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(text: &str) -> Option<T> {
    let found: T = serde_json::from_str(text).ok()?;
    let written = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<T>(&written).unwrap(), found);
    Some(found)
}

#[test]
fn a_record_that_passes_its_check_names_objects_below_its_commit() {
    testkit::fuzz::texts(&[RECORD], WORDS, |text| {
        let Some(record) = read::<Record>(text) else {
            return;
        };
        let _named = (record.named(), record.order());
        if record.check().is_ok() {
            let path = layout::package(&record.commit, &record.profile, &record.file);
            assert!(
                package_formats::file_name::path_problem(&path).is_none(),
                "{path}"
            );
            assert!(record.size.checked_mul(1000).is_some());
        }
    });
}

#[test]
fn an_entry_and_a_reservation_are_read_or_refused() {
    testkit::fuzz::texts(&[ENTRY, RESERVATION], WORDS, |text| {
        if let Some(entry) = read::<Entry>(text) {
            let _shown = (
                entry.origin(),
                entry.when.minute(),
                entry.when.ago(Time::now()),
            );
        }
        if let Some(reservation) = read::<Reservation>(text) {
            let _shown = reservation.unfinished(Time::now());
        }
    });
}

/// Writes into a bucket that is a folder, as a stranger with access would.
fn plant(bucket: &Path, path: &str, bytes: &[u8]) {
    let path = bucket.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_log_and_a_manifest_of_a_stranger_are_passed_over_or_refused_with_their_address() {
    let folder = tempfile::tempdir().unwrap();
    let version: Version = "0.2.0".parse().unwrap();
    let manifest =
        format!("{{\"version\":\"0.2.0\",\"commit\":\"{COMMIT}\",\"packages\":[{RECORD}]}}");
    let (log, list) = (
        layout::channel_entry(&Channel::Latest, 1),
        layout::manifest(&version),
    );
    let store = Store::open(folder.path().to_str().unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    testkit::fuzz::texts(&[ENTRY, &manifest], WORDS, |text| {
        plant(folder.path(), &log, text.as_bytes());
        plant(folder.path(), &list, text.as_bytes());
        let _current = runtime.block_on(store.current(Channel::Latest));
        let read = runtime.block_on(store.manifest("0.2.0"));
        if let Err(error @ StoreError::Damaged { .. }) = read {
            assert!(error.to_string().contains(&list), "{error}");
        }
    });
}

#[test]
fn words_of_inputs_and_addresses_are_read_as_they_are_written_or_refused() {
    let seeds = [
        "1!1.0.0rc2.post3.dev4+local.7",
        "v0.3.1-alpha.1+2026.11.21.g6e4ddaf",
        "2026-11-21T09:15:00.75+01:00",
        "pr/18446744073709551615",
        "wheel hello-sdk linux-x64",
        COMMIT,
    ];
    testkit::fuzz::texts(&seeds, WORDS, |text| {
        if let Ok(version) = text.parse::<Version>() {
            assert_eq!(version.to_string().parse::<Version>().unwrap(), version);
            assert!(!version.to_string().contains(['/', '\\', ' ']));
            let _order = version.precedence(&"1.2.3".parse().unwrap());
        }
        if let Ok(time) = text.parse::<Time>() {
            let _shown = (time.day(), time.compact(), time.ago(Time::now()));
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        if let Ok(channel) = text.parse::<Channel>() {
            assert_eq!(channel.to_string().parse(), Ok(channel));
        }
        if let Ok(commit) = text.parse::<Commit>() {
            assert_eq!(commit.to_string(), text.to_ascii_lowercase());
        }
        let _either = (text.parse::<Digest>(), text.parse::<Expected>());
    });
}
