//! Our own names for platforms (`linux-x64`), and what a wheel's platform tag says in them.

use std::collections::BTreeSet;
use std::fmt;

/// The platform of what runs everywhere.
pub const ANY: &str = "any";

/// The platform of this machine, for example `linux-x64`.
pub fn host() -> String {
    of(std::env::consts::OS, std::env::consts::ARCH)
}

/// The platform of a Rust target triple, for example `musllinux-x64` for `x86_64-unknown-linux-musl`.
pub fn of_target(triple: &str) -> Option<String> {
    let (arch, rest) = triple.split_once('-')?;
    let system = match rest {
        _ if rest.contains("linux-musl") => "musllinux",
        _ if rest.contains("linux-gnu") => "linux",
        _ if rest.ends_with("apple-darwin") => "macos",
        _ if rest.contains("windows") => "windows",
        _ => return None,
    };
    Some(of(system, arch))
}

/// Whether a package for `platform` runs on the machine `machine`.
///
/// A package that names several platforms (`linux-x64.musllinux-x64`) runs on each of them.
pub fn runs_on(platform: &str, machine: &str) -> bool {
    platform.split('.').any(|one| {
        one == ANY || one == machine || (one == "macos-universal2" && machine.starts_with("macos-"))
    })
}

fn of(system: &str, arch: &str) -> String {
    match Machine::of_arch(arch) {
        Some(machine) => format!("{system}-{machine}"),
        None => format!("{system}-{arch}"),
    }
}

/// A processor that native code is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Machine {
    X64,
    Arm64,
    X86,
    Armv7,
    Ppc64,
    Ppc64le,
    S390x,
    Riscv64,
}

impl Machine {
    /// By our own name for it, as in `linux-x64`.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        use Machine::{Arm64, Armv7, Ppc64, Ppc64le, Riscv64, S390x, X64, X86};
        [X64, Arm64, X86, Armv7, Ppc64, Ppc64le, S390x, Riscv64]
            .into_iter()
            .find(|machine| machine.to_string() == name)
    }

    fn of_arch(arch: &str) -> Option<Self> {
        Some(match arch {
            "x86_64" | "amd64" => Self::X64,
            "aarch64" | "arm64" => Self::Arm64,
            "x86" | "i386" | "i586" | "i686" | "win32" => Self::X86,
            "arm" | "armv7" | "armv7l" => Self::Armv7,
            "ppc64" | "powerpc64" => Self::Ppc64,
            "ppc64le" | "powerpc64le" => Self::Ppc64le,
            "s390x" => Self::S390x,
            "riscv64" | "riscv64gc" => Self::Riscv64,
            _ => return None,
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
            Self::X86 => "x86",
            Self::Armv7 => "armv7",
            Self::Ppc64 => "ppc64",
            Self::Ppc64le => "ppc64le",
            Self::S390x => "s390x",
            Self::Riscv64 => "riscv64",
        })
    }
}

/// What loads the native code of a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    Any,
    /// Bare `linux_*`: made for one machine, with no promise on its glibc.
    Linux,
    Manylinux,
    Musllinux,
    Macos,
    Windows,
    /// One that this crate does not know; nothing is checked against it.
    Other,
}

/// A wheel's platform tag, for example `manylinux_2_28_x86_64`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub system: System,
    /// Every processor that the tag promises to run on.
    pub machines: BTreeSet<Machine>,
    /// The newest glibc that the tag allows (PEP 600; 513, 571 and 599 for the old names).
    pub glibc: Option<(u32, u32)>,
    /// Our name for the platform.
    pub platform: String,
}

impl Tag {
    pub fn parse(tag: &str) -> Self {
        if tag == ANY {
            return Self::new(System::Any, ANY, "", None);
        }
        if tag == "win32" {
            return Self::new(System::Windows, "windows", tag, None);
        }
        if let Some(arch) = tag.strip_prefix("win_") {
            return Self::new(System::Windows, "windows", arch, None);
        }
        for (name, glibc) in [
            ("manylinux1_", (2, 5)),
            ("manylinux2010_", (2, 12)),
            ("manylinux2014_", (2, 17)),
        ] {
            if let Some(arch) = tag.strip_prefix(name) {
                return Self::new(System::Manylinux, "linux", arch, Some(glibc));
            }
        }
        if let Some(((major, minor), arch)) = versioned(tag, "manylinux_") {
            return Self::new(System::Manylinux, "linux", arch, Some((major, minor)));
        }
        if let Some((_, arch)) = versioned(tag, "musllinux_") {
            return Self::new(System::Musllinux, "musllinux", arch, None);
        }
        if let Some((_, arch)) = versioned(tag, "macosx_") {
            return Self::new(System::Macos, "macos", arch, None);
        }
        if let Some(arch) = tag.strip_prefix("linux_") {
            return Self::new(System::Linux, "linux", arch, None);
        }
        Self::new(System::Other, tag, "", None)
    }

