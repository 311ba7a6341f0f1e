//! Refs: branches and tags, of a repository on disk or of the state.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use super::git::Git;
use super::reply::{Answer, Reply, created, no_content, not_found, ok, unprocessable};
use super::routes::Scene;
use super::state::Repository;
use super::{git_data, page};

/// All refs and what they point to.
fn all(repository: &Repository) -> Result<BTreeMap<String, String>, Reply> {
    let Some(git) = Git::of(repository) else {
        return Ok(repository.refs.clone());
    };
    let text = git.text(&["for-each-ref", "--format=%(refname) %(objectname)"])?;
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    Ok(pairs
        .map(|(name, id)| (name.to_owned(), id.to_owned()))
        .collect())
}

/// What a full ref name points to.
pub(super) fn target(repository: &Repository, name: &str) -> Option<String> {
    all(repository).ok()?.remove(name)
}

/// Points a ref somewhere.
pub(super) fn point(repository: &mut Repository, name: &str, id: &str) -> Result<(), Reply> {
    match Git::of(repository) {
        Some(git) => git.text(&["update-ref", name, id]).map(|_| ()),
        None => {
            repository.refs.insert(name.to_owned(), id.to_owned());
            Ok(())
        }
    }
}

fn shape(scene: &Scene<'_>, name: &str, id: &str) -> Value {
    let kind = match Git::of(scene.repository) {
        Some(git) => git.kind(id).unwrap_or_else(|_| "commit".to_owned()),
        None if scene.repository.tags.iter().any(|tag| tag.sha == id) => "tag".to_owned(),
        None => "commit".to_owned(),
    };
    json!({
        "ref": name,
        "node_id": format!("REF_{name}"),
        "url": scene.url(&format!("/git/{name}")),
        "object": git_data::object(scene, id, &kind),
    })
}

/// One ref by its exact name, `heads/main`.
pub(super) fn get(scene: &Scene<'_>, name: &str) -> Answer {
    let name = format!("refs/{name}");
    let id = target(scene.repository, &name).ok_or_else(not_found)?;
    ok(shape(scene, &name, &id))
}

/// All refs that start with a name.
pub(super) fn matching(scene: &Scene<'_>, start: &str) -> Answer {
    let start = format!("refs/{start}");
    let refs = all(scene.repository)?;
    let found = refs.iter().filter(|(name, _)| name.starts_with(&start));
    page::list(
        scene.request,
        found.map(|(name, id)| shape(scene, name, id)).collect(),
    )
}

fn object_exists(repository: &Repository, id: &str) -> bool {
    match Git::of(repository) {
        Some(git) => git.succeeds(&["cat-file", "-e", id]),
        None => id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
    }
}

/// Whether an immutable release has this tag, or had it.
pub(super) fn is_used_up(repository: &Repository, name: &str) -> bool {
    let tag = name.strip_prefix("refs/tags/");
    tag.is_some_and(|tag| repository.used_up_tags.contains(tag)) || is_locked(repository, name)
}

fn is_locked(repository: &Repository, name: &str) -> bool {
    let tag = name.strip_prefix("refs/tags/");
    let mut releases = repository.releases.iter();
    tag.is_some_and(|tag| releases.any(|it| it.immutable && it.tag_name == tag))
}

fn ruled(what: &str) -> Reply {
    unprocessable(&format!("Repository rule violations found\n\n{what}\n\n"))
}

pub(super) fn create(scene: &mut Scene<'_>) -> Answer {
    #[derive(Deserialize)]
    struct Body {
        r#ref: String,
        sha: String,
    }
    let Body { r#ref: name, sha } = scene.request.json()?;
    if !name.starts_with("refs/") || name.split('/').count() < 3 {
        return Err(unprocessable(&format!("{name} is not a valid ref name.")));
    }
    if !object_exists(scene.repository, &sha) {
        return Err(unprocessable("Object does not exist"));
    }
    if target(scene.repository, &name).is_some() {
        return Err(unprocessable("Reference already exists"));
    }
    if is_used_up(scene.repository, &name) {
        return Err(ruled(
            "Cannot create ref due to creations being restricted.",
        ));
    }
    point(scene.repository, &name, &sha)?;
    created(shape(scene, &name, &sha))
}

pub(super) fn update(scene: &mut Scene<'_>, name: &str) -> Answer {
    #[derive(Deserialize)]
    struct Body {
        sha: String,
        #[serde(default)]
        force: bool,
    }
    let Body { sha, force } = scene.request.json()?;
    let name = format!("refs/{name}");
    let Some(old) = target(scene.repository, &name) else {
        return Err(unprocessable("Reference does not exist"));
    };
    if !object_exists(scene.repository, &sha) {
        return Err(unprocessable("Object does not exist"));
    }
    if is_used_up(scene.repository, &name) {
        return Err(ruled("Cannot update this protected ref."));
    }
    let forward = match Git::of(scene.repository) {
        Some(git) => git.succeeds(&["merge-base", "--is-ancestor", &old, &sha]),
        // Without a history, only standing still is known to be a fast-forward.
        None => old == sha,
    };
    if !forward && !force {
        return Err(unprocessable("Update is not a fast forward"));
    }
    point(scene.repository, &name, &sha)?;
    ok(shape(scene, &name, &sha))
}

pub(super) fn delete(scene: &mut Scene<'_>, name: &str) -> Answer {
    let name = format!("refs/{name}");
    if target(scene.repository, &name).is_none() {
        return Err(unprocessable("Reference does not exist"));
    }
    if is_locked(scene.repository, &name) {
        return Err(ruled("Cannot delete this protected ref."));
    }
    match Git::of(scene.repository) {
        Some(git) => {
            git.text(&["update-ref", "-d", &name])?;
        }
        None => {
            scene.repository.refs.remove(&name);
        }
    }
    no_content()
}
