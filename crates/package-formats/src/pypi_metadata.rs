//! What PyPI refuses in the metadata of a wheel or an sdist: it checks the form, and the form comes from the metadata.

use std::collections::BTreeSet;

use bytesize::ByteSize;

use crate::wheel::{Metadata, form::is_at_least};

/// The hard cap; a project's own limit is 100 MB unless it asked for more (warehouse, `constants.py`).
const MAX_SIZE: u64 = 1024 * 1024 * 1024;
const MAX_SUMMARY: usize = 512;
const MAX_URL_LABEL: usize = 32;
/// PyPI's own list (warehouse, `forklift/metadata.py`).
const VERSIONS: &[&str] = &["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"];

/// The version of metadata that brought a header, for those that are newer than 1.0 (packaging, `metadata.py`).
/// `License-File` is not here: it is left out of the form where it is too new.
const ADDED: &[(&str, (u32, u32))] = &[
    ("Supported-Platform", (1, 1)),
    ("Download-URL", (1, 1)),
    ("Classifier", (1, 1)),
    ("Requires", (1, 1)),
    ("Provides", (1, 1)),
    ("Obsoletes", (1, 1)),
    ("Maintainer", (1, 2)),
    ("Maintainer-Email", (1, 2)),
    ("Requires-Dist", (1, 2)),
    ("Requires-Python", (1, 2)),
    ("Requires-External", (1, 2)),
    ("Project-URL", (1, 2)),
    ("Provides-Dist", (1, 2)),
    ("Obsoletes-Dist", (1, 2)),
    ("Description-Content-Type", (2, 1)),
    ("Provides-Extra", (2, 1)),
    ("Dynamic", (2, 2)),
    ("License-Expression", (2, 4)),
    ("Import-Name", (2, 5)),
    ("Import-Namespace", (2, 5)),
];

/// Headers that are given once.
const ONCE: &[&str] = &[
    "Metadata-Version",
    "Name",
    "Version",
    "Summary",
    "Description",
    "Description-Content-Type",
    "Keywords",
    "Home-Page",
    "Download-URL",
    "Author",
    "Author-Email",
    "Maintainer",
    "Maintainer-Email",
    "License",
    "License-Expression",
    "Requires-Python",
];

pub(crate) const LOCAL_VERSION_PROMISE: &str =
    "The version has no `+…`: commit builds live in the bucket only.";
pub(crate) const SIZE_PROMISE: &str = "The file is at most 1 GiB.";
pub(crate) const LIMITS_PROMISE: &str =
    "METADATA is within PyPI's limits for its version, summary and link labels.";
pub(crate) const FIELDS_PROMISE: &str = "METADATA has only fields of its `Metadata-Version`, repeats only list fields, and does not have both `License` and `License-Expression`.";
pub(crate) const REQUIRES_PYTHON_PROMISE: &str =
    "`Requires-Python` is a list of specifiers, such as `>=3.9`.";
pub(crate) const DESCRIPTION_TYPE_PROMISE: &str = "`Description-Content-Type` is text/plain, text/x-rst or text/markdown, in UTF-8, and its variant is GFM or CommonMark.";
pub(crate) const PRIVATE_PROMISE: &str =
    "No classifier starts with `Private ::`: it marks packages that must not be on PyPI.";
pub(crate) const DIRECT_REQUIREMENT_PROMISE: &str = "No requirement is a URL (`name @ https://…`).";

pub(crate) fn local_version(metadata: &Metadata) -> Vec<String> {
    let version = metadata.version();
    found(version.contains('+'), || {
        format!("version {version} is a local version")
    })
}

pub(crate) fn size(size: u64) -> Vec<String> {
    found(size > MAX_SIZE, || {
        let (size, limit) = (ByteSize(size), ByteSize(MAX_SIZE));
        format!("file is {size}, over the limit of {limit}")
    })
}

pub(crate) fn metadata(metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    let version = metadata.metadata_version();
    if !VERSIONS.contains(&version) {
        let all = VERSIONS.join(", ");
        findings.push(format!(
            "`Metadata-Version` is {version}, PyPI accepts {all}"
        ));
    }
    let summary = metadata.first("Summary").unwrap_or_default();
    let length = summary.chars().count();
    if length > MAX_SUMMARY {
        findings.push(format!(
            "`Summary` has {length} characters, over the limit of {MAX_SUMMARY}"
        ));
    }
    if summary.contains('\n') {
        findings.push(format!(
            "`Summary` has {} lines, the limit is 1",
            summary.lines().count()
        ));
    }
    findings.extend(links(metadata));
    findings
}

