//! What runs when, in sentences.

use serde_json::json;

use super::*;

mod packages;
mod requests;
mod rules;

const FILE: &str = r#"
[platforms.linux]
runs-on = "ubuntu-latest"
target = "x86_64-unknown-linux-gnu"
default = true

[platforms.macos]
runs-on = "macos-latest"
target = "aarch64-apple-darwin"
columns = { xcode = "16" }
on = ["schedule", "push:main"]
labels = ["🍎 macOS"]

[platforms.windows]
runs-on = "windows-latest"
on = ["schedule", "tag:v*"]

[jobs.rust]
paths = ["crates/**", "Cargo.*"]
platforms = ["all"]

[jobs.wheel]
paths = ["python/**", "crates/**"]
platforms = ["linux", "macos"]
always = ["push:main"]
labels = ["wheels"]

[jobs.docs]
paths = ["docs/**"]

[jobs.installer]
paths = ["installer/**"]
platforms = ["windows"]
labels = ["installer"]

[jobs.nightly]
on = ["schedule"]

[jobs.lint]

[groups]
python = ["wheel", "docs"]
everywhere = ["linux", "macos", "windows"]
"#;

fn pull_request(files: &[&str]) -> Facts {
    Facts {
        trigger: Trigger::laptop("main"),
        labels: Vec::new(),
        request: Vec::new(),
        changes: Changes::Files(files.iter().map(|&file| file.to_owned()).collect()),
        remark: None,
        before: Before::Unknown,
        reached: Reached::NotAsked,
        packages: None,
    }
}

fn event(word: &str, subject: Option<&str>) -> Facts {
    Facts {
        trigger: Trigger {
            word: word.to_owned(),
            subject: subject.map(str::to_owned),
            ..Trigger::default()
        },
        changes: Changes::Everything(format!("{word} has no changed files")),
        ..pull_request(&[])
    }
}

fn request(words: &[&str]) -> Facts {
    Facts {
        request: words.iter().map(|&word| word.to_owned()).collect(),
        ..event("workflow_dispatch", None)
    }
}

fn with_labels(facts: Facts, labels: &[&str]) -> Facts {
    Facts {
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        ..facts
    }
}

fn planned(facts: &Facts) -> Plan {
    plan(&config(), facts).unwrap()
}

fn config() -> Config {
    let mut config = Config::parse(".github/ci-actions.toml", FILE).unwrap();
    let ignore = ["**/*.md", "LICENSE"].map(|glob| glob.parse().unwrap());
    config.ignore = crate::Paths::of(ignore.to_vec()).unwrap();
    config
}

/// The jobs that run, as `job on platform, platform`.
fn running(facts: &Facts) -> Vec<String> {
    let plan = planned(facts);
    let running = plan.jobs.iter().filter(|(_, job)| job.run);
    running
        .map(|(name, job)| {
            let on = job.platforms.iter().filter(|(_, platform)| platform.run);
            let on: Vec<&str> = on.map(|(name, _)| name.as_str()).collect();
            format!("{name} on {}", on.join(", "))
        })
        .collect()
}

fn reason(facts: &Facts, job: &str) -> String {
    planned(facts).jobs[job].reason.clone()
}

#[test]
fn a_job_runs_where_a_changed_file_matches_and_only_on_default_platforms() {
    let facts = pull_request(&["docs/index.rst"]);
    assert_eq!(running(&facts), ["docs on linux", "lint on linux"]);
    assert_eq!(reason(&facts, "docs"), "`docs/index.rst` matches `docs/**`");
    assert_eq!(
        reason(&facts, "rust"),
        "no changed file matches its `paths`"
    );
    assert_eq!(
        reason(&facts, "lint"),
        "has no `paths`, so it runs at every change"
    );
    assert_eq!(reason(&facts, "nightly"), "runs at `schedule` only");
}

#[test]
fn the_reason_counts_further_files() {
    let facts = pull_request(&["docs/a", "docs/b"]);
    assert_eq!(
        reason(&facts, "docs"),
        "`docs/a` matches `docs/**` and 1 more file"
    );
    let facts = pull_request(&["docs/a", "docs/b", "docs/c", "crates/x"]);
    assert_eq!(
        reason(&facts, "docs"),
        "`docs/a` matches `docs/**` and 2 more files"
    );
}

