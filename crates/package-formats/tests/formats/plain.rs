//! Files and folders that are neither wheel nor crate, made so that one rule is broken.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use package_formats::table::Subject;
use package_formats::{Finding, Kind, check_file, check_folder};
use tar::{Builder, EntryType, Header};
use zip::write::SimpleFileOptions;

use crate::made_native::{
    ELF_X64, MACH_ARM64, MACH_X64, PE_ARM64, PE_X64, elf, mach, mach_universal, pe,
};
use crate::made_wheel::findings;
use crate::table::Case;

const MODULE: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0";

/// A tar archive; names are written as they are, which `Builder` would refuse for some.
fn tar(members: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (name, kind, content) in members {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn tar_gz(members: &[(&str, &[u8])]) -> Vec<u8> {
    let members: Vec<_> = members
        .iter()
        .map(|(name, content)| (*name, EntryType::Regular, *content))
        .collect();
    gz(&tar(&members))
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Two members of one name, which no library writes: the second is renamed in the finished bytes.
fn zip_with_a_name_twice() -> Vec<u8> {
    let mut bytes = zip(&[("a/one.txt", b"1"), ("a/two.txt", b"2")]);
    for at in 0..bytes.len() - 9 {
        if &bytes[at..at + 9] == b"a/two.txt" {
            bytes[at..at + 9].copy_from_slice(b"a/one.txt");
        }
    }
    bytes
}

/// What is found in a file of this name and content.
fn of(kind: Kind, name: &str, bytes: &[u8], platform: &str) -> Vec<Finding> {
    of_mode(kind, name, bytes, platform, true)
}

fn of_mode(kind: Kind, name: &str, bytes: &[u8], platform: &str, runs: bool) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = if runs { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    check_file(kind, &path, platform).unwrap()
}

/// One file for each rule.
pub(crate) fn files() -> Vec<Case> {
    let data = |name: &str, bytes: &[u8]| of(Kind::Data, name, bytes, "any");
    let whole = tar_gz(&[("a/file.txt", b"hello")]);
    let links = tar(&[("a", EntryType::Symlink, b"")]);
    let program = || elf(ELF_X64, &["libc.so.6"], &[]);
    let sdist = |root: &str, file: &str| {
        let members: &[(&str, &[u8])] = &[(root, b"x"), (file, b"Metadata-Version: 2.1\n")];
        of(Kind::Sdist, "hello-0.2.0.tar.gz", &tar_gz(members), "any")
    };
    [
        data("hello.jsonl", b""),
        data("a.tar.gz", &whole[..whole.len() - 6]),
        data("a.zip", b"<html>404</html>"),
        data("a.json.gz", b"{}"),
        data("a.json.zst", b"{}"),
        data("a.tar.gz", &tar_gz(&[("a/../../evil", b"x")])),
        data("a.tar.gz", &tar_gz(&[("/etc/evil", b"x")])),
        data("a.zip", &zip(&[("a\\..\\evil", b"x")])),
        data("a.tar", &links),
        data("a.zip", &zip_with_a_name_twice()),
        data("a.tgz", &tar_gz(&[("a", b"1"), ("b", b"2"), ("./a", b"3")])),
        data("a.json.gz", &gz(&vec![0; 257 * 1024 * 1024])),
        of(Kind::Wasm, "a.wasm", b"<html>404</html>", "any"),
        of(Kind::Wasm, "a.wasm", &MODULE[..12], "any"),
        of(Kind::Wasm, "a.js", b"load()", "any"),
        of(Kind::Wasm, "a.zip", &zip(&[("a.js", b"load()")]), "any"),
        of(Kind::Binary, "hello", b"#!/bin/sh\n", "linux-x64"),
        of(Kind::Binary, "hello.tar.gz", &whole, "linux-x64"),
        of(Kind::Binary, "hello", &program(), "linux-arm64"),
        of(Kind::Binary, "hello", &program(), "any"),
        of(
            Kind::Binary,
            "hello.zip",
            &zip(&[("hello.exe", &pe(PE_ARM64))]),
            "windows-x64",
        ),
        of_mode(Kind::Binary, "hello", &program(), "linux-x64", false),
        sdist("other/setup.py", "hello-0.2.0/PKG-INFO"),
        sdist("hello-0.2.0/setup.py", "hello-0.2.0/README"),
    ]
    .map(|findings| (Subject::File, findings))
    .to_vec()
}

fn of_folder(kind: Kind, files: &[(&str, &[u8])]) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), files);
    check_folder(kind, folder.path()).unwrap()
}

