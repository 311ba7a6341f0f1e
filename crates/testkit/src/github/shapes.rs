//! Objects that many answers hold: accounts, repositories, labels. Complete, because clients' types demand it.

use serde_json::{Map, Value, json};

use super::request::Request;
use super::state::{Label, Repository};

/// The address of something below a repository; `rest` starts with a slash or is empty.
pub(super) fn repository_url(request: &Request, repository: &Repository, rest: &str) -> String {
    format!("{}/repos/{}{rest}", request.url, repository.full_name())
}

/// The page of a person's browser for something below a repository.
pub(super) fn page_url(repository: &Repository, rest: &str) -> String {
    format!("https://github.com/{}{rest}", repository.full_name())
}

/// Ids of accounts come from their names, so that they stay the same.
fn account_id(login: &str) -> u64 {
    login.bytes().fold(5381, |id: u64, byte| {
        (id * 33 + u64::from(byte)) % 1_000_000_007
    })
}

/// A user, a bot, or an organisation.
pub(super) fn user(request: &Request, login: &str) -> Value {
    let login = if login.is_empty() { "octocat" } else { login };
    let url = format!("{}/users/{}", request.url, login.replace(['[', ']'], ""));
    let id = account_id(login);
    json!({
        "login": login,
        "id": id,
        "node_id": format!("U_{id}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}"),
        "gravatar_id": "",
        "url": url,
        "html_url": format!("https://github.com/{}", login.replace(['[', ']'], "")),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": if login.ends_with("[bot]") { "Bot" } else { "User" },
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// The account that `GET /user` shows.
pub(super) fn account(request: &Request, login: &str, now: &str) -> Value {
    let mut account = user(request, login);
    let more = json!({
        "name": login,
        "company": null,
        "blog": null,
        "location": null,
        "email": null,
        "hireable": null,
        "bio": null,
        "twitter_username": null,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": now,
        "updated_at": now,
    });
    if let (Some(account), Value::Object(more)) = (account.as_object_mut(), more) {
        account.extend(more);
    }
    account
}

/// Addresses of a repository by the name of the field, each with what follows the repository's own address.
const REPOSITORY_URLS: &[(&str, &str)] = &[
    ("url", ""),
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    (
        "notifications_url",
        "/notifications{?since,all,participating}",
    ),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// A repository with all that its owner sees.
pub(super) fn repository(request: &Request, repository: &Repository) -> Value {
    let open = repository.pulls.iter().filter(|pull| !pull.closed).count()
        + repository
            .issues
            .iter()
            .filter(|issue| !issue.closed)
            .count();
    let page = page_url(repository, "");
    let time = "2026-01-01T00:00:00Z";
    let mut object = Map::new();
    for (field, rest) in REPOSITORY_URLS {
        object.insert(
            (*field).to_owned(),
            repository_url(request, repository, rest).into(),
        );
    }
    let values = json!({
        "id": repository.id,
        "node_id": format!("R_{}", repository.id),
        "name": repository.name,
        "full_name": repository.full_name(),
        "owner": user(request, &repository.owner),
        "private": repository.private,
        "visibility": if repository.private { "private" } else { "public" },
        "html_url": page,
        "clone_url": format!("{page}.git"),
        "git_url": format!("git://github.com/{}.git", repository.full_name()),
        "ssh_url": format!("git@github.com:{}.git", repository.full_name()),
        "svn_url": page,
        "mirror_url": null,
        "homepage": null,
        "description": null,
        "language": null,
        "license": null,
        "topics": [],
        "default_branch": repository.default_branch,
        "fork": false,
        "is_template": false,
        "archived": false,
        "disabled": false,
        "allow_forking": true,
        "web_commit_signoff_required": false,
        "has_issues": true,
        "has_projects": true,
        "has_wiki": true,
        "has_pages": false,
        "has_downloads": true,
        "has_discussions": false,
        "size": 1,
        "forks": 0,
        "forks_count": 0,
        "network_count": 0,
        "open_issues": open,
        "open_issues_count": open,
        "stargazers_count": 0,
        "subscribers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "created_at": time,
        "updated_at": time,
        "pushed_at": time,
    });
    if let Value::Object(values) = values {
        object.extend(values);
    }
    Value::Object(object)
}

/// A label, by the name that an issue has; the repository knows the rest.
pub(super) fn label(request: &Request, repository: &Repository, name: &str) -> Value {
    let unknown = Label::default();
    let known = find_label(repository, name).unwrap_or(&unknown);
    let name = if known.name.is_empty() {
        name
    } else {
        &known.name
    };
    let escaped = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    json!({
        "id": known.id,
        "node_id": format!("LA_{}", known.id),
        "url": repository_url(request, repository, &format!("/labels/{escaped}")),
        "name": name,
        "description": known.description,
        "color": if known.color.is_empty() { "ededed" } else { &known.color },
        "default": false,
    })
}

/// Names of labels do not differ by case.
pub(super) fn find_label<'a>(repository: &'a Repository, name: &str) -> Option<&'a Label> {
    let wanted = name.to_lowercase();
    repository
        .labels
        .iter()
        .find(|label| label.name.to_lowercase() == wanted)
}
