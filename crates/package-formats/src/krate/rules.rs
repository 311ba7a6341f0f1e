//! The rules of crates.io's server as a table, so that a refusal is known before release day.

use bytesize::ByteSize;
use toml::{Table, Value};

use super::{Crate, EntryKind, Publish};
use crate::rule::Rule;

/// Default of crates.io; a crate can ask for more.
const MAX_PACKED: u64 = 10 * 1024 * 1024;
const MAX_METADATA: u64 = 1024 * 1024;
const MAX_DESCRIPTION: usize = 1000;
const MAX_KEYWORDS: usize = 5;
const MAX_KEYWORD: usize = 20;
const MAX_CATEGORIES: usize = 5;
const MAX_DEPENDENCIES: usize = 500;
const MAX_FEATURES: usize = 300;
const MAX_NAME: usize = 64;

/// From crates.io, `controllers/krate/publish.rs` and `crates_io_tarball`, where no other source is named.
pub const RULES: &[Rule<Crate>] = &[
    Rule {
        id: "entries-root",
        promise: "Every entry is under `name-version/`, without `..`.",
        enforced_by: "crates.io, at upload; cargo, when it unpacks",
        check: entries_root,
    },
    Rule {
        id: "entries-regular",
        promise: "Every entry is a regular file or a folder.",
        enforced_by: "crates.io, at upload",
        check: entries_regular,
    },
    Rule {
        id: "one-manifest",
        promise: "There is one `Cargo.toml` at the root, in any case.",
        enforced_by: "crates.io, at upload",
        check: one_manifest,
    },
    Rule {
        id: "file-name",
        promise: "The file is named `name-version.crate`.",
        enforced_by: "nobody: the registry would serve it under its real name",
        check: file_name,
    },
    Rule {
        id: "crate-name",
        promise: "The name starts with a letter, contains letters, digits, `-` and `_`, and has at most 64 characters.",
        enforced_by: "crates.io, at upload",
        check: crate_name,
    },
    Rule {
        id: "publish-allowed",
        promise: "The manifest does not set `publish = false`.",
        enforced_by: "cargo; a server ignores it",
        check: publish_allowed,
    },
    Rule {
        id: "vcs-clean",
        promise: "The crate was packaged from a commit without uncommitted changes.",
        enforced_by: "cargo, without `--allow-dirty`",
        check: vcs_clean,
    },
    Rule {
        id: "size",
        promise: "The file is at most 10 MiB.",
        enforced_by: "crates.io, at upload",
        check: size,
    },
    Rule {
        id: "required-fields",
        promise: "The manifest has a description, and a license or a license file.",
        enforced_by: "crates.io, at upload",
        check: required_fields,
    },
    Rule {
        id: "named-files",
        promise: "The readme and license files named in the manifest are in the crate.",
        enforced_by: "cargo, when it packages",
        check: named_files,
    },
    Rule {
        id: "keywords",
        promise: "There are at most 5 keywords of at most 20 characters: ASCII letters, digits, `_`, `-` and `+`.",
        enforced_by: "crates.io, at upload",
        check: keywords,
    },
    Rule {
        id: "counts",
        promise: "There are at most 5 categories, 500 dependencies and 300 features.",
        enforced_by: "crates.io, at upload",
        check: counts,
    },
    Rule {
        id: "wildcard-requirement",
        promise: "No dependency accepts every version (`*`).",
        enforced_by: "crates.io, at upload",
        check: wildcard_requirement,
    },
    Rule {
        id: "normalized-manifest",
        promise: "The manifest is self-contained: no `[patch]`, nothing inherited from a workspace.",
        enforced_by: "crates.io, at upload",
        check: normalized_manifest,
    },
];

/// What a crate alone cannot say, see [`Crate::check_commit`] and [`super::check_siblings`]: id, promise, and who enforces it.
pub const BETWEEN: &[(&str, &str, &str)] = &[
    (
        "vcs-commit",
        "The commit in `.cargo_vcs_info.json` is the commit of the upload.",
        "nobody",
    ),
    (
        "sibling-checksum",
        "Crates of one workspace come from one run: the checksum of a sibling in `Cargo.lock` is that of its file.",
        "cargo, when it builds `--locked`",
    ),
];

