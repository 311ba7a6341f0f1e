//! Uploads, promotions, deletions and writers of pages against each other: whatever the order of their requests, and wherever
//! one of them is killed, nothing in the bucket leads to a file that is not there.
//!
//! Each seed is one order. A failing one is printed; `SEED=<number> cargo test --workspace --lib interleavings` runs it
//! again and says what happened, and `SEEDS=<number>` runs more than the usual number. A few thousand find next to nothing
//! that needs one exact moment; `sweeps` stops a run at each.

mod invariants;
mod scheduler;
mod sweeps;

use std::cell::RefCell;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Mutex;

use crate::build::Build;
use crate::channel::name::Channel;
use crate::channel::promote::PromotionOptions;
use crate::commit::Commit;
use crate::error::StoreError;
use crate::package::NewPackage;
use crate::prune::{Prunable, PruneOptions};
use crate::record::Record;
use crate::store::Store;
use crate::time::Time;
use crate::web::Site;
use invariants::Invariants;
pub(crate) use scheduler::Turns;
use scheduler::{Kills, Random, World, time};

const SEEDS: u64 = 500;
const NONE: Kills = Kills::AtMost(0);
const DAY: u64 = 24 * 60 * 60;
const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
const OTHER: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const BUILD: &str = "0.1.0+2026.11.21.g6e4ddaf";

/// One kind of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Upload {
        other_bytes: bool,
        old: bool,
    },
    /// A folder that has the name of another kind's.
    UploadBundle,
    Promote,
    Prune,
    Index,
}

fn sources() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("one/wheel", "wheel one"),
        ("two/wheel", "wheel two, other bytes"),
        ("one/docs/index.html", "docs one"),
        ("one/docs/a/b.js", "1"),
        ("two/docs/index.html", "docs two!"),
        ("bundle/index.html", "bundle"),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Where a scenario's runs find their packages, and what they leave for its checks.
struct Scenario<'a> {
    sources: &'a Path,
    version: &'static str,
    puts: RefCell<Vec<Record>>,
    failures: RefCell<Vec<String>>,
}

impl Scenario<'_> {
    fn packages(&self, other_bytes: bool, uploaded: Time) -> [NewPackage; 2] {
        let folder = self.sources.join(if other_bytes { "two" } else { "one" });
        let package = |kind: &str, file: &str, path: &str| NewPackage {
            kind: kind.to_owned(),
            project: "hello".to_owned(),
            version: self.version.to_owned(),
            platform: "any".to_owned(),
            file_name: file.to_owned(),
            path: folder.join(path),
            uploaded: Some(uploaded),
            metadata: (kind == "wheel").then(|| b"Name: hello\n".to_vec()),
            ..NewPackage::default()
        };
        [
            package("wheel", "hello-0.1.0-py3-none-any.whl", "wheel"),
            package("docs-rust", "web", "docs"),
        ]
    }

    async fn upload(
        &self,
        store: &Store,
        commit: &Commit,
        packages: &[NewPackage],
    ) -> Result<(), StoreError> {
        let mut refused = None;
        for package in packages {
            match store.put(commit, package).await {
                Ok(put) => self.puts.borrow_mut().push(put.record().clone()),
                Err(error) => refused = Some(error),
            }
        }
        store.write_commit(commit, &Site::default(), None).await?;
        refused.map_or(Ok(()), Err)
    }

    async fn promote(&self, store: &Store, commit: &Commit) -> Result<(), StoreError> {
        let records = store.records(commit).await?;
        let (channel, version, packages) = match Build::choose(&records) {
            Build::Of(version, packages) => (Channel::Nightly, version.to_string(), packages),
            Build::Releases(versions) if !versions.is_empty() => {
                (Channel::Latest, versions[0].clone(), records)
            }
            _ => return Ok(()),
        };
        let frozen = store.freeze(&version, commit, &packages).await?;
        let options = PromotionOptions::default();
        store.promote(channel, frozen.manifest(), &options).await?;
        store.write_channel(channel, &Site::default()).await?;
        Ok(())
    }

    async fn prunable(store: &Store) -> Result<Prunable, StoreError> {
        let options = PruneOptions {
            before: time(DAY),
            commits: String::new(),
            kinds: Vec::new(),
            leftovers_before: store.now().before(std::time::Duration::from_secs(7 * DAY)),
        };
        store.prunable(&options).await
    }

    async fn prune(store: &Store) -> Result<(), StoreError> {
        let found = Self::prunable(store).await?;
        store.prune(&found, &Site::default()).await?;
        Ok(())
    }

    async fn play(&self, store: Store, role: Role) {
        let commit: Commit = COMMIT.parse().unwrap();
        let new = time(30 * DAY);
        let played = match role {
            Role::Upload { other_bytes, old } => {
                let uploaded = if old { time(0) } else { new };
                let packages = self.packages(other_bytes, uploaded);
                self.upload(&store, &commit, &packages).await
            }
            Role::UploadBundle => {
                let [_, docs] = self.packages(false, new);
                let bundle = NewPackage {
                    kind: "bundle".to_owned(),
                    path: self.sources.join("bundle"),
                    ..docs
                };
                self.upload(&store, &commit, &[bundle]).await
            }
            Role::Promote => self.promote(&store, &commit).await,
            Role::Prune => Self::prune(&store).await,
            Role::Index => store.write_all_pages(&Site::default()).await.map(|_| ()),
        };
        note(|| {
            format!(
                "{role:?} ended: {:?}",
                played.as_ref().map_err(ToString::to_string)
            )
        });
        if let Err(error) = played
            && !is_an_answer(&error)
        {
            self.failures
                .borrow_mut()
                .push(format!("{role:?}: {error}"));
        }
    }

    fn work(
        &self,
        world: &mut World,
        role: Role,
    ) -> (usize, Pin<Box<dyn Future<Output = ()> + '_>>) {
        let store = world.store();
        let run = store.clock.as_ref().unwrap().run();
        (run, Box::pin(self.play(store, role)))
    }
}

