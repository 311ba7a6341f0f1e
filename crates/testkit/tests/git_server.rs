//! The git server refuses what GitHub refuses, as the real `git push` and `git fetch` see it.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::process::Command;

use tempfile::TempDir;
use testkit::git_server::{GitServer, job_token};
use testkit::repo::TempRepo;

const REPO: &str = "acme/project";
const WORKFLOW: &str = ".github/workflows/ci.yml";

/// A repository with a workflow on main, served, and a clone of it.
struct World {
    server: GitServer,
    clone: TempRepo,
    _folder: TempDir,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let server = GitServer::start(folder.path()).unwrap();
    server.create(REPO);
    server.protect(REPO, "releases");
    for right in ["none", "read", "write"] {
        server.allow(job_token(&format!("ghs_{right}"), REPO, right));
    }
    server.allow(job_token("ghs_elsewhere", "acme/other", "write"));
    let clone = TempRepo::new();
    clone
        .write("README.md", "hello\n")
        .write(WORKFLOW, "on: push\n");
    clone.commit("first");
    let world = World {
        server,
        clone,
        _folder: folder,
    };
    world.as_maintainer(&["main", "main:releases"]).unwrap();
    world
}

impl World {
    fn push_to(&self, url: &str, what: &[&str]) -> Result<(), String> {
        let output = Command::new("git")
            .args(["push", "--quiet", url])
            .args(what)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .current_dir(self.clone.path())
            .output()
            .unwrap();
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8(output.stderr).unwrap()),
        }
    }

    fn as_maintainer(&self, what: &[&str]) -> Result<(), String> {
        self.push_to(&self.server.maintainer_url(REPO), what)
    }

    fn with(&self, token: &str, what: &[&str]) -> Result<(), String> {
        self.push_to(&self.server.url_for(token, REPO), what)
    }

    fn bare(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.server.folder(REPO))
            .args(args)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[track_caller]
    fn refused(&self, pushed: Result<(), String>, told: &str) {
        let said = pushed.unwrap_err();
        assert!(said.contains(told), "{said}");
    }
}

fn refusal(path: &str) -> String {
    format!(
        "refusing to allow a GitHub App to create or update workflow `{path}` without `workflows` permission"
    )
}

#[test]
fn a_token_reads_and_writes_as_far_as_its_permission_goes() {
    let world = world();
    world.clone.write("more.txt", "more\n");
    world.clone.commit("more");
    world.with("ghs_write", &["main"]).unwrap();
    world.clone.write("more.txt", "even more\n");
    world.clone.commit("even more");
    let denied = "Permission to acme/project.git denied to github-actions[bot].";
    world.refused(world.with("ghs_read", &["main"]), denied);
    world.refused(world.with("ghs_none", &["main"]), "403");
    world.refused(
        world.with("ghs_unknown", &["main"]),
        "Invalid username or token",
    );
    world.refused(world.with("ghs_elsewhere", &["main"]), "not found");
    world.refused(
        world.push_to(&format!("{}/{REPO}", world.server.url()), &["main"]),
        "could not read Username",
    );
    let read = |token: &str| {
        let mut git = Command::new("git");
        git.args(["ls-remote", &world.server.url_for(token, REPO)]);
        git.env("GIT_TERMINAL_PROMPT", "0")
            .output()
            .unwrap()
            .status
            .success()
    };
    let may = [
        "ghs_write",
        "ghs_read",
        "ghs_none",
        "ghs_unknown",
        "ghs_elsewhere",
    ]
    .map(read);
    assert_eq!(may, [true, true, false, false, false]);
}

#[test]
fn a_jobs_token_pushes_no_workflow_file_that_no_branch_has() {
    let world = world();
    world.clone.branch("change");
    world.clone.write(WORKFLOW, "on: pull_request\n");
    world.clone.commit("change it");
    world.clone.tag("v1.0.0");
    world.refused(world.with("ghs_write", &["change"]), &refusal(WORKFLOW));
    world.refused(world.with("ghs_write", &["v1.0.0"]), &refusal(WORKFLOW));
    // A later commit that has it again as it was does not help.
    world.clone.write(WORKFLOW, "on: push\n");
    world.clone.commit("change it back");
    world.refused(world.with("ghs_write", &["change"]), &refusal(WORKFLOW));
    world.as_maintainer(&["change"]).unwrap();
}

