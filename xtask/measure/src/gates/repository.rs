//! The repositories that gates are measured on: made from nothing but numbers, the same in every run and everywhere.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::fast_import::{self, git};
use crate::project;

/// Written into the stamp: a change of what is made must change it.
const EDITION: u32 = 2;

/// How large a repository is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) files: u64,
    /// Bytes of all files at the head of main, nearly.
    pub(super) bytes: u64,
}

impl Shape {
    /// Its folder in `target/bench`.
    pub(super) fn folder(self) -> String {
        format!("{}-files", self.files)
    }
}

/// One that was made, with the branch of the pull request checked out.
#[derive(Debug)]
pub(super) struct Repository {
    pub(super) folder: PathBuf,
    /// The payload of `pull_request`, for `--event`.
    pub(super) event: PathBuf,
    /// Names of regular files, of text files among them, and of symlinks, NUL after each, as hooks are given them.
    pub(super) files: PathBuf,
    pub(super) texts: PathBuf,
    pub(super) links: PathBuf,
    /// The names that the pull request changes or adds; all are text.
    pub(super) changed: PathBuf,
}

/// What the pull request does, in so many commits.
const COMMITS: u64 = 5;
const CHANGED: u64 = 60;
const ADDED: u64 = 30;
const REMOVED: u64 = 10;

/// Of so many files one is a symlink, and one is binary.
const LINK_EVERY: u64 = 400;
const BINARY_EVERY: u64 = 20;
/// Files in one folder.
const FOLDER: u64 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Binary,
    Link,
}

