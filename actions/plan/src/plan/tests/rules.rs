//! What runs by the rules that look at other jobs, at labels, drafts and forks, and the rows of a matrix.

use super::*;

const FILE: &str = r#"
[platforms.linux]
runs-on = "ubuntu-latest"
default = true

[platforms.macos]
runs-on = "macos-latest"
on = ["push:main"]
columns = { xcode = ["15", "16"] }

[jobs.wheel]
paths = ["python/**"]
platforms = ["all"]
labels = ["wheels"]

[jobs.test-wheel]
paths = ["tests/**"]
platforms = ["all"]
runs-with = ["wheel"]
columns = { python = ["3.10", "3.13"] }

[jobs.announce]
runs-with = ["test-wheel"]
on = ["pull_request", "push"]

[jobs.secret]
forks = false
drafts = false
not-labels = ["Skip secret"]
labels = ["wheels"]
"#;

fn planned(facts: &Facts) -> Plan {
    let file = Config::parse(".github/ci-actions.toml", FILE).unwrap();
    plan(&file, facts).unwrap()
}

fn runs(facts: &Facts) -> Vec<String> {
    let plan = planned(facts);
    plan.running().into_iter().map(str::to_owned).collect()
}

fn reason(facts: &Facts, job: &str) -> String {
    planned(facts).jobs[job].reason.clone()
}

fn rows(facts: &Facts, job: &str) -> Vec<String> {
    let plan = planned(facts).to_json();
    let rows = plan[job]["matrix"]["include"].as_array().unwrap().clone();
    let text = |row: &serde_json::Value| {
        let columns = ["platform", "python", "xcode"].iter();
        let columns = columns.filter_map(|it| Some(row.get(it)?.as_str()?.to_owned()));
        columns.collect::<Vec<_>>().join(" ")
    };
    rows.iter().map(text).collect()
}

#[test]
fn a_job_runs_with_another_one_and_says_with_which() {
    let facts = pull_request(&["python/a.py"]);
    assert_eq!(runs(&facts), ["announce", "secret", "test-wheel", "wheel"]);
    assert_eq!(reason(&facts, "test-wheel"), "runs with `wheel`");
    assert_eq!(reason(&facts, "announce"), "runs with `test-wheel`");
    let facts = pull_request(&["tests/a.py"]);
    assert_eq!(runs(&facts), ["announce", "secret", "test-wheel"]);
    let nothing = pull_request(&[]);
    assert_eq!(runs(&nothing), ["secret"]);
    assert_eq!(reason(&nothing, "announce"), "runs with `test-wheel` only");
}

#[test]
fn a_job_runs_on_the_platforms_of_the_one_that_it_runs_with() {
    let facts = Facts {
        changes: Changes::Files(vec!["python/a.py".to_owned()]),
        ..event("push", Some("main"))
    };
    assert_eq!(
        rows(&facts, "test-wheel"),
        [
            "linux 3.10",
            "linux 3.13",
            "macos 3.10 15",
            "macos 3.10 16",
            "macos 3.13 15",
            "macos 3.13 16"
        ]
    );
    assert_eq!(rows(&facts, "wheel"), ["linux", "macos 15", "macos 16"]);
    assert_eq!(rows(&pull_request(&[]), "test-wheel"), ["none  "]);
}

/// What is asked for by hand is all that runs, and an event that `on` leaves out stays out.
#[test]
fn neither_a_request_nor_on_is_widened() {
    assert_eq!(runs(&request(&["wheel"])), ["wheel"]);
    let facts = Facts {
        changes: Changes::Files(vec!["python/a.py".to_owned()]),
        ..event("merge_group", Some("main"))
    };
    assert_eq!(runs(&facts), ["secret", "test-wheel", "wheel"]);
    assert_eq!(
        reason(&facts, "announce"),
        "runs at `pull_request` and `push` only"
    );
}

#[test]
fn a_draft_a_fork_and_a_label_keep_a_job_from_running_whatever_else_would_run_it() {
    let mut draft = with_labels(pull_request(&[]), &["wheels"]);
    assert_eq!(reason(&draft, "secret"), "label `wheels`");
    draft.trigger.draft = true;
    assert_eq!(
        reason(&draft, "secret"),
        "does not run for draft pull requests"
    );
    assert_eq!(
        runs(&draft),
        ["announce", "test-wheel", "wheel"],
        "others run"
    );
    let mut fork = pull_request(&[]);
    fork.trigger.from_fork = true;
    assert_eq!(
        reason(&fork, "secret"),
        "does not run for pull requests from forks"
    );
    let labelled = with_labels(pull_request(&[]), &["wheels", "skip secret"]);
    assert_eq!(
        reason(&labelled, "secret"),
        "label `Skip secret` keeps it from running"
    );
    let by_hand = Facts {
        trigger: fork.trigger,
        ..request(&["secret"])
    };
    assert_eq!(runs(&by_hand), ["secret"]);
}

/// A change may not take a job out by itself.
#[test]
fn a_job_runs_that_ran_with_another_one_before_the_change() {
    let after = FILE.replace("runs-with = [\"wheel\"]\n", "");
    let facts = Facts {
        before: Before::new(".github/ci-actions.toml", FILE, &after),
        ..pull_request(&["python/a.py"])
    };
    let file = Config::parse(".github/ci-actions.toml", &after).unwrap();
    let plan = plan(&file, &facts).unwrap();
    assert_eq!(
        plan.jobs["test-wheel"].reason,
        "by the rules before this change: runs with `wheel`"
    );
}
