//! The action as workflows meet it: through its `action.yml`, with the example's config file, without a repository.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use plan::Config;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::binary::Run;
use testkit::composite::Step;
use testkit::repo::TempRepo;
use testkit::runner::InJob as _;

const JOBS: &str = r#"
[platforms.linux]
runs-on = "ubuntu-latest"
default = true

[jobs.docs]
paths = ["docs/**"]

[jobs.rust]
paths = ["crates/**"]
"#;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// A repository with a commit on `main` and one on `feature`, which is checked out.
fn repository() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".github/ci-actions.toml", JOBS).commit("first");
    repo.branch("feature")
        .write("docs/page.md", "hello")
        .commit("second");
    repo
}

/// A folder that the launcher takes the binary from.
fn launchable() -> TempDir {
    let folder = TempDir::new().unwrap();
    let arch = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    let os = match std::env::consts::OS {
        "macos" => "macos",
        _ => "linux",
    };
    let name = format!("plan-{os}-{arch}");
    std::fs::copy(env!("CARGO_BIN_EXE_plan"), folder.path().join(&name)).unwrap();
    let sum = Command::new("shasum")
        .args(["-a", "256", &name])
        .current_dir(folder.path())
        .output()
        .unwrap();
    std::fs::write(folder.path().join("SHA256SUMS"), sum.stdout).unwrap();
    folder
}

fn pull_request(base: &str, head: &str) -> Value {
    let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
    json!({
        "action": "opened",
        "number": 7,
        "pull_request": {
            "title": "Add a page",
            "body": null,
            "draft": false,
            "labels": [],
            "head": {"ref": "feature", "sha": head, "repo": {"full_name": "rerun-io/hello-sdk", "fork": false}},
            "base": {"ref": "main", "sha": base, "repo": repository},
            "user": {"login": "someone"},
            "merged": false,
            "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
        },
        "repository": repository,
    })
}

