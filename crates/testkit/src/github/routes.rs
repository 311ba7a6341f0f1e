//! The table of endpoints, and who may use them.

use serde_json::json;

use super::Host;
use super::reply::{Answer, Reply, error, not_found, ok};
use super::request::Request;
use super::server::rate_reset;
use super::state::{Repository, Right, State};
use super::{
    assets, attestations, checks, commits, contents, git_data, issues, pulls, refs, releases, runs,
    shapes,
};

/// A repository that a request is about, and what the handlers need of the rest.
pub(super) struct Scene<'a> {
    pub(super) request: &'a Request,
    pub(super) repository: &'a mut Repository,
    /// The time of everything, RFC 3339.
    pub(super) now: &'a str,
    pub(super) tree_limit: usize,
    /// Where new ids come from.
    pub(super) next_id: &'a mut u64,
}

impl Scene<'_> {
    pub(super) fn new_id(&mut self) -> u64 {
        *self.next_id += 1;
        *self.next_id
    }

    /// The address of something below this repository.
    pub(super) fn url(&self, rest: &str) -> String {
        shapes::repository_url(self.request, self.repository, rest)
    }

    /// Whether the caller has a right without which parts of the repository are hidden.
    pub(super) fn may(&self, permission: &str, right: Right) -> bool {
        granted(self.request, permission) >= right
    }
}

/// Answers one request.
pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["rate_limit"]) => ok(rate_limit(state)),
        ("GET", ["user"]) => match &request.token {
            Some(_) => ok(shapes::account(request, &request.login(), &state.now)),
            None => Err(error(401, "Requires authentication")),
        },
        ("GET", ["storage", "assets", id]) if request.host == Host::Files => {
            assets::storage(state, request, id)
        }
        ("GET", [owner, name, "releases", "download", tag, file]) => {
            let scene = scene(state, request, owner, name)?;
            assets::download(&scene, tag, file)
        }
        ("POST", ["uploads", "repos", owner, name, "releases", id, "assets"])
            if request.host == Host::Files || !state.files_elsewhere =>
        {
            let mut scene = scene(state, request, owner, name)?;
            allow(&scene, &["contents"], Right::Write)?;
            assets::upload(&mut scene, id)
        }
        (method, ["repos", owner, name, rest @ ..]) if request.host == Host::Api => {
            let mut scene = scene(state, request, owner, name)?;
            let (permissions, right) = needs(method, rest);
            allow(&scene, permissions, right)?;
            repository(&mut scene, method, rest)
        }
        _ => Err(not_found()),
    }
}

fn repository(scene: &mut Scene<'_>, method: &str, rest: &[&str]) -> Answer {
    match (method, rest) {
        ("GET", []) => ok(shapes::repository(scene.request, scene.repository)),
        ("GET", ["labels"]) => issues::repository_labels(scene),
        ("GET", ["pulls"]) => pulls::list(scene),
        ("GET", ["pulls", number]) => pulls::get(scene, number),
        ("PATCH", ["pulls", number]) => pulls::update(scene, number),
        ("GET", ["pulls", number, "files"]) => pulls::files(scene, number),
        ("GET", ["pulls", number, "commits"]) => pulls::commits(scene, number),
        (_, ["issues", ..]) => issues::answer(scene, method, rest),
        ("GET", ["compare", basehead @ ..]) => commits::compare(scene, &basehead.join("/")),
        ("GET", ["commits", commit]) => commits::get(scene, commit),
        ("GET", ["commits", commit, "pulls"]) => pulls::of_commit(scene, commit),
        ("GET", ["commits", commit, "statuses"]) => checks::statuses(scene, commit),
        ("GET", ["commits", commit, "status"]) => checks::combined(scene, commit),
        ("GET", ["commits", commit, "check-runs"]) => checks::runs_of_commit(scene, commit),
        ("POST", ["statuses", commit]) => checks::create_status(scene, commit),
        ("POST", ["check-runs"]) => checks::create_run(scene),
        ("GET", ["check-runs", id]) => checks::get_run(scene, id),
        ("PATCH", ["check-runs", id]) => checks::update_run(scene, id),
        ("GET", ["contents", path @ ..]) => contents::get(scene, &path.join("/")),
        ("GET", ["git", "trees", tree]) => git_data::tree(scene, tree),
        ("GET", ["git", "blobs", blob]) => git_data::blob(scene, blob),
        ("GET", ["git", "commits", commit]) => git_data::commit(scene, commit),
        ("GET", ["git", "tags", tag]) => git_data::tag(scene, tag),
        ("POST", ["git", "tags"]) => git_data::create_tag(scene),
        ("GET", ["git", "ref", name @ ..]) => refs::get(scene, &name.join("/")),
        ("GET", ["git", "matching-refs", name @ ..]) => refs::matching(scene, &name.join("/")),
        ("POST", ["git", "refs"]) => refs::create(scene),
        ("PATCH", ["git", "refs", name @ ..]) => refs::update(scene, &name.join("/")),
        ("DELETE", ["git", "refs", name @ ..]) => refs::delete(scene, &name.join("/")),
        (_, ["releases", "assets", id]) => assets::answer(scene, method, id),
        ("GET", ["releases", id, "assets"]) => assets::list(scene, id),
        (_, ["releases", rest @ ..]) => releases::answer(scene, method, rest),
        ("GET", ["actions", "workflows", file, "runs"]) => runs::of_workflow(scene, file),
        ("POST", ["attestations"]) => attestations::create(scene),
        ("GET", ["attestations", digest]) => attestations::list(scene, digest),
        _ => Err(not_found()),
    }
}

