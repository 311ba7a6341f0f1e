//! Which files go into the release, and fetching those that GitHub lacks.

use std::collections::BTreeSet;

use actions_core::{Context, files, list};
use anyhow::bail;
use package_store::{Manifest, Record, Store, layout};
use publishing::github_release::{Asset, Placed, Staged};
use tempfile::TempDir;

use crate::Inputs;

/// The files of a release: packages first, then the extra ones.
pub(crate) struct Files {
    /// As long as `assets` or shorter: the rest are extra files.
    records: Vec<Record>,
    assets: Vec<Asset>,
}

impl Files {
    /// The packages of the manifest that are wanted and are files, and what the input `extra-files` names.
    pub(crate) fn choose(
        cx: &Context,
        inputs: &Inputs,
        manifest: &Manifest,
    ) -> anyhow::Result<Self> {
        let records = wanted(inputs, manifest)?;
        let (folders, records): (Vec<Record>, Vec<Record>) = records
            .into_iter()
            .partition(|record| record.files.is_some());
        if !folders.is_empty() {
            let names: Vec<String> = folders.into_iter().map(|it| it.file).collect();
            cx.log.info(format!(
                "skipped, because a release cannot contain folders: {}",
                list(&names)
            ));
        }
        // The path is that of the fetched file, once there is one.
        let of_record = records.iter().map(|record| Asset::of(record, &record.file));
        let mut assets: Vec<Asset> = of_record.collect();
        if !inputs.extra_files.is_empty() {
            for path in files::matching("extra-files", &inputs.extra_files)? {
                assets.push(Asset::open(&path)?);
            }
        }
        if assets.is_empty() {
            bail!(
                "failed to choose the files: {} has no package that is a file",
                manifest.version()
            );
        }
        Ok(Self { records, assets })
    }

    pub(crate) fn len(&self) -> usize {
        self.assets.len()
    }

    pub(crate) fn assets(&self) -> &[Asset] {
        &self.assets
    }

    /// Fetches the packages that must be sent, into a folder that is deleted when it is dropped.
    pub(crate) async fn fetch(
        &mut self,
        cx: &Context,
        store: &Store,
        planned: &Staged,
    ) -> anyhow::Result<TempDir> {
        let folder = tempfile::tempdir_in(cx.temp_dir())?;
        let each = self.records.iter().zip(&mut self.assets);
        for ((record, asset), file) in each.zip(&planned.files) {
            if file.placed != Placed::Unchanged {
                asset.path = store.fetch(record, folder.path()).await?;
            }
        }
        Ok(folder)
    }
}

/// The packages of the kinds that are asked for; a kind that there is none of is a typing error.
fn wanted(inputs: &Inputs, manifest: &Manifest) -> anyhow::Result<Vec<Record>> {
    let packages = manifest.packages().iter();
    let packages: Vec<&Record> = packages
        .filter(|record| record.profile == layout::RELEASE)
        .collect();
    for kind in &inputs.kinds {
        if !packages.iter().any(|it| it.kind == kind.as_str()) {
            let kinds: BTreeSet<&str> = packages.iter().map(|it| it.kind.as_str()).collect();
            let kinds: Vec<&str> = kinds.into_iter().collect();
            bail!(
                "failed to choose the files: {} has no package of the kind `{kind}`: its kinds are {}",
                manifest.version(),
                list(&kinds)
            );
        }
    }
    let wanted = packages.iter().filter(|record| {
        let mut kinds = inputs.kinds.iter();
        inputs.kinds.is_empty() || kinds.any(|kind| kind.as_str() == record.kind)
    });
    Ok(wanted.copied().cloned().collect())
}
