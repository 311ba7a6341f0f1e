//! Small wheels, sdists and crates, made where a test needs them.

use flate2::{Compression, write::GzEncoder};
use package_formats::Crate;
use publishing::pypi::Distribution;
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};
use zip::write::SimpleFileOptions;

/// A wheel `hello-<version>` whose module says `words`; as valid as pip wants it.
pub(crate) fn wheel(folder: &Path, version: &str, words: &str) -> Distribution {
    let dist_info = format!("hello-{version}.dist-info");
    let metadata = format!(
        "Metadata-Version: 2.1\nName: hello\nVersion: {version}\nSummary: Says hello\nRequires-Python: >=3.8\n\
         Classifier: Programming Language :: Python\n\n# Hello\n"
    );
    let members = [
        ("hello.py".to_owned(), format!("WORDS = {words:?}\n")),
        (format!("{dist_info}/METADATA"), metadata),
        (
            format!("{dist_info}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
                .to_owned(),
        ),
    ];
    let record_path = format!("{dist_info}/RECORD");
    let mut record: String = members
        .iter()
        .map(|(name, text)| {
            format!(
                "{name},sha256={},{}\n",
                urlsafe(text.as_bytes()),
                text.len()
            )
        })
        .collect();
    record.push_str(&format!("{record_path},,\n"));
    let path = folder.join(format!("hello-{version}-py3-none-any.whl"));
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    for (name, text) in members.into_iter().chain([(record_path, record)]) {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    Distribution::open(&path).unwrap()
}

fn urlsafe(bytes: &[u8]) -> String {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// An sdist `hello-<version>`.
pub(crate) fn sdist(folder: &Path, version: &str) -> Distribution {
    let root = format!("hello-{version}");
    let path = folder.join(format!("{root}.tar.gz"));
    let info = format!("Metadata-Version: 2.1\nName: hello\nVersion: {version}\n");
    tar_gz(&path, &[(format!("{root}/PKG-INFO"), info)]);
    Distribution::open(&path).unwrap()
}

/// A crate `name-version` with `more` in its manifest and, where `lock` is not empty, a `Cargo.lock`.
pub(crate) fn krate(folder: &Path, name: &str, version: &str, more: &str, lock: &str) -> Crate {
    let root = format!("{name}-{version}");
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = {version:?}\nedition = \"2021\"\ndescription = \"d\"\n\
         license = \"MIT\"\nreadme = \"README.md\"\n{more}\n"
    );
    let mut files = vec![
        (format!("{root}/Cargo.toml"), manifest),
        (format!("{root}/README.md"), format!("# {name}\n")),
        (format!("{root}/src/lib.rs"), String::new()),
    ];
    if !lock.is_empty() {
        files.push((format!("{root}/Cargo.lock"), lock.to_owned()));
    }
    let path = folder.join(format!("{root}.crate"));
    tar_gz(&path, &files);
    Crate::open(&path).unwrap()
}

/// A dependency on `name` at `version`, for a manifest.
pub(crate) fn needs(name: &str, version: &str) -> String {
    format!("[dependencies.{name}]\nversion = \"={version}\"\n")
}

fn tar_gz(path: &PathBuf, files: &[(String, String)]) {
    let mut tar = tar::Builder::new(GzEncoder::new(
        File::create(path).unwrap(),
        Compression::fast(),
    ));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
}