    fn new(system: System, name: &str, arch: &str, glibc: Option<(u32, u32)>) -> Self {
        let machines = match arch {
            "universal2" => BTreeSet::from([Machine::X64, Machine::Arm64]),
            "intel" => BTreeSet::from([Machine::X64, Machine::X86]),
            _ => Machine::of_arch(arch).into_iter().collect(),
        };
        Self {
            system,
            machines,
            glibc,
            platform: if arch.is_empty() {
                name.replace('_', "-")
            } else {
                of(name, arch)
            },
        }
    }
}

/// `prefix<major>_<minor>_<arch>`, as PEP 600 and 656 and the macOS tags have it.
pub(crate) fn versioned<'a>(tag: &'a str, prefix: &str) -> Option<((u32, u32), &'a str)> {
    let mut parts = tag.strip_prefix(prefix)?.splitn(3, '_');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    Some(((major, minor), parts.next()?))
}

/// The one platform that a wheel with these tags is for.
///
/// Both Macs are `macos-universal2`; what runs on several platforms names them all, `linux-x64.musllinux-x64`.
pub fn of_tags<'a>(tags: impl IntoIterator<Item = &'a str>) -> String {
    let mut platforms: BTreeSet<String> = tags
        .into_iter()
        .map(|tag| Tag::parse(tag).platform)
        .collect();
    let both_macs = ["macos-x64", "macos-arm64"];
    if both_macs.iter().all(|mac| platforms.contains(*mac)) {
        platforms.insert("macos-universal2".to_owned());
    }
    if platforms.contains("macos-universal2") {
        platforms.retain(|platform| !both_macs.contains(&platform.as_str()));
    }
    platforms.into_iter().collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platform_tags_become_our_names() {
        for (tags, platform) in [
            ("any", "any"),
            ("linux_x86_64", "linux-x64"),
            ("manylinux_2_28_aarch64", "linux-arm64"),
            ("manylinux_2_17_x86_64.manylinux2014_x86_64", "linux-x64"),
            ("musllinux_1_2_x86_64", "musllinux-x64"),
            ("macosx_11_0_arm64", "macos-arm64"),
            ("macosx_10_12_x86_64", "macos-x64"),
            ("macosx_10_12_x86_64.macosx_11_0_arm64", "macos-universal2"),
            (
                "macosx_10_12_x86_64.macosx_11_0_arm64.macosx_10_12_universal2",
                "macos-universal2",
            ),
            ("win32", "windows-x86"),
            ("win_amd64", "windows-x64"),
            ("win_arm64", "windows-arm64"),
            (
                "manylinux2010_x86_64.musllinux_1_1_x86_64",
                "linux-x64.musllinux-x64",
            ),
            ("pyodide_2024_0_wasm32", "pyodide-2024-0-wasm32"),
        ] {
            assert_eq!(of_tags(tags.split('.')), platform, "{tags}");
        }
    }

    #[test]
    fn targets_become_our_names() {
        for (triple, platform) in [
            ("x86_64-unknown-linux-gnu", Some("linux-x64")),
            ("aarch64-unknown-linux-musl", Some("musllinux-arm64")),
            ("aarch64-apple-darwin", Some("macos-arm64")),
            ("x86_64-pc-windows-msvc", Some("windows-x64")),
            ("wasm32-unknown-unknown", None),
        ] {
            assert_eq!(of_target(triple).as_deref(), platform, "{triple}");
        }
    }

    #[test]
    fn a_package_for_both_macs_runs_on_each_and_nowhere_else() {
        assert!(runs_on("macos-universal2", "macos-arm64"));
        assert!(runs_on("macos-universal2", "macos-x64"));
        assert!(!runs_on("macos-universal2", "linux-x64"));
        assert!(runs_on("any", "windows-arm64"));
        assert!(runs_on("linux-x64.musllinux-x64", "linux-x64"));
        assert!(!runs_on("linux-x64", "linux-arm64"));
    }
}
