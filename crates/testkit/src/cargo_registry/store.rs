//! What a registry keeps on disk: `index/<page>` with a line for each version, and `crates/<name>/<name>-<version>.crate`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::index::{Entry, page};

/// All crates, by lower-case name.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    crates: BTreeMap<String, Page>,
}

/// The versions of one crate.
#[derive(Debug, Default)]
struct Page {
    entries: Vec<Entry>,
    /// How many at the end are not shown yet, each with the number of requests that will still miss it.
    hidden: Vec<u32>,
}

impl Store {
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(folder.join("index"))?;
        fs::create_dir_all(folder.join("crates"))?;
        let mut store = Self {
            folder,
            crates: BTreeMap::new(),
        };
        for file in fs::read_dir(store.folder.join("crates"))? {
            let name = file?.file_name().to_string_lossy().into_owned();
            // What is not in the index was never published: a registry that was stopped may have kept its file.
            let text = match fs::read_to_string(store.folder.join("index").join(page(&name))) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                text => text?,
            };
            let entries: Result<Vec<Entry>, _> = text.lines().map(serde_json::from_str).collect();
            store.crates.insert(
                name,
                Page {
                    entries: entries?,
                    hidden: Vec::new(),
                },
            );
        }
        Ok(store)
    }

    /// All versions of a crate, shown or not.
    pub(super) fn versions(&self, name: &str) -> &[Entry] {
        self.crates
            .get(&name.to_lowercase())
            .map_or(&[], |page| &page.entries)
    }

    /// The true name of a crate that differs from `name` by case, or by `-` and `_`, at most.
    pub(super) fn known_name(&self, name: &str) -> Option<&str> {
        let canonical = |name: &str| name.to_lowercase().replace('_', "-");
        let wanted = canonical(name);
        let mut pages = self.crates.values().filter_map(|page| page.entries.first());
        pages
            .find(|entry| canonical(&entry.name) == wanted)
            .map(|entry| entry.name.as_str())
    }

    /// The page of a crate as a client sees it now. Asking brings versions that lag behind closer.
    pub(super) fn shown(&mut self, name: &str) -> Option<String> {
        let page = self.crates.get_mut(&name.to_lowercase())?;
        let shown = page.entries.len() - page.hidden.len();
        for left in &mut page.hidden {
            *left -= 1;
        }
        page.hidden.retain(|left| *left > 0);
        let text = lines(page.entries.iter().take(shown));
        (!text.is_empty()).then_some(text)
    }

    /// Adds a version; the next `lag` requests for the crate's page do not see it.
    pub(super) fn add(&mut self, entry: Entry, file: &[u8], lag: u32) -> io::Result<()> {
        let name = entry.name.to_lowercase();
        let path = self.file(&entry.name, &entry.vers);
        create_parent(&path)?;
        fs::write(path, file)?;
        let page = self.crates.entry(name.clone()).or_default();
        page.entries.push(entry);
        if lag > 0 {
            page.hidden.push(lag);
        }
        self.write_page(&name)
    }

    /// Takes a version back, or brings it back; `false` when there is no such version.
    pub(super) fn yank(&mut self, name: &str, version: &str, yanked: bool) -> io::Result<bool> {
        let name = name.to_lowercase();
        let page = self.crates.get_mut(&name);
        let mut entries = page.into_iter().flat_map(|page| &mut page.entries);
        let Some(entry) = entries.find(|entry| entry.vers == version) else {
            return Ok(false);
        };
        entry.yanked = yanked;
        self.write_page(&name)?;
        Ok(true)
    }

    /// Where a version's file is.
    pub(super) fn file(&self, name: &str, version: &str) -> PathBuf {
        let name_lower = name.to_lowercase();
        self.folder
            .join("crates")
            .join(name_lower)
            .join(format!("{name}-{version}.crate"))
    }

    fn write_page(&self, name: &str) -> io::Result<()> {
        let path = self.folder.join("index").join(page(name));
        create_parent(&path)?;
        fs::write(path, lines(self.versions(name)))
    }
}

fn create_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn lines<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    entries
        .into_iter()
        .map(|entry| serde_json::to_string(entry).expect("an entry is JSON") + "\n")
        .collect()
}
