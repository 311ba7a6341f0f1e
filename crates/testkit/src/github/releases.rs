//! Releases: drafts are for those who may write, and publishing one makes its tag.

use serde::Deserialize;
use serde_json::{Value, json};

use super::git::Git;
use super::reply::{
    Answer, Reply, created, invalid, invalid_because, no_content, not_found, ok, unprocessable,
};
use super::routes::Scene;
use super::state::{Release, Right};
use super::{assets, page, refs, shapes};

/// Characters that GitHub allows in the text of a release.
const MOST_CHARACTERS: usize = 125_000;

pub(super) fn answer(scene: &mut Scene<'_>, method: &str, rest: &[&str]) -> Answer {
    match (method, rest) {
        ("GET", []) => list(scene),
        ("POST", []) => create(scene),
        ("GET", ["latest"]) => {
            let shown = |it: &&Release| !it.draft && !it.prerelease;
            let releases = || scene.repository.releases.iter().filter(shown);
            let latest = releases().find(|release| release.latest);
            // Where nobody chose one, it is the newest.
            let latest = latest.or_else(|| releases().next_back());
            ok(shape(scene, latest.ok_or_else(not_found)?))
        }
        ("GET", ["tags", tag @ ..]) => {
            let tag = tag.join("/");
            let mut releases = scene.repository.releases.iter();
            // A draft is not found by its tag, which need not exist yet.
            let found = releases.find(|release| release.tag_name == tag && !release.draft);
            ok(shape(scene, found.ok_or_else(not_found)?))
        }
        ("GET", [id]) => {
            let release = find(scene, id)?;
            ok(shape(scene, release))
        }
        ("PATCH", [id]) => update(scene, id),
        ("DELETE", [id]) => {
            let id = find(scene, id)?.id;
            scene.repository.releases.retain(|release| release.id != id);
            no_content()
        }
        _ => Err(not_found()),
    }
}

fn visible(scene: &Scene<'_>, release: &Release) -> bool {
    !release.draft || scene.may("contents", Right::Write)
}

/// The release of an id, if the caller may see it.
pub(super) fn find<'a>(scene: &'a Scene<'_>, id: &str) -> Result<&'a Release, Reply> {
    let id: u64 = id.parse().map_err(|_| not_found())?;
    let mut releases = scene.repository.releases.iter();
    let found = releases.find(|release| release.id == id && visible(scene, release));
    found.ok_or_else(not_found)
}

/// The same, to change it.
pub(super) fn find_mut<'a>(scene: &'a mut Scene<'_>, id: u64) -> Result<&'a mut Release, Reply> {
    let mut releases = scene.repository.releases.iter_mut();
    releases
        .find(|release| release.id == id)
        .ok_or_else(not_found)
}

fn list(scene: &mut Scene<'_>) -> Answer {
    let releases = scene.repository.releases.iter().rev();
    let seen = releases.filter(|release| visible(scene, release) && release.hidden == 0);
    let shapes = seen.map(|release| shape(scene, release)).collect();
    if page::is_first(scene.request) {
        for release in &mut scene.repository.releases {
            release.hidden = release.hidden.saturating_sub(1);
        }
    }
    page::list(scene.request, shapes)
}

#[derive(Default, Deserialize)]
struct Body {
    tag_name: Option<String>,
    target_commitish: Option<String>,
    name: Option<String>,
    body: Option<String>,
    draft: Option<bool>,
    prerelease: Option<bool>,
    make_latest: Option<String>,
}

impl Body {
    fn apply(self, release: &mut Release) {
        let Self {
            tag_name,
            target_commitish,
            name,
            body,
            draft,
            prerelease,
            make_latest: _,
        } = self;
        if let Some(tag_name) = tag_name {
            release.tag_name = tag_name;
        }
        if let Some(target) = target_commitish {
            release.target_commitish = target;
        }
        release.name = name.or_else(|| release.name.take());
        release.body = body.or_else(|| release.body.take());
        release.draft = draft.unwrap_or(release.draft);
        release.prerelease = prerelease.unwrap_or(release.prerelease);
    }
}

fn create(scene: &mut Scene<'_>) -> Answer {
    let body: Body = scene.request.json()?;
    if body.tag_name.as_deref().is_none_or(str::is_empty) {
        return Err(invalid("Release", "tag_name", "missing_field"));
    }
    let make_latest = body.make_latest.clone();
    let mut release = Release {
        id: scene.new_id(),
        target_commitish: scene.repository.default_branch.clone(),
        user: scene.request.login(),
        hidden: scene.repository.list_lag,
        ..Release::default()
    };
    body.apply(&mut release);
    settle(scene, &mut release, true, make_latest.as_deref())?;
    let shape = shape(scene, &release);
    scene.repository.releases.push(release);
    created(shape)
}

