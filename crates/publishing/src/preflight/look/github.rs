//! What GitHub has: the tag, its releases, and the workflows that wait for them.

use ::github::path_part;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;

use super::{Around, Seen, read};
use crate::{
    github_release::{Asset, Error, Repository},
    preflight::facts::{GitHub, Release, Told, Workflow},
    release::{Packages, Targets},
};

/// Where workflows are.
const FOLDER: &str = ".github/workflows";
/// Workflow files that are read; a repository with more has a generator of them.
const MOST_FILES: usize = 200;

pub(super) async fn look(
    packages: &Packages,
    targets: &Targets,
    around: &Around,
) -> Seen<Option<GitHub>> {
    let mut unseen = Vec::new();
    let Some(repository) = &targets.github else {
        return (None, unseen);
    };
    let place = format!("GitHub, {}", repository.name());
    let (tag, commit) = (packages.tag.as_str(), packages.commit());
    let (at, workflows) =
        futures::join!(repository.commit_of_tag(tag), workflows(repository, commit),);
    let mut github = GitHub {
        repository: repository.name().to_owned(),
        tag: read(&mut unseen, &place, at),
        workflows: read(&mut unseen, &place, workflows),
        own_token: around.own_token,
        ..GitHub::default()
    };
    let files = assets(packages);
    let has_tag = github.tag.iter().flatten().next().is_some();
    let found = repository.inspect(tag, commit, has_tag, &files).await;
    for error in found.errors {
        match told(&error, &format!("{}, release {tag}", repository.name())) {
            Some(told) => github.problems.extend(told),
            None => {
                read::<(), _>(&mut unseen, &place, Err(error));
            }
        }
    }
    github.release = found.release.map(|release| Release {
        url: release.html_url,
        draft: release.draft,
    });
    let to_send = files
        .iter()
        .filter(|file| found.to_send.contains(&file.name));
    github.bytes_to_send = to_send.map(|file| file.size).fold(0, u64::saturating_add);
    github.to_send = found.to_send;
    (Some(github), unseen)
}

fn assets(packages: &Packages) -> Vec<Asset> {
    let packages = packages.assets().into_iter();
    packages
        .map(|package| Asset::of(&package.record, &package.path))
        .collect()
}

/// What is in the way of a release; `None` for what could not be read.
fn told(error: &Error, place: &str) -> Option<Vec<Told>> {
    let one = |what: String, fix: &str| Told {
        place: place.to_owned(),
        what,
        fix: fix.to_owned(),
    };
    Some(match error {
        Error::SeveralDrafts { urls, .. } => vec![one(
            format!(
                "there are {} drafts of the tag: {}",
                urls.len(),
                urls.join(", ")
            ),
            "Delete all but one.",
        )],
        Error::DraftElsewhere {
            target,
            commit,
            url,
            ..
        } => vec![one(
            format!(
                "the draft {url} is for `{target}`, but the version is frozen for commit {commit}"
            ),
            "Delete the draft, or set its target to that commit.",
        )],
        Error::PublishedDiffers {
            immutable, files, ..
        } => {
            let how = match immutable {
                true => "published and immutable",
                false => "published",
            };
            let fix = "Release another version: people may have downloaded this one.";
            files
                .iter()
                .map(|file| one(format!("it is already {how}, but {file}"), fix))
                .collect()
        }
        Error::Files(files) => files
            .iter()
            .map(|file| {
                one(
                    format!("GitHub does not accept this: {file}"),
                    "Build it again, and draft the release again.",
                )
            })
            .collect(),
        _ => return None,
    })
}

/// The workflow files of a commit; a repository without any has no such folder.
async fn workflows(
    repository: &Repository,
    commit: &str,
) -> Result<Vec<Workflow>, ::github::Error> {
    #[derive(Deserialize)]
    struct Entry {
        path: String,
        r#type: String,
    }
    #[derive(Deserialize)]
    struct File {
        content: String,
    }
    let address = |path: &str| {
        let parts: Vec<String> = path.split('/').map(path_part).collect();
        format!(
            "{}/contents/{}?ref={commit}",
            repository.root,
            parts.join("/")
        )
    };
    let entries: Option<Vec<Entry>> = repository.api.find(&address(FOLDER)).await?;
    let mut workflows = Vec::new();
    let is_workflow = |entry: &Entry| {
        entry.r#type == "file" && (entry.path.ends_with(".yml") || entry.path.ends_with(".yaml"))
    };
    let entries = entries.unwrap_or_default().into_iter().filter(is_workflow);
    for Entry { path, .. } in entries.take(MOST_FILES) {
        let file: File = repository.api.get(&address(&path)).await?;
        let plain: String = file.content.split_whitespace().collect();
        let text = BASE64_STANDARD.decode(plain).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        workflows.push(Workflow { path, text });
    }
    Ok(workflows)
}
