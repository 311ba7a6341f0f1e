//! The simple API: JSON (PEP 691) or a page (PEP 503), as the client asks for it.

use axum::body::Body;
use axum::response::Response;
use serde_json::{Value, json};

use super::{File, Index, normalized};

const JSON: &str = "application/vnd.pypi.simple.v1+json";

fn wants_json(accept: &str) -> bool {
    accept.contains(JSON)
}

fn answer(content_type: &str, body: String) -> Response {
    Response::builder()
        .header("content-type", content_type)
        .header("cache-control", "max-age=600, public")
        .header("vary", "Accept")
        .body(Body::from(body))
        .unwrap_or_default()
}

/// All projects.
pub(super) fn list(index: &Index, accept: &str) -> Response {
    let held = index.held();
    if wants_json(accept) {
        let all: Vec<Value> = held
            .projects
            .values()
            .map(|project| json!({"name": project.name}))
            .collect();
        let page = json!({"meta": {"api-version": "1.4"}, "projects": all});
        return answer(JSON, page.to_string());
    }
    let links: String = held
        .projects
        .iter()
        .map(|(key, project)| format!("<a href=\"/simple/{key}/\">{}</a>\n", project.name))
        .collect();
    answer(
        "text/html; charset=UTF-8",
        format!("<!DOCTYPE html><html><body>{links}</body></html>"),
    )
}

/// One project; `None` when it is not known. Asking brings files that lag behind closer.
pub(super) fn project(index: &Index, name: &str, accept: &str) -> Option<Response> {
    let mut held = index.held();
    let key = normalized(name);
    if key != name {
        held.projects.get(&key)?;
        let moved = Response::builder()
            .status(301)
            .header("location", format!("/simple/{key}/"));
        return moved.body(Body::empty()).ok();
    }
    let project = held.projects.get_mut(&key)?;
    let shown: Vec<File> = project
        .files
        .iter()
        .filter(|file| file.hidden == 0)
        .cloned()
        .collect();
    for file in &mut project.files {
        file.hidden = file.hidden.saturating_sub(1);
    }
    let address = |file: &File| format!("{}/files/{}", index.url, file.name);
    if wants_json(accept) {
        let files: Vec<Value> = shown
            .iter()
            .map(|file| {
                json!({
                    "filename": file.name, "url": address(file), "hashes": {"sha256": file.sha256}, "size": file.size,
                    "upload-time": file.uploaded.to_string(), "yanked": file.yanked.as_ref().map_or(json!(false), |why| json!(why)),
                })
            })
            .collect();
        let page = json!({"meta": {"api-version": "1.4"}, "name": key, "files": files});
        return Some(answer(JSON, page.to_string()));
    }
    let links: String = shown
        .iter()
        .map(|file| {
            let yanked = file
                .yanked
                .as_ref()
                .map_or_else(String::new, |why| format!(" data-yanked=\"{why}\""));
            let (address, digest, name) = (address(file), &file.sha256, &file.name);
            format!("<a href=\"{address}#sha256={digest}\"{yanked}>{name}</a><br />\n")
        })
        .collect();
    let page = format!(
        "<!DOCTYPE html><html><head><meta name=\"pypi:repository-version\" content=\"1.4\"><title>Links for {key}</title></head><body><h1>Links for {key}</h1>{links}</body></html>"
    );
    Some(answer("text/html; charset=UTF-8", page))
}

/// The bytes of a file.
pub(super) fn file(index: &Index, name: &str) -> Option<Response> {
    let held = index.held();
    let mut files = held.projects.values().flat_map(|project| &project.files);
    let file = files.find(|file| file.name == name)?;
    Response::builder()
        .body(Body::from(file.content.clone()))
        .ok()
}
