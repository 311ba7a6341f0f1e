//! Small wheels and crates that are right in every way, so that the test of an action changes one thing and sees one finding.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A wheel without native code; the same values give the same bytes.
#[derive(Clone, Copy, Debug)]
pub struct Wheel<'a> {
    pub project: &'a str,
    /// As Python spells it.
    pub version: &'a str,
    /// `python-abi-platform`; none of them compressed.
    pub tags: &'a str,
    /// Text of the only module.
    pub module: &'a str,
}

impl Default for Wheel<'_> {
    fn default() -> Self {
        Self {
            project: "hello-sdk",
            version: "0.2.0",
            tags: "py3-none-any",
            module: "GREETING = 'hello'\n",
        }
    }
}

impl Wheel<'_> {
    /// The file's name.
    pub fn file_name(&self) -> String {
        format!("{}-{}.whl", self.root(), self.tags)
    }

    fn root(&self) -> String {
        format!("{}-{}", self.project.replace('-', "_"), self.version)
    }

    /// Writes the wheel into a folder, which is made if needed.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let info = format!("{}.dist-info", self.root());
        let pure = self.tags.ends_with("-any");
        let mut files = vec![
            (
                format!("{}/__init__.py", self.project.replace('-', "_")),
                self.module.to_owned(),
            ),
            (
                format!("{info}/METADATA"),
                format!(
                    "Metadata-Version: 2.1\nName: {}\nVersion: {}\nSummary: Says hello\nRequires-Python: >=3.9\n",
                    self.project, self.version
                ),
            ),
            (
                format!("{info}/WHEEL"),
                format!(
                    "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: {}\n",
                    self.tags
                ),
            ),
        ];
        let mut record = String::new();
        for (name, text) in &files {
            let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text));
            record += &format!("{name},sha256={hash},{}\n", text.len());
        }
        record += &format!("{info}/RECORD,,\n");
        files.push((format!("{info}/RECORD"), record));

        fs::create_dir_all(folder).expect("failed to make a folder");
        let path = folder.join(self.file_name());
        let mut zip = ZipWriter::new(File::create(&path).expect("failed to make a wheel"));
        for (name, text) in &files {
            zip.start_file(name, SimpleFileOptions::default())
                .expect("failed to write a wheel");
            zip.write_all(text.as_bytes())
                .expect("failed to write a wheel");
        }
        zip.finish().expect("failed to write a wheel");
        path
    }
}

/// Writes `<name>-<version>.crate`, packaged from `commit`, into a folder, which is made if needed.
pub fn krate(folder: &Path, name: &str, version: &str, commit: &str) -> PathBuf {
    let root = format!("{name}-{version}");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\ndescription = \"Says hello\"\nlicense = \"MIT\"\n"
    );
    let vcs = format!("{{\"git\":{{\"sha1\":\"{commit}\"}},\"path_in_vcs\":\"{name}\"}}");
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (file, text) in [
        (".cargo_vcs_info.json", vcs.as_str()),
        ("Cargo.toml", &manifest),
        ("src/lib.rs", ""),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, format!("{root}/{file}"), text.as_bytes())
            .expect("failed to write a crate");
    }
    let bytes = tar.into_inner().and_then(GzEncoder::finish);
    fs::create_dir_all(folder).expect("failed to make a folder");
    let path = folder.join(format!("{root}.crate"));
    fs::write(&path, bytes.expect("failed to write a crate")).expect("failed to write a crate");
    path
}
