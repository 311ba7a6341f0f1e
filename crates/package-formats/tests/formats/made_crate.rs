//! Writes `.crate` files that are right in every way, so that a test changes one thing and sees one finding.

use std::fs;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use package_formats::Crate;
use tar::{Builder, EntryType, Header};

pub(crate) const COMMIT: &str = "6e4ddaf00112233445566778899aabbccddeeff0";

/// A crate `hello` 0.2.0 in the making.
pub(crate) struct MadeCrate {
    file_name: String,
    entries: Vec<(String, EntryType, String)>,
}

impl MadeCrate {
    pub(crate) fn new() -> Self {
        Self::named("hello", "")
    }

    /// With more text at the end of the manifest.
    pub(crate) fn named(name: &str, manifest: &str) -> Self {
        let package = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.2.0\"\nedition = \"2024\"\ndescription = \"Says hello\"\n\
             license = \"MIT\"\nreadme = \"README.md\"\n{manifest}"
        );
        let vcs =
            format!("{{\"git\":{{\"sha1\":\"{COMMIT}\"}},\"path_in_vcs\":\"crates/{name}\"}}");
        let root = format!("{name}-0.2.0");
        Self {
            file_name: format!("{root}.crate"),
            entries: Vec::new(),
        }
        .entry(&format!("{root}/.cargo_vcs_info.json"), &vcs)
        .entry(&format!("{root}/Cargo.toml"), &package)
        .entry(&format!("{root}/README.md"), "# Hello\n")
        .entry(&format!("{root}/src/lib.rs"), "")
    }

    pub(crate) fn file_name(mut self, name: &str) -> Self {
        self.file_name = name.to_owned();
        self
    }

    pub(crate) fn entry(self, path: &str, content: &str) -> Self {
        self.special(path, EntryType::Regular, content)
    }

    pub(crate) fn special(mut self, path: &str, kind: EntryType, content: &str) -> Self {
        self.entries
            .push((path.to_owned(), kind, content.to_owned()));
        self
    }

    pub(crate) fn without(mut self, path: &str) -> Self {
        self.entries.retain(|(present, _, _)| present != path);
        self
    }

    pub(crate) fn edit(mut self, path: &str, from: &str, to: &str) -> Self {
        let (_, _, content) = self
            .entries
            .iter_mut()
            .find(|(present, _, _)| present == path)
            .unwrap();
        assert!(content.contains(from), "{from} is not in {content}");
        *content = content.replace(from, to);
        self
    }

    pub(crate) fn write(&self, folder: &Path) -> PathBuf {
        let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (path, kind, content) in &self.entries {
            let mut header = Header::new_gnu();
            // `set_path` refuses what some of these tests are about.
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            header.set_size(content.len() as u64);
            header.set_cksum();
            tar.append(&header, content.as_bytes()).unwrap();
        }
        let path = folder.join(&self.file_name);
        fs::write(&path, tar.into_inner().unwrap().finish().unwrap()).unwrap();
        path
    }

    pub(crate) fn open(&self) -> Crate {
        let folder = tempfile::tempdir().unwrap();
        Crate::open(&self.write(folder.path())).unwrap()
    }
}
