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
        self.write_with(folder, "2.1", "")
    }

    /// The same with another version of metadata, and more lines of it, each with its end; a body may follow an empty one.
    pub fn write_with(&self, folder: &Path, metadata_version: &str, headers: &str) -> PathBuf {
        self.write_files(folder, metadata_version, headers, &[])
    }

    /// The same with a file `data.bin` beside the module.
    pub fn write_with_data(&self, folder: &Path, data: &[u8]) -> PathBuf {
        self.write_files(folder, "2.1", "", data)
    }

    fn write_files(
        &self,
        folder: &Path,
        metadata_version: &str,
        headers: &str,
        data: &[u8],
    ) -> PathBuf {
        let package = self.project.replace('-', "_");
        let info = format!("{}.dist-info", self.root());
        let pure = self.tags.ends_with("-any");
        let metadata = format!(
            "Metadata-Version: {}\nName: {}\nVersion: {}\nSummary: Says hello\nRequires-Python: >=3.9\n{}",
            metadata_version, self.project, self.version, headers
        );
        let wheel = format!(
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\nTag: {}\n",
            self.tags
        );
        let mut files: Vec<(String, &[u8])> = vec![
            (format!("{package}/__init__.py"), self.module.as_bytes()),
            (format!("{info}/METADATA"), metadata.as_bytes()),
            (format!("{info}/WHEEL"), wheel.as_bytes()),
        ];
        if !data.is_empty() {
            files.push((format!("{package}/data.bin"), data));
        }
        let mut record = String::new();
        for (name, bytes) in &files {
            let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(bytes));
            record += &format!("{name},sha256={hash},{}\n", bytes.len());
        }
        record += &format!("{info}/RECORD,,\n");
        files.push((format!("{info}/RECORD"), record.as_bytes()));

        fs::create_dir_all(folder).expect("failed to create a folder");
        let path = folder.join(self.file_name());
        let mut zip = ZipWriter::new(File::create(&path).expect("failed to create a wheel"));
        for (name, bytes) in &files {
            zip.start_file(name, SimpleFileOptions::default())
                .expect("failed to write a wheel");
            zip.write_all(bytes).expect("failed to write a wheel");
        }
        zip.finish().expect("failed to write a wheel");
        path
    }
}

/// An sdist with a module; the same values give the same bytes.
#[derive(Clone, Copy, Debug)]
pub struct Sdist<'a> {
    pub project: &'a str,
    /// As Python spells it.
    pub version: &'a str,
    pub metadata_version: &'a str,
    /// More lines of PKG-INFO, each with its end; a body may follow an empty one.
    pub headers: &'a str,
}

impl Default for Sdist<'_> {
    fn default() -> Self {
        Self {
            project: "hello-sdk",
            version: "0.2.0",
            metadata_version: "2.1",
            headers: "",
        }
    }
}

impl Sdist<'_> {
    /// Writes the sdist into a folder, which is made if needed.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let root = format!("{}-{}", self.project.replace('-', "_"), self.version);
        let info = format!(
            "Metadata-Version: {}\nName: {}\nVersion: {}\nSummary: Says hello\n{}",
            self.metadata_version, self.project, self.version, self.headers
        );
        let files = [
            ("LICENSE", "MIT\n"),
            ("PKG-INFO", info.as_str()),
            ("hello_sdk.py", "GREETING = 'hello'\n"),
        ];
        fs::create_dir_all(folder).expect("failed to create a folder");
        let path = folder.join(format!("{root}.tar.gz"));
        fs::write(&path, tar_gz(&root, &files)).expect("failed to write an sdist");
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
    let files = [
        (".cargo_vcs_info.json", vcs.as_str()),
        ("Cargo.toml", &manifest),
        ("src/lib.rs", ""),
    ];
    fs::create_dir_all(folder).expect("failed to create a folder");
    let path = folder.join(format!("{root}.crate"));
    fs::write(&path, tar_gz(&root, &files)).expect("failed to write a crate");
    path
}

/// A gzipped tar archive with these files in the folder `root`.
fn tar_gz(root: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (file, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, format!("{root}/{file}"), text.as_bytes())
            .expect("failed to write an archive");
    }
    let bytes = tar.into_inner().and_then(GzEncoder::finish);
    bytes.expect("failed to write an archive")
}
