//! Lines to paste into a shell that install these bytes and can choose no other version.

use super::document::Block;
use super::site::Site;
use crate::layout;
use crate::name::project_name;
use crate::record::Record;
use crate::version::Version;

/// Lines for all wheels of the release profile. `index` is the root of an index that has these wheels.
///
/// A commit build has a local version (`0.1.0+2026.11.21.g6e4ddaf`), which is one build on all platforms and on no public
/// index, so its version may be asked for. A release's version may also be found elsewhere: its lines name one file each.
pub(super) fn lines(site: &Site, records: &[Record], index: &str, short: bool) -> Vec<Block> {
    let wheels: Vec<&Record> = records
        .iter()
        .filter(|record| record.kind == "wheel" && record.profile == layout::RELEASE)
        .filter(|record| record.version.parse::<Version>().is_ok())
        .collect();
    let mut blocks = Vec::new();
    let mut seen = Vec::new();
    for record in &wheels {
        let project = project_name(&record.project);
        let page = site.url(&layout::simple_project(index, &project, "html"));
        let key = (project, record.version.clone());
        if !record.version.contains('+') || seen.contains(&key) {
            continue;
        }
        if let Some(page) = page {
            for (tool, call) in [("pip", "pip install"), ("uv", "uv pip install")] {
                blocks.push(Block::Line {
                    label: format!("{}, any platform, with {tool}", record.project),
                    text: format!("{call} \"{}=={}\" --find-links {page}", key.0, key.1),
                });
            }
        }
        seen.push(key);
    }
    for record in wheels {
        if let Some(text) = pinned(site, record, short) {
            blocks.push(Block::Line {
                label: format!("{}, {}, this one file", record.project, record.platform),
                text,
            });
        }
    }
    blocks
}

/// The line for one wheel: its address and its digest.
fn pinned(site: &Site, record: &Record, short: bool) -> Option<String> {
    let path = if short {
        layout::short_package(&record.commit, &record.profile, &record.file)
    } else {
        layout::package(&record.commit, &record.profile, &record.file)
    };
    let url = site.url(&path)?;
    Some(format!(
        "pip install \"{} @ {url}#sha256={}\"",
        project_name(&record.project),
        record.sha256
    ))
}
