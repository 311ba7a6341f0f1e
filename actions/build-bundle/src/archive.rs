//! Archives that depend on their files alone: sorted names, one time, no owner.

use std::{
    fs::File,
    io::{self, Write},
};

use clap::ValueEnum;
use flate2::{Compression, GzBuilder};
use package_formats::Folder;
use zip::{DateTime, ZipWriter, write::SimpleFileOptions};

/// How a folder is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Archive {
    /// It stays a folder.
    None,
    /// For Windows, and for what a browser unpacks.
    Zip,
    /// Keeps which files can be run.
    #[value(name = "tar.gz")]
    TarGz,
}

impl Archive {
    /// What its file name ends with.
    pub(crate) fn extension(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Zip => Some(".zip"),
            Self::TarGz => Some(".tar.gz"),
        }
    }
}

/// Writes the files of a folder below one folder called `name`.
pub(crate) fn write(
    archive: Archive,
    folder: &Folder,
    name: &str,
    time: i64,
    to: &mut File,
) -> anyhow::Result<()> {
    match archive {
        Archive::None => Ok(()),
        Archive::Zip => zip(folder, name, time, to),
        Archive::TarGz => Ok(tar_gz(folder, name, time, to)?),
    }
}

fn mode(executable: bool) -> u32 {
    match executable {
        true => 0o755,
        false => 0o644,
    }
}

fn zip(folder: &Folder, name: &str, time: i64, to: &mut File) -> anyhow::Result<()> {
    let mut zip = ZipWriter::new(to);
    let time = zip_time(time)?;
    for file in &folder.files {
        let options = SimpleFileOptions::default()
            .last_modified_time(time)
            .unix_permissions(mode(file.executable))
            .large_file(file.digest.size >= u64::from(u32::MAX));
        zip.start_file(format!("{name}/{}", file.path), options)?;
        io::copy(&mut File::open(folder.path.join(&file.path))?, &mut zip)?;
    }
    zip.finish()?.flush()?;
    Ok(())
}

/// A zip archive knows no time before 1980, which is then what it says.
fn zip_time(time: i64) -> anyhow::Result<DateTime> {
    let time = jiff::Timestamp::from_second(time)?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .datetime();
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    let time = DateTime::from_date_and_time(
        u16::try_from(time.year()).unwrap_or_default(),
        small(time.month()),
        small(time.day()),
        small(time.hour()),
        small(time.minute()),
        small(time.second()),
    );
    Ok(time.unwrap_or_default())
}

fn tar_gz(folder: &Folder, name: &str, time: i64, to: &mut File) -> io::Result<()> {
    let gzip = GzBuilder::new().mtime(0).write(to, Compression::best());
    let mut tar = tar::Builder::new(gzip);
    for file in &folder.files {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.digest.size);
        header.set_mode(mode(file.executable));
        header.set_mtime(u64::try_from(time).unwrap_or_default());
        header.set_uid(0);
        header.set_gid(0);
        let content = File::open(folder.path.join(&file.path))?;
        tar.append_data(&mut header, format!("{name}/{}", file.path), content)?;
    }
    tar.into_inner()?.finish()?.flush()
}
