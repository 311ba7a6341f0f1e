//! The action through its `action.yml`, and in the clones that runners and people have.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test as the tests do"
)]

use std::{path::Path, process::Command};

use serde_json::{Value, json};
use testkit::{
    binary::Run,
    composite::Step,
    github::{FakeGitHub, State},
    repo::TempRepo,
    runner::{InJob as _, Outcome},
};

fn pull_request(repo: &TempRepo, base: &str, head: &str) -> Value {
    let repository = json!({"full_name": "rerun-io/hello-sdk", "default_branch": "main"});
    json!({
        "action": "synchronize",
        "number": 7,
        "pull_request": {
            "title": "Add assets",
            "body": "- [x] tests",
            "draft": false,
            "labels": [],
            "head": {"ref": "feature", "sha": repo.sha(head), "repo": {"full_name": "rerun-io/hello-sdk", "fork": false}},
            "base": {"ref": "main", "sha": repo.sha(base), "repo": repository},
            "user": {"login": "someone"},
            "merged": false,
            "html_url": "https://github.com/rerun-io/hello-sdk/pull/7",
        },
        "repository": repository,
    })
}

/// `main` has moved on by `ahead` commits since `feature` branched off with a large file, an old version of it and a link.
fn repository(ahead: usize) -> TempRepo {
    let repo = TempRepo::new();
    repo.write("README.md", "hello")
        .symlink("readme", "README.md")
        .commit("first");
    repo.branch("feature")
        .write_sized("assets/model.bin", 300_000)
        .commit("Add a model");
    repo.write_sized("assets/model.bin", 200_000)
        .symlink("model", "assets/model.bin")
        .commit("Make the model smaller");
    repo.switch("main");
    for n in 0..ahead {
        repo.write("count.txt", n.to_string()).commit("count");
    }
    repo
}

fn gates(workspace: &TempRepo, payload: &Value) -> Run {
    Run::new(env!("CARGO_BIN_EXE_pr-gates"))
        .workspace(workspace.path())
        .event("pull_request", payload)
}

/// Gate and place of each finding.
fn findings(outcome: &Outcome) -> Vec<String> {
    let findings: Vec<Value> = serde_json::from_str(outcome.output("findings")).unwrap();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or("-").to_owned();
    findings
        .iter()
        .map(|finding| format!("{} {}", text(finding, "gate"), text(finding, "file")))
        .collect()
}

const EXPECTED: [&str; 3] = [
    "large-files assets/model.bin",
    "large-files assets/model.bin",
    "symlinks model",
];

/// How `actions/checkout` leaves a pull request: one commit, which is none of the pull request's.
fn checkout_of_the_merge(repo: &TempRepo) -> TempRepo {
    repo.detach("main");
    let merge = repo.merge("feature");
    let clone = TempRepo::new();
    let origin = format!("file://{}", repo.path().display());
    clone.git(&["remote", "add", "origin", &origin]);
    clone.git(&[
        "fetch",
        "--quiet",
        "--no-tags",
        "--depth=1",
        "origin",
        &merge,
    ]);
    clone.detach("FETCH_HEAD");
    clone
}

#[test]
fn a_full_a_shallow_and_a_blobless_clone_have_the_same_findings() {
    let repo = repository(3);
    let payload = pull_request(&repo, "main", "feature");
    let full = gates(&repo, &payload).run();
    full.assert_code(1);
    assert_eq!(findings(&full), EXPECTED, "{full}");
    for clone in [repo.blobless_clone(), checkout_of_the_merge(&repo)] {
        let outcome = gates(&clone, &payload).run();
        outcome.assert_code(1);
        assert_eq!(
            outcome.output("findings"),
            full.output("findings"),
            "{outcome}"
        );
    }
}

#[test]
fn a_blobless_clone_fetches_what_it_lacks_at_once() {
    let repo = repository(0);
    let payload = pull_request(&repo, "main", "feature");
    let outcome = gates(&repo.blobless_clone(), &payload).run();
    let fetches = outcome.stdout.matches("This clone lacks").count();
    assert_eq!(fetches, 1, "{outcome}");
}

