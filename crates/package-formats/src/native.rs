//! Native code says itself which machine and which system it needs, so tags and inputs need not be believed.

use std::collections::BTreeSet;
use std::fmt;

use goblin::elf::{Elf, header as elf_header};
use goblin::mach::cputype;
use goblin::mach::load_command::CommandVariant;
use goblin::mach::{Mach, MachO};
use goblin::pe::PE;
use goblin::pe::header as pe_header;
use goblin::pe::options::ParseOptions;

use crate::platform::{Machine, System};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    Elf,
    MachO,
    Pe,
}

impl Format {
    /// The format that a system loads; `None` when there is nothing to compare with.
    pub(crate) fn of(system: System) -> Option<Self> {
        match system {
            System::Linux | System::Manylinux | System::Musllinux => Some(Self::Elf),
            System::Macos => Some(Self::MachO),
            System::Windows => Some(Self::Pe),
            System::Any | System::Other => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elf => "ELF",
            Self::MachO => "Mach-O",
            Self::Pe => "PE",
        })
    }
}

/// What a library or a program of native code says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Native {
    pub format: Format,
    /// More than one only in a universal Mach-O; empty for a processor that no platform name stands for.
    pub machines: BTreeSet<Machine>,
    /// The newest glibc symbol version that an ELF file needs.
    pub glibc: Option<(u32, u32)>,
    /// The oldest macOS that every processor's part of a Mach-O runs on.
    pub macos: Option<(u32, u32)>,
    /// The libraries that an ELF file or a Windows library asks for by name.
    pub libraries: Vec<String>,
}

/// Whether a file that starts with `head` (8 bytes) is native code.
///
/// Java classes share a universal Mach-O's first four bytes; the next four are a version of 45 or more there, and a
/// handful of architectures here.
pub(crate) fn is_native(head: &[u8]) -> bool {
    match head {
        [0x7f, b'E', b'L', b'F', ..] | [b'M', b'Z', ..] => true,
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => true,
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, count, ..] => *count < 32,
        _ => false,
    }
}

