//! The workflow that we publish passes on every key of a table `build`, and its README tells of each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use actions_core::Builder;

fn read(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(".github/workflows").join(name)).unwrap()
}

/// The text of each job.
fn jobs(workflow: &str) -> BTreeMap<String, String> {
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

/// The keys of `build` that a job reads.
fn keys(job: &str) -> BTreeSet<String> {
    let parts = job.split("matrix.build.").skip(1);
    let end = |c: char| !(c.is_ascii_lowercase() || c == '-');
    parts
        .map(|part| part.split(end).next().unwrap().to_owned())
        .collect()
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
    let jobs = jobs(&read("create-packages.yml"));
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

/// What the two kinds of jobs have in common with none of the other kind; `exposure` shows that it is enough.
#[test]
fn a_job_runs_the_code_of_the_repository_or_holds_credentials() {
    let building: Vec<&str> = Builder::ALL
        .into_iter()
        .flat_map(jobs_of)
        .copied()
        .collect();
    for (name, job) in jobs(&read("create-packages.yml")) {
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
    for (name, job) in jobs(&read("create-packages.yml")) {
        for line in job.lines().filter(|line| line.contains("matrix.build.")) {
            let (key, value) = line.trim().split_once(": ").unwrap();
            let read = keys(value).into_iter().next().unwrap();
            let known = match key {
                // A whole expression, or a shell's variable.
                "if" | "SETUP" | "files" | "folders" | "bucket" | "- if" => continue,
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
    let workflow = read("create-packages.yml");
    let (inputs, _) = workflow.split_once("\npermissions:").unwrap();
    let inputs = inputs
        .lines()
        .filter_map(|line| line.strip_prefix("      ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '));
    let keys = Builder::ALL.into_iter().flat_map(Builder::keys);
    let names = inputs.map(str::to_owned);
    let names = names.chain(keys.map(|key| (*key).to_owned()));
    for name in names.chain(["allow-dirty", "builder", "setup"].map(str::to_owned)) {
        let cell = format!("`{name}`");
        assert!(readme.contains(&cell), "README.md lacks {cell}");
    }
}
