//! Files and folders by their path.

use serde_json::{Value, json};

use super::commits::PATH;
use super::git::Git;
use super::git_data::wrapped_base64;
use super::reply::{Answer, bytes, not_found, ok};
use super::routes::Scene;
use super::shapes;

pub(super) fn get(scene: &Scene<'_>, path: &str) -> Answer {
    if scene.repository.path.is_none() && !scene.repository.refs.is_empty() {
        // Its commits are names alone, and have no files.
        return Err(not_found());
    }
    let git = Git::required(scene.repository)?;
    let branch = scene
        .request
        .parameter("ref")
        .unwrap_or(&scene.repository.default_branch);
    let commit = git.commit_of(branch)?;
    let path = path.trim_matches('/');
    let object = git.text(&[
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &format!("{commit}:{path}"),
    ])?;
    if git.kind(&object)? == "tree" {
        return folder(scene, git, branch, &object, path);
    }
    let content = git.bytes(&["cat-file", "blob", &object])?;
    if scene.request.accept.contains("raw") {
        return bytes("application/vnd.github.raw+json; charset=utf-8", content);
    }
    let mut file = entry(scene, branch, path, "file", &object, content.len() as u64);
    if let Some(file) = file.as_object_mut() {
        file.insert("content".to_owned(), wrapped_base64(&content).into());
        file.insert("encoding".to_owned(), "base64".into());
    }
    ok(file)
}

fn folder(scene: &Scene<'_>, git: Git<'_>, branch: &str, tree: &str, path: &str) -> Answer {
    let text = git.text(&["ls-tree", "-z", "--long", tree])?;
    let mut entries = Vec::new();
    for line in text.split('\0').filter(|line| !line.is_empty()) {
        let (head, name) = line.split_once('\t').ok_or_else(not_found)?;
        let words: Vec<&str> = head.split_whitespace().collect();
        let [mode, kind, sha, size] = words.as_slice() else {
            return Err(not_found());
        };
        let kind = match (*kind, *mode) {
            ("tree", _) => "dir",
            // GitHub lists a submodule as a file, which it regrets and keeps.
            ("commit", _) => "file",
            (_, "120000") => "symlink",
            _ => "file",
        };
        let full = format!("{path}/{name}");
        let full = full.trim_start_matches('/');
        entries.push(entry(
            scene,
            branch,
            full,
            kind,
            sha,
            size.parse().unwrap_or(0),
        ));
    }
    ok(Value::Array(entries))
}

fn entry(scene: &Scene<'_>, branch: &str, path: &str, kind: &str, sha: &str, size: u64) -> Value {
    let escaped = percent_encoding::utf8_percent_encode(path, PATH);
    let url = scene.url(&format!("/contents/{escaped}?ref={branch}"));
    let kind_of_object = if kind == "dir" { "trees" } else { "blobs" };
    let git = scene.url(&format!("/git/{kind_of_object}/{sha}"));
    let page = shapes::page_url(scene.repository, &format!("/blob/{branch}/{escaped}"));
    let raw = shapes::page_url(scene.repository, &format!("/raw/{branch}/{escaped}"));
    json!({
        "type": kind,
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": (kind != "dir").then_some(raw),
        "_links": { "self": url, "git": git, "html": page },
    })
}
