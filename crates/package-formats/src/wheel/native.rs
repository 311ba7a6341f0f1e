//! Native code says itself which machine and which glibc it needs, so a wheel's tags need not be believed.

use std::collections::BTreeSet;
use std::fmt;

use goblin::elf::{Elf, header as elf_header};
use goblin::mach::cputype;
use goblin::mach::{Mach, fat::FatArch};
use goblin::pe::header as pe_header;

use crate::platform::{Machine, System};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Elf,
    MachO,
    Pe,
}

impl Format {
    /// The format that a system loads; `None` when there is nothing to compare with.
    pub(super) fn of(system: System) -> Option<Self> {
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
    /// The libraries that an ELF file asks for by name.
    pub libraries: Vec<String>,
}

/// Whether a file that starts with `head` (8 bytes) is native code.
///
/// Java classes share a universal Mach-O's first four bytes; the next four are a version of 45 or more there, and a
/// handful of architectures here.
pub(super) fn is_native(head: &[u8]) -> bool {
    match head {
        [0x7f, b'E', b'L', b'F', ..] | [b'M', b'Z', ..] => true,
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => true,
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, count, ..] => *count < 32,
        _ => false,
    }
}

/// Whether the name is one of a library that something loads.
pub(super) fn is_library_name(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    [".so", ".pyd", ".dylib", ".dll"]
        .iter()
        .any(|extension| file.ends_with(extension))
        || file.contains(".so.")
}

pub(super) fn parse(bytes: &[u8]) -> Result<Native, String> {
    match bytes {
        [0x7f, b'E', ..] => elf(bytes),
        [b'M', b'Z', ..] => pe(bytes),
        _ => mach(bytes),
    }
    .map_err(|error| error.to_string())
}

fn elf(bytes: &[u8]) -> goblin::error::Result<Native> {
    let elf = Elf::parse(bytes)?;
    let little = elf.little_endian;
    let machine = match elf.header.e_machine {
        elf_header::EM_X86_64 => Some(Machine::X64),
        elf_header::EM_AARCH64 => Some(Machine::Arm64),
        elf_header::EM_386 => Some(Machine::X86),
        elf_header::EM_ARM => Some(Machine::Armv7),
        elf_header::EM_PPC64 if little => Some(Machine::Ppc64le),
        elf_header::EM_PPC64 => Some(Machine::Ppc64),
        elf_header::EM_S390 => Some(Machine::S390x),
        elf_header::EM_RISCV => Some(Machine::Riscv64),
        _ => None,
    };
    Ok(Native {
        format: Format::Elf,
        machines: machine.into_iter().collect(),
        glibc: newest_glibc(&elf),
        libraries: elf.libraries.iter().map(|&name| name.to_owned()).collect(),
    })
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

/// Only the headers: signatures and resources of a library are none of our business, and come in many shapes.
fn pe(bytes: &[u8]) -> goblin::error::Result<Native> {
    let machine = match pe_header::Header::parse(bytes)?.coff_header.machine {
        pe_header::COFF_MACHINE_X86_64 => Some(Machine::X64),
        pe_header::COFF_MACHINE_ARM64 => Some(Machine::Arm64),
        pe_header::COFF_MACHINE_X86 => Some(Machine::X86),
        pe_header::COFF_MACHINE_ARMNT => Some(Machine::Armv7),
        _ => None,
    };
    Ok(Native {
        format: Format::Pe,
        machines: machine.into_iter().collect(),
        glibc: None,
        libraries: Vec::new(),
    })
}

fn mach(bytes: &[u8]) -> goblin::error::Result<Native> {
    let types: Vec<u32> = match Mach::parse_lossy(bytes)? {
        Mach::Binary(binary) => vec![binary.header.cputype],
        Mach::Fat(fat) => fat.arches()?.iter().map(FatArch::cputype).collect(),
    };
    let machine = |cpu: u32| match cpu {
        cputype::CPU_TYPE_X86_64 => Some(Machine::X64),
        cputype::CPU_TYPE_ARM64 => Some(Machine::Arm64),
        cputype::CPU_TYPE_X86 => Some(Machine::X86),
        _ => None,
    };
    Ok(Native {
        format: Format::MachO,
        machines: types.into_iter().filter_map(machine).collect(),
        glibc: None,
        libraries: Vec::new(),
    })
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
