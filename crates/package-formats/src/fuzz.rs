//! Packages that nobody would build: each is read or refused, and nothing that a rule says of it breaks.

use std::fs;
use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use zip::write::SimpleFileOptions;

use crate::krate::Crate;
use crate::wheel::Wheel;

fn wheel() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("a/__init__.py", ""),
        (
            "a-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: a\nVersion: 1.0\n",
        ),
        (
            "a-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        ),
        (
            "a-1.0.dist-info/RECORD",
            "a/__init__.py,,0\na-1.0.dist-info/RECORD,,\n",
        ),
    ] {
        let options =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn tar() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in [
        (
            "a-1.0.0/Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"1.0.0\"\n",
        ),
        ("a-1.0.0/src/lib.rs", ""),
    ] {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

fn packed(tar: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(tar).unwrap();
    gz.finish().unwrap()
}

#[test]
fn a_wheel_is_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a-1.0-py3-none-any.whl");
    testkit::fuzz::bytes(&[&wheel()], &[b"PK\x01\x02", b"../"], |bytes| {
        fs::write(&path, bytes).unwrap();
        if let Ok(wheel) = Wheel::open(&path) {
            let _findings = wheel.check();
        }
    });
}

#[test]
fn a_crate_is_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a-1.0.0.crate");
    testkit::fuzz::bytes(&[&tar()], &[b"ustar", b"../", b"77777777777"], |bytes| {
        fs::write(&path, packed(bytes)).unwrap();
        if let Ok(krate) = Crate::open(&path) {
            let _findings = (krate.check(), krate.check_for_crates_io());
        }
    });
}

#[test]
fn a_crate_with_anything_after_its_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a-1.0.0.crate");
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        Crate::open(&path)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let good = packed(&tar());
    refused(&good).unwrap();
    for after in [&packed(&tar())[..], &packed(b""), b"x", &[0; 512]] {
        let error = refused(&[&good, after].concat()).unwrap_err();
        assert!(
            error.contains("follow the end of its gzip stream"),
            "{error}"
        );
    }
    let error = refused(&packed(&[tar(), b"evil".to_vec()].concat())).unwrap_err();
    assert!(
        error.contains("follow the end of its tar archive"),
        "{error}"
    );
    let second = refused(&packed(&[tar(), tar()].concat())).unwrap_err();
    assert!(
        second.contains("follow the end of its tar archive"),
        "{second}"
    );
}