/// Errors that say what others have done meanwhile; everything else is a fault.
fn is_an_answer(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Conflict { .. }
            | StoreError::FolderConflict(_)
            | StoreError::NameTaken(_)
            | StoreError::BeingDeleted { .. }
            | StoreError::FrozenOtherwise { .. }
            | StoreError::UnknownVersion { .. }
            | StoreError::Contended { .. }
            | StoreError::Lost { .. }
    )
}

fn roles(random: &mut Random) -> Vec<Role> {
    let mut roles = vec![Role::Prune];
    for _ in 0..1 + random.below(3) {
        roles.push(match random.below(7) {
            0..=2 => Role::Upload {
                other_bytes: random.chance(25),
                old: random.chance(30),
            },
            3 => Role::UploadBundle,
            4 => Role::Promote,
            5 => Role::Index,
            _ => Role::Prune,
        });
    }
    roles
}

fn play(seed: u64, sources: &Path) {
    let random = &mut Random::new(seed);
    let mut world = World::new();
    let scenario = Scenario {
        sources,
        version: if random.chance(50) { BUILD } else { "0.1.0" },
        puts: RefCell::default(),
        failures: RefCell::default(),
    };
    let mut invariants = Invariants::default();
    let mut check = |world: &World, paths: &_| invariants.check(world, paths);

    // What is there from long ago: perhaps a whole commit, perhaps what a killed upload left.
    let first = Role::Upload {
        other_bytes: random.chance(20),
        old: true,
    };
    let kills = Kills::AtMost(random.below(2));
    let works = vec![scenario.work(&mut world, first)];
    world.run(random, works, kills, &mut check);
    let store = world.store();
    let other = async {
        let [wheel, _] = scenario.packages(false, time(30 * DAY));
        let other = OTHER.parse().unwrap();
        let uploaded = scenario.upload(&store, &other, &[wheel]).await;
        uploaded.unwrap();
    };
    let run = store.clock.as_ref().unwrap().run();
    world.run(random, vec![(run, Box::pin(other))], NONE, &mut check);
    world.pass(10 * DAY);

    let roles = roles(random);
    let works: Vec<_> = roles
        .iter()
        .map(|role| scenario.work(&mut world, *role))
        .collect();
    let first_run = works[0].0;
    let kills = Kills::AtMost(random.below(3));
    let killed = world.run(random, works, kills, &mut check);
    // Killed runs are run again, one after the other, when their announcements are known to be of the dead.
    world.pass(2 * 60 * 60);
    for run in killed {
        let works = vec![scenario.work(&mut world, roles[run - first_run])];
        world.run(random, works, NONE, &mut check);
    }
    invariants.check_at_rest(&world);
    finish(&mut world, random, &scenario, &mut invariants);
}

/// What was said to be uploaded is there, unless it was old and pruned; and the last run of `prune` leaves nothing half done.
fn finish(
    world: &mut World,
    random: &mut Random,
    scenario: &Scenario<'_>,
    invariants: &mut Invariants,
) {
    let paths = world.paths();
    for record in scenario.puts.borrow().iter() {
        let path = crate::prune::record_path(record);
        let old = record.uploaded < time(DAY);
        assert!(old || paths.contains_key(&path), "{path} is gone");
    }
    assert_eq!(scenario.failures.take(), Vec::<String>::new());
    world.pass(10 * DAY);
    let works = vec![scenario.work(world, Role::Prune)];
    world.run(random, works, NONE, |world, paths| {
        invariants.check(world, paths)
    });
    invariants.check_at_rest(world);
    assert_eq!(scenario.failures.take(), Vec::<String>::new());
    let paths = world.paths();
    let left: Vec<&String> = paths
        .keys()
        .filter(|path| path.starts_with("active/"))
        .collect();
    assert_eq!(left, Vec::<&String>::new(), "announcements of the dead");
    let records = format!("commit/{COMMIT}/records/");
    if !paths.keys().any(|path| path.starts_with(&records)) {
        assert_eq!(left_of_commit(world), Vec::<String>::new());
    }
}

fn left_of_commit(world: &World) -> Vec<String> {
    let paths = world.paths().into_keys();
    paths.filter(|path| path.contains("6e4ddaf")).collect()
}

#[test]
fn nothing_ever_leads_to_a_file_that_is_gone() {
    let sources = sources();
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seeds: Vec<u64> = match number("SEED") {
        Some(seed) => vec![seed],
        None => (0..number("SEEDS").unwrap_or(SEEDS)).collect(),
    };
    let seeds = Mutex::new(seeds.into_iter());
    let failed = Mutex::new(None);
    // A function of its own: the lock must not last as long as the loop's body.
    let next = || seeds.lock().unwrap().next();
    let work = || {
        while let Some(seed) = next() {
            let played = std::panic::catch_unwind(|| play(seed, sources.path()));
            if played.is_err() {
                *failed.lock().unwrap() = Some(seed);
            }
            if failed.lock().unwrap().is_some() {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    let trace = TRACE.lock().unwrap().join("\n");
    assert_eq!(failed, None, "repeat it with SEED=<that number>\n{trace}");
}

/// What happened, where one seed alone is run.
static TRACE: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn note(text: impl FnOnce() -> String) {
    if std::env::var_os("SEED").is_some() {
        TRACE.lock().unwrap().push(text());
    }
}
