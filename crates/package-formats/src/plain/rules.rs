//! What holds for a file that is neither wheel nor crate.

use std::collections::BTreeSet;

use super::PlainFile;
use crate::kind::Kind;
use crate::native::{self, Format};
use crate::rule::Rule;
use crate::tarball::EntryKind;

pub const RULES: &[Rule<PlainFile>] = &[
    Rule {
        id: "not-empty",
        promise: "The file is not empty.",
        enforced_by: "nobody",
        check: not_empty,
    },
    Rule {
        id: "archive-readable",
        promise: "`.zip`, `.tar`, `.tar.gz` and `.gz` files are not empty and can be read completely, including checksums; `.zst`, `.xz` and `.bz2` files start like one.",
        enforced_by: "the unpacker",
        check: archive_readable,
    },
    Rule {
        id: "archive-members",
        promise: "No member is absolute, escapes with `..`, or is a link or a device.",
        enforced_by: "some unpackers; others write anywhere",
        check: archive_members,
    },
    Rule {
        id: "archive-names",
        promise: "No member's name occurs twice: two readers would see two files.",
        enforced_by: "nobody",
        check: archive_names,
    },
    Rule {
        id: "archive-bomb",
        promise: "It unpacks to at most 100 times its size (256 MiB is always allowed), to at most 16 GiB and 500,000 members.",
        enforced_by: "nobody: it fills the user's disk",
        check: |file| {
            found(
                file.archive
                    .as_ref()
                    .and_then(|archive| archive.bomb.clone()),
            )
        },
    },
    Rule {
        id: "wasm-module",
        promise: "A `wasm` package is a complete WebAssembly module (magic number and sections), or an archive with one.",
        enforced_by: "the browser, when it is loaded",
        check: wasm_module,
    },
    Rule {
        id: "binary-format",
        promise: "A `binary` package is native code (ELF, Mach-O or PE), or an archive that contains some.",
        enforced_by: "the system, when it is started",
        check: binary_format,
    },
    Rule {
        id: "binary-platform",
        promise: "Native code of a `binary` package, also in an archive, matches the platform of the upload.",
        enforced_by: "the system, when it is started",
        check: binary_platform,
    },
    Rule {
        id: "binary-executable",
        promise: "A program for Linux or macOS has an executable mode.",
        enforced_by: "the system, when it is started",
        check: binary_executable,
    },
    Rule {
        id: "sdist-root",
        promise: "A source distribution is named `name-version.tar.gz`, and everything in it is below `name-version/` (PEP 625).",
        enforced_by: "PyPI, at upload; pip, when it builds it",
        check: sdist_root,
    },
    Rule {
        id: "sdist-metadata",
        promise: "A source distribution contains `name-version/PKG-INFO`.",
        enforced_by: "PyPI, at upload",
        check: sdist_metadata,
    },
];

fn found(message: Option<impl Into<String>>) -> Vec<String> {
    message.map(Into::into).into_iter().collect()
}

fn not_empty(file: &PlainFile) -> Vec<String> {
    found((file.size == 0).then_some("file is empty, the minimum is 1 byte"))
}

fn archive_readable(file: &PlainFile) -> Vec<String> {
    let broken = file
        .archive
        .as_ref()
        .and_then(|archive| archive.broken.as_ref());
    // An empty file has one thing to fix.
    found(
        broken
            .filter(|_| file.size > 0)
            .map(|reason| format!("archive cannot be read: {reason}")),
    )
}

fn archive_members(file: &PlainFile) -> Vec<String> {
    let members = file.archive.iter().flat_map(|archive| &archive.members);
    members
        .filter_map(|member| {
            let name = &member.name;
            if !is_safe(name) {
                return Some(format!("member `{name}` escapes the archive"));
            }
            let what = match member.kind {
                EntryKind::File | EntryKind::Directory => return None,
                EntryKind::SymbolicLink => "a symbolic link",
                EntryKind::HardLink => "a hard link",
                EntryKind::Special => "a special file",
            };
            Some(format!("member `{name}` is {what}"))
        })
        .collect()
}

/// Relative, with `/`, without `..`: what cannot leave the folder it is unpacked into, on any system.
pub(crate) fn is_safe(name: &str) -> bool {
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    !name.is_empty()
        && !drive
        && !name.starts_with('/')
        && !name.contains(['\\', '\0'])
        && name.split('/').all(|part| part != "..")
}

