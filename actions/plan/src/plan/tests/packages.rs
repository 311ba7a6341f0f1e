//! What runs when the bucket has a part of the commit's packages.

use super::*;
use crate::packages::Packages;

const FILE: &str = r#"
[platforms.linux-x64]
runs-on = "ubuntu-latest"
default = true

[platforms.mac]
runs-on = "macos-latest"
target = "aarch64-apple-darwin"
on = ["push:main"]

[jobs.wheel]
platforms = ["all"]
on = ["pull_request", "push"]

[jobs.web]
paths = ["web/**"]

[jobs.crates]

[jobs.announce]

[jobs.sweep]
always = ["schedule"]
"#;

/// "wasm on each commit, all wheels hourly", and crates by the rules of their job.
const TABLE: &str = r#"
[packages]
web = { kind = "bundle", project = "hello-web", platforms = ["wasm"], job = "web", on = ["push:main"] }
wheels = { kind = "wheel", project = "hello-sdk", platforms = ["linux-x64", "macos-arm64"], job = "wheel", on = ["schedule", "tag:v*"] }
crates = { kind = "crate", projects = ["hello-core", "hello-cli"], job = "crates" }
"#;

/// All packages of the table.
const ALL: [&str; 5] = [
    "bundle hello-web wasm",
    "wheel hello-sdk linux-x64",
    "wheel hello-sdk macos-arm64",
    "crate hello-core any",
    "crate hello-cli any",
];

fn file() -> Config {
    Config::parse(".github/ci-actions.toml", FILE).unwrap()
}

fn with_bucket(facts: Facts, there: &[&str]) -> Facts {
    let table = actions_core::Packages::parse("ci.toml", TABLE).unwrap();
    let mut builds = crate::packages::builds(&file(), &table.unwrap()).unwrap();
    for build in &mut builds {
        build.there = there.contains(&build.what.to_string().as_str());
    }
    assert_eq!(builds.iter().filter(|it| it.there).count(), there.len());
    Facts {
        packages: Some(Packages {
            commit: "6e4ddaf0123456789abcdef0123456789abcdef0".to_owned(),
            builds,
            force: false,
            assumed_empty: false,
        }),
        ..facts
    }
}

fn forced(mut facts: Facts) -> Facts {
    facts.packages.as_mut().unwrap().force = true;
    facts
}

/// The jobs that run, with their platforms.
fn runs(facts: &Facts) -> Vec<String> {
    let plan = plan(&file(), facts).unwrap();
    let running = plan.jobs.iter().filter(|(_, job)| job.run);
    running
        .map(|(name, job)| {
            let on = job.platforms.iter().filter(|(_, platform)| platform.run);
            let on: Vec<&str> = on.map(|(name, _)| name.as_str()).collect();
            format!("{name} on {}", on.join(", "))
        })
        .collect()
}

fn why(facts: &Facts, job: &str) -> String {
    plan(&file(), facts).unwrap().jobs[job].reason.clone()
}

fn push() -> Facts {
    event("push", Some("main"))
}

fn hourly() -> Facts {
    event("schedule", Some("0 * * * *"))
}

#[test]
fn each_commit_gets_its_wasm_and_each_hour_all_wheels() {
    let facts = with_bucket(push(), &[]);
    assert_eq!(
        runs(&facts),
        [
            "announce on linux-x64",
            "crates on linux-x64",
            "sweep on linux-x64",
            "web on linux-x64"
        ]
    );
    assert_eq!(
        why(&facts, "web"),
        "not in the bucket: bundle hello-web wasm"
    );
    assert_eq!(
        why(&facts, "wheel"),
        "its packages are built at `schedule` and `tag:v*` only"
    );
    let facts = with_bucket(hourly(), &ALL[..1]);
    assert!(runs(&facts).contains(&"wheel on linux-x64, mac".to_owned()));
    assert_eq!(
        why(&facts, "web"),
        "its packages are built at `push:main` only"
    );
}

#[test]
fn an_event_of_a_package_goes_before_the_paths_and_the_events_of_its_job() {
    let nothing_changed = Facts {
        changes: Changes::Files(Vec::new()),
        ..push()
    };
    let facts = with_bucket(nothing_changed, &[]);
    assert!(runs(&facts).contains(&"web on linux-x64".to_owned()));
    let facts = with_bucket(event("tag", Some("v0.2.0")), &[]);
    assert!(runs(&facts).contains(&"wheel on linux-x64, mac".to_owned()));
}

