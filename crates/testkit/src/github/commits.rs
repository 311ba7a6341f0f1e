//! Commits and comparisons of them.

use percent_encoding::{AsciiSet, CONTROLS};
use serde_json::{Value, json};

use super::git::Git;
use super::reply::{Answer, not_found, ok};
use super::routes::Scene;
use super::state::{Commit, Person};
use super::{pulls, shapes};

/// What is escaped in the path of a file.
pub(super) const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b']')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'^')
    .add(b'|')
    .add(b'\\');

/// Files that GitHub lists of one comparison, at most.
const MOST_FILES: usize = 300;

/// Commits that GitHub lists of one comparison without pages, at most.
const MOST_COMMITS: usize = 250;

pub(super) fn get(scene: &Scene<'_>, commit: &str) -> Answer {
    let git = Git::required(scene.repository)?;
    let commit = git.commit(&git.commit_of(commit)?)?;
    let mut object = shape(scene, &commit);
    let parent = commit.parents.first().cloned();
    // The empty tree is known to every repository.
    let from = parent.unwrap_or_else(|| "4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned());
    let files = git.changed(&from, &commit.sha)?;
    let additions: u64 = files.iter().map(|file| file.additions).sum();
    let deletions: u64 = files.iter().map(|file| file.deletions).sum();
    let shown: Vec<Value> = files
        .iter()
        .take(MOST_FILES)
        .map(|file| pulls::changed_file(scene, &commit.sha, file))
        .collect();
    if let Some(object) = object.as_object_mut() {
        let stats = json!({ "additions": additions, "deletions": deletions, "total": additions + deletions });
        object.insert("stats".to_owned(), stats);
        object.insert("files".to_owned(), shown.into());
    }
    ok(object)
}

/// Compares `BASE...HEAD`, from the commit where they parted.
pub(super) fn compare(scene: &Scene<'_>, basehead: &str) -> Answer {
    let (base, head) = basehead.split_once("...").ok_or_else(not_found)?;
    let git = Git::required(scene.repository)?;
    let (base_id, head_id) = (git.commit_of(base)?, git.commit_of(head)?);
    let start = git.text(&["merge-base", &base_id, &head_id])?;
    let count = |from: &str, to: &str| {
        let text = git.text(&["rev-list", "--count", &format!("{from}..{to}")])?;
        text.parse::<u64>().map_err(|_| not_found())
    };
    let (ahead, behind) = (count(&base_id, &head_id)?, count(&head_id, &base_id)?);
    let commits = git.log(&[
        "--reverse",
        "--topo-order",
        &format!("{base_id}..{head_id}"),
    ])?;
    let files = git.changed(&start, &head_id)?;
    let page = shapes::page_url(scene.repository, &format!("/compare/{base}...{head}"));
    // With pages the commits have no limit, and only the first page has the files.
    let number = |name: &str| scene.request.parameter(name).and_then(|it| it.parse().ok());
    let (skipped, shown) = match (number("page"), number("per_page")) {
        (None, None) => (0, MOST_COMMITS),
        (page, per_page) => {
            let per_page = per_page.unwrap_or(30).clamp(1, 100);
            ((page.unwrap_or(1).max(1) - 1) * per_page, per_page)
        }
    };
    let most_files = if skipped == 0 { MOST_FILES } else { 0 };
    ok(json!({
        "url": scene.url(&format!("/compare/{base}...{head}")),
        "html_url": page,
        "permalink_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "base_commit": shape(scene, &git.commit(&base_id)?),
        "merge_base_commit": shape(scene, &git.commit(&start)?),
        "status": match (ahead, behind) {
            (0, 0) => "identical",
            (_, 0) => "ahead",
            (0, _) => "behind",
            _ => "diverged",
        },
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": commits.len(),
        "commits": commits.iter().skip(skipped).take(shown).map(|commit| shape(scene, commit)).collect::<Vec<_>>(),
        "files": files.iter().take(most_files).map(|file| pulls::changed_file(scene, &head_id, file)).collect::<Vec<_>>(),
    }))
}

/// A commit with the accounts of its people, of which the fake knows none.
pub(super) fn shape(scene: &Scene<'_>, commit: &Commit) -> Value {
    let url = scene.url(&format!("/commits/{}", commit.sha));
    let person = |person: &Person| json!({ "name": person.name, "email": person.email, "date": person.date });
    json!({
        "sha": commit.sha,
        "node_id": format!("C_{}", commit.sha),
        "url": url,
        "html_url": shapes::page_url(scene.repository, &format!("/commit/{}", commit.sha)),
        "comments_url": format!("{url}/comments"),
        "commit": {
            "url": scene.url(&format!("/git/commits/{}", commit.sha)),
            "message": commit.message,
            "comment_count": 0,
            "author": person(&commit.author),
            "committer": person(&commit.committer),
            "tree": { "sha": commit.tree, "url": scene.url(&format!("/git/trees/{}", commit.tree)) },
            "verification": unverified(),
        },
        "author": null,
        "committer": null,
        "parents": commit.parents.iter().map(|parent| json!({
            "sha": parent,
            "url": scene.url(&format!("/commits/{parent}")),
            "html_url": shapes::page_url(scene.repository, &format!("/commit/{parent}")),
        })).collect::<Vec<_>>(),
    })
}

/// What GitHub says of a signature that is not there.
pub(super) fn unverified() -> Value {
    json!({ "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null })
}
