//! A wheel, parsed once at the door and then checked against what installers, PyPI and the dynamic loader will say.

mod archive;
mod entry_points;
mod file_name;
pub(crate) mod form;
mod metadata;
mod native_rules;
mod pypi;
mod record;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

pub use archive::Member;
pub use file_name::{FileName, FileNameError, normalized_name};
pub use metadata::Metadata;
pub use pypi::RULES as PYPI_RULES;
pub use rules::RULES;

use crate::digest::{self, FileDigest};
use crate::error::{Cause, FormatError};
pub use crate::native::{Format, Native};
use crate::rule::{self, Finding};
use metadata::Message;

/// A wheel whose every member was read.
#[derive(Debug, Clone)]
pub struct Wheel {
    pub path: PathBuf,
    pub file_name: FileName,
    pub metadata: Metadata,
    /// Size and SHA-256 of the file.
    pub digest: FileDigest,
    /// The files inside, in archive order.
    pub members: Vec<Member>,
    /// `name-version`, as the folder `name-version.dist-info` inside has it.
    dist_info: String,
    wheel: Message,
    /// `None` when there is no `RECORD`.
    record: Option<Vec<record::Entry>>,
    entry_points: Option<String>,
    inconsistency: Option<String>,
}

impl Wheel {
    /// Reads the wheel at `path` from front to back, once for its digest and once for its members.
    ///
    /// # Errors
    /// The name is no wheel's name; the file is no zip archive, damaged, unpacks to more than 50 times its size, or holds
    /// an absolute or `..` member; `METADATA` or `WHEEL` is missing or unreadable.
    pub fn open(path: &Path) -> Result<Self, FormatError> {
        Self::read(path).map_err(|cause| FormatError::new("wheel", path, cause))
    }

    fn read(path: &Path) -> Result<Self, Cause> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let file_name: FileName = name.parse()?;
        let mut file = File::open(path)?;
        let digest = digest::sha256_reader(&mut file)?;
        file.seek(SeekFrom::Start(0))?;
        let mut contents = archive::read(&mut file, |name| dist_info_file(name).is_some())?;
        let dist_info = the_dist_info(&contents.kept)?;
        let mut take = |file: &str| {
            let name = format!("{dist_info}.dist-info/{file}");
            let bytes = contents.kept.remove(&name);
            (name, bytes)
        };
        let (metadata_name, metadata) = take("METADATA");
        let metadata = metadata.ok_or_else(|| Cause::Missing(metadata_name.clone()))?;
        let (wheel_name, wheel) = take("WHEEL");
        let wheel = wheel.ok_or_else(|| Cause::Missing(wheel_name.clone()))?;
        let (_, entry_points) = take("entry_points.txt");
        let record = match take("RECORD") {
            (_, None) => None,
            (name, Some(bytes)) => {
                let text = String::from_utf8(bytes).map_err(|e| Cause::invalid(&name, e))?;
                Some(record::parse(&text).map_err(|reason| Cause::invalid(name, reason))?)
            }
        };
        Ok(Self {
            path: path.to_owned(),
            metadata: Metadata::parse(metadata)
                .map_err(|reason| Cause::invalid(metadata_name, reason))?,
            wheel: Message::parse(&wheel).map_err(|reason| Cause::invalid(wheel_name, reason))?,
            file_name,
            digest,
            members: contents.members,
            record,
            entry_points: entry_points.map(|text| String::from_utf8_lossy(&text).into_owned()),
            inconsistency: contents.inconsistency,
            dist_info,
        })
    }

    /// Everything that is wrong with the wheel wherever it goes: see [`RULES`].
    pub fn check(&self) -> Vec<Finding> {
        rule::run(RULES, self)
    }

    /// What PyPI refuses beyond [`Wheel::check`], for example a local version: see [`PYPI_RULES`].
    pub fn check_for_pypi(&self) -> Vec<Finding> {
        rule::run(PYPI_RULES, self)
    }

    /// PyPI's whole upload form except for the file itself, which goes last as `content`.
    pub fn form_fields(&self) -> Vec<(String, String)> {
        let field = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let mut fields = vec![
            field(":action", "file_upload"),
            field("protocol_version", "1"),
            field("filetype", "bdist_wheel"),
            field("pyversion", &self.file_name.python_tags.join(".")),
            field("sha256_digest", &self.digest.sha256),
        ];
        fields.extend(self.metadata.form_fields());
        fields
    }

    /// The `Tag:` lines of `WHEEL`. The format wants one line for each combination; older maturins write a combined one,
    /// as in `py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64`, and installers do not mind.
    fn tags(&self) -> BTreeSet<String> {
        self.wheel.all("Tag").flat_map(file_name::expand).collect()
    }

    /// The members that are native code, with what they say.
    pub fn natives(&self) -> impl Iterator<Item = (&Member, &Native)> {
        self.members
            .iter()
            .filter_map(|member| Some((member, member.native.as_ref()?.as_ref().ok()?)))
    }
}

/// The folder `name-version.dist-info` of a file that lies directly in it and that we read.
fn dist_info_file(name: &str) -> Option<&str> {
    let (folder, file) = name.split_once('/')?;
    matches!(file, "METADATA" | "WHEEL" | "RECORD" | "entry_points.txt")
        .then_some(folder)?
        .strip_suffix(".dist-info")
}

/// There is exactly one: installers refuse a wheel with two.
fn the_dist_info(kept: &BTreeMap<String, Vec<u8>>) -> Result<String, Cause> {
    let folders: BTreeSet<&str> = kept
        .keys()
        .filter_map(|name| dist_info_file(name))
        .collect();
    match Vec::from_iter(folders).as_slice() {
        [] => Err(Cause::Missing("*.dist-info/METADATA".to_owned())),
        [folder] => Ok((*folder).to_owned()),
        folders => Err(Cause::invalid(
            "*.dist-info",
            format!(
                "there are {}: {}, the limit is 1",
                folders.len(),
                folders.join(", ")
            ),
        )),
    }
}
