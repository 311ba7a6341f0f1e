//! Whether the bucket still serves what a frozen list says: the bytes of its files, and pip's indexes of them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::StoreError;
use crate::index::installable;
use crate::layout;
use crate::record::Record;
use crate::store::Store;

/// Of a page of pip's index, what tells which bytes pip will accept.
#[derive(Deserialize)]
struct Listed {
    files: Vec<ListedFile>,
}

#[derive(Deserialize)]
struct ListedFile {
    filename: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

impl Store {
    /// What is wrong with a package's bytes; `None` if they are as recorded. A file is read to its end. Of a folder the
    /// listing is read, and compared with the sizes of its files.
    pub async fn damage(&self, record: &Record) -> Result<Option<String>, StoreError> {
        let lost = self.loss(record).await?;
        if lost.is_some() || record.files.is_some() {
            return Ok(lost);
        }
        let path = layout::package(&record.commit, &record.profile, &record.file);
        Ok(match self.bucket.digest(&path).await? {
            None => Some(format!("{path} is gone")),
            Some((sha256, _)) if sha256 != record.sha256 => {
                Some(format!("{path} has sha256 {sha256}"))
            }
            Some(_) => None,
        })
    }

    /// What pip's index at `root` (see [`layout`]) shows otherwise than these records say. With `whole`, it must show
    /// nothing else of their projects.
    pub async fn index_differences(
        &self,
        root: &str,
        records: &[Record],
        whole: bool,
    ) -> Result<Vec<String>, StoreError> {
        let mut wrong = Vec::new();
        for (project, files) in installable(records) {
            let json = layout::simple_project(root, &project, "json");
            let html = layout::simple_project(root, &project, "html");
            let Some(bytes) = self.bucket.read(&json).await? else {
                wrong.push(format!("{json} is missing"));
                continue;
            };
            let listed: Listed = self.parse_json(&json, &bytes)?;
            let page = self.bucket.read(&html).await?.unwrap_or_default();
            let page = String::from_utf8_lossy(&page);
            let mut shown: BTreeMap<String, Option<String>> = listed
                .files
                .into_iter()
                .map(|mut file| (file.filename, file.hashes.remove("sha256")))
                .collect();
            for (name, sha256) in files {
                match shown.remove(&name) {
                    None => wrong.push(format!("{json} lacks {name}")),
                    Some(Some(found)) if found == sha256 => {}
                    Some(found) => wrong.push(format!(
                        "{json} has {name} with sha256 {}, not {sha256}",
                        found.unwrap_or_else(|| "none".to_owned())
                    )),
                }
                if !page.contains(&format!("#sha256={sha256}")) {
                    wrong.push(format!("{html} lacks {name}"));
                }
            }
            if whole {
                wrong.extend(
                    shown
                        .into_keys()
                        .map(|name| format!("{json} also has {name}")),
                );
            }
        }
        Ok(wrong)
    }
}