fn archive_names(file: &PlainFile) -> Vec<String> {
    let repeated = file.archive.iter().flat_map(|archive| &archive.repeated);
    repeated
        .map(|name| format!("archive contains {name} more than once"))
        .collect()
}

/// Whether nothing else explains that the content is not what it should be.
fn is_sound(file: &PlainFile) -> bool {
    let sound = file
        .archive
        .as_ref()
        .is_none_or(|archive| archive.broken.is_none() && archive.bomb.is_none());
    file.size > 0 && sound
}

fn wasm_module(file: &PlainFile) -> Vec<String> {
    if file.kind != Kind::Wasm || !is_sound(file) {
        return Vec::new();
    }
    match (&file.module, &file.archive) {
        (Some(Ok(())), _) => Vec::new(),
        (Some(Err(reason)), _) => vec![format!("file {reason}")],
        (None, Some(archive)) => {
            let holds = archive.members.iter().any(|member| member.is_module);
            found((!holds && archive.has_names).then_some("archive contains no WebAssembly module"))
        }
        (None, None) => {
            vec![format!(
                "`{}` is neither a `.wasm` file nor an archive",
                file.name
            )]
        }
    }
}

fn binary_format(file: &PlainFile) -> Vec<String> {
    if file.kind != Kind::Binary || !is_sound(file) {
        return Vec::new();
    }
    match &file.archive {
        None => found(
            file.code()
                .is_none()
                .then_some("file is neither ELF, Mach-O nor PE"),
        ),
        Some(archive) => {
            let holds = archive.members.iter().any(|member| member.code.is_some());
            let message = "archive contains no native code: neither ELF, Mach-O nor PE";
            found((!holds && archive.has_names).then_some(message))
        }
    }
}

fn binary_platform(file: &PlainFile) -> Vec<String> {
    if file.kind != Kind::Binary {
        return Vec::new();
    }
    let members = file.archive.iter().flat_map(|archive| &archive.members);
    let members = members.filter_map(|member| Some((&member.name, member.code.as_ref()?)));
    let own = file.code();
    let own = own.iter().map(|code| (&file.name, code));
    let wanted = native::of_platform(&file.platform);
    own.chain(members)
        .filter(|(_, (format, machines))| {
            !wanted
                .iter()
                .any(|(wanted, needed)| wanted == format && needed.is_subset(machines))
        })
        .map(|(name, (format, machines))| {
            let code = native::describe(*format, machines);
            format!("`{name}` is {code}, the platform is `{}`", file.platform)
        })
        .collect()
}

/// A `.exe` needs no mode, and neither does a library.
fn binary_executable(file: &PlainFile) -> Vec<String> {
    let is_program = file.kind == Kind::Binary
        && !native::is_library_name(&file.name)
        && file.code().is_some_and(|(format, _)| format != Format::Pe);
    found(
        (is_program && !file.is_executable)
            .then(|| format!("`{}` is not executable: run `chmod +x` on it", file.name)),
    )
}

fn sdist_root(file: &PlainFile) -> Vec<String> {
    let Some(archive) = file.archive.as_ref().filter(|_| is_sdist(file)) else {
        let wrong = file.kind == Kind::Sdist && file.size > 0 && file.archive.is_none();
        return found(wrong.then(|| {
            format!(
                "file is named `{}`, but a source distribution must be `name-version.tar.gz`",
                file.name
            )
        }));
    };
    let root = sdist_folder(&file.name);
    let outside: BTreeSet<&str> = archive
        .members
        .iter()
        .map(|member| member.name.split('/').next().unwrap_or_default())
        .filter(|first| *first != root)
        .collect();
    outside
        .into_iter()
        .map(|first| format!("member `{first}` is not below `{root}/`"))
        .collect()
}

fn is_sdist(file: &PlainFile) -> bool {
    file.kind == Kind::Sdist && is_sound(file)
}

fn sdist_folder(name: &str) -> &str {
    let endings = [".tar.gz", ".tgz", ".zip"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending));
    stem.unwrap_or(name)
}

fn sdist_metadata(file: &PlainFile) -> Vec<String> {
    let Some(archive) = file.archive.as_ref().filter(|_| is_sdist(file)) else {
        return Vec::new();
    };
    let path = format!("{}/PKG-INFO", sdist_folder(&file.name));
    let present = archive.members.iter().any(|member| member.name == path);
    found((!present).then(|| format!("`{path}` is missing")))
}
