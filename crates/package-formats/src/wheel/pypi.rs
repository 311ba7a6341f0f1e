//! What PyPI refuses although the wheel works: known before release day instead of on it.

use bytesize::ByteSize;

use super::Wheel;
use crate::platform::versioned;
use crate::rule::Rule;

/// The hard cap; a project's own limit is 100 MB unless it asked for more (warehouse, `constants.py`).
const MAX_SIZE: u64 = 1024 * 1024 * 1024;
const MAX_SUMMARY: usize = 512;
const MAX_URL_LABEL: usize = 32;
const METADATA_VERSIONS: &[&str] = &[
    "1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5",
];

/// From warehouse, `forklift/legacy.py`, `forklift/metadata.py` and `utils/wheel.py`.
pub const RULES: &[Rule<Wheel>] = &[
    Rule {
        id: "pypi-local-version",
        promise: "The version has no `+…`: commit builds live in the bucket only.",
        enforced_by: "PyPI, at upload",
        check: local_version,
    },
    Rule {
        id: "pypi-platform",
        promise: "The platform tag is one that PyPI takes: manylinux or musllinux instead of bare `linux_*`.",
        enforced_by: "PyPI, at upload",
        check: platform,
    },
    Rule {
        id: "pypi-file-name",
        promise: "The file name has the normalized project name, with `_` for `-`.",
        enforced_by: "PyPI, at upload",
        check: file_name,
    },
    Rule {
        id: "pypi-size",
        promise: "The file is at most 1 GiB.",
        enforced_by: "PyPI, at upload",
        check: size,
    },
    Rule {
        id: "pypi-metadata",
        promise: "METADATA keeps PyPI's limits on its version, summary and labels of links.",
        enforced_by: "PyPI, at upload",
        check: metadata,
    },
    Rule {
        id: "pypi-requires-python",
        promise: "`Requires-Python` is a list of specifiers, as `>=3.9`.",
        enforced_by: "PyPI, at upload",
        check: requires_python,
    },
    Rule {
        id: "pypi-description-type",
        promise: "`Description-Content-Type` is text/plain, text/x-rst or text/markdown.",
        enforced_by: "PyPI, at upload",
        check: description_type,
    },
    Rule {
        id: "pypi-private",
        promise: "No classifier starts with `Private ::`: who writes one does not want the package on PyPI.",
        enforced_by: "PyPI, at upload",
        check: private,
    },
    Rule {
        id: "pypi-direct-requirement",
        promise: "No requirement names an address (`name @ https://…`).",
        enforced_by: "PyPI, at upload",
        check: direct_requirement,
    },
    Rule {
        id: "pypi-license-files",
        promise: "Every `License-File` is in the wheel's `licenses` folder (PEP 639).",
        enforced_by: "PyPI, at upload",
        check: license_files,
    },
];

fn local_version(wheel: &Wheel) -> Vec<String> {
    let version = wheel.metadata.version();
    version
        .contains('+')
        .then(|| format!("version {version} is a local one"))
        .into_iter()
        .collect()
}

fn platform(wheel: &Wheel) -> Vec<String> {
    let refused = wheel
        .file_name
        .platform_tags
        .iter()
        .filter(|tag| !is_accepted(tag));
    refused
        .map(|tag| format!("platform tag `{tag}` is not accepted"))
        .collect()
}

/// Android and iOS are left to PyPI's own judgement.
fn is_accepted(tag: &str) -> bool {
    const JOINT: &[&str] = &[
        "x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64",
    ];
    const OLD: &[&str] = &["x86_64", "i686"];
    const MAC: &[&str] = &[
        "ppc",
        "ppc64",
        "i386",
        "x86_64",
        "arm64",
        "intel",
        "fat",
        "fat3",
        "fat64",
        "universal",
        "universal2",
    ];
    if let Some((_, arch)) = versioned(tag, "manylinux_") {
        return arch == "ppc64" || JOINT.contains(&arch);
    }
    if let Some((_, arch)) = versioned(tag, "musllinux_") {
        return JOINT.contains(&arch);
    }
    if let Some(((major, minor), arch)) = versioned(tag, "macosx_") {
        let version = major == 10 || (matches!(major, 11..=15 | 26) && minor == 0);
        return version && MAC.contains(&arch);
    }
    for (prefix, arches) in [("manylinux1_", OLD), ("manylinux2010_", OLD)] {
        if let Some(arch) = tag.strip_prefix(prefix) {
            return arches.contains(&arch);
        }
    }
    if let Some(arch) = tag.strip_prefix("manylinux2014_") {
        return arch == "ppc64" || (JOINT.contains(&arch) && arch != "riscv64");
    }
    matches!(
        tag,
        "any" | "win32" | "win_amd64" | "win_arm64" | "win_ia64" | "linux_armv6l" | "linux_armv7l"
    ) || ["ios_", "android_", "pyodide_", "pyemscripten_"]
        .iter()
        .any(|prefix| tag.starts_with(prefix))
}

