//! The checks that crates.io makes of an upload, with the sentences that it says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::admission::{admit, check_day};
use super::index::{Dependency, Entry, same_version};
use super::manifest::{Manifest, Package};
use super::store::Store;
use super::upload::{self, Metadata};
use super::{Registry, Upload, lock};

/// An answer that is no success.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) detail: String,
    /// A date, as crates.io writes it.
    pub(super) retry_after: Option<String>,
}

impl Refusal {
    pub(super) fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            retry_after: None,
        }
    }
}

/// Takes an upload in, or says why not; in the order in which crates.io looks.
pub(super) fn publish(
    registry: &Registry,
    headers: &BTreeMap<String, String>,
    body: &[u8],
) -> Result<(), Refusal> {
    let (json, rest) = upload::json(body)?;
    let metadata: Metadata = serde_json::from_slice(json)
        .map_err(|err| Refusal::new(400, format!("invalid upload request: {err}")))?;
    check_name_and_version(&metadata)?;
    let now = registry.options.now.get();
    let authorization = headers.get("authorization").map_or("", String::as_str);
    let known = lock(&registry.store).known_name(&metadata.name).is_some();
    admit(registry, authorization, &metadata.name, known, now)?;
    let tarball = upload::file(rest)?;
    let manifest = Manifest::parse(&upload::manifest(tarball, &metadata)?)?;
    check_package(&manifest.package, &metadata)?;
    check_manifest(&manifest)?;
    let written = manifest.dependencies()?;
    check_metadata_dependencies(&metadata, &written)?;
    if written.len() > 500 {
        return Err(Refusal::new(
            400,
            "crates.io only allows a maximum number of 500 dependencies.",
        ));
    }
    let mut store = lock(&registry.store);
    check_not_taken(&store, &metadata)?;
    check_day(registry, &store, &metadata.name, now)?;
    let deps = written
        .into_iter()
        .map(|dependency| place(registry, &store, &metadata.name, dependency))
        .collect::<Result<Vec<_>, _>>()?;
    let entry = entry(metadata, manifest, deps, tarball, now);
    let upload = Upload {
        metadata: serde_json::from_slice(json).unwrap_or_default(),
        cksum: entry.cksum.clone(),
        headers: headers.clone(),
        at: now,
    };
    store
        .add(entry, tarball, registry.options.index_lag)
        .map_err(|err| Refusal::new(500, format!("failed to store the crate: {err}")))?;
    lock(&registry.uploads).push(upload);
    Ok(())
}

fn check_name_and_version(metadata: &Metadata) -> Result<(), Refusal> {
    let Metadata { name, vers, .. } = metadata;
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !starts_well || !name.chars().all(good) || name.len() > 64 {
        return Err(Refusal::new(400, format!("invalid crate name: {name:?}")));
    }
    match semver::Version::parse(vers) {
        Ok(_) => Ok(()),
        Err(_) => Err(Refusal::new(
            400,
            format!("\"{vers}\" is an invalid semver version"),
        )),
    }
}

fn check_not_taken(store: &Store, metadata: &Metadata) -> Result<(), Refusal> {
    let Metadata { name, vers, .. } = metadata;
    if let Some(known) = store.known_name(name).filter(|known| known != name) {
        return Err(Refusal::new(
            400,
            format!("crate was previously named `{known}`"),
        ));
    }
    if store
        .versions(name)
        .iter()
        .any(|entry| same_version(&entry.vers, vers))
    {
        let bare = vers.split('+').next().unwrap_or_default();
        return Err(Refusal::new(
            400,
            format!("crate version `{bare}` is already uploaded"),
        ));
    }
    Ok(())
}

fn check_package(package: &Package, metadata: &Metadata) -> Result<(), Refusal> {
    for (what, sent, written) in [
        ("name", &metadata.name, &package.name),
        ("version", &metadata.vers, &package.version),
    ] {
        if sent != written {
            let text =
                format!("metadata {what} `{sent}` does not match manifest {what} `{written}`");
            return Err(Refusal::new(400, text));
        }
    }
    let missing = |text: &Option<String>| text.as_deref().is_none_or(str::is_empty);
    let mut fields = Vec::new();
    if missing(&package.description) {
        fields.push("description");
    }
    if missing(&package.license) && missing(&package.license_file) {
        fields.push("license");
    }
    if !fields.is_empty() {
        let fields = fields.join(", ");
        return Err(Refusal::new(
            400,
            format!(
                "missing or empty metadata fields: {fields}. Please see https://doc.rust-lang.org/cargo/reference/manifest.html for more information on configuring these fields"
            ),
        ));
    }
    if package
        .description
        .as_ref()
        .is_some_and(|text| text.len() > 1000)
    {
        return Err(Refusal::new(
            400,
            "The `description` is too long. A maximum of 1000 characters are currently allowed.",
        ));
    }
    if package.keywords.len() > 5 {
        return Err(Refusal::new(400, "expected at most 5 keywords per crate"));
    }
    for keyword in &package.keywords {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
        let told = match keyword {
            long if long.len() > 20 => " (keywords must have less than 20 characters)",
            word if word.starts_with(|c: char| c.is_ascii_alphanumeric())
                && word.chars().all(good) =>
            {
                continue;
            }
            _ => "",
        };
        let told = format!("\"{keyword}\" is an invalid keyword{told}");
        return Err(Refusal::new(400, told));
    }
    for (field, url) in [
        ("homepage", &package.homepage),
        ("documentation", &package.documentation),
        ("repository", &package.repository),
    ] {
        if let Some(url) = url
            && !url.starts_with("http://")
            && !url.starts_with("https://")
        {
            let told =
                format!("URL for field `{field}` must begin with http:// or https:// (url: {url})");
            return Err(Refusal::new(400, told));
        }
    }
    if package.categories.len() > 5 {
        return Err(Refusal::new(400, "expected at most 5 categories per crate"));
    }
    Ok(())
}

