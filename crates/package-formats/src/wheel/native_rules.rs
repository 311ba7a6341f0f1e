//! What holds for native code in a wheel: the loader on a user's machine will not read the tags.

use std::collections::BTreeSet;

use super::{Member, Wheel};
use crate::native::{self, Format, Native, is_library_name};
use crate::platform::{System, Tag, versioned};

pub(super) fn libraries(wheel: &Wheel) -> impl Iterator<Item = (&Member, &Native)> {
    wheel
        .natives()
        .filter(|(member, _)| is_library_name(&member.name))
}

fn platform_tags(wheel: &Wheel) -> Vec<(&str, Tag)> {
    let tags = wheel.file_name.platform_tags.iter();
    tags.map(|tag| (tag.as_str(), Tag::parse(tag))).collect()
}

pub(super) fn native_machine(wheel: &Wheel) -> Vec<String> {
    let mut findings = Vec::new();
    let tags = match brings_its_own(wheel) {
        true => Vec::new(),
        false => platform_tags(wheel),
    };
    for member in &wheel.members {
        match &member.native {
            Some(Ok(native)) => {
                let wrong = tags
                    .iter()
                    .find_map(|(tag, parsed)| wrong_machine(member, native, tag, parsed));
                findings.extend(wrong);
            }
            Some(Err(reason)) => findings.push(format!(
                "`{}` is unreadable native code: {reason}",
                member.name
            )),
            None => {}
        }
    }
    findings
}

/// Programs for Windows are left alone in other wheels: setuptools and distlib ship launchers in theirs.
fn wrong_machine(member: &Member, native: &Native, text: &str, tag: &Tag) -> Option<String> {
    let name = &member.name;
    let program = !is_library_name(name);
    if tag.system == System::Any {
        return (!program).then(|| {
            format!(
                "`{name}` is native ({}), and the platform tag is `any`",
                describe(native)
            )
        });
    }
    let format = Format::of(tag.system)?;
    if program && native.format == Format::Pe && format != Format::Pe {
        return None;
    }
    let fits = native.format == format && tag.machines.is_subset(&native.machines);
    (!fits).then(|| {
        format!(
            "`{name}` is {}, the platform tag is `{text}`",
            describe(native)
        )
    })
}

fn describe(native: &Native) -> String {
    native::describe(native.format, &native.machines)
}

/// Whether a wheel for `any` carries its libraries for several systems and picks one itself, as debuggers do.
pub(super) fn brings_its_own(wheel: &Wheel) -> bool {
    let formats: BTreeSet<Format> = libraries(wheel).map(|(_, native)| native.format).collect();
    let tags = &wheel.file_name.platform_tags;
    formats.len() > 1 && tags.iter().all(|tag| Tag::parse(tag).system == System::Any)
}

pub(super) fn native_libc(wheel: &Wheel) -> Vec<String> {
    let mut findings = Vec::new();
    let tags = platform_tags(wheel);
    for (member, native) in wheel.natives() {
        for library in &native.libraries {
            let wrong = if library.starts_with("libc.musl-") {
                System::Manylinux
            } else if library.starts_with("libc.so.") {
                System::Musllinux
            } else {
                continue;
            };
            if let Some((tag, _)) = tags.iter().find(|(_, tag)| tag.system == wrong) {
                findings.push(format!(
                    "`{}` needs `{library}`, which `{tag}` does not have",
                    member.name
                ));
            }
        }
    }
    findings
}

pub(super) fn manylinux_glibc(wheel: &Wheel) -> Vec<String> {
    let tags = platform_tags(wheel);
    let lowest = tags
        .iter()
        .filter_map(|(text, tag)| Some((tag.glibc?, text)))
        .min();
    let Some((limit, tag)) = lowest else {
        return Vec::new();
    };
    wheel
        .natives()
        .filter_map(|(member, native)| {
            let needed = native.glibc.filter(|needed| *needed > limit)?;
            let name = &member.name;
            Some(format!(
                "`{name}` needs glibc {}.{}, `{tag}` allows {}.{}",
                needed.0, needed.1, limit.0, limit.1
            ))
        })
        .collect()
}