#[test]
fn a_matrix_has_the_platforms_whose_package_is_missing() {
    let facts = with_bucket(hourly(), &["wheel hello-sdk linux-x64"]);
    let plan = plan(&file(), &facts).unwrap();
    let wheel = &plan.jobs["wheel"];
    assert_eq!(wheel.matrix.len(), 1);
    assert_eq!(wheel.matrix[0]["platform"], "mac");
    assert_eq!(
        wheel.platforms["linux-x64"].reason,
        "already in the bucket: wheel hello-sdk linux-x64"
    );
    assert_eq!(
        wheel.platforms["mac"].reason,
        "not in the bucket: wheel hello-sdk macos-arm64"
    );
}

#[test]
fn a_job_with_one_of_its_packages_missing_runs() {
    let facts = with_bucket(push(), &["crate hello-core any"]);
    assert_eq!(
        why(&facts, "crates"),
        "not in the bucket: crate hello-cli any"
    );
    let facts = with_bucket(push(), &["crate hello-core any", "crate hello-cli any"]);
    assert_eq!(
        why(&facts, "crates"),
        "already in the bucket: crate hello-core any, crate hello-cli any"
    );
}

#[test]
fn a_schedule_that_finds_the_commit_complete_does_nothing_but_what_it_always_does() {
    let facts = with_bucket(hourly(), &ALL);
    assert_eq!(runs(&facts), ["sweep on linux-x64"]);
    assert_eq!(
        why(&facts, "announce"),
        "commit 6e4ddaf0123456789abcdef0123456789abcdef0 has its complete set of packages already"
    );
    assert!(why(&facts, "wheel").starts_with("already in the bucket: "));
    assert!(runs(&with_bucket(push(), &ALL)).contains(&"announce on linux-x64".to_owned()));
}

#[test]
fn a_job_that_rests_leaves_its_matrix_to_the_sentinel() {
    let plan = plan(&file(), &with_bucket(hourly(), &ALL)).unwrap();
    for name in ["announce", "wheel"] {
        assert_eq!(plan.jobs[name].matrix[0]["platform"], "none", "{name}");
    }
}

#[test]
fn by_hand_what_is_asked_for_is_built_unless_it_is_there() {
    let asked = request(&["wheel", "linux-x64", "mac"]);
    let facts = with_bucket(asked.clone(), &["wheel hello-sdk linux-x64"]);
    assert_eq!(runs(&facts), ["wheel on mac"]);
    assert_eq!(why(&facts, "web"), "not asked for by `request`");
    let facts = with_bucket(request(&["wheel", "linux-x64"]), &ALL);
    assert_eq!(runs(&facts), Vec::<String>::new());
    assert_eq!(
        why(&facts, "wheel"),
        "already in the bucket: wheel hello-sdk linux-x64"
    );
}

#[test]
fn force_builds_what_is_there_and_nothing_that_was_not_due() {
    let facts = forced(with_bucket(request(&["wheel", "linux-x64"]), &ALL));
    assert_eq!(runs(&facts), ["wheel on linux-x64"]);
    assert_eq!(
        why(&facts, "wheel"),
        "again by `force`: wheel hello-sdk linux-x64"
    );
    let facts = forced(with_bucket(hourly(), &ALL));
    assert!(runs(&facts).contains(&"wheel on linux-x64, mac".to_owned()));
    assert_eq!(
        why(&facts, "web"),
        "its packages are built at `push:main` only"
    );
}

#[test]
fn a_deleted_branch_builds_nothing() {
    let mut facts = with_bucket(push(), &[]);
    facts.trigger.deleted = true;
    assert_eq!(runs(&facts), Vec::<String>::new());
}

#[test]
fn a_job_or_an_event_that_is_not_there_is_told_with_the_line() {
    for (table, told) in [
        (
            TABLE.replace("\"wheel\", on", "\"weel\", on"),
            "ci.toml:4: unknown job \"weel\": did you mean `wheel`? the jobs are announce, ",
        ),
        (
            TABLE.replace("tag:v*", "tags"),
            "ci.toml:4: unknown event \"tags\"",
        ),
    ] {
        let table = actions_core::Packages::parse("ci.toml", &table).unwrap();
        let error = crate::packages::builds(&file(), &table.unwrap()).unwrap_err();
        assert!(format!("{error:#}").contains(told), "{error:#}");
    }
}