/// Makes it, unless it is there from an earlier run.
pub(super) fn make(shape: Shape) -> Result<Repository> {
    let folder = project::target().join("bench").join(shape.folder());
    let repository = Repository {
        event: folder.join("event.json"),
        files: folder.join("files"),
        texts: folder.join("texts"),
        links: folder.join("links"),
        changed: folder.join("changed"),
        folder: folder.join("repository"),
    };
    let stamp = folder.join("made");
    let wanted = format!("{EDITION} {} {}", shape.files, shape.bytes);
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(repository);
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("failed to empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&repository.folder)
        .with_context(|| format!("failed to create `{}`", folder.display()))?;
    fast_import::import(&repository.folder, "feature", |out| {
        write_main(shape, out)?;
        write_branch(shape, out)
    })?;
    write_lists(&repository)?;
    write_event(&repository)?;
    fs::write(&stamp, wanted).context("failed to write the stamp")?;
    Ok(repository)
}

fn write_main(shape: Shape, out: &mut impl Write) -> Result<()> {
    fast_import::commit(out, "refs/heads/main", 0, "First")?;
    for number in 0..shape.files {
        write_file(out, &path(number), kind(number), &content(shape, number, 0))?;
    }
    Ok(())
}

/// Changed files come first, then removed ones, then new ones; none of them is a symlink.
fn write_branch(shape: Shape, out: &mut impl Write) -> Result<()> {
    let apart = shape.files / (CHANGED + REMOVED + 1);
    let existing = |nth: u64| {
        let number = (nth + 1) * apart;
        match kind(number) {
            Kind::Text => number,
            _ => number + 1,
        }
    };
    for commit in 0..COMMITS {
        fast_import::commit(
            out,
            "refs/heads/feature",
            commit + 1,
            "Change what there is",
        )?;
        if commit == 0 {
            writeln!(out, "from refs/heads/main")?;
        }
        for nth in (0..CHANGED).filter(|nth| nth % COMMITS == commit) {
            let number = existing(nth);
            write_file(out, &path(number), Kind::Text, &content(shape, number, 3))?;
        }
        for nth in (CHANGED..CHANGED + REMOVED).filter(|nth| nth % COMMITS == commit) {
            writeln!(out, "D {}", path(existing(nth)))?;
        }
        for nth in (0..ADDED).filter(|nth| nth % COMMITS == commit) {
            let number = shape.files + nth;
            let content = content(shape, number, 0);
            write_file(out, &format!("added/file_{nth}.rs"), Kind::Text, &content)?;
        }
    }
    Ok(())
}

fn write_file(out: &mut impl Write, path: &str, kind: Kind, content: &[u8]) -> Result<()> {
    let mode = match kind {
        Kind::Link => "120000",
        Kind::Text | Kind::Binary => "100644",
    };
    fast_import::file(out, mode, path, content)
}

fn kind(number: u64) -> Kind {
    match number {
        _ if number % LINK_EVERY == LINK_EVERY - 1 => Kind::Link,
        _ if number % BINARY_EVERY == BINARY_EVERY - 1 => Kind::Binary,
        _ => Kind::Text,
    }
}

fn path(number: u64) -> String {
    let folder = number / FOLDER;
    let extension = match kind(number) {
        Kind::Link => "link",
        Kind::Binary => "bin",
        Kind::Text => match number % 4 {
            0 => "rs",
            1 => "py",
            2 => "md",
            _ => "toml",
        },
    };
    format!(
        "area_{}/module_{folder}/file_{number}.{extension}",
        folder / FOLDER
    )
}

/// Words in lines; `more` lines are at the end of a changed file.
fn content(shape: Shape, number: u64, more: u64) -> Vec<u8> {
    let mut random = Random(number + 1);
    let average = shape.bytes / shape.files;
    // Between a fifth of the average and nearly twice as much.
    let size = average / 5 + random.next() % (average * 8 / 5);
    match kind(number) {
        // To the first file of its own folder, which is text.
        Kind::Link => format!("file_{}.rs", number / FOLDER * FOLDER).into_bytes(),
        Kind::Binary => std::iter::repeat_with(|| random.next().to_le_bytes())
            .flatten()
            .take(size as usize)
            .collect(),
        Kind::Text => text(&mut random, size as usize, more).into_bytes(),
    }
}

fn text(random: &mut Random, size: usize, more: u64) -> String {
    const WORDS: &[&str] = &[
        "let", "value", "return", "the", "size", "of", "a", "file", "match", "when", "entry",
        "path", "commit", "is", "some", "none", "read", "write", "from", "into", "(x)", "{", "}",
        "=", "+", "1", "42", "\"text\"",
    ];
    let mut text = String::with_capacity(size + 400);
    let line = |text: &mut String, random: &mut Random| {
        for _ in 0..4 + random.next() % 12 {
            let at = random.next() % WORDS.len() as u64;
            let word = WORDS.get(at as usize).copied().unwrap_or_default();
            let _infallible = write!(text, "{word} ");
        }
        text.push('\n');
    };
    while text.len() < size {
        line(&mut text, random);
    }
    for _ in 0..more {
        line(&mut text, random);
    }
    text
}

/// Names as hooks are given them: what is checked out, sorted by what it is.
fn write_lists(repository: &Repository) -> Result<()> {
    let listed = git(&repository.folder, &["ls-files", "-z"]).run()?;
    let of = |wanted: &dyn Fn(&str) -> bool| -> String {
        let names = listed.split_terminator('\0').filter(|name| wanted(name));
        names.flat_map(|name| [name, "\0"]).collect()
    };
    let lists = [
        (&repository.files, of(&|name| !name.ends_with(".link"))),
        (
            &repository.texts,
            of(&|name| !name.ends_with(".link") && !name.ends_with(".bin")),
        ),
        (&repository.links, of(&|name| name.ends_with(".link"))),
    ];
    let changed = [
        "diff",
        "--name-only",
        "--diff-filter=d",
        "-z",
        "main",
        "feature",
    ];
    let changed = git(&repository.folder, &changed).run()?;
    for (path, list) in lists.into_iter().chain([(&repository.changed, changed)]) {
        fs::write(path, list).context("failed to write a list of files")?;
    }
    Ok(())
}

fn write_event(repository: &Repository) -> Result<()> {
    let commit = |name: &str| -> Result<String> {
        Ok(git(&repository.folder, &["rev-parse", name])
            .run()?
            .trim()
            .to_owned())
    };
    let side = |name: &str, commit: String| json!({"ref": name, "sha": commit, "repo": {"full_name": "somebody/something", "fork": false, "default_branch": "main"}});
    let event = json!({
        "action": "synchronize",
        "number": 1,
        "pull_request": {
            "number": 1,
            "title": "Change what there is",
            "body": "Changes what there is.\n\n- [x] It has a test\n",
            "draft": false,
            "merged": false,
            "labels": [{"name": "enhancement"}],
            "html_url": "https://github.com/somebody/something/pull/1",
            "user": {"login": "ada"},
            "head": side("feature", commit("feature")?),
            "base": side("main", commit("main")?),
        },
        "repository": {"full_name": "somebody/something", "name": "something", "default_branch": "main", "owner": {"login": "somebody"}},
        "sender": {"login": "ada"},
    });
    fs::write(&repository.event, event.to_string()).context("failed to write the event")
}

/// Xorshift: good enough for words, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) ^ 0x2545_f491_4f6c_dd1d;
        self.0 ^= self.0 >> 32;
        self.0 >> 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: Shape = Shape {
        name: "tiny",
        files: 2000,
        bytes: 2_000_000,
    };

    #[test]
    fn files_come_out_as_large_as_they_were_wanted() {
        let bytes: usize = (0..TINY.files)
            .map(|number| content(TINY, number, 0).len())
            .sum();
        assert!((1_700_000..2_300_000).contains(&bytes), "{bytes} bytes");
    }

    #[test]
    fn a_link_leads_to_a_text_beside_it() {
        let link = LINK_EVERY - 1;
        assert_eq!(kind(link), Kind::Link);
        let target = String::from_utf8(content(TINY, link, 0)).unwrap();
        let first = path(link / FOLDER * FOLDER);
        assert!(first.ends_with(&format!("/{target}")), "{first} {target}");
    }
}
