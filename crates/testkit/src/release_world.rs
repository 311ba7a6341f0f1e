//! The packages of one small release of every kind: crates that need each other, wheels, an sdist, and files that go to GitHub alone.

use std::path::{Path, PathBuf};
use std::{fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::packages::Wheel;

pub mod places;

/// The commit that everything was built from.
pub const COMMIT: &str = "6e4ddaf0123456789abcdef0123456789abcdef0";
/// The version of everything.
pub const VERSION: &str = "0.2.0";
/// The repository at the fake GitHub.
pub const REPOSITORY: (&str, &str) = ("rerun-io", "hello-sdk");

/// Each crate with the crates that it needs.
pub const CRATES: [(&str, &[&str]); 12] = [
    ("hello-sdk", &["hello-view", "hello-log"]),
    ("hello-view", &["hello-draw", "hello-store"]),
    ("hello-draw", &["hello-math", "hello-color"]),
    ("hello-store", &["hello-types", "hello-chunk"]),
    ("hello-chunk", &["hello-types", "hello-bytes"]),
    ("hello-log", &["hello-types"]),
    ("hello-types", &["hello-bytes", "hello-error"]),
    ("hello-math", &["hello-error"]),
    ("hello-color", &["hello-math"]),
    ("hello-bytes", &[]),
    ("hello-error", &[]),
    ("hello-macros", &[]),
];
/// Each wheel's project and tags.
const WHEELS: [(&str, &str); 5] = [
    ("hello-sdk", "py3-none-any"),
    ("hello-sdk", "py310-none-any"),
    ("hello-sdk", "py311-none-any"),
    ("hello-extra", "py3-none-any"),
    ("hello-tools", "py3-none-any"),
];
/// Files that go to no registry.
const OTHERS: usize = 18;

/// A file with what its record in the bucket says.
#[derive(Clone, Debug)]
pub struct File {
    pub kind: &'static str,
    pub project: String,
    pub path: PathBuf,
    /// The METADATA of a wheel.
    pub metadata: Option<Vec<u8>>,
}

impl File {
    /// The file's own name.
    pub fn name(&self) -> String {
        let name = self.path.file_name().expect("a package has a name");
        name.to_string_lossy().into_owned()
    }
}

/// Writes all packages into a folder: 12 crates, 5 wheels, an sdist, 18 other files.
pub fn write(folder: &Path) -> Vec<File> {
    let mut files = Vec::new();
    for (name, needs) in CRATES {
        files.push(File {
            kind: "crate",
            project: name.to_owned(),
            path: krate(folder, name, needs),
            metadata: None,
        });
    }
    for (project, tags) in WHEELS {
        let wheel = Wheel {
            project,
            version: VERSION,
            tags,
            ..Wheel::default()
        };
        let path = wheel.write(folder);
        files.push(File {
            kind: "wheel",
            project: project.to_owned(),
            metadata: Some(metadata(&path)),
            path,
        });
    }
    files.push(File {
        kind: "sdist",
        project: "hello-sdk".to_owned(),
        path: sdist(folder),
        metadata: None,
    });
    for number in 0..OTHERS {
        let path = folder.join(format!("hello-data-{number:02}.bin"));
        let text = format!("the bytes of file {number}\n").repeat(10 + number);
        fs::write(&path, text).expect("failed to write a file");
        files.push(File {
            kind: "data",
            project: "hello-sdk".to_owned(),
            path,
            metadata: None,
        });
    }
    files
}

/// METADATA, as it is in a wheel.
fn metadata(wheel: &Path) -> Vec<u8> {
    let file = fs::File::open(wheel).expect("failed to open a wheel");
    let mut zip = zip::ZipArchive::new(file).expect("failed to open a wheel");
    let name = {
        let mut names = zip.file_names().filter_map(Result::ok);
        let name = names.find(|name| name.ends_with("/METADATA"));
        name.expect("a wheel has metadata").into_owned()
    };
    let mut member = zip.by_name(&name).expect("failed to read a wheel");
    let mut bytes = Vec::new();
    io::copy(&mut member, &mut bytes).expect("failed to read a wheel");
    bytes
}

fn krate(folder: &Path, name: &str, needs: &[&str]) -> PathBuf {
    let root = format!("{name}-{VERSION}");
    let mut manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{VERSION}\"\nedition = \"2024\"\ndescription = \"Says hello\"\nlicense = \"MIT\"\n"
    );
    for needed in needs {
        manifest += &format!("\n[dependencies.{needed}]\nversion = \"{VERSION}\"\n");
    }
    let vcs = format!("{{\"git\":{{\"sha1\":\"{COMMIT}\"}},\"path_in_vcs\":\"{name}\"}}");
    let path = folder.join(format!("{root}.crate"));
    let members = [
        (".cargo_vcs_info.json", vcs.as_str()),
        ("Cargo.toml", &manifest),
        ("src/lib.rs", ""),
    ];
    tar_gz(&path, &root, &members);
    path
}

fn sdist(folder: &Path) -> PathBuf {
    let root = format!("hello_sdk-{VERSION}");
    let info = format!(
        "Metadata-Version: 2.2\nName: hello-sdk\nVersion: {VERSION}\nSummary: Says hello\nRequires-Python: >=3.9\n"
    );
    let project = "[build-system]\nrequires = [\"setuptools\"]\n";
    let path = folder.join(format!("{root}.tar.gz"));
    let members = [("PKG-INFO", info.as_str()), ("pyproject.toml", project)];
    tar_gz(&path, &root, &members);
    path
}

fn tar_gz(path: &Path, root: &str, members: &[(&str, &str)]) {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, text) in members {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, format!("{root}/{name}"), text.as_bytes())
            .expect("failed to write an archive");
    }
    let bytes = tar.into_inner().and_then(GzEncoder::finish);
    fs::write(path, bytes.expect("failed to write an archive")).expect("failed to write a file");
}
