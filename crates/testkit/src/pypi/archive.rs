//! What PyPI looks for inside of a wheel and an sdist, and in their names (warehouse, `forklift/legacy.py`).

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use bytes::Bytes;
use flate2::read::GzDecoder;
use regex::Regex;
use zip::ZipArchive;

use super::metadata::Checked;

/// Whether PyPI takes the file under this name, with this metadata.
pub(super) fn check(name: &str, bytes: &Bytes, meta: &Checked) -> Result<(), String> {
    match name.strip_suffix(".whl") {
        Some(stem) => wheel(name, stem, bytes, meta),
        None => sdist(name, bytes, meta),
    }
}

fn wheel(name: &str, stem: &str, bytes: &Bytes, meta: &Checked) -> Result<(), String> {
    let invalid = |why: &str| format!("Invalid distribution file. {why}");
    let mut zip = ZipArchive::new(Cursor::new(bytes.clone()))
        .map_err(|_| invalid("File is not a zipfile"))?;
    let names: BTreeSet<String> = zip
        .file_names()
        .filter_map(|name| Some(name.ok()?.into_owned()))
        .collect();
    let parts: Vec<&str> = stem.split('-').collect();
    let ([project, version, .., platforms], 5 | 6) = (parts.as_slice(), parts.len()) else {
        return Err(invalid(
            "Unable to parse name and version from wheel filename",
        ));
    };
    let info = format!("{project}-{version}.dist-info");
    if !names.contains(&format!("{info}/WHEEL")) {
        return Err(invalid(&format!("WHEEL not found at {info}/WHEEL")));
    }
    for platform in platforms.split('.') {
        if !is_taken(platform) {
            return Err(format!(
                "Binary wheel '{name}' has an unsupported platform tag '{platform}'."
            ));
        }
    }
    let expected = meta.project.replace('-', "_");
    if super::normalized(project) != meta.project {
        return Err(format!(
            "Start filename for '{}' with '{expected}'.",
            meta.project
        ));
    }
    if *project != expected {
        return Err(format!(
            "Filename '{name}' should contain the normalized project name '{expected}', not '{project}'."
        ));
    }
    if *version != meta.version && *version != meta.canonical_version {
        return Err(format!(
            "Version in filename should be '{}' not '{version}'.",
            meta.version
        ));
    }
    for file in &meta.license_files {
        let path = format!("{info}/licenses/{file}");
        if !names.contains(&path) {
            return Err(format!(
                "License-File {file} does not exist in distribution file {name} at {path}"
            ));
        }
    }
    if !names.contains(&format!("{info}/RECORD")) {
        return Err(format!(
            "Wheel '{name}' does not contain the required RECORD file: {info}/RECORD"
        ));
    }
    let mut text = Vec::new();
    match zip.by_name(&format!("{info}/METADATA")) {
        Ok(mut member) => member.read_to_end(&mut text).map_err(|e| e.to_string())?,
        Err(_) => {
            return Err(format!(
                "Wheel '{name}' does not contain the required METADATA file: {info}/METADATA"
            ));
        }
    };
    Ok(())
}

/// The platforms of PyPI's list, as far as tests need them.
fn is_taken(platform: &str) -> bool {
    let arches = "(x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64)";
    let patterns = [
        "any|win32|win_amd64|win_arm64|win_ia64|linux_armv6l|linux_armv7l".to_owned(),
        "manylinux(1|2010)_(x86_64|i686)".to_owned(),
        "manylinux2014_(x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x)".to_owned(),
        format!("(many|musl)linux_[0-9]+_[0-9]+_{arches}"),
        "macosx_(10_[0-9]+|(11|12|13|14|15|26)_0)_(x86_64|arm64|universal2|intel)".to_owned(),
        "ios_[0-9]+_[0-9]+_(arm64|x86_64)_(iphoneos|iphonesimulator)".to_owned(),
        "android_[0-9]+_(armeabi_v7a|arm64_v8a|x86|x86_64)".to_owned(),
        "pyemscripten_[0-9]+_[0-9]+_wasm32".to_owned(),
    ];
    let all = format!("^({})$", patterns.join("|"));
    Regex::new(&all).is_ok_and(|all| all.is_match(platform))
}

fn sdist(name: &str, bytes: &Bytes, meta: &Checked) -> Result<(), String> {
    let invalid = |why: &str| format!("Invalid distribution file. {why}");
    let mut archive = tar::Archive::new(GzDecoder::new(Cursor::new(bytes.clone())));
    let entries = archive
        .entries()
        .map_err(|_| invalid("File is not a tarfile"))?;
    let mut names = BTreeSet::new();
    for entry in entries {
        let entry = entry.map_err(|_| invalid("File is not a tarfile"))?;
        let path = entry.path().map_err(|error| error.to_string())?;
        names.insert(path.to_string_lossy().trim_end_matches('/').to_owned());
    }
    let tops: BTreeSet<&str> = names
        .iter()
        .filter_map(|name| name.split('/').next())
        .collect();
    let (Some(top), 1) = (tops.first(), tops.len()) else {
        return Err(invalid(
            "Incorrect number of top-level directories in sdist",
        ));
    };
    if !names.contains(&format!("{top}/PKG-INFO")) {
        return Err(invalid(&format!("PKG-INFO not found at {top}/PKG-INFO")));
    }
    let expected = format!("{}-{}.tar.gz", meta.project.replace('-', "_"), meta.version);
    if name != expected {
        return Err(format!(
            "Filename '{name}' is invalid, should be '{expected}'."
        ));
    }
    for file in &meta.license_files {
        let path = format!("{top}/{file}");
        if !names.contains(&path) {
            return Err(format!(
                "License-File {file} does not exist in distribution file {name} at {path}"
            ));
        }
    }
    Ok(())
}
