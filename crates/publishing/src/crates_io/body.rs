//! The body of an upload: metadata and file, each behind its length, the metadata made from the packaged manifest.

use super::Error;
use crate::endpoints;
use bytes::{BufMut as _, Bytes};
use package_formats::{Crate, FileDigest, digest::sha256_bytes, krate::Dependency};
use semver::VersionReq;
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};
use toml::Table;
use url::Url;

/// Builds the body of `PUT /api/v1/crates/new` (the Cargo Book, "Web API"): length of the JSON as u32 little-endian, the
/// JSON, length of the `.crate`, the `.crate`.
pub(super) async fn build(krate: &Crate, index: &Url) -> Result<Bytes, Error> {
    let wrong = |cause: String| Error::File {
        path: krate.path.clone(),
        cause,
    };
    let json = metadata(krate, index).to_string();
    let too_large = |_| wrong("it is larger than a registry's protocol can say".to_owned());
    let size = u32::try_from(krate.digest.size).map_err(too_large)?;
    let mut body = Vec::with_capacity(json.len() + size as usize + 8);
    body.put_u32_le(u32::try_from(json.len()).map_err(too_large)?);
    body.put_slice(json.as_bytes());
    body.put_u32_le(size);
    let (path, digest) = (krate.path.clone(), krate.digest.clone());
    let read = tokio::task::spawn_blocking(move || append(body, &path, &digest)).await;
    let body = read.map_err(io::Error::other).flatten();
    body.map(Bytes::from)
        .map_err(|error| wrong(error.to_string()))
}

/// The body with the file at its end: what is sent is what was compared, and it is in memory once.
fn append(mut body: Vec<u8>, path: &Path, digest: &FileDigest) -> io::Result<Vec<u8>> {
    let head = body.len();
    File::open(path)?
        .take(digest.size + 1)
        .read_to_end(&mut body)?;
    match sha256_bytes(body.get(head..).unwrap_or_default()) == *digest {
        true => Ok(body),
        false => Err(io::Error::other("it changed since it was opened")),
    }
}

/// All documented fields. crates.io reads four of them and the rest from the tarball; other registries read them all.
fn metadata(krate: &Crate, index: &Url) -> Value {
    let manifest = &krate.manifest;
    let deps: Vec<Dependency> = manifest
        .dependencies
        .iter()
        .map(|dependency| for_registry(dependency, index))
        .collect();
    json!({
        "name": manifest.name,
        "vers": manifest.version.to_string(),
        "deps": deps,
        "features": manifest.features,
        "authors": manifest.authors,
        "description": manifest.description,
        "documentation": manifest.documentation,
        "homepage": manifest.homepage,
        "readme": krate.readme,
        "readme_file": manifest.readme,
        "keywords": manifest.keywords,
        "categories": manifest.categories,
        "license": manifest.license,
        "license_file": manifest.license_file,
        "repository": manifest.repository,
        "badges": badges(&manifest.table),
        "links": manifest.links,
        "rust_version": manifest.rust_version,
    })
}

/// `None` means "the registry that is published to", as cargo does it; a manifest that names no registry means crates.io.
fn for_registry(dependency: &Dependency, index: &Url) -> Dependency {
    let registry = match dependency.registry.as_deref() {
        Some(named) if endpoints::same_index(named, index.as_str()) => None,
        Some(named) => Some(named.to_owned()),
        None if endpoints::is_crates_io(index) => None,
        None => Some(endpoints::CRATES_IO_AS_REGISTRY.to_owned()),
    };
    // As cargo spells it: `^0.1` for `0.1`.
    let req = VersionReq::parse(&dependency.req).map(|req| req.to_string());
    Dependency {
        registry,
        req: req.unwrap_or_else(|_| dependency.req.clone()),
        ..dependency.clone()
    }
}

fn badges(manifest: &Table) -> Value {
    let badges = manifest.get("badges");
    badges
        .and_then(|badges| serde_json::to_value(badges).ok())
        .unwrap_or_else(|| json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use package_formats::krate::DependencyKind;

    const CRATES_IO: &str = endpoints::CRATES_IO_INDEX;

    fn registry_told(named: Option<&str>, index: &str) -> Option<String> {
        let dependency = Dependency {
            name: "a".to_owned(),
            req: "1".to_owned(),
            features: Vec::new(),
            optional: false,
            default_features: true,
            target: None,
            kind: DependencyKind::Normal,
            registry: named.map(str::to_owned),
            explicit_name_in_toml: None,
        };
        let index = index.trim_start_matches("sparse+");
        for_registry(&dependency, &index.parse().unwrap()).registry
    }

    #[test]
    fn a_dependency_of_the_same_registry_names_none() {
        let own = "sparse+https://host.example/index";
        assert_eq!(
            registry_told(Some(own), "https://host.example/index/"),
            None
        );
        assert_eq!(registry_told(None, CRATES_IO), None);
    }

    #[test]
    fn a_dependency_of_another_registry_names_it() {
        let own = "sparse+https://host.example/index/";
        let told = registry_told(Some(own), CRATES_IO);
        assert_eq!(told.as_deref(), Some(own));
        let told = registry_told(None, "https://host.example/index/");
        assert_eq!(told.as_deref(), Some(endpoints::CRATES_IO_AS_REGISTRY));
    }
}
