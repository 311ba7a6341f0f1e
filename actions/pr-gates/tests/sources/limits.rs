//! What GitHub's API cuts, page by page: the same verdict all the same, in as few requests.

use super::*;

#[test]
fn three_thousand_five_hundred_files_are_all_seen() {
    let repo = TempRepo::new();
    repo.write("README.md", "hello").commit("first");
    repo.branch("feature");
    for n in 0..3500 {
        repo.write(&format!("many/{:02}/{n:04}.txt", n % 50), "x\n");
    }
    // Beyond what GitHub lists of a pull request.
    repo.write("zz/last.txt", "// nocommit\n");
    repo.commit("many");
    let found = names(&Scene::new(repo).findings());
    assert!(
        found.contains(&"blocked-words zz/last.txt".to_owned()),
        "{found:?}"
    );
}

#[test]
fn three_hundred_commits_are_all_seen() {
    let repo = TempRepo::new();
    repo.write("README.md", "hello").commit("first");
    repo.branch("feature")
        .write_sized("early.bin", 150_000)
        .commit("early");
    repo.delete("early.bin").commit("gone");
    for n in 0..297 {
        repo.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--message",
            &format!("step {n}"),
        ]);
    }
    repo.commit("nocommit at the end");
    let found = names(&Scene::new(repo).findings());
    assert_eq!(
        found,
        ["checkboxes -", "blocked-words -", "large-files early.bin"]
    );
}

#[test]
fn a_tree_that_the_api_cuts_is_walked() {
    let repo = TempRepo::new();
    for n in 0..40 {
        repo.write(&format!("a{}/b{}/{n}.txt", n % 3, n % 5), "x\n");
    }
    repo.symlink("link", "a0/b0/0.txt").commit("first");
    repo.branch("feature")
        .delete("a0/b0/0.txt")
        .write_sized("a1/b1/big.bin", 150_000)
        .commit("second");
    let scene = Scene::with(repo, json!({"tree_limit": 20}));
    let found = names(&scene.findings());
    assert_eq!(
        found,
        ["checkboxes -", "large-files a1/b1/big.bin", "symlinks link"]
    );
    let by_folder = |it: &Logged| it.path.contains("/trees/") && !it.path.contains("recursive");
    assert!(scene.github.requests().iter().any(by_folder));
}

#[test]
fn a_hundred_files_take_seven_requests_at_most() {
    let repo = TempRepo::new();
    repo.write("README.md", "hello")
        .symlink("link", "README.md")
        .commit("first");
    repo.branch("feature");
    for n in 0..100 {
        repo.write(
            &format!("src/{}/{n}.rs", n % 7),
            format!("fn f{n}() {{}}\n"),
        );
    }
    repo.commit("a hundred");
    let scene = Scene::new(repo);
    // One of them asks whether the base can be read at all: it has no config file, and GitHub hides what may not be seen.
    assert!(scene.requests() <= 7, "{:#?}", scene.github.requests());
}

#[test]
fn patches_that_are_not_shown_are_made_from_contents() {
    let repo = TempRepo::new();
    repo.write("a.rs", "1\n2\n3\n4\n5\n").commit("first");
    repo.branch("feature")
        .write("a.rs", "1\n2\n// nocommit\n4\n5\n// nocommit\n")
        .commit("second");
    let scene = Scene::new(repo);
    let git = scene.by_git();
    let comparison = json!({
        "path": "*/compare/*", "method": "GET", "status": 200, "times": 99,
        "body": without_patches(&scene),
    });
    scene
        .github
        .fault(serde_json::from_value(comparison).unwrap());
    let api = scene.by_api();
    assert_eq!(git.outputs, api.outputs, "{git}\n{api}");
    let blobs = scene
        .github
        .requests()
        .iter()
        .filter(|it| it.path.contains("/blobs/"))
        .count();
    assert_eq!(blobs, 2);
}

/// What GitHub answers after 20,000 lines of a comparison: files without patch and counts.
fn without_patches(scene: &Scene) -> Value {
    let (base, head) = (scene.repo.sha("main"), scene.repo.sha("feature"));
    let commit = |sha: &str, message: &str| {
        let tree = scene.repo.sha(&format!("{sha}^{{tree}}"));
        json!({
            "sha": sha, "parents": [{"sha": base}],
            "commit": {"message": message, "tree": {"sha": tree}, "committer": {"date": "2026-01-01T00:01:00Z"}},
        })
    };
    json!({
        "base_commit": commit(&base, "first"), "merge_base_commit": commit(&base, "first"),
        "total_commits": 1, "commits": [commit(&head, "second")],
        "files": [{"filename": "a.rs", "status": "modified", "sha": scene.repo.sha("feature:a.rs"), "additions": 0, "deletions": 0}],
    })
}
