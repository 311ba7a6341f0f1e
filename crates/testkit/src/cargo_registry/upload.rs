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

/// Cuts the body into the JSON and the file.
pub(super) fn split(body: &[u8]) -> Result<(Metadata, &[u8]), Refusal> {
    let (json, rest) = sized(body, MOST_JSON).map_err(|too_long| match too_long {
        Some(_) => Refusal::new(413, "JSON metadata blob too large"),
        None => Refusal::new(400, "invalid metadata length"),
    })?;
    let (tarball, rest) = sized(rest, MOST_TARBALL).map_err(|too_long| match too_long {
        Some(_) => Refusal::new(413, format!("max upload size is: {MOST_TARBALL}")),
        None => Refusal::new(400, "invalid tarball length"),
    })?;
    if !rest.is_empty() {
        return Err(Refusal::new(
            400,
            "invalid tarball length: bytes are left over",
        ));
    }
    let metadata = serde_json::from_slice(json)
        .map_err(|err| Refusal::new(400, format!("invalid upload request: {err}")))?;
    Ok((metadata, tarball))
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
    let broken = |err: std::io::Error| {
        Refusal::new(
            400,
            format!("uploaded tarball is malformed or too large when decompressed: {err}"),
        )
    };
    let root = format!("{}-{}", metadata.name, metadata.vers);
    let mut archive = tar::Archive::new(GzDecoder::new(tarball).take(MOST_UNPACKED));
    let mut found: Option<String> = None;
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
            return Err(Refusal::new(
                400,
                format!("unexpected symlink or hard link found: {shown}"),
            ));
        }
        if shown.eq_ignore_ascii_case(&format!("{root}/Cargo.toml")) {
            if found.is_some() || !shown.ends_with("/Cargo.toml") {
                return Err(Refusal::new(
                    400,
                    format!(
                        "more than one Cargo.toml, or one that is spelled wrong, found: {shown}"
                    ),
                ));
            }
            let mut text = String::new();
            entry.read_to_string(&mut text).map_err(broken)?;
            found = Some(text);
        }
    }
    found.ok_or_else(|| {
        Refusal::new(
            400,
            "uploaded tarball is missing a `Cargo.toml` manifest file",
        )
    })
}