fn links(metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for link in metadata.all("Project-URL") {
        let (label, url) = link.split_once(',').unwrap_or((link, ""));
        let (label, length) = (label.trim(), label.trim().chars().count());
        if length > MAX_URL_LABEL {
            findings.push(format!(
                "label `{label}` of `Project-URL` has {length} characters, over the limit of {MAX_URL_LABEL}"
            ));
        }
        if label.is_empty() || url.trim().is_empty() {
            findings.push(format!(
                "`Project-URL` is `{link}`, its form is `label, https://…`"
            ));
        }
        if !seen.insert(label) {
            findings.push(format!("label `{label}` of `Project-URL` is there twice"));
        }
    }
    findings
}

pub(crate) fn fields(metadata: &Metadata) -> Vec<String> {
    let version = metadata.metadata_version();
    let has = |header: &str| metadata.all(header).any(|value| !value.is_empty());
    let mut findings: Vec<String> = ADDED
        .iter()
        .filter(|(header, (major, minor))| has(header) && !is_at_least(version, (*major, *minor)))
        .map(|(header, (major, minor))| {
            format!("`{header}` needs `Metadata-Version: {major}.{minor}`, it is {version}")
        })
        .collect();
    findings.extend(
        ONCE.iter()
            .map(|header| (header, metadata.all(header).count()))
            .filter(|(_, count)| *count > 1)
            .map(|(header, count)| format!("`{header}` is there {count} times, the limit is 1")),
    );
    if has("License") && has("License-Expression") {
        findings.push("`License` and `License-Expression` are both there, one is allowed".into());
    }
    let fixed = ["name", "version", "metadata-version"];
    findings.extend(
        metadata
            .all("Dynamic")
            .filter(|field| fixed.contains(&field.to_ascii_lowercase().as_str()))
            .map(|field| format!("`Dynamic` names `{field}`, which is always fixed")),
    );
    findings
}

pub(crate) fn requires_python(metadata: &Metadata) -> Vec<String> {
    let text = metadata.requires_python().unwrap_or_default();
    let parsed: Result<pep440_rs::VersionSpecifiers, _> = text.parse();
    found(!text.is_empty() && parsed.is_err(), || {
        format!("`Requires-Python` is `{text}`, which is not a list of specifiers")
    })
}

pub(crate) fn description_type(metadata: &Metadata) -> Vec<String> {
    let Some(text) = metadata.first("Description-Content-Type") else {
        return Vec::new();
    };
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let known = ["", "text/plain", "text/x-rst", "text/markdown"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known));
    let mut findings = found(!known, || {
        format!("`Description-Content-Type` is `{kind}`, which PyPI does not render")
    });
    let markdown = kind.eq_ignore_ascii_case("text/markdown");
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        let value = value.trim().trim_matches('"');
        let wrong = match key.trim().to_ascii_lowercase().as_str() {
            "charset" => !value.eq_ignore_ascii_case("utf-8"),
            "variant" => markdown && !matches!(value, "GFM" | "CommonMark"),
            _ => false,
        };
        findings.extend(found(wrong, || {
            format!("`Description-Content-Type` has {key}={value}, which PyPI does not render")
        }));
    }
    findings
}

pub(crate) fn private(metadata: &Metadata) -> Vec<String> {
    metadata
        .all("Classifier")
        .filter(|text| text.to_ascii_lowercase().starts_with("private ::"))
        .map(|text| format!("classifier `{text}` keeps it off PyPI"))
        .collect()
}

pub(crate) fn direct_requirement(metadata: &Metadata) -> Vec<String> {
    ["Requires-Dist", "Provides-Dist", "Obsoletes-Dist"]
        .iter()
        .flat_map(|header| metadata.all(header))
        // A marker after `;` may hold any text.
        .filter(|requirement| {
            requirement
                .split(';')
                .next()
                .is_some_and(|name| name.contains('@'))
        })
        .map(|requirement| format!("requirement `{requirement}` is a URL"))
        .collect()
}

fn found(wrong: bool, message: impl FnOnce() -> String) -> Vec<String> {
    wrong.then(message).into_iter().collect()
}
