//! What holds for every good wheel, wherever it goes.

use std::collections::{BTreeMap, BTreeSet};

use super::entry_points;
use super::native_rules::{
    abi_suffix, brings_its_own, libraries, macos_version, manylinux_glibc, native_libc,
    native_machine, python_library,
};
use super::{Member, Wheel, normalized_name, record};
use crate::rule::Rule;

pub const RULES: &[Rule<Wheel>] = &[
    Rule {
        id: "zip-consistency",
        promise: "The archive reads the same from the front and from its directory.",
        enforced_by: "PyPI, at upload",
        check: |wheel| wheel.inconsistency.iter().cloned().collect(),
    },
    Rule {
        id: "regular-members",
        promise: "Every member is a regular file.",
        enforced_by: "nobody: installers write a link's target as text",
        check: regular_members,
    },
    Rule {
        id: "dist-info-name",
        promise: "The folder `*.dist-info` has the name and version of the file name.",
        enforced_by: "pip and uv, at install",
        check: dist_info_name,
    },
    Rule {
        id: "metadata-name",
        promise: "`Name` in METADATA is the project of the file name.",
        enforced_by: "PyPI, at upload; pip, at install",
        check: metadata_name,
    },
    Rule {
        id: "metadata-version",
        promise: "`Version` in METADATA is the version of the file name.",
        enforced_by: "PyPI, at upload; pip, at install",
        check: metadata_version,
    },
    Rule {
        id: "wheel-tags",
        promise: "The `Tag` and `Build` lines of WHEEL match the file name.",
        enforced_by: "nobody",
        check: wheel_tags,
    },
    Rule {
        id: "wheel-version",
        promise: "WHEEL has `Wheel-Version: 1.N`.",
        enforced_by: "pip and uv, at install",
        check: wheel_version,
    },
    Rule {
        id: "abi3-python",
        promise: "A wheel with `abi3` names the oldest Python as `cp3N`: installers look for no other tag.",
        enforced_by: "pip and uv: they ignore it",
        check: abi3_python,
    },
    Rule {
        id: "entry-points",
        promise: "`entry_points.txt` has sections, and its scripts are of the form `module:function`.",
        enforced_by: "PyPI, at upload; pip, at install",
        check: |wheel| entry_points::findings(wheel.entry_points.as_deref().unwrap_or_default()),
    },
    Rule {
        id: "root-is-purelib",
        promise: "A wheel with native libraries has `Root-Is-Purelib: false`, unless it is for `any` platform and contains them for several.",
        enforced_by: "nobody: files are installed into the wrong folder",
        check: root_is_purelib,
    },
    Rule {
        id: "record-complete",
        promise: "RECORD lists exactly the files of the wheel.",
        enforced_by: "PyPI, by e-mail; pip and uv, at uninstall",
        check: record_complete,
    },
    Rule {
        id: "record-digests",
        promise: "RECORD has the SHA-256 and the size of every file.",
        enforced_by: "pip and uv, at install",
        check: record_digests,
    },
    Rule {
        id: "native-machine",
        promise: "Native code matches the platform tag; a wheel for `any` has none, unless it contains libraries for several systems. Any wheel may contain launchers for Windows.",
        enforced_by: "the dynamic loader, at import",
        check: native_machine,
    },
    Rule {
        id: "native-libc",
        promise: "Linux code links the C library of the tag.",
        enforced_by: "the dynamic loader, at import",
        check: native_libc,
    },
    Rule {
        id: "manylinux-glibc",
        promise: "No library needs a newer glibc than the manylinux tag allows (PEP 600).",
        enforced_by: "the dynamic loader, on older systems",
        check: manylinux_glibc,
    },
    Rule {
        id: "macos-version",
        promise: "No library needs a newer macOS than the tag allows; all 10.N count as one version.",
        enforced_by: "the dynamic loader, on older systems",
        check: macos_version,
    },
    Rule {
        id: "python-library",
        promise: "No module links the library of one Python: `libpython3.N.so` (PEP 513), or with abi3 `python3N.dll`.",
        enforced_by: "the dynamic loader, at import",
        check: python_library,
    },
    Rule {
        id: "abi-suffix",
        promise: "A module's suffix matches the ABI tag: `.abi3.so` or none with abi3, never that of another Python.",
        enforced_by: "Python, at import",
        check: abi_suffix,
    },
];

fn regular_members(wheel: &Wheel) -> Vec<String> {
    let links = wheel.members.iter().filter(|member| member.is_symlink);
    links
        .map(|member| format!("`{}` is a symbolic link", member.name))
        .collect()
}

fn dist_info_name(wheel: &Wheel) -> Vec<String> {
    let folder = &wheel.dist_info;
    let same = folder.split_once('-').is_some_and(|(name, version)| {
        normalized_name(name) == wheel.file_name.normalized_name() && is_version(wheel, version)
    });
    let (name, version) = (&wheel.file_name.distribution, &wheel.file_name.version);
    (!same)
        .then(|| {
            format!(
                "folder is `{folder}.dist-info`, the file name says `{name}-{version}.dist-info`"
            )
        })
        .into_iter()
        .collect()
}

fn is_version(wheel: &Wheel, version: &str) -> bool {
    let parsed: Option<pep440_rs::Version> = version.parse().ok();
    parsed.is_some() && parsed == wheel.file_name.pep440()
}

fn metadata_name(wheel: &Wheel) -> Vec<String> {
    let (inside, outside) = (wheel.metadata.name(), &wheel.file_name.distribution);
    (normalized_name(inside) != normalized_name(outside))
        .then(|| format!("METADATA names project `{inside}`, the file name `{outside}`"))
        .into_iter()
        .collect()
}