pub(super) fn macos_version(wheel: &Wheel) -> Vec<String> {
    let tags = wheel.file_name.platform_tags.iter();
    let lowest = tags
        .filter_map(|tag| Some((versioned(tag, "macosx_")?.0, tag)))
        .min();
    let Some((limit, tag)) = lowest else {
        return Vec::new();
    };
    // The loader warns and does not refuse, and what is built for 10.13 is tagged 10.9 by well-known projects.
    let allowed = if limit.0 == 10 { (10, u32::MAX) } else { limit };
    libraries(wheel)
        .filter_map(|(member, native)| {
            let needed = native.macos.filter(|needed| *needed > allowed)?;
            let name = &member.name;
            Some(format!(
                "`{name}` needs macOS {}.{}, `{tag}` allows {}.{}",
                needed.0, needed.1, limit.0, limit.1
            ))
        })
        .collect()
}

/// Extension modules find Python's symbols in the program that loads them (PEP 513); a module for every Python asks
/// Windows for `python3.dll`, which each version has, and not for one version's own.
pub(super) fn python_library(wheel: &Wheel) -> Vec<String> {
    let is_abi3 = wheel.file_name.abi_tags.iter().all(|abi| abi == "abi3");
    let mut findings = Vec::new();
    for (member, native) in libraries(wheel) {
        for library in &native.libraries {
            let name = library.to_ascii_lowercase();
            let is_wrong = match native.format {
                Format::Elf => {
                    name.starts_with("libpython3") && module_suffix(&member.name).is_some()
                }
                Format::Pe => is_abi3 && is_versioned_python(&name),
                Format::MachO => false,
            };
            if is_wrong {
                let member = &member.name;
                findings.push(format!(
                    "`{member}` needs `{library}`, which not every Python has"
                ));
            }
        }
    }
    findings
}

/// `python311.dll`, and neither `python3.dll` nor `python3t.dll`.
fn is_versioned_python(name: &str) -> bool {
    let version = name
        .strip_prefix("python3")
        .and_then(|rest| rest.strip_suffix(".dll"));
    version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
}

pub(super) fn abi_suffix(wheel: &Wheel) -> Vec<String> {
    let abis = &wheel.file_name.abi_tags;
    libraries(wheel)
        .filter(|_| !brings_its_own(wheel))
        .filter_map(|(member, _)| {
            let name = &member.name;
            let suffix = module_suffix(name)?;
            let abi3 = abis.iter().any(|abi| abi == "abi3");
            let fits = match suffix.as_str() {
                // A stable module loads in every Python but a free-threaded one, whose ABI is another.
                "abi3" => !abis.iter().any(|abi| abi == "none" || abi.ends_with('t')),
                "abi3t" => abis.iter().any(|abi| abi == "abi3t" || abi.ends_with('t')),
                python => !abi3 && abis.iter().any(|abi| abi == python),
            };
            (!fits).then(|| {
                format!(
                    "`{name}` is a module for `{suffix}`, the ABI tag is `{}`",
                    abis.join(".")
                )
            })
        })
        .collect()
}

/// The ABI tag that a module's suffix means: `abi3` for `x.abi3.so`, `cp312` for `x.cpython-312-x86_64-linux-gnu.so`
/// and for `x.cp312-win_amd64.pyd`; `None` for a library without one.
fn module_suffix(name: &str) -> Option<String> {
    let file = name.rsplit('/').next()?;
    let stem = file
        .strip_suffix(".so")
        .or_else(|| file.strip_suffix(".pyd"))?;
    let suffix = stem.rsplit_once('.')?.1;
    if matches!(suffix, "abi3" | "abi3t") {
        return Some(suffix.to_owned());
    }
    let tag = suffix
        .split('-')
        .nth(usize::from(suffix.starts_with("cpython-")))?;
    let version = tag.strip_prefix("cp").unwrap_or(tag);
    let is_version = version.starts_with('3') && suffix.contains('-');
    is_version.then(|| format!("cp{version}"))
}
