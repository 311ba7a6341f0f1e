//! Pull requests, their files and their commits, within the limits that GitHub has.

use serde::Deserialize;
use serde_json::{Value, json};

use super::git::Git;
use super::reply::{Answer, Reply, not_found, ok};
use super::routes::Scene;
use super::state::{Commit, File, Pull, Side};
use super::{commits, page, shapes};

/// Files that GitHub lists of one pull request, at most.
const MOST_FILES: usize = 3000;

/// Commits that GitHub lists of one pull request, at most.
const MOST_COMMITS: usize = 250;

pub(super) fn list(scene: &Scene<'_>) -> Answer {
    let state = scene.request.parameter("state").unwrap_or("open");
    let head = scene.request.parameter("head");
    let base = scene.request.parameter("base");
    let mut pulls: Vec<&Pull> = scene
        .repository
        .pulls
        .iter()
        .filter(|pull| match state {
            "all" => true,
            "closed" => pull.closed,
            _ => !pull.closed,
        })
        .filter(|pull| base.is_none_or(|base| pull.base.r#ref == base))
        .filter(|pull| head.is_none_or(|head| label(scene, &pull.head) == head))
        .collect();
    pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
    page::list(
        scene.request,
        pulls.into_iter().map(|pull| short(scene, pull)).collect(),
    )
}

pub(super) fn get(scene: &Scene<'_>, number: &str) -> Answer {
    let pull = find(scene, number)?;
    let mut object = short(scene, pull);
    let files = files_of(scene, pull)?;
    let more = json!({
        "merged": pull.merged,
        "mergeable": if pull.closed { None } else { Some(true) },
        "rebaseable": if pull.closed { None } else { Some(true) },
        "mergeable_state": if pull.draft { "draft" } else { "clean" },
        "merged_by": null,
        "comments": scene.repository.comments.iter().filter(|it| it.issue == pull.number).count(),
        "review_comments": 0,
        "maintainer_can_modify": false,
        "commits": commits_of(scene, pull)?.len(),
        "additions": files.iter().map(|file| file.additions).sum::<u64>(),
        "deletions": files.iter().map(|file| file.deletions).sum::<u64>(),
        "changed_files": files.len(),
    });
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    ok(object)
}

/// Edits the text of a pull request, or closes it; what is not given stays.
pub(super) fn update(scene: &mut Scene<'_>, number: &str) -> Answer {
    #[derive(Deserialize)]
    struct Body {
        title: Option<String>,
        body: Option<String>,
        state: Option<String>,
    }
    let wanted = find(scene, number)?.number;
    let given: Body = scene.request.json()?;
    let mut pulls = scene.repository.pulls.iter_mut();
    let pull = pulls
        .find(|pull| pull.number == wanted)
        .ok_or_else(not_found)?;
    if let Some(title) = given.title {
        pull.title = title;
    }
    if let Some(body) = given.body {
        pull.body = Some(body);
    }
    if let Some(state) = given.state {
        pull.closed = state == "closed";
    }
    get(scene, number)
}

pub(super) fn files(scene: &Scene<'_>, number: &str) -> Answer {
    let pull = find(scene, number)?;
    let commit = sha(scene, &pull.head);
    let files = files_of(scene, pull)?;
    let shown = files
        .iter()
        .take(MOST_FILES)
        .map(|file| changed_file(scene, &commit, file));
    page::list(scene.request, shown.collect())
}

pub(super) fn commits(scene: &Scene<'_>, number: &str) -> Answer {
    let pull = find(scene, number)?;
    let commits = commits_of(scene, pull)?;
    let shown = commits
        .iter()
        .take(MOST_COMMITS)
        .map(|commit| commits::shape(scene, commit));
    page::list(scene.request, shown.collect())
}

/// The pull requests that a commit came with.
pub(super) fn of_commit(scene: &Scene<'_>, commit: &str) -> Answer {
    let mut found = Vec::new();
    for pull in &scene.repository.pulls {
        let merged = pull.merge_commit_sha.as_deref() == Some(commit);
        if merged || commits_of(scene, pull)?.iter().any(|it| it.sha == commit) {
            found.push(short(scene, pull));
        }
    }
    page::list(scene.request, found)
}

pub(super) fn find<'a>(scene: &'a Scene<'_>, number: &str) -> Result<&'a Pull, Reply> {
    let number: u64 = number.parse().map_err(|_| not_found())?;
    let mut pulls = scene.repository.pulls.iter();
    pulls
        .find(|pull| pull.number == number)
        .ok_or_else(not_found)
}

/// The commit of a side, which a state file may leave to the branch.
fn sha(scene: &Scene<'_>, side: &Side) -> String {
    if !side.sha.is_empty() {
        return side.sha.clone();
    }
    Git::of(scene.repository)
        .and_then(|git| git.commit_of(&side.r#ref).ok())
        .unwrap_or_else(|| "0".repeat(40))
}

fn files_of(scene: &Scene<'_>, pull: &Pull) -> Result<Vec<File>, Reply> {
    match (&pull.files, Git::of(scene.repository)) {
        (Some(files), _) => Ok(files.clone()),
        (None, None) => Ok(Vec::new()),
        (None, Some(git)) => {
            let (base, head) = (sha(scene, &pull.base), sha(scene, &pull.head));
            let start = git.text(&["merge-base", &base, &head])?;
            git.changed(&start, &head)
        }
    }
}

fn commits_of(scene: &Scene<'_>, pull: &Pull) -> Result<Vec<Commit>, Reply> {
    match (&pull.commits, Git::of(scene.repository)) {
        (Some(commits), _) => Ok(commits.clone()),
        (None, None) => Ok(Vec::new()),
        (None, Some(git)) => {
            let range = format!("{}..{}", sha(scene, &pull.base), sha(scene, &pull.head));
            git.log(&["--reverse", "--topo-order", &range])
        }
    }
}

/// A changed file, as pull requests and comparisons list it.
pub(super) fn changed_file(scene: &Scene<'_>, commit: &str, file: &File) -> Value {
    let path = percent_encoding::utf8_percent_encode(&file.filename, commits::PATH);
    let mut object = json!({
        "sha": file.sha,
        "filename": file.filename,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": shapes::page_url(scene.repository, &format!("/blob/{commit}/{path}")),
        "raw_url": shapes::page_url(scene.repository, &format!("/raw/{commit}/{path}")),
        "contents_url": scene.url(&format!("/contents/{path}?ref={commit}")),
    });
    if let Some(object) = object.as_object_mut() {
        for (name, value) in [
            ("patch", &file.patch),
            ("previous_filename", &file.previous_filename),
        ] {
            if let Some(value) = value {
                object.insert(name.to_owned(), value.clone().into());
            }
        }
    }
    object
}

/// `owner:branch`.
fn label(scene: &Scene<'_>, side: &Side) -> String {
    let full_name = side
        .repo
        .clone()
        .unwrap_or_else(|| scene.repository.full_name());
    let owner = full_name.split('/').next().unwrap_or_default();
    format!("{owner}:{}", side.r#ref)
}

fn side(scene: &Scene<'_>, side: &Side) -> Value {
    let mut repository = scene.repository.clone();
    if let Some((owner, name)) = side.repo.as_deref().and_then(|repo| repo.split_once('/')) {
        (repository.owner, repository.name) = (owner.to_owned(), name.to_owned());
    }
    json!({
        "label": label(scene, side),
        "ref": side.r#ref,
        "sha": sha(scene, side),
        "user": shapes::user(scene.request, &repository.owner),
        "repo": shapes::repository(scene.request, &repository),
    })
}

/// A pull request as lists show it.
fn short(scene: &Scene<'_>, pull: &Pull) -> Value {
    let request = scene.request;
    let number = pull.number;
    let url = scene.url(&format!("/pulls/{number}"));
    let issue = scene.url(&format!("/issues/{number}"));
    let page = shapes::page_url(scene.repository, &format!("/pull/{number}"));
    let statuses = scene.url(&format!("/statuses/{}", sha(scene, &pull.head)));
    let review_comment = scene.url("/pulls/comments{/number}");
    let labels: Vec<Value> = pull
        .labels
        .iter()
        .map(|name| shapes::label(request, scene.repository, name))
        .collect();
    let link = |href: &str| json!({ "href": href });
    let time = |set: bool| set.then_some(scene.now);
    json!({
        "id": pull.id,
        "node_id": format!("PR_{}", pull.id),
        "number": number,
        "state": if pull.closed { "closed" } else { "open" },
        "locked": false,
        "title": pull.title,
        "body": pull.body,
        "draft": pull.draft,
        "user": shapes::user(request, &pull.user),
        "labels": labels,
        "milestone": null,
        "assignee": null,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "author_association": "CONTRIBUTOR",
        "auto_merge": null,
        "active_lock_reason": null,
        "created_at": scene.now,
        "updated_at": scene.now,
        "closed_at": time(pull.closed),
        "merged_at": time(pull.merged),
        "merge_commit_sha": pull.merge_commit_sha,
        "head": side(scene, &pull.head),
        "base": side(scene, &pull.base),
        "url": url,
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue,
        "comments_url": format!("{issue}/comments"),
        "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": review_comment,
        "statuses_url": statuses,
        "_links": {
            "self": link(&url),
            "html": link(&page),
            "issue": link(&issue),
            "comments": link(&format!("{issue}/comments")),
            "commits": link(&format!("{url}/commits")),
            "review_comments": link(&format!("{url}/comments")),
            "review_comment": link(&review_comment),
            "statuses": link(&statuses),
        },
    })
}