fn metadata_version(wheel: &Wheel) -> Vec<String> {
    let (inside, outside) = (wheel.metadata.version(), &wheel.file_name.version);
    (!is_version(wheel, inside))
        .then(|| format!("METADATA has version {inside}, the file name {outside}"))
        .into_iter()
        .collect()
}

fn wheel_tags(wheel: &Wheel) -> Vec<String> {
    let mut findings = Vec::new();
    let (inside, outside) = (wheel.tags(), wheel.file_name.tags());
    for tag in outside.difference(&inside) {
        findings.push(format!("tag `{tag}` is in the file name but not in WHEEL"));
    }
    for tag in inside.difference(&outside) {
        findings.push(format!("tag `{tag}` is in WHEEL but not in the file name"));
    }
    let (inside, outside) = (wheel.wheel.first("Build"), wheel.file_name.build.as_deref());
    if inside != outside {
        let [inside, outside] = [inside, outside].map(|build| build.unwrap_or("none"));
        findings.push(format!("WHEEL has build {inside}, the file name {outside}"));
    }
    findings
}

fn wheel_version(wheel: &Wheel) -> Vec<String> {
    let version = wheel.wheel.first("Wheel-Version");
    let known = version.is_some_and(|version| version.trim().starts_with("1."));
    (!known)
        .then(|| {
            let version = version.unwrap_or("none");
            format!("WHEEL has version {version}, installers know 1.N")
        })
        .into_iter()
        .collect()
}

fn abi3_python(wheel: &Wheel) -> Vec<String> {
    if !wheel.file_name.abi_tags.iter().any(|abi| abi == "abi3") {
        return Vec::new();
    }
    let is_minimum = |tag: &str| {
        let minor = tag.strip_prefix("cp3");
        minor.is_some_and(|minor| !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit()))
    };
    let tags = wheel.file_name.python_tags.iter();
    tags.filter(|tag| !is_minimum(tag))
        .map(|tag| format!("Python tag is `{tag}`, with abi3 it is `cp3N`"))
        .collect()
}

fn root_is_purelib(wheel: &Wheel) -> Vec<String> {
    match wheel
        .wheel
        .first("Root-Is-Purelib")
        .map(str::to_ascii_lowercase)
    {
        Some(value) if value == "false" => Vec::new(),
        // What lies in `*.data` goes where its folder says, whatever the root is.
        Some(value) if value == "true" && brings_its_own(wheel) => Vec::new(),
        Some(value) if value == "true" => libraries(wheel)
            .filter(|(member, _)| !is_data(&member.name))
            .map(|(member, _)| {
                format!(
                    "`{}` is native, but WHEEL says `Root-Is-Purelib: true`",
                    member.name
                )
            })
            .collect(),
        Some(value) => vec![format!(
            "WHEEL says `Root-Is-Purelib: {value}`, the values are true and false"
        )],
        None => vec!["WHEEL has no `Root-Is-Purelib`".to_owned()],
    }
}

fn is_data(name: &str) -> bool {
    name.split('/')
        .next()
        .is_some_and(|folder| folder.ends_with(".data"))
}

/// `RECORD` cannot hold its own digest, nor that of its signatures.
fn is_unrecorded(wheel: &Wheel, name: &str) -> bool {
    let file = name.strip_prefix(&format!("{}.dist-info/", wheel.dist_info));
    matches!(file, Some("RECORD" | "RECORD.jws" | "RECORD.p7s"))
}

fn record_complete(wheel: &Wheel) -> Vec<String> {
    let Some(record) = &wheel.record else {
        return vec![format!(
            "wheel has no `{}.dist-info/RECORD`",
            wheel.dist_info
        )];
    };
    let mut findings = Vec::new();
    let mut listed = BTreeSet::new();
    for entry in record {
        if !listed.insert(entry.path.as_str()) {
            findings.push(format!("`{}` is listed twice in RECORD", entry.path));
        }
    }
    let present: BTreeSet<&str> = wheel
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    for name in present.difference(&listed) {
        if !is_unrecorded(wheel, name) {
            findings.push(format!("`{name}` is not listed in RECORD"));
        }
    }
    for name in listed.difference(&present) {
        findings.push(format!("`{name}` is listed in RECORD but not in the wheel"));
    }
    findings
}

fn record_digests(wheel: &Wheel) -> Vec<String> {
    let members: BTreeMap<&str, &Member> = wheel
        .members
        .iter()
        .map(|member| (member.name.as_str(), member))
        .collect();
    let mut findings = Vec::new();
    for entry in wheel.record.iter().flatten() {
        let Some(member) = members.get(entry.path.as_str()) else {
            continue;
        };
        if is_unrecorded(wheel, &entry.path) {
            continue;
        }
        let name = &member.name;
        let hash = record::hash_of(&member.digest.sha256).unwrap_or_default();
        if entry.hash.is_empty() {
            findings.push(format!("`{name}` has no hash in RECORD, its own is {hash}"));
        } else if entry.hash.trim_end_matches('=') != hash {
            findings.push(format!(
                "`{name}` has hash {hash}, RECORD says {}",
                entry.hash
            ));
        }
        if !entry.size.is_empty() && entry.size != member.digest.size.to_string() {
            let size = member.digest.size;
            findings.push(format!(
                "`{name}` has {size} bytes, RECORD says {}",
                entry.size
            ));
        }
    }
    findings
}