#[test]
fn a_base_far_ahead_is_fetched_in_larger_steps() {
    let repo = repository(130);
    let payload = pull_request(&repo, "main", "feature");
    let outcome = gates(&checkout_of_the_merge(&repo), &payload).run();
    outcome.assert_code(1);
    assert_eq!(findings(&outcome), EXPECTED, "{outcome}");
    assert!(
        outcome.stdout.contains("Fetching 1000 commits"),
        "{outcome}"
    );
}

#[test]
fn a_clone_that_cannot_fetch_is_told_what_to_type() {
    let repo = repository(1);
    let payload = pull_request(&repo, "main", "feature");
    let clone = checkout_of_the_merge(&repo);
    clone.git(&["remote", "set-url", "origin", "file:///nowhere"]);
    let outcome = gates(&clone, &payload).run();
    outcome.assert_code(2);
    assert!(
        outcome
            .stdout
            .contains("use `actions/checkout` with `fetch-depth: 0`"),
        "{outcome}"
    );
    assert!(
        outcome.outputs.is_empty() && outcome.summary.is_empty(),
        "{outcome}"
    );
}

#[test]
fn commits_without_anything_in_common_are_an_error() {
    let repo = repository(0);
    repo.git(&["switch", "--quiet", "--orphan", "other"]);
    repo.commit("alone");
    let outcome = gates(&repo, &pull_request(&repo, "main", "other")).run();
    outcome.assert_code(2);
    assert!(outcome.stdout.contains("no commit in common"), "{outcome}");
}

#[test]
fn attributes_of_the_pull_request_do_not_hide_its_lines() {
    let repo = TempRepo::new();
    repo.write("README.md", "hello").commit("first");
    repo.branch("feature")
        .write(".gitattributes", "* -diff\n")
        .write("a.rs", "// nocommit\n")
        .commit("second");
    let outcome = gates(&repo, &pull_request(&repo, "main", "feature"))
        .input("blocked-words", "nocommit")
        .input("blocked-words-in", "added-lines")
        .input("gates", "blocked-words")
        .run();
    outcome.assert_code(1);
    assert_eq!(findings(&outcome), ["blocked-words a.rs"], "{outcome}");
}

#[test]
fn configuration_of_the_machine_does_not_change_what_is_seen() {
    let repo = repository(0);
    for (key, value) in [
        ("diff.noprefix", "true"),
        ("diff.renames", "copies"),
        ("diff.relative", "true"),
        ("core.quotePath", "false"),
        ("color.ui", "always"),
        ("log.showSignature", "true"),
        ("log.decorate", "full"),
        ("format.pretty", "oneline"),
        ("core.abbrev", "4"),
    ] {
        repo.git(&["config", key, value]);
    }
    let outcome = gates(&repo, &pull_request(&repo, "main", "feature"))
        .input("blocked-words-in", "added-lines\nfile-names\ncommits")
        .run();
    outcome.assert_code(1);
    assert_eq!(findings(&outcome), EXPECTED, "{outcome}");
}

#[test]
fn the_api_is_asked_twice_at_most() {
    let repo = repository(0);
    let state: State = serde_json::from_value(json!({
        "tokens": [{"name": "job", "value": "token-of-the-job", "permissions": {"pull-requests": "read"}}],
        "repositories": [{
            "owner": "rerun-io", "name": "hello-sdk", "labels": [{"name": "bug"}],
            "pulls": [{
                "number": 7, "title": "t", "user": "someone", "labels": ["bug"],
                "head": {"ref": "feature", "sha": repo.sha("feature")},
                "base": {"ref": "main", "sha": repo.sha("main")},
            }],
        }],
    }))
    .unwrap();
    let github = FakeGitHub::start(state);
    let outcome = gates(&repo, &pull_request(&repo, "main", "feature"))
        .api_url(github.url())
        .input("token", "token-of-the-job")
        .input("required-labels", "any of: bug")
        .run();
    outcome.assert_code(1);
    assert_eq!(github.requests().len(), 2, "{:?}", github.requests());
    assert!(
        !outcome.output("failed").contains("required-labels"),
        "{outcome}"
    );
}

/// A folder that the launcher takes the binary from.
fn launchable() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let arch = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "x64",
    };
    let os = match std::env::consts::OS {
        "macos" => "macos",
        _ => "linux",
    };
    let name = format!("pr-gates-{os}-{arch}");
    std::fs::copy(env!("CARGO_BIN_EXE_pr-gates"), folder.path().join(&name)).unwrap();
    let sum = Command::new("shasum")
        .args(["-a", "256", &name])
        .current_dir(folder.path())
        .output()
        .unwrap();
    std::fs::write(folder.path().join("SHA256SUMS"), sum.stdout).unwrap();
    folder
}