fn fill(folder: &Path, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// One folder for each rule.
pub(crate) fn folders() -> Vec<Case> {
    let linked = tempfile::tempdir().unwrap();
    fill(linked.path(), &[("a.txt", b"x")]);
    std::os::unix::fs::symlink("../a.txt", linked.path().join("b.txt")).unwrap();
    [
        of_folder(Kind::Data, &[]),
        check_folder(Kind::Data, linked.path()).unwrap(),
        of_folder(Kind::Data, &[("a:b.txt", b"x")]),
        of_folder(Kind::Data, &[("A/b.txt", b"x"), ("a/B.txt", b"x")]),
        of_folder(Kind::Data, &[("a/b.zip", b"404")]),
        of_folder(Kind::Wasm, &[("index.html", b"hello")]),
        of_folder(
            Kind::DocsPython,
            &[("index.html", b"hello"), ("demo.wasm", b"404")],
        ),
        of_folder(
            Kind::Wasm,
            &[("a.wasm", MODULE), ("b.js", b"load('c.wasm')")],
        ),
        of_folder(Kind::DocsRust, &[("doc/hello/index.html", b"hello")]),
    ]
    .map(|findings| (Subject::Folder, findings))
    .to_vec()
}

#[test]
fn what_is_right_has_no_findings() {
    let none = |kind, name: &str, bytes: &[u8], platform| {
        assert_eq!(
            of(kind, name, bytes, platform),
            [],
            "{kind} {name} {platform}"
        );
    };
    none(Kind::Data, "hello.jsonl", b"{}\n", "any");
    none(Kind::Data, "hello.json.gz", &gz(b"{}"), "any");
    none(
        Kind::Data,
        "hello.json.gz",
        &[gz(b"{}"), gz(b"{}")].concat(),
        "any",
    );
    none(
        Kind::Bundle,
        "hello.zip",
        &zip(&[("a/b", b"1"), ("a/c", b"2")]),
        "any",
    );
    let folders = tar(&[
        ("a/", EntryType::Directory, b""),
        ("a/", EntryType::Directory, b""),
        ("a/b", EntryType::Regular, b""),
    ]);
    none(Kind::Bundle, "hello.tar.gz", &gz(&folders), "any");
    none(Kind::Wasm, "hello.wasm", MODULE, "any");
    none(
        Kind::Wasm,
        "hello.tar.gz",
        &tar_gz(&[("a.wasm", MODULE)]),
        "any",
    );
    for (platform, program) in [
        ("linux-x64", elf(ELF_X64, &["libc.so.6"], &[])),
        ("musllinux-x64", elf(ELF_X64, &[], &[])),
        ("linux-x64.musllinux-x64", elf(ELF_X64, &[], &[])),
        ("macos-arm64", mach(MACH_ARM64)),
        ("macos-arm64", mach_universal(&[MACH_X64, MACH_ARM64])),
        ("macos-universal2", mach_universal(&[MACH_X64, MACH_ARM64])),
        ("windows-x64", pe(PE_X64)),
    ] {
        none(Kind::Binary, "hello", &program, platform);
        let archive = tar_gz(&[("hello/README", b"Hello"), ("hello/hello", &program)]);
        none(Kind::Binary, "hello.tar.gz", &archive, platform);
    }
    let sdist: &[(&str, &[u8])] = &[("hello-0.2.0/PKG-INFO", b"x"), ("hello-0.2.0/a.py", b"")];
    none(Kind::Sdist, "hello-0.2.0.tar.gz", &tar_gz(sdist), "any");
}

#[test]
fn folders_that_are_right_have_no_findings() {
    for (kind, files) in [
        (Kind::Data, &[("a/b.json", &b"{}"[..]), ("empty", b"")][..]),
        // wasm-bindgen for the web, and for bundlers.
        (Kind::Wasm, &[("a_bg.wasm", MODULE), ("a.js", b"load()")]),
        (
            Kind::Wasm,
            &[
                ("a-5f0c_bg.wasm", MODULE),
                ("index.html", b"init('/a-5f0c_bg.wasm')"),
            ],
        ),
        (
            Kind::DocsPython,
            &[("index.html", b"x"), ("Index.html", b"x")],
        ),
        (
            Kind::DocsRust,
            &[("hello/index.html", b"x"), ("search.js", b"x")],
        ),
    ] {
        assert_eq!(of_folder(kind, files), [], "{kind} {files:?}");
    }
}

#[test]
fn findings_name_the_member_and_what_it_is() {
    let found =
        |kind, name: &str, bytes: &[u8], platform| findings(of(kind, name, bytes, platform));
    assert_eq!(
        found(
            Kind::Binary,
            "hello",
            &elf(ELF_X64, &[], &[]),
            "linux-arm64"
        ),
        ["binary-platform: `hello` is ELF for x64, the platform is `linux-arm64`"]
    );
    assert_eq!(
        found(Kind::Data, "a.tar.gz", &tar_gz(&[("../evil", b"x")]), "any"),
        ["archive-members: member `../evil` escapes the archive"]
    );
    assert_eq!(
        found(Kind::Wasm, "a.wasm", &MODULE[..12], "any"),
        ["wasm-module: file ends 2 bytes before its last section does"]
    );
}

#[test]
fn a_header_as_large_as_a_disk_is_refused_before_it_is_read() {
    // A pax header that says it has 1 GiB, of zeros that pack to nothing.
    let mut header = Header::new_ustar();
    header.set_path("x").unwrap();
    header.set_entry_type(EntryType::XHeader);
    header.set_size(1024 * 1024 * 1024);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.resize(2 * 1024 * 1024, b' ');
    let found = findings(of(Kind::Data, "a.tar", &bytes, "any"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("archive-readable: archive cannot be read: a header of it has"),
        "{found:?}"
    );
}

#[test]
fn a_size_that_a_header_says_twice_is_refused() {
    let mut tar = Builder::new(Vec::new());
    tar.append_pax_extensions([("size", &b"1"[..])]).unwrap();
    let mut header = Header::new_ustar();
    header.set_size(5);
    tar.append_data(&mut header, "a", &b"hello"[..]).unwrap();
    let found = findings(of(Kind::Data, "a.tar", &tar.into_inner().unwrap(), "any"));
    assert_eq!(
        found,
        ["archive-readable: archive cannot be read: entry `a` has two sizes"]
    );
}

#[test]
fn long_names_are_read_as_tar_and_python_write_them() {
    let long = format!("{}/../evil", "a".repeat(200));
    let mut pax = Builder::new(Vec::new());
    pax.append_pax_extensions([("path", long.as_bytes())])
        .unwrap();
    let mut header = Header::new_ustar();
    header.set_size(1);
    pax.append_data(&mut header, "short", &b"x"[..]).unwrap();
    let gnu = tar(&[
        (
            "././@LongLink",
            EntryType::GNULongName,
            format!("{long}\0").as_bytes(),
        ),
        ("short", EntryType::Regular, b"x"),
    ]);
    for bytes in [pax.into_inner().unwrap(), gnu] {
        let found = findings(of(Kind::Data, "a.tar", &bytes, "any"));
        assert_eq!(
            found,
            [format!(
                "archive-members: member `{long}` escapes the archive"
            )]
        );
    }
}

#[test]
fn what_is_not_there_is_an_error_and_a_wheel_is_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone.zip");
    assert!(check_file(Kind::Data, &gone, "any").is_err());
    let error = check_folder(Kind::Wheel, folder.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.ends_with("it is a folder, and a wheel or a crate is one file"),
        "{error}"
    );
    drop(File::create(&gone).unwrap());
    assert_eq!(check_file(Kind::Data, &gone, "any").unwrap().len(), 1);
}
