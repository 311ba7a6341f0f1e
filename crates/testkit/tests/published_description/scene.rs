//! A repository with one pull request in which everything happens that the description can be asked about.

use std::path::Path;

use serde_json::json;
use testkit::github::State;
use testkit::repo::TempRepo;

/// What the repository's history is made of.
pub(crate) struct Commits {
    pub(crate) base: String,
    pub(crate) head: String,
    /// The object of the annotated tag `v0.1.0`.
    pub(crate) annotated: String,
}

pub(crate) fn repository() -> (TempRepo, Commits) {
    let repo = TempRepo::new();
    let text = "a text that is long enough for git to see where it went\n";
    repo.write("src/lib.rs", "one\n").write("docs/old.md", text);
    let base = repo.commit("Add one");
    repo.annotated_tag("v0.1.0", "The first");
    let annotated = repo.sha("refs/tags/v0.1.0");
    repo.branch("feature")
        .write("src/lib.rs", "one\ntwo\n")
        .rename("docs/old.md", "docs/new name.md")
        .symlink("link", "src/lib.rs");
    let head = repo.commit("Add two");
    repo.switch("main");
    (
        repo,
        Commits {
            base,
            head,
            annotated,
        },
    )
}

pub(crate) fn state(path: &Path, commits: &Commits) -> State {
    let state = json!({
        // Prism knows one address.
        "files_elsewhere": false,
        "tokens": [{
            "name": "workflow",
            "value": "t0ken",
            "permissions": {
                "contents": "write", "issues": "write", "pull-requests": "write", "statuses": "write", "checks": "write",
                "attestations": "write",
            },
        }],
        "repositories": [{
            "owner": "rerun-io",
            "name": "hello-sdk",
            "path": path,
            "workflow_runs": [
                { "workflow": "ci.yml", "head_branch": "main", "head_sha": commits.base, "event": "push", "status": "completed", "conclusion": "success" },
                { "workflow": "ci.yml", "head_branch": "main", "head_sha": commits.base, "event": "push", "status": "in_progress" },
            ],
            "labels": [
                { "name": "🐍 python", "color": "3776ab", "description": "For the wheel" },
                { "name": "🦀 rust", "color": "ce422b", "description": "For the crates" },
                { "name": "exclude from changelog", "color": "eeeeee", "description": "" },
            ],
            "pulls": [
                {
                    "number": 1, "title": "Add two", "body": "- [x] tested", "user": "ada", "labels": ["🐍 python"],
                    "head": { "ref": "feature", "sha": commits.head }, "base": { "ref": "main", "sha": commits.base },
                },
                { "number": 2, "title": "Closed", "closed": true, "head": { "ref": "feature" }, "base": { "ref": "main" } },
            ],
        }],
    });
    serde_json::from_value(state).unwrap()
}
