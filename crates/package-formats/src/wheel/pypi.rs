//! What PyPI refuses although the wheel works: known before release day instead of on it.

use super::Wheel;
use crate::platform::versioned;
use crate::pypi_metadata as of_metadata;
use crate::rule::Rule;

/// From warehouse, `forklift/legacy.py`, `forklift/metadata.py` and `utils/wheel.py`.
pub const RULES: &[Rule<Wheel>] = &[
    Rule {
        id: "pypi-local-version",
        promise: of_metadata::LOCAL_VERSION_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |wheel| of_metadata::local_version(&wheel.metadata),
    },
    Rule {
        id: "pypi-platform",
        promise: "The platform tag is accepted by PyPI: manylinux or musllinux instead of bare `linux_*`.",
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
        promise: of_metadata::SIZE_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |wheel| of_metadata::size(wheel.digest.size),
    },
    Rule {
        id: "pypi-metadata",
        promise: of_metadata::LIMITS_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |wheel| of_metadata::metadata(&wheel.metadata),
    },
    Rule {
        id: "pypi-metadata-fields",
        promise: of_metadata::FIELDS_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |wheel| of_metadata::fields(&wheel.metadata),
    },
    Rule {
        id: "pypi-requires-python",
        promise: of_metadata::REQUIRES_PYTHON_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |wheel| of_metadata::requires_python(&wheel.metadata),
    },
    Rule {
        id: "pypi-description-type",
        promise: of_metadata::DESCRIPTION_TYPE_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |wheel| of_metadata::description_type(&wheel.metadata),
    },
    Rule {
        id: "pypi-private",
        promise: of_metadata::PRIVATE_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |wheel| of_metadata::private(&wheel.metadata),
    },
    Rule {
        id: "pypi-direct-requirement",
        promise: of_metadata::DIRECT_REQUIREMENT_PROMISE,
        enforced_by: "PyPI, at upload",
        check: |wheel| of_metadata::direct_requirement(&wheel.metadata),
    },
    Rule {
        id: "pypi-license-files",
        promise: "Every `License-File` is in the wheel's `licenses` folder (PEP 639).",
        enforced_by: "PyPI, at upload",
        check: license_files,
    },
];

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

fn license_files(wheel: &Wheel) -> Vec<String> {
    if !wheel.metadata.has_license_files() {
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