#[test]
fn the_composite_action_hands_the_plan_over() {
    let repo = repository();
    let binaries = launchable();
    let outcome = Step::new(env!("CARGO_MANIFEST_DIR"))
        .binaries(binaries.path())
        .workspace(repo.path())
        .event(
            "pull_request",
            &pull_request(&repo.sha("main"), &repo.sha("feature")),
        )
        .run();
    outcome.assert_code(0);
    let plan: Value = serde_json::from_str(outcome.output("plan")).unwrap();
    assert_eq!(plan["docs"]["run"], true);
    assert_eq!(
        plan["docs"]["matrix"]["include"][0]["runs-on"],
        "ubuntu-latest"
    );
    assert_eq!(plan["rust"]["run"], false);
    assert_eq!(outcome.output("jobs"), r#"["docs"]"#);
    assert_eq!(outcome.output("any"), "true");
    assert_eq!(outcome.output("groups"), "{}");
    assert!(
        outcome.summary.contains("| docs | yes | linux |"),
        "{outcome}"
    );
}

/// The second entry of a merge queue is on top of the first, which is not merged yet.
#[test]
fn an_entry_of_a_merge_queue_can_be_compared_with_the_branch() {
    let repo = TempRepo::new();
    repo.write(".github/ci-actions.toml", JOBS).commit("first");
    let main = repo.sha("main");
    repo.git(&["update-ref", "refs/remotes/origin/main", &main]);
    let one = repo.write("crates/a.rs", "").commit("one");
    let two = repo.write("docs/page.md", "hello").commit("two");
    let payload = json!({
        "action": "checks_requested",
        "merge_group": {
            "head_sha": two, "base_sha": one, "base_ref": "refs/heads/main",
            "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-8-{one}"),
        },
        "repository": {"full_name": "rerun-io/hello-sdk", "default_branch": "main"},
    });
    let run = |base: &str| {
        let run = Run::new(env!("CARGO_BIN_EXE_plan")).workspace(repo.path());
        let run = run.event("merge_group", &payload);
        let outcome = run.input("merge-queue-base", base).run();
        outcome.assert_code(0);
        outcome
    };
    let entry = run("entry");
    assert_eq!(entry.output("jobs"), r#"["docs"]"#);
    let told = format!("compared with {one}, which this entry of the merge queue is based on");
    assert!(entry.stdout.contains(&told), "{entry}");
    let branch = run("branch");
    assert_eq!(branch.output("jobs"), r#"["docs","rust"]"#);
    assert!(
        branch.stdout.contains("compared with main, for the whole"),
        "{branch}"
    );
}

#[test]
fn without_a_repository_everything_runs_with_a_warning() {
    let folder = repository();
    std::fs::remove_dir_all(folder.path().join(".git")).unwrap();
    let outcome = Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(folder.path())
        .env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap())
        .event(
            "pull_request",
            &pull_request(&"1".repeat(40), &"2".repeat(40)),
        )
        .run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("jobs"), r#"["docs","rust"]"#);
    assert_eq!(outcome.annotations.len(), 1);
    assert!(outcome.stdout.contains("not a git repository"), "{outcome}");
}

#[test]
fn without_git_everything_runs_with_a_warning() {
    let repo = repository();
    let outcome = Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .event(
            "pull_request",
            &pull_request(&repo.sha("main"), &repo.sha("feature")),
        )
        .env("PATH", repo.path())
        .run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("jobs"), r#"["docs","rust"]"#);
    assert!(outcome.stdout.contains("failed to run `git "), "{outcome}");
}

#[test]
fn configuration_of_git_does_not_change_the_plan() {
    let repo = repository();
    for (name, value) in [
        ("diff.renames", "copies"),
        ("diff.relative", "true"),
        ("diff.noprefix", "true"),
        ("diff.ignoreSubmodules", "all"),
        ("core.quotePath", "true"),
    ] {
        repo.git(&["config", name, value]);
    }
    repo.rename("docs/page.md", "crates/pägé.md")
        .commit("third");
    let outcome = Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .args(["--base", "feature~1"])
        .event(
            "pull_request",
            &pull_request(&repo.sha("feature~1"), &repo.sha("feature")),
        )
        .run();
    outcome.assert_code(0);
    assert_eq!(outcome.output("jobs"), r#"["docs","rust"]"#);
    assert!(outcome.stdout.contains("crates/pägé.md"), "{outcome}");
}

const EXAMPLE: &str = "examples/hello-sdk";

/// What runs by the example's rules, as `job on number of platforms`, at a push or for a pull request that changes these files;
/// for `None`, at a push of a new ref.
fn example(pushed: Option<&str>, files: Option<&[&str]>) -> Vec<String> {
    let repo = TempRepo::new();
    let tracked = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(project(EXAMPLE))
        .output();
    let tracked = String::from_utf8(tracked.unwrap().stdout).unwrap();
    for path in tracked.split_terminator('\0') {
        let content = std::fs::read(project(EXAMPLE).join(path)).unwrap();
        repo.write(path, content);
    }
    let base = repo.commit("first");
    for &path in files.into_iter().flatten() {
        let content = std::fs::read_to_string(repo.path().join(path)).unwrap();
        repo.write(path, content + "\n");
    }
    let before = match files {
        Some(_) => base.clone(),
        None => "0".repeat(40),
    };
    let head = match files {
        Some(_) => repo.commit("second"),
        None => base.clone(),
    };
    let run = Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .tools();
    let run = match pushed {
        None => run.event("pull_request", &pull_request(&base, &head)),
        Some(full_ref) => {
            let event = json!({
                "ref": full_ref, "before": before, "after": head, "created": files.is_none(), "deleted": false, "forced": false,
                "head_commit": null, "commits": [], "sender": null,
                "repository": {"full_name": "rerun-io/hello-sdk", "default_branch": "main"},
            });
            run.event("push", &event)
        }
    };
    let outcome = run.run();
    outcome.assert_code(0);
    let plan: Value = serde_json::from_str(outcome.output("plan")).unwrap();
    let jobs = plan.as_object().unwrap().iter();
    jobs.filter(|(_, job)| job["run"] == true)
        .map(|(name, job)| {
            let rows = job["matrix"]["include"].as_array().unwrap();
            format!("{name} on {}", rows.len())
        })
        .collect()
}

#[test]
fn the_example_tests_a_pull_request_on_linux_alone() {
    let pull_request = |path| example(None, Some(&[path]));
    assert_eq!(
        pull_request("hello-sdk-python/python/hello_sdk/records.py"),
        ["lint on 1", "wheel on 1"]
    );
    assert_eq!(
        pull_request("hello-core/src/lib.rs"),
        ["docs on 1", "lint on 1", "rust on 1", "wheel on 1"]
    );
    assert_eq!(pull_request("docs/README.md"), ["docs on 1"]);
    assert_eq!(pull_request("LICENSE-MIT"), [""; 0]);
}

#[test]
fn the_example_builds_all_packages_of_main_of_release_branches_and_of_tags() {
    let expected = [
        "c on 5",
        "cli on 5",
        "crates on 1",
        "data on 1",
        "docs-python on 1",
        "docs-rust on 1",
        "web on 1",
        "wheels on 5",
    ];
    let changed: Option<&[&str]> = Some(&["docs/README.md"]);
    let release = example(Some("refs/heads/release/0.2"), changed);
    assert_eq!(release, expected);
    // Tags look at no files.
    assert_eq!(example(Some("refs/tags/v0.2.0"), None), expected);
    for (changed, checks) in [
        (changed, vec!["docs on 1"]),
        (
            None,
            vec!["bench on 1", "docs on 1", "lint on 1", "rust on 5"],
        ),
    ] {
        let mut running = [expected.to_vec(), checks].concat();
        running.sort_unstable();
        assert_eq!(example(Some("refs/heads/main"), changed), running);
    }
}

#[test]
fn every_job_of_the_example_is_a_check_or_builds_a_package_and_can_be_started_by_hand() {
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let workflows = project(EXAMPLE).join(".github/workflows");
    let workflows = std::fs::read_dir(workflows).unwrap();
    let text: String = workflows.map(|entry| read(entry.unwrap().path())).collect();
    let config = read(project(EXAMPLE).join(".github/ci-actions.toml"));
    let file = Config::parse("ci-actions.toml", &config).unwrap();
    let packages = actions_core::Packages::parse("", &config).unwrap().unwrap();
    for (job, rules) in &file.jobs {
        let request = format!("${{{{ inputs.{job} && '{job}' || '' }}}}");
        assert!(text.contains(&request), "{request}");
        let mut declared = packages.declared.iter();
        let builds = declared.any(|it| {
            it.build.is_some() && it.job.as_ref().is_some_and(|name| name.get_ref() == job)
        });
        assert_ne!(builds, rules.uses.is_some(), "{job}");
    }
}

#[test]
fn the_declaration_of_the_action_holds_together() {
    let spec = actions_core::spec::spec::<plan::Inputs, plan::Outputs>(&plan::ACTION);
    let outputs: Vec<&str> = spec
        .outputs
        .iter()
        .map(|output| output.name.as_str())
        .collect();
    let named = [
        "plan",
        "jobs",
        "checks",
        "groups",
        "any",
        "complete",
        "builds",
        "completes",
        "test-durations",
        "history",
    ];
    assert_eq!(outputs, named);
}

#[test]
fn no_program_that_the_checkout_names_is_run() {
    let repo = repository();
    let armed = testkit::hostile_git::Armed::new(&repo);
    let outcome = Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .args(["--config=.github/ci-actions.toml", "--base=main"])
        .run();
    outcome.assert_code(0);
    armed.assert_unharmed("plan");
}
