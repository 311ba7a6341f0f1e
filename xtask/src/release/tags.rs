//! `v1` and `v1.2`, which follow the newest version of their line and never go back.

use anyhow::{Context as _, Result, ensure};
use semver::Version;

use super::remote::{Remote, Tags};
use crate::dist::Source;
use crate::term;

/// Moves the tags of this version's lines to it, where no newer version is.
pub(super) fn follow(source: &Source, remote: &Remote) -> Result<()> {
    let (version, tags) = (&source.version, remote.tags()?);
    let released = source.tag();
    let commit = tags.get(&released).with_context(|| {
        format!("failed to move tags to {released}: there is no such tag; run `cargo xtask release push-tag` first")
    })?;
    if !version.pre.is_empty() {
        term::info(&format!("{released} is a pre-release: no tag moves to it"));
        return Ok(());
    }
    for tag in [
        format!("v{}", version.major),
        format!("v{}.{}", version.major, version.minor),
    ] {
        let newest = newest_of(&tag, &tags).unwrap_or_else(|| version.clone());
        if newest > *version {
            term::info(&format!("{tag} is for v{newest}, which is newer"));
            continue;
        }
        let before = tags.get(&tag);
        if before == Some(commit) {
            term::info(&format!("{tag} is already {released}"));
            continue;
        }
        if let Some(before) = before {
            ensure!(
                versions(&tags).any(|(_, of_version)| of_version == before),
                "failed to move {tag}: it points to {before}, which is not a released version, so somebody moved it by \
                 hand. If that was a mistake, delete it with `git push {} :refs/tags/{tag}`, and start again",
                remote.name()
            );
        }
        remote.move_tag(&tag, before.map(String::as_str), commit)?;
        term::info(&format!("{tag} is {released} now"));
    }
    Ok(())
}

pub(super) fn is_newest(version: &Version, tags: &Tags) -> bool {
    let newer = versions(tags).any(|(other, _)| other.pre.is_empty() && other > *version);
    version.pre.is_empty() && !newer
}

/// The newest version whose tag begins with `v1.` or `v1.2.`.
fn newest_of(line: &str, tags: &Tags) -> Option<Version> {
    let in_line = versions(tags).filter(|(version, _)| {
        let tag = format!("v{version}");
        version.pre.is_empty()
            && tag
                .strip_prefix(line)
                .is_some_and(|rest| rest.starts_with('.'))
    });
    in_line.map(|(version, _)| version).max()
}

/// The versions that are released, each with its commit.
fn versions(tags: &Tags) -> impl Iterator<Item = (Version, &String)> {
    tags.iter().filter_map(|(tag, commit)| {
        let version = Version::parse(tag.strip_prefix('v')?).ok()?;
        Some((version, commit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags() -> Tags {
        let names = [
            "v1",
            "v1.0",
            "v1.0.9",
            "v1.0.10",
            "v1.10.0",
            "v1.9.9",
            "v2.0.0-rc.1",
            "nightly",
            "v10.0.0",
        ];
        names
            .into_iter()
            .map(|name| (name.to_owned(), format!("commit of {name}")))
            .collect()
    }

    #[test]
    fn the_newest_of_a_line_is_found_by_number() {
        let newest = |line: &str| newest_of(line, &tags()).map(|it| it.to_string());
        assert_eq!(newest("v1").as_deref(), Some("1.10.0"));
        assert_eq!(newest("v1.0").as_deref(), Some("1.0.10"));
        assert_eq!(newest("v2"), None);
    }

    #[test]
    fn a_pre_release_is_never_the_newest() {
        let is_newest = |version: &str| is_newest(&version.parse().unwrap(), &tags());
        assert!(is_newest("10.0.1"));
        assert!(is_newest("10.0.0"));
        assert!(!is_newest("1.10.1"));
        assert!(!is_newest("11.0.0-rc.1"));
    }
}