#[test]
fn an_ignored_file_runs_nothing_that_looks_at_files() {
    let facts = pull_request(&["README.md", "LICENSE"]);
    assert_eq!(running(&facts), ["lint on linux"]);
    assert_eq!(planned(&facts).unknown_files, [""; 0]);
}

#[test]
fn paths_win_over_ignore() {
    assert_eq!(
        running(&pull_request(&["crates/core/README.md"])),
        ["lint on linux", "rust on linux", "wheel on linux"]
    );
}

#[test]
fn a_file_that_no_rule_knows_runs_everything_and_is_named() {
    let facts = pull_request(&["README.md", "justfile", "tools/x.py"]);
    assert_eq!(
        running(&facts),
        [
            "docs on linux",
            "lint on linux",
            "rust on linux",
            "wheel on linux"
        ]
    );
    assert_eq!(planned(&facts).unknown_files, ["justfile", "tools/x.py"]);
    assert_eq!(
        reason(&facts, "rust"),
        "no rule knows `justfile` and 1 more"
    );
    // It cannot run on a pull request at all, and the event's filter still holds.
    assert_eq!(
        reason(&facts, "installer"),
        "none of its platforms is on: windows"
    );
    assert_eq!(reason(&facts, "nightly"), "runs at `schedule` only");
}

#[test]
fn a_changed_config_runs_everything() {
    let facts = pull_request(&[".github/ci-actions.toml"]);
    assert_eq!(reason(&facts, "docs"), "the config file itself has changed");
    assert_eq!(running(&facts).len(), 4);
    assert_eq!(planned(&facts).unknown_files, [""; 0]);
}

/// Nobody turns tests off with the change that they would fail.
#[test]
fn a_change_of_the_config_file_runs_what_its_old_rules_run() {
    let path = ".github/ci-actions.toml";
    let config = |on: &str| {
        format!(
            "[platforms.linux]\nruns-on = \"a\"\ndefault = true\n[jobs.rust]\non = [{on}]\npaths = [\"src/**\"]\n"
        )
    };
    let (old, new) = (config("\"pull_request\""), config("\"schedule\""));
    let facts = |before| Facts {
        before,
        ..pull_request(&[path])
    };
    let run = |before: Before| {
        let planned = plan(&Config::parse(path, &new).unwrap(), &facts(before)).unwrap();
        (
            planned.jobs["rust"].run,
            planned.jobs["rust"].reason.clone(),
        )
    };
    assert_eq!(
        run(Before::new(path, &old, &new)),
        (
            true,
            "by the rules before this change: the config file itself has changed".to_owned()
        )
    );
    assert!(!run(Before::new(path, &new, &new)).0);
    // A job that is gone is named.
    let other = new.replace("jobs.rust", "jobs.other");
    let planned = plan(
        &Config::parse(path, &other).unwrap(),
        &facts(Before::new(path, &old, &other)),
    );
    assert_eq!(planned.unwrap().removed_jobs, ["rust"]);
    // Gates decide nothing about jobs.
    let gates = format!("# A comment.\n[pr-gates]\nmax-file-size = \"1KiB\"\n{new}");
    assert!(matches!(Before::new(path, &new, &gates), Before::SameRules));
}

#[test]
fn when_the_changes_cannot_be_known_everything_runs_and_says_so() {
    let facts = Facts {
        changes: Changes::Everything("the changed files cannot be known".to_owned()),
        ..pull_request(&[])
    };
    assert_eq!(running(&facts).len(), 4);
    assert_eq!(reason(&facts, "docs"), "the changed files cannot be known");
}

#[test]
fn a_pull_request_without_changes_runs_what_looks_at_no_file() {
    let facts = pull_request(&[]);
    assert_eq!(running(&facts), ["lint on linux"]);
    assert_eq!(reason(&facts, "docs"), "no file has changed");
}

