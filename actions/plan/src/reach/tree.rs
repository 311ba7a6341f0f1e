//! The part of a commit that describes its packages, for cargo and for us, read from git and written into an empty folder.
//!
//! The checkout itself will not do: it has one commit, and cargo and rustup obey files in it (`.cargo/config.toml`,
//! `rust-toolchain.toml`) that name programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use actions_core::text;
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
/// Hundreds of files that live for a moment cost a disk more than all else that a plan does.
const IN_MEMORY: &str = "/dev/shm";

/// A file of a commit.
struct Entry<'a> {
    object: &'a str,
    path: &'a str,
}

/// All that the packages of a commit follow from.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sources {
    texts: BTreeMap<String, String>,
    /// Sources that make cargo see a target.
    targets: BTreeSet<String>,
}

/// What cargo says about the packages of a commit.
#[derive(Debug)]
pub(super) struct Described {
    /// The folder that paths start with. It is gone.
    root: PathBuf,
    metadata: metadata::Answers,
}

/// Whether the packages may be others if the text of this file is another one.
pub(crate) fn has_text(path: &str) -> bool {
    OF_CRATES.contains(&name(path)) || OF_PYTHON.contains(&name(path))
}

impl Sources {
    pub(super) async fn read(
        git: &Git<'_>,
        commit: &str,
        asked: &[Ecosystem],
    ) -> Result<Self, Blind> {
        let args = ["ls-tree", "-r", "-z", "--full-tree", commit];
        let listed = git.run(&args).await?;
        let listed = String::from_utf8_lossy(&listed);
        let entries: Vec<Entry<'_>> = listed.split('\0').filter_map(entry).collect();
        let texts = texts(git, &entries, asked).await?;
        let named = named_sources(&texts);
        let paths = entries.iter().map(|it| it.path);
        let targets = paths.filter(|path| may_be_target(path, &texts) || named.contains(*path));
        Ok(Self {
            targets: targets.map(str::to_owned).collect(),
            texts,
        })
    }

    fn manifests(&self) -> impl Iterator<Item = (&String, &String)> {
        let texts = self.texts.iter();
        texts.filter(|(path, _)| name(path) == "Cargo.toml")
    }

    /// Whether cargo describes both alike: it reads neither lock files nor sources for that.
    pub(super) fn is_described_as(&self, other: &Self) -> bool {
        self.targets == other.targets && self.manifests().eq(other.manifests())
    }

    pub(super) fn graph(&self, described: &Described) -> Result<Graph, Blind> {
        let tree = Tree {
            root: &described.root,
            metadata: &described.metadata.texts,
            files: &self.texts,
        };
        Graph::new(&tree).map_err(|error| Blind(format!("{error}")))
    }

    /// What cargo is to see: the manifests, and an empty file for each target.
    fn files(&self) -> BTreeMap<&str, &str> {
        let targets = self.targets.iter().map(|path| (path.as_str(), ""));
        let manifests = self.manifests();
        let manifests = manifests.map(|(path, text)| (path.as_str(), text.as_str()));
        targets.chain(manifests).collect()
    }
}

/// A temporary folder that has what cargo is to see of one commit after the other; only what differs is written.
pub(super) struct Checkout {
    _kept: tempfile::TempDir,
    folder: PathBuf,
    root: PathBuf,
    /// The sources that it has.
    written: Option<Rc<Sources>>,
}

impl Checkout {
    pub(super) fn new() -> Result<Self, Blind> {
        let kept = tempfile::tempdir_in(IN_MEMORY).or_else(|_elsewhere| tempfile::tempdir());
        Self::in_folder(kept.map_err(|error| blind(&error))?)
    }

    fn in_folder(kept: tempfile::TempDir) -> Result<Self, Blind> {
        let folder = kept.path().canonicalize().map_err(|error| blind(&error))?;
        Ok(Self {
            _kept: kept,
            root: folder.join("tree"),
            folder,
            written: None,
        })
    }

