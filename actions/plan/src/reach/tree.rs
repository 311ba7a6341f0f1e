//! The part of a commit that describes its packages, for cargo and for us, read from git and written into an empty folder.
//!
//! The checkout itself will not do: it has one commit, and cargo and rustup obey files in it (`.cargo/config.toml`,
//! `rust-toolchain.toml`) that name programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use actions_core::{Context, text};
use affected::{Ecosystem, Graph, Tree};

use super::metadata;
use crate::changes::{Blind, Git};

/// Files whose text matters for crates.
const OF_CRATES: [&str; 3] = ["Cargo.toml", "Cargo.lock", "build.rs"];
/// Files whose text matters for Python packages.
const OF_PYTHON: [&str; 2] = ["pyproject.toml", "uv.lock"];
/// What may build a Python package from a crate.
const MATURIN: &str = "maturin";
/// A larger manifest or lock file is not one, in bytes.
const LARGEST: u64 = 16 << 20;
/// Tables of a manifest that may name a source.
const TARGETS: [&str; 5] = ["lib", "bin", "test", "bench", "example"];

/// A file of a commit.
struct Entry<'a> {
    object: &'a str,
    size: u64,
    path: &'a str,
}

/// The packages of a commit.
pub(super) async fn graph(
    cx: &Context,
    git: &Git<'_>,
    commit: &str,
    asked: &[Ecosystem],
) -> Result<Graph, Blind> {
    let listed = git
        .run(&["ls-tree", "-r", "-z", "-l", "--full-tree", commit])
        .await?;
    let listed = String::from_utf8_lossy(&listed);
    let entries: Vec<Entry<'_>> = listed.split('\0').filter_map(entry).collect();
    let texts = texts(git, &entries, asked).await?;
    let folder = tempfile::tempdir().map_err(|error| blind(&error))?;
    let folder = folder
        .path()
        .canonicalize()
        .map_err(|error| blind(&error))
        .map(|path| (folder, path))?;
    let (_kept, folder) = folder;
    let root = folder.join("tree");
    write(&root, &entries, &texts).map_err(|error| blind(&error))?;
    let needs_crates = asked.contains(&Ecosystem::Cargo)
        || texts
            .iter()
            .any(|(path, text)| name(path) == "pyproject.toml" && text.contains(MATURIN));
    let metadata = match needs_crates {
        true => metadata::of(cx, &folder, &root, &texts).await?,
        false => Vec::new(),
    };
    let tree = Tree {
        root: &root,
        metadata: &metadata,
        files: &texts,
    };
    Graph::new(&tree).map_err(|error| Blind(format!("{error}")))
}

fn blind(error: &std::io::Error) -> Blind {
    Blind(format!("failed to write a temporary folder: {error}"))
}

/// A regular file, from ``mode type object size\tpath``.
fn entry(line: &str) -> Option<Entry<'_>> {
    let (facts, path) = line.split_once('\t')?;
    let mut facts = facts.split_ascii_whitespace();
    let (mode, kind) = (facts.next()?, facts.next()?);
    let is_plain = |part| matches!(part, Component::Normal(_));
    if kind != "blob" || !mode.starts_with("100") || !Path::new(path).components().all(is_plain) {
        return None;
    }
    Some(Entry {
        object: facts.next()?,
        size: facts.next()?.parse().ok()?,
        path,
    })
}

fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

async fn texts(
    git: &Git<'_>,
    entries: &[Entry<'_>],
    asked: &[Ecosystem],
) -> Result<BTreeMap<String, String>, Blind> {
    let python = asked.contains(&Ecosystem::Python);
    let is_wanted = |name| OF_CRATES.contains(&name) || python && OF_PYTHON.contains(&name);
    let wanted = entries.iter().filter(|entry| is_wanted(name(entry.path)));
    let wanted: Vec<&Entry<'_>> = wanted.collect();
    if let Some(large) = wanted.iter().find(|entry| entry.size > LARGEST) {
        return Err(Blind(format!(
            "`{}` has {} bytes, over the limit of {LARGEST}",
            large.path, large.size
        )));
    }
    let objects: String = wanted.iter().map(|it| format!("{}\n", it.object)).collect();
    let answer = git
        .run_with(&["cat-file", "--batch"], objects.into_bytes())
        .await?;
    let mut rest = answer.as_slice();
    let mut texts = BTreeMap::new();
    for entry in wanted {
        let text = next(&mut rest);
        let text = text.ok_or_else(|| {
            Blind(format!(
                "git does not have the text of `{}` here",
                entry.path
            ))
        })?;
        texts.insert(entry.path.to_owned(), text);
    }
    Ok(texts)
}

/// The next text of `git cat-file --batch`: ``object type size``, a line end, the bytes, a line end.
fn next(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    let (head, after) = rest.split_at_checked(end)?;
    let head = std::str::from_utf8(head).ok()?;
    let size: usize = head.rsplit_once(' ')?.1.parse().ok()?;
    let (text, after) = after.get(1..)?.split_at_checked(size)?;
    *rest = after.get(1..)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// Writes the manifests, and an empty file for each source that makes cargo see a target.
fn write(
    root: &Path,
    entries: &[Entry<'_>],
    texts: &BTreeMap<String, String>,
) -> std::io::Result<()> {
    std::fs::create_dir_all(root)?;
    let named = named_sources(texts);
    let mut folders = BTreeSet::new();
    for entry in entries {
        let text = match name(entry.path) {
            "Cargo.toml" => texts.get(entry.path).map_or("", String::as_str),
            _ if may_be_target(entry.path) || named.contains(entry.path) => "",
            _ => continue,
        };
        let path = root.join(entry.path);
        if let Some(folder) = path.parent()
            && folders.insert(folder.to_owned())
        {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// Whether cargo may find a target here by itself. Modules below `src` are none.
fn may_be_target(path: &str) -> bool {
    let Some((before, inside)) = path.rsplit_once("src/") else {
        return path.ends_with(".rs");
    };
    let is_src = before.is_empty() || before.ends_with('/');
    let is_target = matches!(inside, "lib.rs" | "main.rs") || inside.starts_with("bin/");
    path.ends_with(".rs") && (!is_src || is_target || before.contains("src/"))
}

/// Sources that a manifest names.
fn named_sources(texts: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let manifests = texts.iter().filter(|(path, _)| name(path) == "Cargo.toml");
    for (path, text) in manifests {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // What is wrong with it is for cargo to say.
        let Ok(manifest) = text.parse::<toml::Table>() else {
            continue;
        };
        let targets = TARGETS.iter().filter_map(|table| manifest.get(*table));
        let targets = targets.flat_map(|it| match it {
            toml::Value::Array(all) => all.iter().collect(),
            one => vec![one],
        });
        let build = manifest.get("package").and_then(|it| it.get("build"));
        let sources = targets.filter_map(|target| target.get("path"));
        let sources = sources.chain(build).filter_map(toml::Value::as_str);
        named.extend(sources.filter_map(|source| inside(folder, source)));
    }
    named
}

/// A path that is relative to a folder, from the root.
fn inside(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A path for a message.
pub(super) fn shown(path: &str) -> String {
    format!("`{}`", text::one_line(path))
}
