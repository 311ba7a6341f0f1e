//! The body of an upload: metadata and file, each behind its length, the metadata made from the packaged manifest.

use super::Error;
use crate::endpoints;
use bytes::{BufMut as _, Bytes, BytesMut};
use package_formats::{Crate, digest::sha256_bytes, krate::Dependency};
use serde_json::{Value, json};
use toml::Table;
use url::Url;

/// Builds the body of `PUT /api/v1/crates/new` (the Cargo Book, "Web API"): length of the JSON as u32 little-endian, the
/// JSON, length of the `.crate`, the `.crate`.
pub(super) async fn build(krate: &Crate, index: &Url) -> Result<Bytes, Error> {
    let wrong = |cause: String| Error::File {
        path: krate.path.clone(),
        cause,
    };
    let file = tokio::fs::read(&krate.path).await;
    let file = file.map_err(|error| wrong(error.to_string()))?;
    if sha256_bytes(&file) != krate.digest {
        return Err(wrong("it changed since it was opened".to_owned()));
    }
    let json = metadata(krate, index).to_string();
    let too_large = |_| wrong("it is larger than a registry's protocol can say".to_owned());
    let mut body = BytesMut::with_capacity(json.len() + file.len() + 8);
    body.put_u32_le(u32::try_from(json.len()).map_err(too_large)?);
    body.put_slice(json.as_bytes());
    body.put_u32_le(u32::try_from(file.len()).map_err(too_large)?);
    body.put_slice(&file);
    Ok(body.freeze())
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
    let bare = |text: &str| {
        let text = text.strip_prefix("sparse+").unwrap_or(text);
        text.trim_end_matches('/').to_owned()
    };
    let registry = match dependency.registry.as_deref() {
        Some(named) if bare(named) == bare(index.as_str()) => None,
        Some(named) => Some(named.to_owned()),
        None if endpoints::is_crates_io(index) => None,
        None => Some(endpoints::CRATES_IO_AS_REGISTRY.to_owned()),
    };
    Dependency {
        registry,
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