#[test]
fn a_push_to_main_adds_platforms_and_jobs_that_always_run_there() {
    let facts = Facts {
        trigger: event("push", Some("main")).trigger,
        ..pull_request(&["crates/a.rs"])
    };
    assert_eq!(
        running(&facts),
        [
            "lint on linux",
            "rust on linux, macos",
            "wheel on linux, macos"
        ]
    );
    assert_eq!(reason(&facts, "wheel"), "always runs at `push:main`");
    let other = Facts {
        trigger: event("push", Some("feature")).trigger,
        ..facts
    };
    assert_eq!(
        running(&other),
        ["lint on linux", "rust on linux", "wheel on linux"]
    );
}

#[test]
fn a_schedule_runs_everything_on_what_it_switches_on() {
    assert_eq!(
        running(&event("schedule", Some("17 3 * * *"))),
        [
            "docs on linux",
            "installer on windows",
            "lint on linux",
            "nightly on linux",
            "rust on linux, macos, windows",
            "wheel on linux, macos"
        ]
    );
}

#[test]
fn a_tag_is_no_push_and_its_glob_decides() {
    assert!(running(&event("tag", Some("v1.0.0"))).contains(&"installer on windows".to_owned()));
    assert!(
        !running(&event("tag", Some("nightly")))
            .join(";")
            .contains("windows")
    );
    assert!(
        !running(&event("tag", Some("main")))
            .join(";")
            .contains("macos")
    );
}

#[test]
fn a_deleted_branch_runs_nothing() {
    let mut facts = event("push", Some("main"));
    facts.trigger.deleted = true;
    assert_eq!(running(&facts), [""; 0]);
    assert_eq!(
        reason(&facts, "lint"),
        "the deletion of main leaves nothing to run on"
    );
}

#[test]
fn a_label_adds_a_platform_whatever_its_case() {
    let facts = with_labels(pull_request(&["crates/a.rs"]), &["🍎 macos"]);
    assert_eq!(
        running(&facts),
        [
            "lint on linux",
            "rust on linux, macos",
            "wheel on linux, macos"
        ]
    );
}

#[test]
fn a_label_forces_a_job_whatever_was_changed() {
    let facts = with_labels(pull_request(&["README.md"]), &["wheels"]);
    assert_eq!(running(&facts), ["lint on linux", "wheel on linux"]);
    assert_eq!(reason(&facts, "wheel"), "label `wheels`");
}

#[test]
fn a_label_that_forces_a_job_without_a_default_platform_runs_it_on_its_own() {
    let facts = with_labels(pull_request(&["README.md"]), &["installer"]);
    assert_eq!(running(&facts), ["installer on windows", "lint on linux"]);
}

#[test]
fn a_group_says_whether_one_of_its_jobs_runs() {
    let groups = planned(&pull_request(&["docs/a"])).groups;
    assert_eq!(groups, BTreeMap::from([("python".to_owned(), true)]));
    let groups = planned(&pull_request(&["Cargo.toml"])).groups;
    assert_eq!(groups, BTreeMap::from([("python".to_owned(), false)]));
}

#[test]
fn a_matrix_has_a_row_for_each_platform_and_is_never_empty() {
    let mut facts = pull_request(&["crates/a.rs"]);
    facts.labels.push("🍎 macOS".to_owned());
    let plan = planned(&facts).to_json();
    assert_eq!(
        plan["wheel"],
        json!({
            "run": true,
            "reason": "`crates/a.rs` matches `crates/**`",
            "matrix": {"include": [
                {"platform": "linux", "runs-on": "ubuntu-latest", "target": "x86_64-unknown-linux-gnu"},
                {"platform": "macos", "runs-on": "macos-latest", "target": "aarch64-apple-darwin", "xcode": "16"},
            ]},
        })
    );
    let none = json!([{"platform": "none", "runs-on": "ubuntu-latest", "target": ""}]);
    assert_eq!(plan["docs"]["run"], false);
    assert_eq!(plan["docs"]["matrix"]["include"], none);
}

#[test]
fn the_row_that_nothing_runs_has_every_column() {
    let plan = planned(&pull_request(&["docs/a"])).to_json();
    assert_eq!(
        plan["rust"]["matrix"]["include"],
        json!([{"platform": "none", "runs-on": "ubuntu-latest", "target": "", "xcode": ""}])
    );
}