fn file_name(wheel: &Wheel) -> Vec<String> {
    let written = &wheel.file_name.distribution;
    let expected = wheel.file_name.normalized_name().replace('-', "_");
    (*written != expected)
        .then(|| format!("file name has project `{written}`, the normalized name is `{expected}`"))
        .into_iter()
        .collect()
}

fn size(wheel: &Wheel) -> Vec<String> {
    let size = wheel.digest.size;
    (size > MAX_SIZE)
        .then(|| {
            format!(
                "wheel is {}, over the limit of {}",
                ByteSize(size),
                ByteSize(MAX_SIZE)
            )
        })
        .into_iter()
        .collect()
}

fn metadata(wheel: &Wheel) -> Vec<String> {
    let mut findings = Vec::new();
    let version = wheel.metadata.metadata_version();
    if !METADATA_VERSIONS.contains(&version) {
        findings.push(format!(
            "`Metadata-Version` is {version}, the newest is 2.5"
        ));
    }
    let summary = wheel.metadata.first("Summary").unwrap_or_default();
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
    for link in wheel.metadata.all("Project-URL") {
        let label = link.split(',').next().unwrap_or(link).trim();
        let length = label.chars().count();
        if length > MAX_URL_LABEL {
            findings.push(format!(
                "label `{label}` of `Project-URL` has {length} characters, over the limit of {MAX_URL_LABEL}"
            ));
        }
    }
    findings
}

fn requires_python(wheel: &Wheel) -> Vec<String> {
    let Some(text) = wheel.metadata.requires_python() else {
        return Vec::new();
    };
    let parsed: Result<pep440_rs::VersionSpecifiers, _> = text.parse();
    parsed
        .err()
        .map(|_| format!("`Requires-Python` is `{text}`, which is no list of specifiers"))
        .into_iter()
        .collect()
}

fn description_type(wheel: &Wheel) -> Vec<String> {
    let text = wheel.metadata.first("Description-Content-Type");
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Vec::new();
    };
    let kind = text.split(';').next().unwrap_or(text).trim();
    let known = ["text/plain", "text/x-rst", "text/markdown"]
        .iter()
        .any(|known| kind.eq_ignore_ascii_case(known));
    (!known)
        .then(|| format!("`Description-Content-Type` is `{kind}`, which PyPI does not render"))
        .into_iter()
        .collect()
}

fn private(wheel: &Wheel) -> Vec<String> {
    let classifiers = wheel.metadata.all("Classifier");
    classifiers
        .filter(|text| text.starts_with("Private ::"))
        .map(|text| format!("classifier `{text}` keeps it off PyPI"))
        .collect()
}

fn direct_requirement(wheel: &Wheel) -> Vec<String> {
    wheel
        .metadata
        .all("Requires-Dist")
        // A marker after `;` may hold any text.
        .filter(|requirement| {
            requirement
                .split(';')
                .next()
                .is_some_and(|name| name.contains('@'))
        })
        .map(|requirement| format!("requirement `{requirement}` names an address"))
        .collect()
}

fn license_files(wheel: &Wheel) -> Vec<String> {
    // Before 2.4 the header was a tool's own, and the files lay beside METADATA.
    if !matches!(wheel.metadata.metadata_version(), "2.4" | "2.5") {
        return Vec::new();
    }
    let folder = format!("{}.dist-info/licenses/", wheel.dist_info);
    wheel
        .metadata
        .all("License-File")
        .map(|file| format!("{folder}{file}"))
        .filter(|path| !wheel.members.iter().any(|member| member.name == *path))
        .map(|path| format!("`{path}` is missing, METADATA lists it as `License-File`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_accepted;

    #[test]
    fn platform_tags_are_judged_as_pypi_judges_them() {
        for tag in [
            "any",
            "win_amd64",
            "manylinux_2_28_riscv64",
            "manylinux2014_aarch64",
            "manylinux1_i686",
            "musllinux_1_2_x86_64",
            "macosx_10_12_x86_64",
            "macosx_11_0_arm64",
            "macosx_26_0_universal2",
        ] {
            assert!(is_accepted(tag), "{tag}");
        }
        for tag in [
            "linux_x86_64",
            "manylinux1_aarch64",
            "musllinux_1_2_ppc64",
            "macosx_11_3_arm64",
            "macosx_16_0_arm64",
            "freebsd_14_x86_64",
        ] {
            assert!(!is_accepted(tag), "{tag}");
        }
    }
}
