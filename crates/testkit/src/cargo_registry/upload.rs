//! The body of an upload, taken apart: `u32 length, JSON, u32 length, .crate`, lengths in little-endian order.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde::Deserialize;

use super::publish::Refusal;

/// Bytes of JSON that crates.io takes.
const MOST_JSON: usize = 1024 * 1024;

/// Bytes of a `.crate` that crates.io takes.
const MOST_TARBALL: usize = 10 * 1024 * 1024;

/// Bytes of an unpacked `.crate` that crates.io takes.
const MOST_UNPACKED: u64 = 512 * 1024 * 1024;

/// What crates.io reads of the JSON, and the dependencies, which others read.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) vers: String,
    pub(super) deps: Option<Vec<MetadataDependency>>,
}

/// A dependency in the JSON, where the name is always the crate's.
#[derive(Debug, Deserialize)]
pub(super) struct MetadataDependency {
    pub(super) name: String,
    pub(super) version_req: String,
    pub(super) kind: String,
    pub(super) optional: bool,
    pub(super) explicit_name_in_toml: Option<String>,
}

/// Cuts the JSON off the body, and returns it and what follows.
pub(super) fn json(body: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    sized(body, MOST_JSON).map_err(|too_long| match too_long {
        Some(_) => Refusal::new(413, "JSON metadata blob too large"),
        None => Refusal::new(400, "invalid metadata length"),
    })
}

/// The file, which is all that follows the JSON.
pub(super) fn file(rest: &[u8]) -> Result<&[u8], Refusal> {
    let (tarball, rest) = sized(rest, MOST_TARBALL).map_err(|too_long| match too_long {
        Some(_) => Refusal::new(413, format!("max upload size is: {MOST_TARBALL}")),
        None => Refusal::new(400, "invalid tarball length"),
    })?;
    match rest.is_empty() {
        true => Ok(tarball),
        false => Err(Refusal::new(
            400,
            "invalid tarball length: bytes are left over",
        )),
    }
}

/// Takes a length and as many bytes; `Err(Some(length))` for one over the limit, `Err(None)` when bytes are missing.
fn sized(body: &[u8], most: usize) -> Result<(&[u8], &[u8]), Option<usize>> {
    let (length, rest) = body.split_first_chunk::<4>().ok_or(None)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > most {
        return Err(Some(length));
    }
    rest.split_at_checked(length).ok_or(None)
}

/// Checks how the tarball is laid out and returns its `Cargo.toml`.
pub(super) fn manifest(tarball: &[u8], metadata: &Metadata) -> Result<String, Refusal> {
    let broken = |_| {
        let told = "uploaded tarball is malformed or too large when decompressed";
        Refusal::new(400, told)
    };
    let root = format!("{}-{}", metadata.name, metadata.vers);
    let mut archive = tar::Archive::new(GzDecoder::new(tarball).take(MOST_UNPACKED));
    let mut found: Vec<(String, String)> = Vec::new();
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?.into_owned();
        let shown = path.display().to_string();
        let kind = entry.header().entry_type();
        let inside = path.strip_prefix(&root).is_ok()
            && path
                .components()
                .all(|part| matches!(part, std::path::Component::Normal(_)));
        if !inside {
            return Err(Refusal::new(400, format!("invalid path found: {shown}")));
        }
        if !kind.is_file() && !kind.is_dir() {
            let told = format!("unexpected tar entry type {kind:?} found: {shown}");
            return Err(Refusal::new(400, told));
        }
        let Some(name) = shown.strip_prefix(&format!("{root}/")) else {
            continue;
        };
        if name.eq_ignore_ascii_case("Cargo.toml") {
            let mut text = String::new();
            entry.read_to_string(&mut text).map_err(broken)?;
            found.push((name.to_owned(), text));
        }
    }
    found.sort();
    match found.as_slice() {
        [] => Err(Refusal::new(
            400,
            "uploaded tarball is missing a `Cargo.toml` manifest file",
        )),
        [(name, text)] if name == "Cargo.toml" || name == "cargo.toml" => Ok(text.clone()),
        [(name, _)] => Err(Refusal::new(
            400,
            format!(
                "uploaded tarball is missing a `Cargo.toml` manifest file; `{name}` was found, but must be named `Cargo.toml` with that exact casing"
            ),
        )),
        many => {
            let names: Vec<&str> = many.iter().map(|(name, _)| name.as_str()).collect();
            let told = format!(
                "uploaded tarball contains more than one `Cargo.toml` manifest file; found `{}`",
                names.join("`, `")
            );
            Err(Refusal::new(400, told))
        }
    }
}