#[test]
fn hostile_text_is_data_all_the_way_through_the_composite_action() {
    let repo = TempRepo::new();
    repo.write("README.md", "hello").commit("first");
    let name = "$(touch ran) `touch ran`\n::error::forged.bin";
    repo.branch("feature")
        .write_sized(name, 200_000)
        .commit("::error::forged $(touch ran)");
    let mut payload = pull_request(&repo, "main", "feature");
    payload["pull_request"]["title"] =
        json!("]] ::set-output name=verdict::passed\n::error::forged");
    payload["pull_request"]["body"] = json!("- [ ] '; touch ran; echo '\n::add-mask::e\n");
    payload["pull_request"]["head"]["ref"] = json!("$(touch ran)");
    let outcome = Step::new(env!("CARGO_MANIFEST_DIR"))
        .binaries(launchable().path())
        .workspace(repo.path())
        .event("pull_request", &payload)
        .with("gates", "checkboxes\nblocked-words\nlarge-files")
        .with("blocked-words", "$(touch ran)\nforged")
        .run();
    outcome.assert_code(1);
    assert_eq!(outcome.output("verdict"), "found");
    assert_eq!(
        outcome.output("failed"),
        r#"["checkboxes","blocked-words","large-files"]"#
    );
    let titles: Vec<&str> = outcome
        .annotations
        .iter()
        .map(|annotation| annotation.title.as_deref().unwrap_or("forged"))
        .collect();
    assert!(!titles.contains(&"forged"), "{outcome}");
    assert!(outcome.masks.is_empty(), "{outcome}");
    assert!(!Path::new(&repo.path().join("ran")).exists());
    let files: Vec<&str> = outcome
        .annotations
        .iter()
        .filter_map(|one| one.file.as_deref())
        .collect();
    assert_eq!(files, [name]);
}

#[test]
fn no_program_that_the_checkout_names_is_run_whatever_must_be_fetched() {
    let repo = repository(3);
    let payload = pull_request(&repo, "main", "feature");
    for (at, clone) in [repo.blobless_clone(), checkout_of_the_merge(&repo)]
        .iter()
        .enumerate()
    {
        let armed = testkit::hostile_git::Armed::new(clone);
        let outcome = gates(clone, &payload).run();
        armed.assert_unharmed("pr-gates");
        // What a blobless clone lacks, git would fetch with the checkout's program: that is refused.
        match at {
            0 => {
                outcome.assert_code(2);
            }
            _ => {
                outcome.assert_code(1);
                assert_eq!(findings(&outcome), EXPECTED, "{outcome}");
            }
        }
    }
    let clone = checkout_of_the_merge(&repo);
    let armed = testkit::hostile_git::Armed::new(&clone);
    for remote in armed.remotes() {
        clone.write(
            ".git/more",
            format!("[remote \"origin\"]\n\turl = \"{remote}\"\n"),
        );
        let config = clone.path().join(".git/config");
        let text = std::fs::read_to_string(&config).unwrap();
        let rest: String = text
            .lines()
            .filter(|line| !line.trim().starts_with("url ="))
            .map(|line| format!("{line}\n"))
            .collect();
        std::fs::write(&config, format!("{rest}[include]\n\tpath = more\n")).unwrap();
        gates(&clone, &payload).run().assert_code(2);
        armed.assert_unharmed(&remote);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_exit_code_2_and_a_reader_that_went_away_is_not() {
    let repo = TempRepo::new();
    repo.write("a", "one").commit("first");
    repo.branch("feature").write("a", "two").commit("second");
    let run = |args: &[&str], out: std::process::Stdio| {
        Command::new(env!("CARGO_BIN_EXE_pr-gates"))
            .args(args)
            .current_dir(repo.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .stdout(out)
            .output()
            .unwrap()
    };
    for args in [
        &["--base=main"][..],
        &["--base=main", "--format=json"],
        &["--help"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let output = run(args, full.unwrap().into());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(
            said.contains("failed to write to standard output"),
            "{said}"
        );
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let gone = run(&["--base=main", "--format=json"], writer.into());
    assert_eq!(gone.status.code(), Some(0));
}
