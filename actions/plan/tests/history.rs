//! What the last commits of a branch would have run, on a repository whose answers are known.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use serde_json::{Value, json};
use testkit::binary::Run;
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

const CONFIG: &str = r#"
[plan]
ignore = ["*.md"]

[platforms.linux]
runs-on = "ubuntu-latest"
default = true

[platforms.macos]
runs-on = "macos-latest"
default = true

[platforms.windows]
runs-on = "windows-latest"
on = ["push:main"]

[jobs.app]
crates = ["app"]
platforms = ["all"]

[jobs.core]
crates = ["core"]
platforms = ["linux"]

[jobs.docs]
paths = ["docs/**"]
platforms = ["linux"]

[jobs.never]
paths = ["legal/**"]
platforms = ["linux"]

[jobs.packages]
on = ["push:main"]
platforms = ["all"]

[jobs.typo]
paths = ["dosc/**"]
platforms = ["linux"]

[jobs.installer]
paths = ["docs/**"]
platforms = ["windows"]
"#;

/// `app` uses `core`. The first commit has nothing before it.
fn repository() -> TempRepo {
    let repo = TempRepo::new();
    repo.write(".github/ci-actions.toml", CONFIG);
    repo.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n",
    );
    for (name, uses) in [("core", ""), ("app", "core = { path = \"../core\" }\n")] {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\n{uses}"
        );
        repo.write(&format!("crates/{name}/Cargo.toml"), manifest);
        repo.write(&format!("crates/{name}/src/lib.rs"), "");
    }
    repo.write("docs/page.md", "one")
        .write("legal/terms", "one");
    repo.commit("first");
    repo
}

