//! Git objects: trees, blobs, commits and annotated tags.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::git::Git;
use super::reply::{Answer, Reply, bytes, created, not_found, ok, unprocessable};
use super::routes::Scene;
use super::state::{Person, Tag};
use super::{commits, shapes};

pub(super) fn tree(scene: &Scene<'_>, name: &str) -> Answer {
    let git = Git::required(scene.repository)?;
    let id = git.resolve(name, "tree")?;
    let mut args = vec!["ls-tree", "-z", "--long"];
    // GitHub recurses for any value, even `0`.
    if scene.request.parameter("recursive").is_some() {
        args.extend(["-r", "-t"]);
    }
    args.push(&id);
    let text = git.text(&args)?;
    let entries: Vec<Value> = text
        .split('\0')
        .filter_map(|line| entry(scene, line))
        .collect();
    let truncated = entries.len() > scene.tree_limit;
    ok(json!({
        "sha": id,
        "url": scene.url(&format!("/git/trees/{id}")),
        "truncated": truncated,
        "tree": entries.into_iter().take(scene.tree_limit).collect::<Vec<_>>(),
    }))
}

/// Reads one `MODE TYPE SHA SIZE\tPATH` of `git ls-tree --long`.
fn entry(scene: &Scene<'_>, line: &str) -> Option<Value> {
    let (head, path) = line.split_once('\t')?;
    let words: Vec<&str> = head.split_whitespace().collect();
    let [mode, kind, sha, size] = words.as_slice() else {
        return None;
    };
    let mut object = json!({ "path": path, "mode": mode, "type": kind, "sha": sha });
    let object_map = object.as_object_mut()?;
    if let Ok(size) = size.parse::<u64>() {
        object_map.insert("size".to_owned(), size.into());
    }
    // A submodule is a commit of another repository, so it has no address here.
    if *kind != "commit" {
        let url = scene.url(&format!("/git/{kind}s/{sha}"));
        object_map.insert("url".to_owned(), url.into());
    }
    Some(object)
}

pub(super) fn blob(scene: &Scene<'_>, id: &str) -> Answer {
    let git = Git::required(scene.repository)?;
    let content = git.bytes(&["cat-file", "blob", id])?;
    if scene.request.accept.contains("raw") {
        return bytes("application/vnd.github.raw; charset=utf-8", content);
    }
    ok(json!({
        "sha": id,
        "node_id": format!("B_{id}"),
        "size": content.len(),
        "url": scene.url(&format!("/git/blobs/{id}")),
        "content": wrapped_base64(&content),
        "encoding": "base64",
    }))
}

/// Base64 in lines of 60 characters, as GitHub sends it.
pub(super) fn wrapped_base64(content: &[u8]) -> String {
    let mut text = String::new();
    for chunk in content.chunks(45) {
        STANDARD.encode_string(chunk, &mut text);
        text.push('\n');
    }
    text
}

pub(super) fn commit(scene: &Scene<'_>, id: &str) -> Answer {
    let git = Git::required(scene.repository)?;
    let commit = git.commit(&git.resolve(id, "commit")?)?;
    let page = |id: &str| shapes::page_url(scene.repository, &format!("/commit/{id}"));
    let link = |id: &String| json!({ "sha": id, "url": scene.url(&format!("/git/commits/{id}")), "html_url": page(id) });
    ok(json!({
        "sha": commit.sha,
        "node_id": format!("C_{}", commit.sha),
        "url": scene.url(&format!("/git/commits/{}", commit.sha)),
        "html_url": page(&commit.sha),
        "author": commit.author,
        "committer": commit.committer,
        "message": commit.message,
        "tree": { "sha": commit.tree, "url": scene.url(&format!("/git/trees/{}", commit.tree)) },
        "parents": commit.parents.iter().map(link).collect::<Vec<_>>(),
        "verification": commits::unverified(),
    }))
}

pub(super) fn tag(scene: &Scene<'_>, id: &str) -> Answer {
    let tag = match Git::of(scene.repository) {
        Some(git) => tag_on_disk(git, id)?,
        None => {
            let mut tags = scene.repository.tags.iter();
            tags.find(|tag| tag.sha == id)
                .cloned()
                .ok_or_else(not_found)?
        }
    };
    ok(tag_shape(scene, &tag))
}

fn tag_on_disk(git: Git<'_>, id: &str) -> Result<Tag, Reply> {
    let text = git.text(&["cat-file", "tag", id])?;
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let field = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(' '));
        lines
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
            .unwrap_or_default()
    };
    let tagger = field("tagger");
    let (name, rest) = tagger.split_once(" <").unwrap_or_default();
    let date = [
        "for-each-ref",
        "--format=%(objectname) %(taggerdate:iso-strict)",
        "refs/tags",
    ];
    let dates = git.text(&date)?;
    let date = dates
        .lines()
        .find_map(|line| line.strip_prefix(id))
        .unwrap_or_default()
        .trim();
    let tagger = Person {
        name: name.to_owned(),
        email: rest.split('>').next().unwrap_or_default().to_owned(),
        date: if date.is_empty() {
            Person::default().date
        } else {
            date.replace("+00:00", "Z")
        },
    };
    Ok(Tag {
        sha: id.to_owned(),
        tag: field("tag"),
        message: message.to_owned(),
        object: field("object"),
        r#type: field("type"),
        tagger,
    })
}

fn tag_shape(scene: &Scene<'_>, tag: &Tag) -> Value {
    json!({
        "node_id": format!("T_{}", tag.sha),
        "tag": tag.tag,
        "sha": tag.sha,
        "url": scene.url(&format!("/git/tags/{}", tag.sha)),
        "message": tag.message,
        "tagger": tag.tagger,
        "object": object(scene, &tag.object, &tag.r#type),
        "verification": commits::unverified(),
    })
}

/// What a ref or a tag points to.
pub(super) fn object(scene: &Scene<'_>, id: &str, kind: &str) -> Value {
    json!({ "sha": id, "type": kind, "url": scene.url(&format!("/git/{kind}s/{id}")) })
}

/// Makes a tag object; a ref to it has to follow.
pub(super) fn create_tag(scene: &mut Scene<'_>) -> Answer {
    #[derive(Deserialize)]
    struct Body {
        tag: String,
        message: String,
        object: String,
        r#type: String,
        tagger: Option<Person>,
    }
    let body: Body = scene.request.json()?;
    let tagger = body.tagger.unwrap_or_else(|| Person {
        date: scene.now.to_owned(),
        ..Person::default()
    });
    let mut tag = Tag {
        sha: String::new(),
        tag: body.tag,
        message: body.message,
        object: body.object,
        r#type: body.r#type,
        tagger,
    };
    tag.sha = match Git::of(scene.repository) {
        Some(git) => write_tag(git, &tag)?,
        None => format!("{:040x}", scene.new_id()),
    };
    let shape = tag_shape(scene, &tag);
    scene.repository.tags.push(tag);
    created(shape)
}

fn write_tag(git: Git<'_>, tag: &Tag) -> Result<String, Reply> {
    if git.kind(&tag.object).ok().as_deref() != Some(tag.r#type.as_str()) {
        return Err(unprocessable("Could not verify object"));
    }
    // The fake's clock stands still, and nothing reads the time of a tag object but people.
    let text = format!(
        "object {}\ntype {}\ntag {}\ntagger {} <{}> 1767225600 +0000\n\n{}\n",
        tag.object, tag.r#type, tag.tag, tag.tagger.name, tag.tagger.email, tag.message
    );
    git.write_object("tag", text.as_bytes())
}
