//! What each place holds, as text by name, so that two worlds can be compared.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::CRATES;
use crate::cargo_registry::CargoRegistry;
use crate::github::State;
use crate::memory_bucket::Objects;

/// Where and what to what is there.
pub type Held = BTreeMap<String, String>;

/// All objects but the journal, which tells of each run, and pages without what they show of it.
pub fn bucket(objects: &Objects) -> Held {
    let is_lasting = |path: &str| !path.starts_with("journals/") && !path.starts_with("active/");
    objects
        .iter()
        .filter(|(path, _)| is_lasting(path))
        .map(|(path, object)| (format!("bucket {path}"), timeless(&object.bytes)))
        .collect()
}

/// Files of a Python index with their SHA-256.
pub fn index(files: impl IntoIterator<Item = (String, String)>) -> Held {
    files
        .into_iter()
        .map(|(file, digest)| (format!("pypi {file}"), digest))
        .collect()
}

/// All versions of the crates.
pub fn registry(registry: &CargoRegistry) -> Held {
    let names = CRATES.iter().map(|(name, _)| *name);
    names
        .map(|name| {
            let versions = registry.versions(name);
            let text = format!("{versions:?}");
            (format!("crates {name}"), timeless(text.as_bytes()))
        })
        .collect()
}

/// Refs and releases, without the numbers that GitHub gives.
pub fn github(state: &State) -> Held {
    let mut held = Held::new();
    for repository in &state.repositories {
        for (name, target) in &repository.refs {
            held.insert(format!("github {name}"), target.clone());
        }
        for release in &repository.releases {
            let mut release = release.clone();
            release.id = 0;
            release.assets.iter_mut().for_each(|asset| asset.id = 0);
            release.assets.sort_by(|a, b| a.name.cmp(&b.name));
            let twice = held.insert(
                format!("github release {}", release.tag_name),
                serde_json::to_string(&release).expect("a release is JSON"),
            );
            assert_eq!(twice, None, "two releases of {}", release.tag_name);
        }
    }
    held
}

/// A page without its table of runs.
fn without_journal(text: &str) -> String {
    let Some((before, after)) = text.split_once("<h2>Releases</h2>") else {
        return text.to_owned();
    };
    let after = after.split_once("</table>").map_or("", |(_, after)| after);
    format!("{before}{after}")
}

/// Text without its times and its journal; a digest of what is not text.
fn timeless(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return hex::encode(Sha256::digest(bytes));
    };
    let text = without_journal(text);
    let text = text.as_str();
    let is_time = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let is_date = word.starts_with("20") && digits >= 8 && word.contains('-');
        let is_minute = word.len() == 5 && digits == 4 && word.contains(':');
        is_date || is_minute
    };
    let split = |c: char| !c.is_ascii_alphanumeric() && !"-:.".contains(c);
    let mut without = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(split) {
        let (word, after) = rest.split_at(at);
        if !is_time(word) {
            without.push_str(word);
        }
        let mut chars = after.chars();
        without.extend(chars.next());
        rest = chars.as_str();
    }
    without + rest
}

/// What differs, each with both sides from the first difference on.
pub fn differences(found: &Held, expected: &Held) -> Vec<String> {
    let mut names: Vec<&String> = found.keys().chain(expected.keys()).collect();
    names.sort();
    names.dedup();
    let sides = |name: &String| (found.get(name).cloned(), expected.get(name).cloned());
    names
        .into_iter()
        .map(|name| (name, sides(name)))
        .filter(|(_, (found, expected))| found != expected)
        .map(|(name, (found, expected))| {
            let found = found.unwrap_or_else(|| "nothing".to_owned());
            let expected = expected.unwrap_or_else(|| "nothing".to_owned());
            let same = found
                .bytes()
                .zip(expected.bytes())
                .take_while(|(a, b)| a == b);
            let from = same.count().saturating_sub(40);
            let cut = |text: &str| {
                String::from_utf8_lossy(text.as_bytes().get(from..).unwrap_or_default())
                    .chars()
                    .take(300)
                    .collect::<String>()
            };
            format!(
                "{name}:\n  found    {}\n  expected {}",
                cut(&found),
                cut(&expected)
            )
        })
        .collect()
}
