//! What must hold of a bucket at every moment: nothing in it leads to a file that is not there.

use std::collections::BTreeMap;

use super::scheduler::World;
use crate::digest::Digest;
use crate::layout;
use crate::record::Record;
use crate::time::Time;

/// What objects lead to, read once for each object.
#[derive(Default)]
pub(super) struct Invariants {
    leads_to: BTreeMap<String, Vec<String>>,
}

impl Invariants {
    /// Panics if a record, a manifest or a move of a channel leads to a file that is not there.
    pub(super) fn check(&mut self, world: &World, paths: &BTreeMap<String, Time>) {
        self.leads_to.retain(|path, _| paths.contains_key(path));
        for path in paths.keys() {
            let is_record = path.contains("/records/");
            let is_manifest = (path.starts_with("manifests/") || path.starts_with("builds/"))
                && path.ends_with(".json")
                && !path.contains("/simple/");
            let is_move = path.starts_with("channels/") && path.contains("/log/");
            if !is_record && !is_manifest && !is_move {
                continue;
            }
            let targets = self
                .leads_to
                .entry(path.clone())
                .or_insert_with(|| targets(world, path, is_record, is_manifest, paths));
            for target in targets {
                assert!(
                    paths.contains_key(target),
                    "{path} leads to {target}, which is gone"
                );
            }
        }
    }

    /// Panics if a page leads to what is not there, or if a file is not what its record says.
    pub(super) fn check_at_rest(&mut self, world: &World) {
        let paths = world.paths();
        self.check(world, &paths);
        for path in paths.keys() {
            if path.contains("/records/") {
                for (file, digest) in digests(world, path) {
                    assert_eq!(Digest::of(&world.read(&file)), digest, "{file}");
                }
            }
            if path.ends_with(".html") && !path.contains("/packages") {
                let text = String::from_utf8(world.read(path)).unwrap();
                for link in text
                    .split("href=\"")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next())
                {
                    if let Some(target) = resolve(path, link) {
                        assert!(
                            paths.contains_key(&target),
                            "{path} links to {target}, which is gone"
                        );
                    }
                }
            }
        }
    }
}

/// Panics if the last writer of a commit's pages knew fewer or other records than there are.
pub(super) fn check_settled(world: &World) {
    let paths = world.paths();
    for path in paths.keys().filter(|path| path.ends_with("/settled.txt")) {
        let folder = path.replace("settled.txt", "records/");
        let text = String::from_utf8(world.read(path)).unwrap();
        let settled: Vec<&str> = text.lines().skip(2).collect();
        let records: Vec<&String> = paths.keys().filter(|it| it.starts_with(&folder)).collect();
        assert_eq!(settled, records, "{path}");
    }
}

fn targets(
    world: &World,
    path: &str,
    is_record: bool,
    is_manifest: bool,
    paths: &BTreeMap<String, Time>,
) -> Vec<String> {
    if is_record {
        return digests(world, path).into_keys().collect();
    }
    let json: serde_json::Value = serde_json::from_slice(&world.read(path)).unwrap();
    if is_manifest {
        let records = json["packages"].as_array().unwrap().iter();
        return records
            .flat_map(|record| files(world, &serde_json::from_value(record.clone()).unwrap()))
            .map(|(file, _)| file)
            .collect();
    }
    let version = json["version"].as_str().unwrap().parse().unwrap();
    let manifest = layout::manifest(&version);
    let mut all = vec![manifest.clone()];
    if paths.contains_key(&manifest) {
        all.extend(targets(world, &manifest, false, true, paths));
    }
    all
}

/// The files of a record.
pub(super) fn digests(world: &World, record: &str) -> BTreeMap<String, Digest> {
    files(world, &serde_json::from_slice(&world.read(record)).unwrap())
        .into_iter()
        .collect()
}

fn files(world: &World, record: &Record) -> Vec<(String, Digest)> {
    let Record {
        commit,
        kind,
        profile,
        file,
        ..
    } = record;
    if record.files.is_none() {
        let mut all = vec![(layout::package(commit, profile, file), record.sha256)];
        let metadata = record.metadata_sha256;
        all.extend(metadata.map(|digest| (layout::metadata(commit, profile, file), digest)));
        return all;
    }
    let listing = layout::listing(commit, kind, profile, file);
    let mut all = vec![(listing.clone(), record.sha256)];
    if world.paths_contain(&listing) {
        let text = String::from_utf8(world.read(&listing)).unwrap();
        for entry in crate::listing::parse(&text).unwrap() {
            let path = layout::folder_file(commit, profile, file, &entry.path);
            all.push((path, entry.sha256));
        }
    }
    all
}

/// The path in the bucket that a link of a page leads to; `None` if it leaves the bucket.
fn resolve(page: &str, link: &str) -> Option<String> {
    let link = link.split('#').next()?;
    if link.is_empty() || link.contains(':') {
        return None;
    }
    let link = percent_encoding::percent_decode_str(link)
        .decode_utf8()
        .unwrap();
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    let target = parts.join("/");
    Some(match target.is_empty() || target.ends_with('/') {
        true => format!("{target}index.html"),
        false => target,
    })
}