/// What concerns crates.io and not a bucket.
pub const CRATES_IO_RULES: &[Rule<Crate>] = &[
    Rule {
        id: "crates-io-readme",
        promise: "The readme, as a JSON string, is less than 1 MiB, the limit for all metadata of a crate.",
        enforced_by: "crates.io, at upload",
        check: readme,
    },
    Rule {
        id: "crates-io-build-metadata",
        promise: "The version has no `+…`: a commit build would permanently replace the release.",
        enforced_by: "nobody: crates.io compares versions without it",
        check: |krate| {
            let version = krate.version();
            (!version.build.is_empty())
                .then(|| format!("version {version} carries build metadata"))
                .into_iter()
                .collect()
        },
    },
];

fn readme(krate: &Crate) -> Vec<String> {
    let readme = krate.readme.as_ref();
    let json = readme.and_then(|text| serde_json::to_string(text).ok());
    let size = json.map_or(0, |json| json.len() as u64);
    (size >= MAX_METADATA)
        .then(|| {
            format!(
                "readme is {} in JSON, over the limit of {}",
                ByteSize(size),
                ByteSize(MAX_METADATA)
            )
        })
        .into_iter()
        .collect()
}

fn entries_root(krate: &Crate) -> Vec<String> {
    let root = krate.root();
    let is_inside = |path: &str| {
        let mut parts = path.split(['/', '\\']);
        parts.next() == Some(root.as_str()) && parts.all(|part| part != "..")
    };
    let outside = krate.entries.iter().filter(|entry| !is_inside(&entry.path));
    outside
        .map(|entry| format!("entry `{}` is not under `{root}/`", entry.path))
        .collect()
}

fn entries_regular(krate: &Crate) -> Vec<String> {
    krate
        .entries
        .iter()
        .filter_map(|entry| {
            let kind = match entry.kind {
                EntryKind::File | EntryKind::Directory => return None,
                EntryKind::SymbolicLink => "a symbolic link",
                EntryKind::HardLink => "a hard link",
                EntryKind::Special => "a special file",
            };
            Some(format!("entry `{}` is {kind}", entry.path))
        })
        .collect()
}

fn one_manifest(krate: &Crate) -> Vec<String> {
    let manifests: Vec<String> = krate
        .entries
        .iter()
        .filter(|entry| {
            let file = entry.path.split_once('/').map(|(_, file)| file);
            file.is_some_and(|file| file.eq_ignore_ascii_case("Cargo.toml"))
        })
        .map(|entry| format!("`{}`", entry.path))
        .collect();
    (manifests.len() != 1)
        .then(|| {
            format!(
                "crate has {} manifests ({}), the limit is 1",
                manifests.len(),
                manifests.join(", ")
            )
        })
        .into_iter()
        .collect()
}

fn file_name(krate: &Crate) -> Vec<String> {
    let name = krate.path.file_name().unwrap_or_default().to_string_lossy();
    let expected = format!("{}.crate", krate.root());
    (name != expected)
        .then(|| format!("file is named `{name}`, its manifest requires `{expected}`"))
        .into_iter()
        .collect()
}

fn crate_name(krate: &Crate) -> Vec<String> {
    let name = krate.name();
    let mut findings = Vec::new();
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.chars().all(valid) {
        findings.push(format!(
            "name `{name}` is not made of ASCII letters, digits, `-` and `_`, a letter first"
        ));
    }
    let length = name.chars().count();
    if length > MAX_NAME {
        findings.push(format!(
            "name `{name}` has {length} characters, over the limit of {MAX_NAME}"
        ));
    }
    findings
}

fn publish_allowed(krate: &Crate) -> Vec<String> {
    match krate.manifest.publish {
        Publish::Nowhere => vec!["manifest sets `publish = false`".to_owned()],
        Publish::Anywhere | Publish::Only(_) => Vec::new(),
    }
}

fn vcs_clean(krate: &Crate) -> Vec<String> {
    match &krate.vcs {
        Some(vcs) if vcs.dirty => vec![format!(
            "crate contains uncommitted changes on top of commit {}",
            vcs.commit
        )],
        Some(_) => Vec::new(),
        None => vec!["crate has no `.cargo_vcs_info.json`, so its commit is unknown".to_owned()],
    }
}

