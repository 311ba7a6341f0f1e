//! Writes wheels that are right in every way, so that a test changes one thing and sees one finding.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use package_formats::digest::sha256_bytes;
use package_formats::{Cause, FormatError, Wheel};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(crate) const DIST_INFO: &str = "hello_sdk-0.2.0.dist-info";

/// A wheel of `hello-sdk` 0.2.0 in the making.
pub(crate) struct MadeWheel {
    file_name: String,
    files: Vec<(String, Vec<u8>)>,
    edit_record: fn(String) -> Option<String>,
}

impl MadeWheel {
    /// Pure Python.
    pub(crate) fn pure() -> Self {
        Self::with_tags("py3-none-any", true)
    }

    /// With one native library.
    pub(crate) fn native(tags: &str, library: &str, bytes: Vec<u8>) -> Self {
        Self::with_tags(tags, false).file(library, bytes)
    }

    pub(crate) fn with_tags(tags: &str, pure: bool) -> Self {
        let file_name = format!("hello_sdk-0.2.0-{tags}.whl");
        let name: package_formats::wheel::FileName = file_name.parse().unwrap();
        let mut wheel = format!("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: {pure}\n");
        for tag in name.tags() {
            wheel += &format!("Tag: {tag}\n");
        }
        let metadata = "Metadata-Version: 2.4\nName: hello-sdk\nVersion: 0.2.0\nSummary: Says hello\n\
            License-File: LICENSE\nRequires-Python: >=3.9\n\n# Hello\n";
        Self {
            file_name,
            files: Vec::new(),
            edit_record: Some,
        }
        .file("hello_sdk/__init__.py", "print('hello')\n")
        .file(format!("{DIST_INFO}/licenses/LICENSE"), "MIT\n")
        .file(format!("{DIST_INFO}/METADATA"), metadata)
        .file(format!("{DIST_INFO}/WHEEL"), wheel)
    }

    pub(crate) fn named(mut self, file_name: &str) -> Self {
        self.file_name = file_name.to_owned();
        self
    }

    pub(crate) fn file(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.into(), bytes.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.files.retain(|(present, _)| present != name);
        self
    }

    /// Replaces text in a file of the `*.dist-info` folder.
    pub(crate) fn edit(mut self, file: &str, from: &str, to: &str) -> Self {
        let name = format!("{DIST_INFO}/{file}");
        let (_, bytes) = self
            .files
            .iter_mut()
            .find(|(present, _)| *present == name)
            .unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        *bytes = text.replace(from, to).into_bytes();
        self
    }

    /// Changes `RECORD` after it was made; `None` leaves it out.
    pub(crate) fn record(mut self, edit: fn(String) -> Option<String>) -> Self {
        self.edit_record = edit;
        self
    }

    /// Another folder instead of [`DIST_INFO`].
    pub(crate) fn dist_info(mut self, folder: &str) -> Self {
        for (name, _) in &mut self.files {
            *name = name.replace(DIST_INFO, folder);
        }
        self
    }

    pub(crate) fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join(&self.file_name);
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        let dist_info = self
            .files
            .iter()
            .find_map(|(name, _)| name.split_once(".dist-info/"))
            .map_or("hello_sdk-0.2.0", |(folder, _)| folder);
        let mut record = String::new();
        for (name, bytes) in &self.files {
            let digest = sha256_bytes(bytes);
            let hash = BASE64_URL_SAFE_NO_PAD.encode(hex::decode(digest.sha256).unwrap());
            record += &format!("{name},sha256={hash},{}\n", digest.size);
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        let own = format!("{dist_info}.dist-info/RECORD");
        record += &format!("{own},,\n");
        if let Some(record) = (self.edit_record)(record) {
            zip.start_file(own, SimpleFileOptions::default()).unwrap();
            zip.write_all(record.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    pub(crate) fn open(&self) -> Result<Wheel, FormatError> {
        let folder = tempfile::tempdir().unwrap();
        Wheel::open(&self.write(folder.path()))
    }

    /// What [`Wheel::check`] says, as `rule: message`.
    pub(crate) fn check(&self) -> Vec<String> {
        findings(self.open().unwrap().check())
    }

    pub(crate) fn refusal(&self) -> Cause {
        self.open().unwrap_err().cause
    }
}

pub(crate) fn findings(found: Vec<package_formats::Finding>) -> Vec<String> {
    let lines = found.into_iter();
    lines
        .map(|finding| format!("{}: {}", finding.rule, finding.message))
        .collect()
}