    /// Asks cargo.
    pub(super) async fn describe(&mut self, sources: &Rc<Sources>) -> Result<Described, Blind> {
        if self.write(sources).is_err() {
            // A container may have little memory for files.
            *self = Self::in_folder(tempfile::tempdir().map_err(|error| blind(&error))?)?;
            self.write(sources).map_err(|error| blind(&error))?;
        }
        self.written = Some(Rc::clone(sources));
        let metadata = metadata::of(&self.folder, &self.root, &sources.texts).await?;
        let root = self.root.clone();
        Ok(Described { root, metadata })
    }

    fn write(&self, sources: &Sources) -> std::io::Result<()> {
        let before = self.written.as_deref().map(Sources::files);
        let (before, files) = (before.unwrap_or_default(), sources.files());
        // A file may become a folder.
        for path in before.keys().filter(|path| !files.contains_key(*path)) {
            std::fs::remove_file(self.root.join(path))?;
            let mut folders = Path::new(path).ancestors().skip(1);
            // The first folder that has something else stays, and all above it.
            while folders
                .next()
                .is_some_and(|folder| std::fs::remove_dir(self.root.join(folder)).is_ok())
            {
            }
        }
        std::fs::create_dir_all(&self.root)?;
        let mut folders = BTreeSet::new();
        for (path, text) in files {
            if before.get(path) == Some(&text) {
                continue;
            }
            let path = self.root.join(path);
            if let Some(folder) = path.parent()
                && folders.insert(folder.to_owned())
            {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, text)?;
        }
        Ok(())
    }
}

impl Described {
    /// What there is to say about manifests that cargo cannot read.
    pub(super) fn remarks(&self) -> &[String] {
        &self.metadata.remarks
    }
}

fn blind(error: &std::io::Error) -> Blind {
    Blind(format!("failed to write a temporary folder: {error}"))
}

/// A regular file, from ``mode type object\tpath``.
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
    let objects: String = wanted.iter().map(|it| format!("{}\n", it.object)).collect();
    let sizes = git
        .run_with(&["cat-file", "--batch-check"], objects.clone().into_bytes())
        .await?;
    let sizes = String::from_utf8_lossy(&sizes);
    for (entry, line) in wanted.iter().zip(sizes.lines()) {
        if let Some(size) = size(line).filter(|size| *size > LARGEST) {
            return Err(Blind(format!(
                "`{}` has {size} bytes, over the limit of {LARGEST}",
                entry.path
            )));
        }
    }
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
    let is_from_crate =
        |(path, text): (&String, &String)| name(path) == "pyproject.toml" && text.contains(MATURIN);
    if !asked.contains(&Ecosystem::Cargo) && !texts.iter().any(is_from_crate) {
        // Then nobody asks cargo.
        texts.retain(|path, _| OF_PYTHON.contains(&name(path)));
    }
    Ok(texts)
}

/// The size in bytes, from ``object type size``; `None` for an object that is not here.
fn size(line: &str) -> Option<u64> {
    line.rsplit_once(' ')?.1.parse().ok()
}

/// The next text of `git cat-file --batch`: ``object type size``, a line end, the bytes, a line end.
fn next(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|&byte| byte == b'\n')?;
    let (head, after) = rest.split_at_checked(end)?;
    let size = size(std::str::from_utf8(head).ok()?)?;
    let size = usize::try_from(size).ok()?;
    let (text, after) = after.get(1..)?.split_at_checked(size)?;
    *rest = after.get(1..)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// Whether cargo may find a target here by itself, in the folder of a manifest.
fn may_be_target(path: &str, texts: &BTreeMap<String, String>) -> bool {
    if !path.ends_with(".rs") {
        return false;
    }
    let parts: Vec<&str> = path.split('/').collect();
    let mut places = (0..parts.len()).filter_map(|at| parts.split_at_checked(at));
    places.any(|(folder, inside)| {
        let is_target = matches!(
            inside,
            ["build.rs"]
                | ["src", "lib.rs" | "main.rs"]
                | ["src", "bin", _]
                | ["src", "bin", _, "main.rs"]
                | ["tests" | "benches" | "examples", _]
                | ["tests" | "benches" | "examples", _, "main.rs"]
        );
        let manifest = || folder.iter().chain(&["Cargo.toml"]);
        is_target && texts.contains_key(&manifest().copied().collect::<Vec<_>>().join("/"))
    })
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
