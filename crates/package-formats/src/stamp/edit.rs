//! Edits TOML by replacing the bytes of single values, so that comments, spacing, CRLF and a BOM stay as they are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item};
use untrusted_input::{Checkout, checkout};

use super::StampError;

const BOM: &str = "\u{feff}";

/// A parsed file that knows where in its text each value stands.
#[derive(Debug)]
pub(super) struct TomlFile {
    pub(super) path: PathBuf,
    pub(super) checkout: Checkout,
    has_bom: bool,
    document: Document<String>,
}

impl TomlFile {
    /// `None` when there is no such file.
    pub(super) fn read(checkout: &Checkout, path: &Path) -> Result<Option<Self>, StampError> {
        let text = match checkout.read_text(path, checkout::LARGE) {
            Ok(text) => text,
            Err(error) if error.is_missing() => return Ok(None),
            Err(cause) => {
                return Err(StampError::Io {
                    verb: "read",
                    path: path.to_owned(),
                    cause: cause.into(),
                });
            }
        };
        let plain = text.strip_prefix(BOM);
        let has_bom = plain.is_some();
        let document = Document::parse(plain.unwrap_or(&text).to_owned()).map_err(|error| {
            StampError::Toml {
                path: path.to_owned(),
                reason: error.to_string().trim_end().to_owned(),
            }
        })?;
        Ok(Some(Self {
            path: path.to_owned(),
            checkout: checkout.clone(),
            has_bom,
            document,
        }))
    }

    /// Another file of the same checkout; `None` when there is no such file.
    pub(super) fn other(&self, path: &Path) -> Result<Option<Self>, StampError> {
        Self::read(&self.checkout, path)
    }

    /// The value at `keys`, whatever way its tables are written.
    pub(super) fn get(&self, keys: &[&str]) -> Option<&Item> {
        keys.iter()
            .try_fold(self.document.as_item(), |item, key| item.get(key))
    }

    pub(super) fn text(&self, keys: &[&str]) -> Option<&str> {
        self.get(keys)?.as_str()
    }

    /// The folder of the file.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

/// Replacements of values, by file: planned first, so that nothing is written when one of them fails.
#[derive(Debug, Default)]
pub(super) struct Edits {
    files: BTreeMap<PathBuf, FileEdit>,
}

/// A file with its new text.
#[derive(Debug)]
pub(super) struct FileEdit {
    path: PathBuf,
    has_bom: bool,
    old: String,
    replacements: Vec<(Range<usize>, String)>,
}

impl Edits {
    /// Replaces a text value at `span` by `text`, keeping its quotes.
    pub(super) fn replace(&mut self, file: &TomlFile, span: Option<Range<usize>>, text: &str) {
        let raw = file.document.raw();
        let Some((span, old)) = span.and_then(|span| Some((span.clone(), raw.get(span)?))) else {
            return;
        };
        let quotes = ["\"\"\"", "'''", "'"];
        let quote = quotes.into_iter().find(|quote| old.starts_with(quote));
        let quote = quote.unwrap_or("\"");
        let edit = self
            .files
            .entry(file.path.clone())
            .or_insert_with(|| FileEdit {
                path: file.path.clone(),
                has_bom: file.has_bom,
                old: raw.to_owned(),
                replacements: Vec::new(),
            });
        edit.replacements
            .push((span, format!("{quote}{text}{quote}")));
    }

    pub(super) fn into_files(self) -> impl Iterator<Item = FileEdit> {
        self.files.into_values()
    }
}

impl FileEdit {
    /// The file with its old text and its new one, both with the BOM that they have.
    pub(super) fn finish(mut self) -> Written {
        // From the back, so that the spans in front stay right.
        self.replacements
            .sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        let mut new = self.old.clone();
        for (span, text) in self.replacements {
            new.replace_range(span, &text);
        }
        let bom = if self.has_bom { BOM } else { "" };
        Written {
            path: self.path,
            old: format!("{bom}{}", self.old),
            new: format!("{bom}{new}"),
        }
    }
}

/// A file that was changed, and what it held before.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) old: String,
    pub(super) new: String,
}

/// Builds write to `Cargo.lock`, so what stands in it is nobody's own words.
pub(super) fn is_lock(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "Cargo.lock")
}