/// What an endpoint asks of a token: one of these permissions, this far.
fn needs(method: &str, rest: &[&str]) -> (&'static [&'static str], Right) {
    let right = if method == "GET" {
        Right::Read
    } else {
        Right::Write
    };
    let permissions: &[&str] = match rest {
        [] => &[],
        ["labels" | "issues", ..] => &["issues", "pull-requests"],
        ["pulls", ..] | ["commits", _, "pulls"] => &["pull-requests"],
        ["statuses", ..] | ["commits", _, "status" | "statuses"] => &["statuses"],
        ["check-runs", ..] | ["commits", _, "check-runs"] => &["checks"],
        ["actions", ..] => &["actions"],
        ["attestations", ..] => &["attestations"],
        _ => &["contents"],
    };
    (permissions, right)
}

fn granted(request: &Request, permission: &str) -> Right {
    let permissions = request.token.as_ref().map(|token| &token.permissions);
    permissions
        .and_then(|permissions| permissions.get(permission))
        .copied()
        .unwrap_or(Right::None)
}

/// Refuses a token that lacks a right. Everybody may read what is public.
fn allow(scene: &Scene<'_>, permissions: &[&str], right: Right) -> Result<(), Reply> {
    let public = right == Right::Read && !scene.repository.private;
    if public || permissions.is_empty() || permissions.iter().any(|name| scene.may(name, right)) {
        return Ok(());
    }
    match scene.request.token {
        Some(_) => Err(
            error(403, "Resource not accessible by integration").with_header(
                "x-accepted-github-permissions",
                accepted(permissions, right),
            ),
        ),
        None => Err(error(401, "Requires authentication")),
    }
}

/// Which permissions would do, in the form of GitHub's header: `issues=write; pull_requests=write`.
/// <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#insufficient-permissions>
fn accepted(permissions: &[&str], right: Right) -> String {
    let right = match right {
        Right::Write => "write",
        Right::Read | Right::None => "read",
    };
    let each = permissions
        .iter()
        .map(|name| format!("{}={right}", name.replace('-', "_")));
    each.collect::<Vec<_>>().join("; ")
}

/// Finds the repository; one that the caller may not see does not exist.
fn scene<'a>(
    state: &'a mut State,
    request: &'a Request,
    owner: &str,
    name: &str,
) -> Result<Scene<'a>, Reply> {
    let State {
        repositories,
        now,
        tree_limit,
        next_id,
        ..
    } = state;
    let repository = repositories
        .iter_mut()
        .find(|it| it.owner.eq_ignore_ascii_case(owner) && it.name.eq_ignore_ascii_case(name))
        .ok_or_else(not_found)?;
    let seen = match &request.token {
        None => false,
        Some(token) => token.repositories.as_ref().is_none_or(|names| {
            names
                .iter()
                .any(|it| it.eq_ignore_ascii_case(&repository.full_name()))
        }),
    };
    if repository.private && !seen {
        return Err(not_found());
    }
    Ok(Scene {
        request,
        repository,
        now,
        tree_limit: *tree_limit,
        next_id,
    })
}

fn rate_limit(state: &State) -> serde_json::Value {
    let core = json!({
        "limit": state.rate_limit,
        "used": state.rate_used,
        "remaining": state.rate_limit.saturating_sub(state.rate_used),
        "reset": rate_reset(),
        "resource": "core",
    });
    let search = json!({ "limit": 30, "used": 0, "remaining": 30, "reset": rate_reset(), "resource": "search" });
    json!({ "resources": { "core": core, "search": search }, "rate": core })
}