fn update(scene: &mut Scene<'_>, id: &str) -> Answer {
    let mut release = find(scene, id)?.clone();
    let body: Body = scene.request.json()?;
    let was_draft = release.draft;
    let moves_tag = body
        .tag_name
        .as_ref()
        .is_some_and(|tag| *tag != release.tag_name);
    if moves_tag && release.immutable {
        return Err(unprocessable(
            "Cannot change the tag of an immutable release.",
        ));
    }
    if body.draft == Some(true) && release.immutable {
        return Err(unprocessable(
            "Cannot make an immutable release a draft again.",
        ));
    }
    let make_latest = body.make_latest.clone();
    body.apply(&mut release);
    settle(scene, &mut release, was_draft, make_latest.as_deref())?;
    let shape = shape(scene, &release);
    let id = release.id;
    *find_mut(scene, id)? = release;
    ok(shape)
}

/// Checks a release, and when it is published makes its tag and settles which one is the latest.
fn settle(
    scene: &mut Scene<'_>,
    release: &mut Release,
    is_new: bool,
    make_latest: Option<&str>,
) -> Result<(), Reply> {
    let known = make_latest.is_none_or(|it| ["true", "false", "legacy"].contains(&it));
    if !known || make_latest == Some("true") && (release.draft || release.prerelease) {
        return Err(invalid("Release", "make_latest", "invalid"));
    }
    if release
        .body
        .as_ref()
        .is_some_and(|text| text.chars().count() > MOST_CHARACTERS)
    {
        return Err(invalid("Release", "body", "too_long"));
    }
    if release.draft {
        return Ok(());
    }
    let taken =
        scene.repository.releases.iter().any(|other| {
            other.id != release.id && !other.draft && other.tag_name == release.tag_name
        });
    if taken {
        return Err(invalid("Release", "tag_name", "already_exists"));
    }
    let tag = format!("refs/tags/{}", release.tag_name);
    if is_new && refs::is_used_up(scene.repository, &tag) {
        return Err(used_up(refs::target(scene.repository, &tag).is_some()));
    }
    // The commit of a tag that is there already is not looked at.
    if refs::target(scene.repository, &tag).is_none() {
        let commit = target_commit(scene, &release.target_commitish)?;
        refs::point(scene.repository, &tag, &commit)?;
    }
    if is_new && scene.repository.immutable_releases {
        release.immutable = true;
        let tag = release.tag_name.clone();
        scene.repository.used_up_tags.insert(tag);
    }
    settle_latest(scene, release, is_new, make_latest);
    Ok(())
}

/// Settles which release is the latest one.
fn settle_latest(
    scene: &mut Scene<'_>,
    release: &mut Release,
    is_new: bool,
    make_latest: Option<&str>,
) {
    let chosen = match make_latest {
        Some(wanted) => wanted != "false",
        // By default what is published becomes the latest, and what is only edited stays what it was.
        None => is_new || release.latest,
    };
    let wanted = chosen && !release.prerelease;
    if wanted {
        scene
            .repository
            .releases
            .iter_mut()
            .for_each(|other| other.latest = false);
    }
    release.latest = wanted;
}

/// What GitHub says where the tag of a release belonged to an immutable one.
fn used_up(tag_is_there: bool) -> Reply {
    let rule = "pre_receive Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n";
    let used = ("tag_name", "tag_name was used by an immutable release");
    let no_tag = ("tag_name", "Published releases must have a valid tag");
    match tag_is_there {
        true => invalid_because("Release", &[used]),
        false => invalid_because("Release", &[("pre_receive", rule), used, no_tag]),
    }
}

fn target_commit(scene: &Scene<'_>, target: &str) -> Result<String, Reply> {
    let commit = match Git::of(scene.repository) {
        Some(git) => git.commit_of(target).ok(),
        None => refs::target(scene.repository, &format!("refs/heads/{target}"))
            .or_else(|| (target.len() == 40).then(|| target.to_owned())),
    };
    commit.ok_or_else(|| invalid("Release", "target_commitish", "invalid"))
}

fn shape(scene: &Scene<'_>, release: &Release) -> Value {
    let id = release.id;
    let url = scene.url(&format!("/releases/{id}"));
    let upload = format!(
        "{}/uploads/repos/{}/releases/{id}/assets",
        scene.request.files_url,
        scene.repository.full_name()
    );
    let tag = &release.tag_name;
    let published = (!release.draft).then_some(scene.now);
    let archive = |kind: &str| (!release.draft).then(|| scene.url(&format!("/{kind}/{tag}")));
    json!({
        "id": id,
        "node_id": format!("RE_{id}"),
        "url": url,
        "html_url": shapes::page_url(scene.repository, &format!("/releases/tag/{tag}")),
        "assets_url": format!("{url}/assets"),
        "upload_url": format!("{upload}{{?name,label}}"),
        "tarball_url": archive("tarball"),
        "zipball_url": archive("zipball"),
        "tag_name": tag,
        "target_commitish": release.target_commitish,
        "name": release.name,
        "body": release.body,
        "draft": release.draft,
        "prerelease": release.prerelease,
        "immutable": release.immutable,
        "created_at": scene.now,
        "updated_at": scene.now,
        "published_at": published,
        "author": shapes::user(scene.request, &release.user),
        "assets": release.assets.iter().filter(|it| it.hidden == 0).map(|asset| assets::shape(scene, release, asset)).collect::<Vec<_>>(),
    })
}
