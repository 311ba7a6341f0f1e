//! The workflows that we publish pass on every key of the tables `build` and `with`, and their README tells of each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use actions_core::{Builder, Check};

const PACKAGES: &str = "create-packages.yml";
const CHECKS: &str = "lint-build-test.yml";

fn read(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(".github/workflows").join(name)).unwrap()
}

/// The text of each job, with the steps that it shares with others.
fn jobs(workflow: &str) -> BTreeMap<String, String> {
    let workflow = &without_aliases(workflow);
    let (_, jobs) = workflow.split_once("\njobs:\n").unwrap();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut current = String::new();
    for line in jobs.lines() {
        let name = line.strip_prefix("  ").filter(|it| !it.starts_with(' '));
        match name.and_then(|it| it.strip_suffix(':')) {
            Some(name) => current = name.to_owned(),
            None => *found.entry(current.clone()).or_default() += &format!("{line}\n"),
        }
    }
    found
}

/// Each alias replaced by what its anchor names: a step, or what is below a key.
fn without_aliases(workflow: &str) -> String {
    let mut text = workflow.to_owned();
    // Steps come first, because lists of steps contain them.
    for (key, indent) in [("- ", 8), ("steps: ", 6), ("env: ", 10)] {
        let indent = " ".repeat(indent);
        while let Some((before, after)) = text.split_once(&format!("{key}&")) {
            let (name, rest) = after.split_once('\n').unwrap();
            let lines = rest.split_inclusive('\n');
            let body: String = lines.take_while(|line| line.starts_with(&indent)).collect();
            let whole = match key {
                "- " => format!("- {}", body.trim_start()),
                key => format!("{}\n{body}", key.trim_end()),
            };
            let alias = format!("{key}*{name}\n");
            let rest = rest.strip_prefix(&body).unwrap().replace(&alias, &whole);
            text = format!("{before}{whole}{rest}");
        }
    }
    text
}

/// The keys of a table that a job reads.
fn keys_of(table: &str, job: &str) -> BTreeSet<String> {
    let reads = format!("matrix.{table}.");
    let parts = job.split(&reads).skip(1);
    let end = |c: char| !(c.is_ascii_lowercase() || c == '-');
    parts
        .map(|part| part.split(end).next().unwrap().to_owned())
        .collect()
}

fn keys(job: &str) -> BTreeSet<String> {
    keys_of("build", job)
}

fn jobs_of(builder: Builder) -> &'static [&'static str] {
    match builder {
        Builder::Wheel => &["linux-wheel", "other-wheels"],
        Builder::Crates => &["crates"],
        Builder::Data => &["data"],
        Builder::Docs => &["docs"],
        Builder::Bundle => &["bundle"],
    }
}

#[test]
fn each_job_reads_the_keys_of_its_builder_and_no_others() {
    let jobs = jobs(&read(PACKAGES));
    for builder in Builder::ALL {
        for name in jobs_of(builder) {
            let known = builder.keys().iter().chain(&["allow-dirty", "setup"]);
            // It is taken out by the plan.
            let known = known.filter(|key| **key != "windows-archive");
            let known: BTreeSet<String> = known.map(|key| (*key).to_owned()).collect();
            assert_eq!(keys(&jobs[*name]), known, "job `{name}`");
        }
    }
    assert_eq!(
        jobs["linux-wheel"],
        jobs["other-wheels"].replace("other-wheels", "linux-wheel")
    );
}

#[test]
fn each_check_reads_the_keys_that_it_has_and_no_others() {
    let jobs = jobs(&read(CHECKS));
    for check in Check::ALL {
        let job = &jobs[check.name()];
        // The plan makes a row for each shard, and for each wheel.
        let makes_rows = |key: &str| key == "shards" || check == Check::Wheel;
        let known = check.keys().iter().filter(|key| !makes_rows(key));
        let known: BTreeSet<String> = known.map(|key| (*key).to_owned()).collect();
        assert_eq!(keys_of("with", job), known, "job `{}`", check.name());
        assert_eq!(
            job.contains("matrix.job.shard"),
            check.keys().contains(&"shards")
        );
    }
    let mut known: BTreeSet<String> = ["allow-dirty", "setup"].map(str::to_owned).into();
    let of_wheel = Builder::Wheel.keys().iter().map(|key| (*key).to_owned());
    known.extend(of_wheel.filter(|key| key != "version"));
    assert_eq!(keys(&jobs["wheel"]), known);
}

