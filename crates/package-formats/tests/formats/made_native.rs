//! The smallest files that a loader would take for native code of a machine.

/// `e_machine`, `cputype` and COFF machine numbers of the formats' own specifications.
pub(crate) const ELF_X64: u16 = 62;
pub(crate) const ELF_ARM64: u16 = 183;
pub(crate) const MACH_X64: u32 = 0x0100_0007;
pub(crate) const MACH_ARM64: u32 = 0x0100_000c;
pub(crate) const PE_X64: u16 = 0x8664;
pub(crate) const PE_ARM64: u16 = 0xaa64;

const HEADER: u64 = 64;
const PROGRAM_HEADER: u64 = 56;

/// A 64-bit little-endian library that needs `libraries`, and from the first of them the symbol `versions`.
pub(crate) fn elf(machine: u16, libraries: &[&str], versions: &[&str]) -> Vec<u8> {
    let mut strings = vec![0];
    let mut add = |text: &str| {
        let at = strings.len() as u64;
        strings.extend_from_slice(text.as_bytes());
        strings.push(0);
        at
    };
    let libraries: Vec<u64> = libraries.iter().map(|name| add(name)).collect();
    let versions: Vec<u64> = versions.iter().map(|name| add(name)).collect();

    let needs = version_needs(&libraries, &versions);
    let needs_at = HEADER + 2 * PROGRAM_HEADER;
    let strings_at = needs_at + needs.len() as u64;
    let dynamic_at = strings_at + strings.len() as u64;
    let dynamic = dynamic(&libraries, strings_at, strings.len() as u64);
    let sections_at = dynamic_at + dynamic.len() as u64;

    let mut file = elf_header(machine, sections_at);
    program_header(&mut file, 1, 0, sections_at);
    program_header(&mut file, 2, dynamic_at, dynamic.len() as u64);
    file.extend(&needs);
    file.extend(&strings);
    file.extend(&dynamic);
    file.extend([0; 64]);
    section_header(
        &mut file,
        needs_at,
        needs.len() as u64,
        u32::from(!needs.is_empty()),
    );
    file
}

fn elf_header(machine: u16, sections_at: u64) -> Vec<u8> {
    let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1];
    file.resize(16, 0);
    for half in [3, machine] {
        file.extend(half.to_le_bytes());
    }
    file.extend(1_u32.to_le_bytes());
    for address in [0, HEADER, sections_at] {
        file.extend(address.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 2, 64, 2, 0] {
        file.extend(half.to_le_bytes());
    }
    file
}

fn program_header(file: &mut Vec<u8>, kind: u32, offset: u64, size: u64) {
    file.extend(kind.to_le_bytes());
    file.extend(4_u32.to_le_bytes());
    for value in [offset, offset, offset, size, size, 8] {
        file.extend(value.to_le_bytes());
    }
}

/// `.gnu.version_r`.
fn section_header(file: &mut Vec<u8>, offset: u64, size: u64, count: u32) {
    file.extend(0_u32.to_le_bytes());
    file.extend(0x6fff_fffe_u32.to_le_bytes());
    for value in [0, offset, offset, size] {
        file.extend(value.to_le_bytes());
    }
    file.extend(0_u32.to_le_bytes());
    file.extend(count.to_le_bytes());
    for value in [8_u64, 0] {
        file.extend(value.to_le_bytes());
    }
}

fn version_needs(libraries: &[u64], versions: &[u64]) -> Vec<u8> {
    let (Some(library), false) = (libraries.first(), versions.is_empty()) else {
        return Vec::new();
    };
    let mut bytes = Vec::new();
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend((versions.len() as u16).to_le_bytes());
    for value in [*library as u32, 16, 0] {
        bytes.extend(value.to_le_bytes());
    }
    for (index, name) in versions.iter().enumerate() {
        let next = if index + 1 == versions.len() { 0 } else { 16 };
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(0_u16.to_le_bytes());
        bytes.extend((index as u16 + 2).to_le_bytes());
        for value in [*name as u32, next] {
            bytes.extend(value.to_le_bytes());
        }
    }
    bytes
}

fn dynamic(libraries: &[u64], strings_at: u64, strings: u64) -> Vec<u8> {
    let mut entries: Vec<(u64, u64)> = libraries.iter().map(|name| (1, *name)).collect();
    entries.extend([(5, strings_at), (10, strings), (0, 0)]);
    entries
        .into_iter()
        .flat_map(|(tag, value)| [tag.to_le_bytes(), value.to_le_bytes()])
        .flatten()
        .collect()
}

/// A library for one processor.
pub(crate) fn mach(cpu: u32) -> Vec<u8> {
    [0xfeed_facf, cpu, 3, 6, 0, 0, 0, 0]
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .collect()
}

/// A library for one processor that needs this macOS (`LC_BUILD_VERSION`).
pub(crate) fn mach_for(cpu: u32, (major, minor): (u32, u32)) -> Vec<u8> {
    let header = [0xfeed_facf, cpu, 3, 6, 1, 24, 0, 0];
    let version = (major << 16) | (minor << 8);
    let build = [0x32, 24, 1, version, version, 0];
    header
        .into_iter()
        .chain(build)
        .flat_map(u32::to_le_bytes)
        .collect()
}

/// A universal library.
pub(crate) fn mach_universal(cpus: &[u32]) -> Vec<u8> {
    let mut file: Vec<u8> = Vec::new();
    file.extend(0xcafe_babe_u32.to_be_bytes());
    file.extend((cpus.len() as u32).to_be_bytes());
    for (index, cpu) in cpus.iter().enumerate() {
        for value in [*cpu, 0, 4096 + 32 * index as u32, 32, 5] {
            file.extend(value.to_be_bytes());
        }
    }
    file.resize(4096, 0);
    for cpu in cpus {
        file.extend(mach(*cpu));
    }
    file
}

pub(crate) fn pe(machine: u16) -> Vec<u8> {
    let mut file = vec![0; 128];
    file[..2].copy_from_slice(b"MZ");
    file[0x3c] = 128;
    file.extend(b"PE\0\0");
    file.extend(machine.to_le_bytes());
    file.extend([0; 18]);
    file
}