fn check_manifest(manifest: &Manifest) -> Result<(), Refusal> {
    if manifest
        .patch
        .as_ref()
        .is_some_and(|patch| !patch.is_empty())
    {
        return Err(Refusal::new(
            400,
            "crates cannot be published with `[patch]` tables",
        ));
    }
    if manifest.features.len() > 300 {
        let told = format!(
            "crates.io only allows a maximum number of 300 features, but your crate is declaring {} features.",
            manifest.features.len()
        );
        return Err(Refusal::new(400, told));
    }
    Ok(())
}

/// Compares the dependencies in the JSON with those of the manifest, when the JSON has any say about them.
fn check_metadata_dependencies(metadata: &Metadata, written: &[Dependency]) -> Result<(), Refusal> {
    let Some(sent) = &metadata.deps else {
        return Ok(());
    };
    let describe = |name: &str, req: &str, kind: &str, optional: bool, renamed: Option<&str>| {
        let req =
            semver::VersionReq::parse(req).map_or_else(|_| req.to_owned(), |req| req.to_string());
        let renamed = renamed
            .map(|name| format!(" as {name}"))
            .unwrap_or_default();
        format!(
            "{name} {req} ({kind}{}){renamed}",
            if optional { ", optional" } else { "" }
        )
    };
    let sent: BTreeSet<String> = sent
        .iter()
        .map(|it| {
            describe(
                &it.name,
                &it.version_req,
                &it.kind,
                it.optional,
                it.explicit_name_in_toml.as_deref(),
            )
        })
        .collect();
    let written: BTreeSet<String> = written
        .iter()
        .map(|it| {
            let renamed = it.package.as_ref().map(|_| it.name.as_str());
            describe(it.package_name(), &it.req, &it.kind, it.optional, renamed)
        })
        .collect();
    match sent == written {
        true => Ok(()),
        false => Err(Refusal::new(
            400,
            format!(
                "metadata dependencies {sent:?} do not match manifest dependencies {written:?}"
            ),
        )),
    }
}

/// Settles which index a dependency comes from, as lines of the index say it: nothing means this one.
fn place(
    registry: &Registry,
    store: &Store,
    own: &str,
    mut dependency: Dependency,
) -> Result<Dependency, Refusal> {
    let named = dependency.registry.take();
    let name = dependency.package_name();
    match named {
        Some(index) if index != registry.index_url() => {
            dependency.registry = Some(index);
            return Ok(dependency);
        }
        // Only the very name finds it: neither the case nor `-` and `_` may differ.
        _ if name == own || store.known_name(name) == Some(name) => {}
        _ => match &registry.options.foreign_index {
            Some(index) => dependency.registry = Some(index.clone()),
            None => return Err(Refusal::new(400, format!("no known crate named `{name}`"))),
        },
    }
    Ok(dependency)
}

fn entry(
    metadata: Metadata,
    manifest: Manifest,
    deps: Vec<Dependency>,
    tarball: &[u8],
    now: Timestamp,
) -> Entry {
    let Manifest {
        package, features, ..
    } = manifest;
    // Old versions of cargo give up on a crate when they see this syntax in `features`.
    let (features2, features): (BTreeMap<_, _>, BTreeMap<_, _>) =
        features.into_iter().partition(|(_, wants)| {
            wants
                .iter()
                .any(|want| want.starts_with("dep:") || want.contains("?/"))
        });
    let new_syntax = !features2.is_empty();
    Entry {
        name: metadata.name,
        vers: metadata.vers,
        deps,
        cksum: hex::encode(Sha256::digest(tarball)),
        features,
        features2: new_syntax.then_some(features2),
        yanked: false,
        links: package.links,
        rust_version: package.rust_version,
        v: new_syntax.then_some(2),
        pubtime: Some(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
    }
}