#[test]
fn a_root_commit_is_held_to_it_as_well() {
    let world = world();
    world
        .clone
        .git(&["checkout", "--quiet", "--orphan", "tree"]);
    world
        .clone
        .write(".github/workflows/other.yml", "on: push\n");
    world.clone.commit("a tree of its own");
    world.clone.annotated_tag("v2.0.0", "2.0.0");
    let told = refusal(".github/workflows/other.yml");
    world.refused(world.with("ghs_write", &["v2.0.0"]), &told);
    world.clone.delete(".github/workflows/other.yml");
    world.clone.git(&[
        "commit",
        "--quiet",
        "--amend",
        "--all",
        "--message",
        "without it",
    ]);
    world.with("ghs_write", &["tree"]).unwrap();
}

#[test]
fn a_file_that_a_branch_has_with_the_same_path_and_content_may_be_pushed() {
    let world = world();
    world.clone.branch("elsewhere");
    world
        .clone
        .write(".github/workflows/other.yml", "on: push\n");
    world.clone.commit("on a branch");
    world.as_maintainer(&["elsewhere"]).unwrap();
    world
        .clone
        .git(&["checkout", "--quiet", "--orphan", "tree"]);
    world
        .clone
        .git(&["commit", "--quiet", "--message", "the same file"]);
    world.clone.tag("v1.0.0");
    world.with("ghs_write", &["v1.0.0"]).unwrap();
    // The same content at another path is another workflow.
    world
        .clone
        .rename(".github/workflows/other.yml", ".github/workflows/moved.yml");
    world.clone.commit("moved");
    let told = refusal(".github/workflows/moved.yml");
    world.refused(world.with("ghs_write", &["tree"]), &told);
}

#[test]
fn a_versions_tag_never_moves_and_a_moving_one_may() {
    let world = world();
    world.clone.tag("v1.0.0").tag("v1");
    world.with("ghs_write", &["v1.0.0", "v1"]).unwrap();
    world.clone.write("more.txt", "more\n");
    world.clone.commit("more");
    world.clone.git(&["tag", "--force", "v1.0.0"]);
    world.clone.git(&["tag", "--force", "v1"]);
    let before = world.bare(&["rev-parse", "v1.0.0"]);
    world.refused(world.with("ghs_write", &["--force", "v1.0.0"]), "GH013");
    world.refused(
        world.as_maintainer(&["--force", "v1.0.0"]),
        "Cannot update this protected ref.",
    );
    world.refused(
        world.as_maintainer(&["--delete", "v1.0.0"]),
        "Cannot delete this tag",
    );
    assert_eq!(world.bare(&["rev-parse", "v1.0.0"]), before);
    world.with("ghs_write", &["--force", "v1"]).unwrap();
}

#[test]
fn a_protected_branch_only_grows() {
    let world = world();
    world.clone.write("more.txt", "more\n");
    world.clone.commit("more");
    world.with("ghs_write", &["HEAD:releases"]).unwrap();
    let back = world.with("ghs_write", &["--force", "HEAD~1:releases"]);
    world.refused(back, "Cannot force-push to this branch");
    let gone = world.as_maintainer(&["--delete", "releases"]);
    world.refused(gone, "Cannot delete this branch");
    world.with("ghs_write", &["HEAD:topic"]).unwrap();
    world
        .with("ghs_write", &["--force", "HEAD~1:topic"])
        .unwrap();
}

#[test]
fn a_pull_request_has_a_head_and_a_merge_that_nobody_pushes() {
    let world = world();
    world.clone.branch("topic");
    world.clone.write("topic.txt", "topic\n");
    world.clone.commit("topic");
    world.as_maintainer(&["topic"]).unwrap();
    let merge = world.server.open_pull(REPO, 7, "topic", "main");
    assert_eq!(world.bare(&["rev-parse", "refs/pull/7/merge"]), merge);
    let parents = world.bare(&["rev-parse", "refs/pull/7/merge^1", "refs/pull/7/merge^2"]);
    assert_eq!(
        parents,
        format!("{}\n{}", world.clone.sha("main"), world.clone.sha("topic"))
    );
    assert_eq!(world.server.open_pull(REPO, 7, "topic", "main"), merge);
    world.refused(
        world.as_maintainer(&["topic:refs/pull/7/merge"]),
        "hidden ref",
    );
}