fn size(krate: &Crate) -> Vec<String> {
    let size = krate.digest.size;
    (size > MAX_PACKED)
        .then(|| {
            format!(
                "crate is {}, over the limit of {}",
                ByteSize(size),
                ByteSize(MAX_PACKED)
            )
        })
        .into_iter()
        .collect()
}

fn required_fields(krate: &Crate) -> Vec<String> {
    let manifest = &krate.manifest;
    let is_empty = |field: &Option<String>| field.as_deref().unwrap_or_default().trim().is_empty();
    let mut findings = Vec::new();
    if is_empty(&manifest.description) {
        findings.push("manifest has no `description`".to_owned());
    }
    if is_empty(&manifest.license) && is_empty(&manifest.license_file) {
        findings.push("manifest has neither `license` nor `license-file`".to_owned());
    }
    // The server counts bytes, whatever it says.
    let length = manifest.description.as_deref().unwrap_or_default().len();
    if length > MAX_DESCRIPTION {
        findings.push(format!(
            "`description` has {length} bytes, over the limit of {MAX_DESCRIPTION}"
        ));
    }
    findings
}

fn named_files(krate: &Crate) -> Vec<String> {
    let root = krate.root();
    let named = [
        ("readme", &krate.manifest.readme),
        ("license-file", &krate.manifest.license_file),
    ];
    named
        .into_iter()
        .filter_map(|(key, file)| {
            let file = file.as_deref()?;
            let path = format!("{root}/{}", file.trim_start_matches("./"));
            let present = krate.entries.iter().any(|entry| entry.path == path);
            (!present).then(|| format!("`{key}` names `{file}`, which is not in the crate"))
        })
        .collect()
}

fn keywords(krate: &Crate) -> Vec<String> {
    let keywords = &krate.manifest.keywords;
    let mut findings = Vec::new();
    if keywords.len() > MAX_KEYWORDS {
        findings.push(format!(
            "manifest has {} keywords, over the limit of {MAX_KEYWORDS}",
            keywords.len()
        ));
    }
    for keyword in keywords {
        let length = keyword.chars().count();
        if length > MAX_KEYWORD {
            findings.push(format!(
                "keyword `{keyword}` has {length} characters, over the limit of {MAX_KEYWORD}"
            ));
        }
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
        if !keyword.starts_with(|c: char| c.is_ascii_alphanumeric()) || !keyword.chars().all(valid)
        {
            findings.push(format!(
                "keyword `{keyword}` contains more than ASCII letters, digits, `_`, `-` and `+`"
            ));
        }
    }
    findings
}

fn counts(krate: &Crate) -> Vec<String> {
    let manifest = &krate.manifest;
    [
        ("categories", manifest.categories.len(), MAX_CATEGORIES),
        (
            "dependencies",
            manifest.dependencies.len(),
            MAX_DEPENDENCIES,
        ),
        ("features", manifest.features.len(), MAX_FEATURES),
    ]
    .into_iter()
    .filter(|(_, count, limit)| count > limit)
    .map(|(what, count, limit)| format!("manifest has {count} {what}, over the limit of {limit}"))
    .collect()
}

fn wildcard_requirement(krate: &Crate) -> Vec<String> {
    let dependencies = krate.manifest.dependencies.iter();
    dependencies
        .filter(|dependency| dependency.req == "*")
        .map(|dependency| format!("dependency `{}` has requirement `*`", dependency.name))
        .collect()
}

fn normalized_manifest(krate: &Crate) -> Vec<String> {
    let table = &krate.manifest.table;
    let mut findings = inherited(table, "");
    if table.contains_key("patch") {
        findings.push("manifest has a `[patch]`".to_owned());
    }
    findings
}

/// The keys whose value is still `{ workspace = true }`.
fn inherited(table: &Table, prefix: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (key, value) in table {
        let Some(inner) = value.as_table() else {
            continue;
        };
        // `[package.metadata]` belongs to other tools.
        if prefix == "package." && key == "metadata" {
            continue;
        }
        if inner.get("workspace").and_then(Value::as_bool) == Some(true) {
            findings.push(format!("`{prefix}{key}` is inherited from a workspace"));
        }
        findings.extend(inherited(inner, &format!("{prefix}{key}.")));
    }
    findings
}
