//! Files of releases, with their bytes and digests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::reply::{
    Answer, Reply, bytes, created, error, invalid, no_content, not_found, ok, redirect,
    unprocessable,
};
use super::request::Request;
use super::routes::Scene;
use super::state::{Asset, Release, Right, State};
use super::{page, releases, shapes};

/// Files that one release can have.
const MOST_ASSETS: usize = 1000;

fn content(asset: &Asset) -> Vec<u8> {
    STANDARD.decode(&asset.content).unwrap_or_default()
}

/// The name that GitHub makes of a file's name: what is not a letter, a digit or one of `._-+@` becomes a dot, and none is
/// at an end.
fn rewritten(name: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || "._-+@".contains(c);
    let name: String = name
        .chars()
        .map(|c| if kept(c) { c } else { '.' })
        .collect();
    match name.strip_prefix('.') {
        Some(_) => format!("default{}", name.trim_end_matches('.')),
        None => name.trim_end_matches('.').to_owned(),
    }
}

pub(super) fn shape(scene: &Scene<'_>, release: &Release, asset: &Asset) -> Value {
    let id = asset.id;
    let content = content(asset);
    let is_there = asset.state.is_empty() || asset.state == "uploaded";
    let digest = (is_there && !scene.repository.no_digests)
        .then(|| format!("sha256:{}", hex::encode(Sha256::digest(&content))));
    let full_name = scene.repository.full_name();
    let Release { tag_name, .. } = release;
    json!({
        "id": id,
        "node_id": format!("RA_{id}"),
        "url": scene.url(&format!("/releases/assets/{id}")),
        "browser_download_url": format!("{}/{full_name}/releases/download/{tag_name}/{}", scene.request.url, asset.name),
        "name": asset.name,
        "label": asset.label,
        "state": if asset.state.is_empty() { "uploaded" } else { &asset.state },
        "content_type": if asset.content_type.is_empty() { "application/octet-stream" } else { &asset.content_type },
        "size": content.len(),
        "digest": digest,
        "download_count": 0,
        "created_at": scene.now,
        "updated_at": scene.now,
        "uploader": shapes::user(scene.request, &asset.user),
    })
}

/// The release and the asset of an asset's id, if the caller may see the release.
fn find<'a>(scene: &'a Scene<'_>, id: &str) -> Result<(&'a Release, &'a Asset), Reply> {
    let id: u64 = id.parse().map_err(|_| not_found())?;
    let may_write = scene.may("contents", Right::Write);
    scene
        .repository
        .releases
        .iter()
        .filter(|release| !release.draft || may_write)
        .find_map(|release| {
            release
                .assets
                .iter()
                .find(|it| it.id == id)
                .map(|it| (release, it))
        })
        .ok_or_else(not_found)
}

pub(super) fn list(scene: &mut Scene<'_>, release: &str) -> Answer {
    let id = releases::find(scene, release)?.id;
    let shown = releases::find_mut(scene, id)?.clone();
    if page::is_first(scene.request) {
        for asset in &mut releases::find_mut(scene, id)?.assets {
            asset.hidden = asset.hidden.saturating_sub(1);
        }
    }
    let release = &shown;
    let shapes = release
        .assets
        .iter()
        .filter(|asset| asset.hidden == 0)
        .map(|asset| shape(scene, release, asset));
    page::list(scene.request, shapes.collect())
}

pub(super) fn answer(scene: &mut Scene<'_>, method: &str, id: &str) -> Answer {
    let (release, asset) = find(scene, id)?;
    let (release_id, asset_id) = (release.id, asset.id);
    let locked = release.immutable;
    match method {
        // The bytes are elsewhere, at an address that needs no token.
        "GET" if scene.request.accept.contains("application/octet-stream") => redirect(format!(
            "{}/storage/assets/{asset_id}",
            scene.request.files_url
        )),
        "GET" => ok(shape(scene, release, asset)),
        "DELETE" | "PATCH" if locked => Err(unprocessable(
            "Cannot change assets of an immutable release.",
        )),
        "DELETE" => {
            let release = releases::find_mut(scene, release_id)?;
            release.assets.retain(|asset| asset.id != asset_id);
            no_content()
        }
        "PATCH" => rename(scene, release_id, asset_id),
        _ => Err(not_found()),
    }
}

fn rename(scene: &mut Scene<'_>, release: u64, asset: u64) -> Answer {
    #[derive(Deserialize)]
    struct Body {
        name: Option<String>,
        label: Option<String>,
    }
    let Body { name, label } = scene.request.json()?;
    let found = releases::find_mut(scene, release)?;
    if let Some(asset) = found.assets.iter_mut().find(|it| it.id == asset) {
        asset.name = name.map_or_else(|| asset.name.clone(), |name| rewritten(&name));
        asset.label = label.or_else(|| asset.label.take());
    }
    let (release, asset) = find(scene, &asset.to_string())?;
    ok(shape(scene, release, asset))
}

pub(super) fn upload(scene: &mut Scene<'_>, release: &str) -> Answer {
    let broken = scene.request.broken_upload;
    if scene.request.body.is_empty() && !broken {
        return Err(error(400, "Bad Content-Length"));
    }
    let found = releases::find(scene, release)?;
    let release_id = found.id;
    if found.immutable {
        return Err(unprocessable(
            "Cannot upload assets to an immutable release.",
        ));
    }
    let name = scene
        .request
        .parameter("name")
        .map(rewritten)
        .unwrap_or_default();
    if name.is_empty() {
        return Err(invalid("ReleaseAsset", "name", "missing_field"));
    }
    if found.assets.iter().any(|asset| asset.name == name) {
        return Err(invalid("ReleaseAsset", "name", "already_exists"));
    }
    if found.assets.len() >= MOST_ASSETS {
        return Err(unprocessable(
            "Validation Failed: a release can have at most 1000 assets",
        ));
    }
    let asset = Asset {
        id: scene.new_id(),
        name,
        label: scene.request.parameter("label").map(str::to_owned),
        content_type: scene.request.content_type.clone(),
        state: if broken { "starter" } else { "uploaded" }.to_owned(),
        content: if broken {
            String::new()
        } else {
            STANDARD.encode(&scene.request.body)
        },
        hidden: scene.repository.list_lag,
        user: scene.request.login(),
    };
    let id = asset.id;
    releases::find_mut(scene, release_id)?.assets.push(asset);
    let (release, asset) = find(scene, &id.to_string())?;
    created(shape(scene, release, asset))
}

/// The bytes of an asset, at the address that the API redirects to, which is signed and takes no token beside that.
pub(super) fn storage(state: &State, request: &Request, id: &str) -> Answer {
    if request.authorized {
        return Err(error(400, "Only one auth mechanism allowed"));
    }
    let id: u64 = id.parse().map_err(|_| not_found())?;
    let releases = state
        .repositories
        .iter()
        .flat_map(|repository| &repository.releases);
    let asset = releases
        .flat_map(|release| &release.assets)
        .find(|asset| asset.id == id);
    bytes(
        "application/octet-stream",
        content(asset.ok_or_else(not_found)?),
    )
}

/// The bytes of an asset, at the address for people.
pub(super) fn download(scene: &Scene<'_>, tag: &str, name: &str) -> Answer {
    let mut releases = scene.repository.releases.iter();
    let release = releases.find(|release| release.tag_name == tag && !release.draft);
    let asset = release.and_then(|release| release.assets.iter().find(|asset| asset.name == name));
    bytes(
        "application/octet-stream",
        content(asset.ok_or_else(not_found)?),
    )
}