/// Whether the name is one of a library that something loads.
pub(crate) fn is_library_name(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    [".so", ".pyd", ".dylib", ".dll"]
        .iter()
        .any(|extension| file.ends_with(extension))
        || file.contains(".so.")
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Native, String> {
    match bytes {
        [0x7f, b'E', ..] => elf(bytes),
        [b'M', b'Z', ..] => pe(bytes),
        _ => mach(bytes),
    }
    .map_err(|error| error.to_string())
}

fn elf(bytes: &[u8]) -> goblin::error::Result<Native> {
    let elf = Elf::parse(bytes)?;
    let machine = elf_machine(elf.header.e_machine, elf.little_endian);
    Ok(Native {
        format: Format::Elf,
        machines: machine.into_iter().collect(),
        glibc: newest_glibc(&elf),
        macos: None,
        libraries: elf.libraries.iter().map(|&name| name.to_owned()).collect(),
    })
}

fn elf_machine(machine: u16, little: bool) -> Option<Machine> {
    match machine {
        elf_header::EM_X86_64 => Some(Machine::X64),
        elf_header::EM_AARCH64 => Some(Machine::Arm64),
        elf_header::EM_386 => Some(Machine::X86),
        elf_header::EM_ARM => Some(Machine::Armv7),
        elf_header::EM_PPC64 if little => Some(Machine::Ppc64le),
        elf_header::EM_PPC64 => Some(Machine::Ppc64),
        elf_header::EM_S390 => Some(Machine::S390x),
        elf_header::EM_RISCV => Some(Machine::Riscv64),
        _ => None,
    }
}

/// Reads `.gnu.version_r`: the versions of symbols that the dynamic loader must find.
fn newest_glibc(elf: &Elf<'_>) -> Option<(u32, u32)> {
    let mut newest = None;
    for needed in elf.verneed.iter().flat_map(|section| section.iter()) {
        for version in needed.iter() {
            let name = elf.dynstrtab.get_at(version.vna_name).unwrap_or_default();
            newest = newest.max(glibc_version(name));
        }
    }
    newest
}

/// `GLIBC_ABI_DT_RELR` is the mark of relocations that only glibc 2.36 understands.
fn glibc_version(symbol_version: &str) -> Option<(u32, u32)> {
    let version = symbol_version.strip_prefix("GLIBC_")?;
    if version == "ABI_DT_RELR" {
        return Some((2, 36));
    }
    let mut numbers = version.split('.');
    let major = numbers.next()?.parse().ok()?;
    Some((major, numbers.next()?.parse().ok()?))
}

/// Headers and imports: signatures and resources of a library are none of our business, and come in many shapes.
fn pe(bytes: &[u8]) -> goblin::error::Result<Native> {
    let machine = pe_machine(pe_header::Header::parse(bytes)?.coff_header.machine);
    let mut options = ParseOptions::default();
    options.parse_attribute_certificates = false;
    options.parse_tls_data = false;
    options.parse_resources = false;
    // Imports that cannot be read are no reason to distrust what the header says.
    let libraries = PE::parse_with_opts(bytes, &options).map(|pe| {
        let names = pe.libraries.iter();
        names.map(|name| (*name).to_owned()).collect()
    });
    Ok(Native {
        format: Format::Pe,
        machines: machine.into_iter().collect(),
        glibc: None,
        macos: None,
        libraries: libraries.unwrap_or_default(),
    })
}

fn pe_machine(machine: u16) -> Option<Machine> {
    match machine {
        pe_header::COFF_MACHINE_X86_64 => Some(Machine::X64),
        pe_header::COFF_MACHINE_ARM64 => Some(Machine::Arm64),
        pe_header::COFF_MACHINE_X86 => Some(Machine::X86),
        pe_header::COFF_MACHINE_ARMNT => Some(Machine::Armv7),
        _ => None,
    }
}

fn mach(bytes: &[u8]) -> goblin::error::Result<Native> {
    let mut machines = BTreeSet::new();
    let mut oldest = Vec::new();
    match Mach::parse_lossy(bytes)? {
        Mach::Binary(binary) => {
            machines.extend(mach_machine(binary.header.cputype));
            oldest.push(oldest_macos(&binary));
        }
        Mach::Fat(fat) => {
            for arch in fat.arches()? {
                machines.extend(mach_machine(arch.cputype()));
                let binary = MachO::parse_lossy(bytes, arch.offset as usize).ok();
                oldest.push(binary.as_ref().and_then(oldest_macos));
            }
        }
    }
    // Of several parts the oldest counts: arm64 begins with macOS 11, whatever the tag says.
    let oldest: Option<Vec<(u32, u32)>> = oldest.into_iter().collect();
    Ok(Native {
        format: Format::MachO,
        machines,
        glibc: None,
        macos: oldest.and_then(|versions| versions.into_iter().min()),
        libraries: Vec::new(),
    })
}

fn mach_machine(cpu: u32) -> Option<Machine> {
    match cpu {
        cputype::CPU_TYPE_X86_64 => Some(Machine::X64),
        cputype::CPU_TYPE_ARM64 => Some(Machine::Arm64),
        cputype::CPU_TYPE_X86 => Some(Machine::X86),
        _ => None,
    }
}

/// `0x000b_0200` is 11.2.
fn oldest_macos(binary: &MachO<'_>) -> Option<(u32, u32)> {
    const MACOS: u32 = 1;
    let version = binary
        .load_commands
        .iter()
        .find_map(|command| match &command.command {
            CommandVariant::BuildVersion(build) if build.platform == MACOS => Some(build.minos),
            CommandVariant::VersionMinMacosx(build) => Some(build.version),
            _ => None,
        })?;
    Some((version >> 16, (version >> 8) & 0xff))
}

/// Format and processors of a file that starts with `head`, a few KiB of it; `None` when it is no native code.
pub(crate) fn of_head(head: &[u8]) -> Option<(Format, BTreeSet<Machine>)> {
    if !is_native(head) {
        return None;
    }
    match head {
        [0x7f, b'E', ..] => {
            let is_little = head.get(5) == Some(&1);
            let machine = head.get(18..20)?.try_into().ok()?;
            let machine = match is_little {
                true => u16::from_le_bytes(machine),
                false => u16::from_be_bytes(machine),
            };
            let machines = elf_machine(machine, is_little).into_iter().collect();
            Some((Format::Elf, machines))
        }
        [b'M', b'Z', ..] => {
            let at = u32::from_le_bytes(head.get(0x3c..0x40)?.try_into().ok()?) as usize;
            let [b'P', b'E', 0, 0, low, high] = *head.get(at..at.checked_add(6)?)? else {
                return None;
            };
            let machines = pe_machine(u16::from_le_bytes([low, high]))
                .into_iter()
                .collect();
            Some((Format::Pe, machines))
        }
        [0xca, 0xfe, ..] => {
            let count = usize::from(*head.get(7)?);
            let arches = head.get(8..)?.chunks_exact(20).take(count);
            let cpus =
                arches.filter_map(|arch| Some(u32::from_be_bytes(arch.get(..4)?.try_into().ok()?)));
            Some((Format::MachO, cpus.filter_map(mach_machine).collect()))
        }
        _ => {
            let cpu: [u8; 4] = head.get(4..8)?.try_into().ok()?;
            let cpu = match head {
                [0xfe, ..] => u32::from_be_bytes(cpu),
                _ => u32::from_le_bytes(cpu),
            };
            Some((Format::MachO, mach_machine(cpu).into_iter().collect()))
        }
    }
}

/// What runs on a platform of ours such as `linux-x64`; nothing for `any` and for systems that we do not know.
pub(crate) fn of_platform(platform: &str) -> Vec<(Format, BTreeSet<Machine>)> {
    let one = |name: &str| {
        let (system, machine) = name.split_once('-')?;
        let format = match system {
            "linux" | "musllinux" => Format::Elf,
            "macos" => Format::MachO,
            "windows" => Format::Pe,
            _ => return None,
        };
        let machines = match machine {
            "universal2" => BTreeSet::from([Machine::X64, Machine::Arm64]),
            _ => Machine::of_name(machine).into_iter().collect(),
        };
        (!machines.is_empty()).then_some((format, machines))
    };
    platform.split('.').filter_map(one).collect()
}

/// `ELF for x64`, as findings say it.
pub(crate) fn describe(format: Format, machines: &BTreeSet<Machine>) -> String {
    let machines: Vec<String> = machines.iter().map(ToString::to_string).collect();
    match machines.is_empty() {
        true => format!("{format} for a processor that belongs to no platform"),
        false => format!("{format} for {}", machines.join(" and ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glibc_versions_are_compared_as_numbers() {
        assert_eq!(glibc_version("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(glibc_version("GLIBC_ABI_DT_RELR"), Some((2, 36)));
        assert_eq!(glibc_version("GLIBC_PRIVATE"), None);
        assert_eq!(glibc_version("GLIBCXX_3.4"), None);
        assert!(glibc_version("GLIBC_2.4") < glibc_version("GLIBC_2.17"));
    }

    #[test]
    fn a_java_class_is_not_taken_for_a_universal_library() {
        assert!(is_native(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]));
        assert!(!is_native(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]));
    }

    #[test]
    fn a_platform_says_what_runs_on_it() {
        let x64 = BTreeSet::from([Machine::X64]);
        let both = BTreeSet::from([Machine::X64, Machine::Arm64]);
        assert_eq!(of_platform("linux-x64"), [(Format::Elf, x64.clone())]);
        assert_eq!(of_platform("windows-x64"), [(Format::Pe, x64.clone())]);
        assert_eq!(of_platform("macos-universal2"), [(Format::MachO, both)]);
        assert_eq!(of_platform("linux-x64.musllinux-x64").len(), 2);
        assert_eq!(of_platform("any"), []);
        assert_eq!(of_platform("linux-vax"), []);
    }

    #[test]
    fn libraries_are_known_by_their_names() {
        for name in [
            "a/b.so",
            "a.abi3.so",
            "x.libs/liby-1.so.2.3",
            "A.PYD",
            "b.dylib",
            "c.dll",
        ] {
            assert!(is_library_name(name), "{name}");
        }
        for name in ["a.py", "so", "a/some.sop", "x.exe"] {
            assert!(!is_library_name(name), "{name}");
        }
    }
}
