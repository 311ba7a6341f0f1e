//! What is uploaded: random bytes, made once and kept below `target`.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::{project, random};

/// How many files of which size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) count: u64,
    pub(super) size: u64,
}

pub(super) const SMALL: Shape = Shape {
    name: "2,000 files of 8 KB",
    count: 2_000,
    size: 8_000,
};
pub(super) const LARGE: Shape = Shape {
    name: "2 files of 200 MB",
    count: 2,
    size: 200_000_000,
};

/// The files on disk.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) name: &'static str,
    pub(super) folder: PathBuf,
    /// What `curl --config` reads to send them all; the server's address stands as `SERVER`.
    pub(super) curl: String,
}

impl Shape {
    pub(super) fn make(self) -> Result<Files> {
        let folder = project::target()
            .join("bench")
            .join(format!("upload-{}", self.count));
        let mut curl = String::from("silent\nfail\nrequest = \"POST\"\n");
        for number in 0..self.count {
            let name = format!("{}/{number}.bin", number % 40);
            let path = folder.join(&name);
            if fs::metadata(&path).map_or(0, |found| found.len()) != self.size {
                write(&path, number, self.size)
                    .with_context(|| format!("failed to write `{}`", path.display()))?;
            }
            curl.push_str(&format!(
                "url = \"SERVER/upload/storage/v1/b/tests/o?uploadType=media&name=packages/{name}\"\nupload-file = \"{}\"\noutput = \"/dev/null\"\n",
                path.display()
            ));
        }
        Ok(Files {
            name: self.name,
            folder,
            curl,
        })
    }
}

fn write(path: &std::path::Path, seed: u64, size: u64) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    random::write(&mut file, seed, size)?;
    file.flush()
}
