//! What must be true of documentation before it is published.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use package_formats::Folder;
use untrusted_input::Checkout;

use crate::links;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// Nothing to show for it: no file, no first page.
    pub(crate) missing: Vec<String>,
    /// Pages with the link that leads nowhere.
    pub(crate) broken: Vec<(String, String)>,
    /// Files that name a folder of this machine.
    pub(crate) places: Vec<(String, String)>,
    /// How many pages were looked at.
    pub(crate) pages: usize,
}

/// How many pages are looked at; documentation with more of them is a program's work, and repeats its links.
const PAGES: usize = 50_000;

/// The largest page or script, in bytes; the search index of large workspaces has some ten million.
const LARGEST: u64 = 256 << 20;

/// Looks at all pages.
pub(crate) fn check(folder: &Folder, places: &[PathBuf]) -> anyhow::Result<Checked> {
    let mut checked = Checked::default();
    let files: BTreeSet<&str> = folder.files.iter().map(|file| file.path.as_str()).collect();
    if files.is_empty() {
        checked
            .missing
            .push("documentation contains no files".to_owned());
        return Ok(checked);
    }
    if !files.contains("index.html") {
        checked
            .missing
            .push("documentation has no `index.html`".to_owned());
    }
    let checkout = Checkout::of(&folder.path).context("failed to find the working folder")?;
    for file in folder.files.iter().filter(|file| is_text(&file.path)) {
        let path = folder.path.join(&file.path);
        let bytes = checkout
            .read(&path, LARGEST)
            .with_context(|| format!("failed to read `{}`", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let named = places
            .iter()
            .find(|place| text.contains(&*place.to_string_lossy()));
        if let Some(place) = named {
            checked
                .places
                .push((file.path.clone(), place.display().to_string()));
        }
        if file.path.ends_with(".html") && checked.pages < PAGES {
            checked.pages += 1;
            let broken = links::broken(&file.path, &text, &files);
            let broken = broken.into_iter().map(|link| (file.path.clone(), link));
            checked.broken.extend(broken);
        }
    }
    Ok(checked)
}

fn is_text(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    matches!(
        extension,
        Some("html" | "js" | "json" | "css" | "txt" | "svg" | "md" | "xml")
    )
}

/// Folders of this machine that mean nothing elsewhere: where the sources are, and where this run put what it needs.
pub(crate) fn places(tmp: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let here = std::env::current_dir().context("failed to find the working folder")?;
    let mut places = vec![tmp.to_owned(), here];
    // A folder as short as `/work` may stand in any text.
    places.retain(|place| place.components().count() > 2);
    Ok(places)
}
