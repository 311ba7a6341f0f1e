//! Many crates against a registry with the limits of crates.io, on a clock whose waits take no time.

use crate::{
    clock::Bench,
    packages::{krate, needs},
};
use jiff::Timestamp;
use package_formats::Crate;
use publishing::{
    Outcome,
    crates_io::{Credentials, Error, Limits, Registry},
};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use testkit::cargo_registry::{self, CargoRegistry, Now, Options};

const CRATES: usize = 104;
const DEPTH: usize = 27;
/// Seconds of one new crate and of one new version.
const NEW: u64 = 600;
const VERSION: u64 = 60;

struct Case {
    bench: Bench,
    server: CargoRegistry,
    folder: TempDir,
}

impl Case {
    /// A registry with limits that knows `known` already, published some hours before.
    async fn new(known: &[String], options: Options) -> Self {
        let (bench, folder) = (Bench::new(), tempfile::tempdir().unwrap());
        let clock = Arc::clone(&bench.clock);
        let options = Options {
            folder: Some(folder.path().join("registry")),
            now: Now::new(move || publishing::clock::Clock::now(clock.as_ref())),
            ..options
        };
        let unlimited = CargoRegistry::start(options.clone()).unwrap();
        let old = folder.path().join("old");
        std::fs::create_dir(&old).unwrap();
        let crates: Vec<Crate> = known
            .iter()
            .map(|name| krate(&old, name, "0.1.0", "", ""))
            .collect();
        let registry = open(&bench, &unlimited).await;
        registry.publish_all(&crates, &account()).await.unwrap();
        drop(unlimited);
        bench.clock.advance(Duration::from_secs(12 * 3600));
        let server = CargoRegistry::start(Options {
            limits: Some(cargo_registry::Limits::crates_io()),
            ..options
        });
        Self {
            bench,
            server: server.unwrap(),
            folder,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn now(&self) -> Timestamp {
        publishing::clock::Clock::now(self.bench.clock.as_ref())
    }

    async fn publish(&self, crates: &[Crate]) -> Result<Outcome, Error> {
        let registry = open(&self.bench, &self.server).await;
        let registry = registry.with_limits(Limits::crates_io());
        let outcome = registry.publish_all(crates, &account()).await;
        self.assert_needs_first();
        outcome
    }

    /// Each crate came after those that it needs.
    fn assert_needs_first(&self) {
        let mut shown: BTreeSet<String> = BTreeSet::new();
        for upload in self.server.uploads() {
            let text = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
            for need in upload.metadata["deps"].as_array().unwrap() {
                let version = text(need, "version_req").replace('=', "");
                let need = format!("{} {version}", text(need, "name"));
                assert!(shown.contains(&need), "{need} was not there yet");
            }
            let (name, version) = (
                text(&upload.metadata, "name"),
                text(&upload.metadata, "vers"),
            );
            shown.insert(format!("{name} {version}"));
        }
    }

    /// Seconds from `start` to the last upload that was taken.
    fn took(&self, start: Timestamp) -> u64 {
        let last = self.server.uploads().last().unwrap().at;
        last.duration_since(start).as_secs().try_into().unwrap()
    }

    fn refusals(&self) -> usize {
        let requests = self.server.requests();
        requests.iter().filter(|one| one.status == 429).count()
    }
}

async fn open(bench: &Bench, server: &CargoRegistry) -> Registry {
    let index = server.index_url();
    let registry = Registry::open(&bench.transport, &index, None).await;
    registry.unwrap().with_crates_io_at(&index)
}

fn account() -> Credentials {
    Credentials::Token("account".into())
}

/// Names that do not sort as they depend on each other.
fn name(number: usize) -> String {
    format!("c{:03}", CRATES - number)
}

/// 104 crates in 27 layers; each one needs two of the layer before.
fn layered(folder: &Path) -> Vec<Crate> {
    let width = CRATES.div_ceil(DEPTH);
    (0..CRATES)
        .map(|number| {
            let layer = number / width;
            let more: String = (0..2)
                .filter(|_| layer > 0)
                .map(|other| {
                    needs(
                        &name((layer - 1) * width + (number + other) % width),
                        "0.2.0",
                    )
                })
                .collect();
            krate(folder, &name(number), "0.2.0", &more, "")
        })
        .collect()
}

#[tokio::test]
async fn a_hundred_and_four_new_names_take_as_long_as_the_limit_and_no_longer() {
    let case = Case::new(&[], Options::default()).await;
    let crates = layered(case.path());
    let start = case.now();
    let outcome = case.publish(&crates).await.unwrap();
    assert_eq!(outcome.published.len(), CRATES);
    let bound = NEW * (CRATES as u64 - 5);
    let took = case.took(start);
    assert!(
        (bound..=bound + bound / 100).contains(&took),
        "{took} of {bound}"
    );
    assert_eq!(case.refusals(), 0);
}

#[tokio::test]
async fn a_hundred_and_four_new_versions_take_as_long_as_the_limit_and_no_longer() {
    let known: Vec<String> = (0..CRATES).map(name).collect();
    let options = Options {
        index_lag: 2,
        ..Options::default()
    };
    let case = Case::new(&known, options).await;
    let crates = layered(case.path());
    let start = case.now();
    case.publish(&crates).await.unwrap();
    let bound = VERSION * (CRATES as u64 - 30);
    let took = case.took(start);
    assert!(
        (bound..=bound + bound / 100).contains(&took),
        "{took} of {bound}"
    );
    assert_eq!(case.refusals(), 0);
    let log = case.bench.log();
    assert!(
        log.contains("the registry's limit on new versions"),
        "{log}"
    );
}

#[tokio::test]
async fn new_names_and_new_versions_are_sent_side_by_side() {
    let known: Vec<String> = (0..70).map(|number| format!("known{number:02}")).collect();
    let case = Case::new(&known, Options::default()).await;
    // Half of the known crates need the one new name that comes last by its name.
    let new = |number: usize| format!("new{number:02}");
    let mut crates: Vec<Crate> = (0..15)
        .map(|number| krate(case.path(), &new(number), "0.2.0", "", ""))
        .collect();
    for (number, name) in known.iter().enumerate() {
        let more = match number % 2 {
            0 => String::new(),
            _ => needs(&new(14), "0.2.0"),
        };
        crates.push(krate(case.path(), name, "0.2.0", &more, ""));
    }
    let start = case.now();
    case.publish(&crates).await.unwrap();
    let bound = NEW * 10;
    let took = case.took(start);
    assert!(
        (bound..=bound + bound / 100).contains(&took),
        "{took} of {bound}"
    );
    assert_eq!(case.refusals(), 0);
}

#[tokio::test]
async fn nothing_is_sent_before_what_it_needs_even_if_the_limit_of_its_kind_would_let_it_go() {
    let mut known: Vec<String> = (0..40).map(|number| format!("known{number:02}")).collect();
    known.push("lib".to_owned());
    let case = Case::new(&known, Options::default()).await;
    // All versions wait for one, and that one for the new crate that the limit lets through last.
    let mut crates: Vec<Crate> = (0..8)
        .map(|number| {
            let more = match number {
                0 => String::new(),
                _ => needs(&format!("new{}", number - 1), "0.2.0"),
            };
            krate(case.path(), &format!("new{number}"), "0.2.0", &more, "")
        })
        .collect();
    let lib = needs("new7", "0.2.0");
    crates.push(krate(case.path(), "lib", "0.2.0", &lib, ""));
    for name in known.iter().filter(|name| *name != "lib") {
        crates.push(krate(
            case.path(),
            name,
            "0.2.0",
            &needs("lib", "0.2.0"),
            "",
        ));
    }
    let outcome = case.publish(&crates).await.unwrap();
    assert_eq!(outcome.published.len(), crates.len());
    assert_eq!(case.refusals(), 0);
}

#[tokio::test]
async fn an_account_that_published_a_moment_ago_waits_as_the_registry_says_and_is_asked_once() {
    let case = Case::new(&[], Options::default()).await;
    let crates = |from: usize, to: usize| -> Vec<Crate> {
        (from..to)
            .map(|number| krate(case.path(), &name(number), "0.2.0", "", ""))
            .collect()
    };
    case.publish(&crates(0, 5)).await.unwrap();
    let start = case.now();
    case.publish(&crates(5, 8)).await.unwrap();
    let bound = NEW * 3;
    let took = case.took(start);
    assert!(
        (bound..=bound + bound / 100).contains(&took),
        "{took} of {bound}"
    );
    assert_eq!(case.refusals(), 1);
}

#[tokio::test]
async fn the_limit_of_a_day_stops_the_run_with_the_time_to_go_on_at() {
    let options = Options {
        versions_a_day: Some(1),
        ..Options::default()
    };
    let case = Case::new(&["app".to_owned()], options).await;
    let crates = [
        krate(case.path(), "lib", "0.2.0", "", ""),
        krate(case.path(), "app", "0.2.0", &needs("lib", "0.2.0"), ""),
    ];
    let error = case.publish(&crates).await.unwrap_err().to_string();
    // It was published at midnight.
    assert!(
        error.contains("in the last 24 hours; rerun after 2026-01-02 00:01 UTC"),
        "{error}"
    );
    case.bench
        .clock
        .advance(Duration::from_secs(12 * 3600 + 60));
    let outcome = case.publish(&crates).await.unwrap();
    assert_eq!(outcome.unchanged, ["lib-0.2.0.crate"]);
    assert_eq!(outcome.published, ["app-0.2.0.crate"]);
}