#[test]
fn a_job_that_checks_may_write_nothing_and_sees_no_secret() {
    let workflow = read(CHECKS);
    assert!(!workflow.contains(": write") && !workflow.contains("secrets"));
    for (name, job) in jobs(&workflow) {
        assert!(job.contains("    permissions:"), "job `{name}`");
        assert!(job.contains("    timeout-minutes: "), "job `{name}`");
        let checkouts = job.matches("uses: actions/checkout@").count();
        let kept = job.matches("persist-credentials: false").count();
        assert_eq!(checkouts, kept, "job `{name}`");
    }
}

/// What the two kinds of jobs have in common with none of the other kind; `exposure` shows that it is enough.
#[test]
fn a_job_runs_the_code_of_the_repository_or_holds_credentials() {
    let building: Vec<&str> = Builder::ALL
        .into_iter()
        .flat_map(jobs_of)
        .copied()
        .collect();
    for (name, job) in jobs(&read(PACKAGES)) {
        let (before_steps, _) = job.split_once("    steps:\n").unwrap();
        assert!(
            !before_steps.contains("secrets."),
            "job `{name}`: a key for all of its steps"
        );
        if building.contains(&&*name) {
            let only = "    permissions:\n      contents: read # checkout\n    steps:\n";
            assert!(job.contains(only), "job `{name}` may do more than read");
            assert!(!job.contains("secrets."), "job `{name}` sees a secret");
        } else {
            let runs = job.contains("run:") || job.contains("matrix.build");
            assert!(!runs, "job `{name}` runs code of the repository");
        }
        assert!(!job.contains("persist-credentials: true"), "job `{name}`");
        let checkouts = job.matches("uses: actions/checkout@").count();
        assert_eq!(
            checkouts,
            job.matches("persist-credentials: false").count(),
            "job `{name}`"
        );
        let head = "ref: ${{ github.event.pull_request.head.sha || github.sha }}\n";
        assert_eq!(checkouts, job.matches(head).count(), "job `{name}`");
    }
}

#[test]
fn a_key_is_the_input_of_that_name() {
    let jobs = [PACKAGES, CHECKS].map(|workflow| jobs(&read(workflow)));
    for (name, job) in jobs.iter().flatten() {
        let reads = |line: &&str| line.contains("matrix.build.") || line.contains("matrix.with.");
        for line in job.lines().filter(reads) {
            let (key, value) = line.trim().split_once(": ").unwrap();
            let read = ["build", "with"].map(|table| keys_of(table, value));
            let read = read.into_iter().flatten().next().unwrap();
            let known = match key {
                // A whole expression, or a shell's variable.
                "if" | "SETUP" | "COMMAND" | "files" | "folders" | "bucket" | "- if" => continue,
                // A project of the wheel.
                "project" => "wheel",
                other => other,
            };
            assert_eq!(read, known, "job `{name}`: {line}");
        }
    }
}

#[test]
fn the_readme_tells_of_each_key_and_each_input() {
    let readme = read("README.md");
    let workflows = [PACKAGES, CHECKS].map(read);
    let inputs = workflows.iter().flat_map(|workflow| {
        let (inputs, _) = workflow.split_once("\npermissions:").unwrap();
        let names = inputs.lines();
        let names = names.filter_map(|line| line.strip_prefix("      ")?.strip_suffix(':'));
        names.filter(|name| !name.starts_with(' '))
    });
    let keys = Builder::ALL.into_iter().flat_map(Builder::keys);
    let keys = keys.chain(Check::ALL.into_iter().flat_map(Check::keys));
    let names = inputs.map(str::to_owned);
    let names = names.chain(keys.map(|key| (*key).to_owned()));
    for name in names.chain(["allow-dirty", "builder", "setup"].map(str::to_owned)) {
        let cell = format!("`{name}`");
        assert!(readme.contains(&cell), "README.md lacks {cell}");
    }
}