/// Seven commits, two of which bring a pull request with several commits.
fn with_commits() -> (TempRepo, Vec<String>) {
    let repo = repository();
    let change = |path: &str, text: &str| repo.write(path, text).commit(&format!("change {path}"));
    let mut commits = vec![
        change("docs/page.md", "two"),
        change("crates/core/src/lib.rs", "// Two.\n"),
        change("README.md", "two"),
    ];
    repo.branch("feature");
    repo.write("crates/app/src/lib.rs", "// Two.\n")
        .commit("one");
    repo.write("docs/page.md", "three").commit("two");
    repo.switch("main");
    commits.push(repo.merge("feature"));
    // A dependency that goes away, together with a pull request that is squashed.
    repo.write(
        "crates/app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    commits.push(repo.commit("app | without <core>"));
    commits.push(change("crates/core/src/lib.rs", "// Three.\n"));
    repo.write("justfile", "").write("tools/x", "");
    commits.push(repo.commit("tools"));
    (repo, commits)
}

fn history(repo: &TempRepo, count: &str) -> Run {
    Run::new(env!("CARGO_BIN_EXE_plan"))
        .workspace(repo.path())
        .tools()
        .input("history", count)
}

fn short(id: &str) -> &str {
    id.split_at(10).0
}

fn json(outcome: &Outcome) -> Value {
    outcome.assert_code(0);
    serde_json::from_str(outcome.output("history")).unwrap()
}

#[test]
fn each_commit_is_counted_for_the_jobs_that_it_would_have_run() {
    let (repo, commits) = with_commits();
    let outcome = history(&repo, "7").run();
    let history = json(&outcome);
    let counted = |job: &str| {
        let job = &history["jobs"][job];
        (
            job["commits"].clone(),
            job["job-starts"].clone(),
            job["last-commit"].clone(),
        )
    };
    // The sources of `core` once with `app`, once without; the merge, the manifest, and the unknown files.
    assert_eq!(counted("app"), (json!(4), json!(8), json!(commits[6])));
    assert_eq!(counted("core"), (json!(3), json!(3), json!(commits[6])));
    assert_eq!(counted("docs"), (json!(3), json!(3), json!(commits[6])));
    assert_eq!(counted("packages"), (json!(0), json!(0), Value::Null));
    assert_eq!(history["commits"], 7);
    assert_eq!(
        history["every-job"],
        json!({"unknown-files": 1, "config-file": 0, "unknown-packages": 0})
    );
    assert_eq!(
        history["unknown-files"],
        json!({"justfile": 1, "tools/x": 1})
    );
    // `app` on two platforms, `core`, `docs`, `never` and `typo` on one.
    assert_eq!(history["most-job-starts"], 7 * 6);
    assert_eq!(history["job-starts"], 8 + 3 + 3 + 1 + 1);
}

#[test]
fn the_log_and_the_summary_have_the_same_tables() {
    let (repo, commits) = with_commits();
    let outcome = history(&repo, "6").input("base", "main~1").run();
    outcome.assert_code(0);
    let log: Vec<&str> = outcome.stdout.lines().map(str::trim_end).collect();
    let core = format!(
        "core       2        33%    2           {} change crates/core/src/lib.rs",
        short(&commits[5])
    );
    for line in [
        "The last 6 commits of main~1, each planned as a pull request into main~1 by the rules of .github/ci-actions.toml:",
        &core,
        "10 job starts of the 36 that running every job on its platforms for each commit takes: 28%",
        "never      no commit changes the one file that matches its `paths`",
        "packages   runs at `push:main` only",
        "typo       its `paths` match no file of the newest commit",
        "installer  none of its platforms is on: windows",
    ] {
        assert!(log.contains(&line), "{line}\n{outcome}");
    }
    assert!(!outcome.stdout.contains("Every job"), "{outcome}");
    let app = format!(
        "| app | 3 | 50% | 6 | {} app \\| without &lt;core&gt; |",
        short(&commits[4])
    );
    assert!(outcome.summary.contains(&app), "{outcome}");
    assert!(
        outcome
            .summary
            .contains("| typo | its \\`paths\\` match no file of the newest commit |"),
        "{outcome}"
    );
}

#[test]
fn commits_that_made_every_job_run_are_counted_by_their_cause() {
    let (repo, _) = with_commits();
    let rules = CONFIG.replace(
        "docs/**\"]\nplatforms = [\"windows\"]",
        "docs/**\"]\nplatforms = [\"all\"]",
    );
    assert_ne!(rules, CONFIG);
    repo.write(".github/ci-actions.toml", format!("# A comment.\n{CONFIG}"))
        .commit("a comment");
    repo.write(".github/ci-actions.toml", &rules)
        .commit("rules");
    repo.write("crates/core/Cargo.toml", "[package\n")
        .commit("broken");
    repo.write("justfile", "x").commit("justfile");
    let outcome = history(&repo, "5").run();
    let history = json(&outcome);
    assert_eq!(
        history["every-job"],
        json!({"unknown-files": 1, "config-file": 1, "unknown-packages": 2})
    );
    let told = "Every job that looks at files ran for 4 commits: 1 for files that no rule knows, 1 for the config file, 2 because the affected crates cannot be known: cargo cannot read `Cargo.toml`: ";
    assert!(outcome.stdout.contains(told), "{outcome}");
    let table = "file that no rule knows  commits\n";
    assert!(outcome.stdout.contains(table), "{outcome}");
}

#[test]
fn at_another_event_its_own_platforms_and_jobs_count() {
    let (repo, commits) = with_commits();
    let event = json!({
        "ref": "refs/heads/main", "before": commits[5], "after": commits[6], "created": false, "deleted": false, "forced": false,
        "head_commit": null, "commits": [], "sender": null,
        "repository": {"full_name": "rerun-io/hello-sdk", "default_branch": "main"},
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("push.json");
    std::fs::write(&path, event.to_string()).unwrap();
    let run = history(&repo, "7").env("GITHUB_EVENT_NAME", "push");
    let history = json(&run.args(["--event", path.to_str().unwrap()]).run());
    assert_eq!(history["jobs"]["packages"]["job-starts"], 7 * 3);
    assert_eq!(history["jobs"]["app"]["job-starts"], 4 * 3);
    assert_eq!(history["jobs"]["installer"]["commits"], 3);
}

#[test]
fn a_shallow_clone_says_how_many_commits_it_has_and_what_to_type() {
    let (repo, _) = with_commits();
    let clone = repo.shallow_clone(3);
    let outcome = history(&clone, "200").run();
    outcome.assert_code(2);
    let told = "failed to look at the history: it takes 201 commits, and this clone has 3 commits: run `git fetch --unshallow`, or give `actions/checkout` the input `fetch-depth: 0`";
    assert!(outcome.stdout.contains(told), "{outcome}");
    // Two can be compared with the one before.
    assert_eq!(json(&history(&clone, "2").run())["commits"], 2);
    // A complete clone gives all that it has.
    assert_eq!(json(&history(&repo, "200").run())["commits"], 7);
}

#[test]
fn only_the_jobs_of_one_workflow_are_counted() {
    let (repo, _) = with_commits();
    let history = json(&history(&repo, "7").input("jobs", "docs\nnever").run());
    let jobs: Vec<&String> = history["jobs"].as_object().unwrap().keys().collect();
    assert_eq!(jobs, ["docs", "never"]);
    assert_eq!(history["most-job-starts"], 7 * 2);
}

const PYTHON: &str = r#"
[plan]
ignore = ["*.md"]

[platforms.linux]
runs-on = "ubuntu-latest"
default = true

[jobs.app]
python = ["app"]

[jobs.core]
python = ["Core"]

[jobs.preview]
runs-with = ["app"]

[jobs.idle]
python = ["idle"]

[jobs.follower]
paths = ["legal/**"]
runs-with = ["idle"]
"#;

#[test]
fn python_packages_count_with_the_crates_that_they_are_built_from() {
    let repo = TempRepo::new();
    let package = |name: &str, rest: &str| {
        let manifest = format!("[project]\nname = \"{name}\"\nversion = \"0.1.0\"\n{rest}");
        repo.write(&format!("packages/{name}/pyproject.toml"), manifest);
    };
    repo.write(".github/ci-actions.toml", PYTHON);
    package("core", "");
    package("idle", "");
    package("app", "dependencies = [\"core\"]\n");
    repo.write("packages/core/core.py", "");
    repo.write("native/Cargo.toml", "[package\n")
        .commit("first");
    repo.write("packages/core/core.py", "# Two.\n")
        .commit("core and app");
    package("app", "");
    repo.commit("app without core");
    repo.write("packages/core/core.py", "# Three.\n")
        .commit("core alone");
    repo.write(
        "native/Cargo.toml",
        "[package]\nname = \"native\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    repo.write("native/src/lib.rs", "");
    package(
        "app",
        "[build-system]\nrequires = [\"maturin\"]\nbuild-backend = \"maturin\"\n[tool.maturin]\nmanifest-path = \"../../native/Cargo.toml\"\n",
    );
    repo.commit("app from a crate");
    let last = repo
        .write("native/src/lib.rs", "// Two.\n")
        .commit("the crate");
    let outcome = history(&repo, "5").run();
    let history = json(&outcome);
    let commits = |job: &str| history["jobs"][job]["commits"].as_u64().unwrap();
    let counted = ["app", "core", "preview", "idle", "follower"].map(commits);
    assert_eq!(counted, [4, 2, 4, 0, 0], "{outcome}");
    assert_eq!(history["jobs"]["app"]["last-commit"], json!(last));
    assert_eq!(
        history["every-job"],
        json!({"unknown-files": 0, "config-file": 0, "unknown-packages": 0})
    );
    let why = |job: &str| history["jobs"][job]["never"].as_str().unwrap().to_owned();
    assert_eq!(why("idle"), "no commit affects any of its `python`");
    assert_eq!(
        why("follower"),
        "its `paths` match no file of the newest commit, and no commit runs a job that it runs with: `idle`"
    );
}
