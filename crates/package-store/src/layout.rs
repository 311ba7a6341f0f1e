//! The only place that spells the paths of a bucket.
//!
//! [`OBJECTS`] lists them.
//!
//! The profile sits in the folder's name and not in a folder of its own, so that no file can ever have the name of a
//! profile's folder.

pub mod benchmarks;
pub(crate) mod durations;
pub(crate) mod history;
mod paths;
mod signatures;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use package_formats::file_name::{LONGEST_NAME, comparison_key};

use crate::channel::name::Channel;
use crate::commit::Commit;
use crate::digest::Digest;
use crate::version::Version;

pub use paths::{Change, OBJECTS, Objects, table};
pub use signatures::signature;
pub(crate) use signatures::signatures;

/// The profile that needs no mention in an address.
pub const RELEASE: &str = "release";
/// File that says who holds a short address; no package may have this name.
pub(crate) const CLAIM: &str = "commit";
/// Folder of half-written files in a bucket that is a folder.
pub(crate) const PARTIAL: &str = ".partial";

/// Everything but the unreserved characters of RFC 3986: most of all `+`, which some servers read as a space.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn suffix(profile: &str) -> String {
    if profile == RELEASE {
        String::new()
    } else {
        format!("-{profile}")
    }
}

pub(crate) fn commits() -> &'static str {
    "commit/"
}

/// Everything of a commit.
pub(crate) fn commit_folder(commit: &Commit) -> String {
    format!("commit/{commit}/")
}

/// Which records the commit's pages were written from; written last of them.
pub(crate) fn settled(commit: &Commit) -> String {
    format!("commit/{commit}/settled.txt")
}

/// Whether a path of a commit is a package's, or part of one; everything else follows from these.
pub(crate) fn is_part_of_a_package(commit: &Commit, path: &str) -> bool {
    let rest = path
        .strip_prefix(&commit_folder(commit))
        .unwrap_or_default();
    let folder = rest.split_once('/').map_or("", |(folder, _)| folder);
    let parts = ["packages", "listings", "reserved", "signatures"];
    folder.starts_with("packages-") || parts.contains(&folder)
}

/// Prefix of all commits that start with these hex digits.
pub(crate) fn commits_like(digits: &str) -> String {
    format!("commit/{digits}")
}

/// A package's permanent path.
pub fn package(commit: &Commit, profile: &str, file: &str) -> String {
    format!("commit/{commit}/packages{}/{file}", suffix(profile))
}

/// A file of a package that is a folder; `path` has slashes on every system.
pub fn folder_file(commit: &Commit, profile: &str, folder: &str, path: &str) -> String {
    format!("{}/{path}", package(commit, profile, folder))
}

/// What a package that is a folder holds, as `sha256sum` writes it; its digest is the package's.
pub fn listing(commit: &Commit, kind: &str, profile: &str, folder: &str) -> String {
    format!("commit/{commit}/listings/{kind}/{profile}/{folder}.txt")
}

/// Which package has a name. Names that differ in case or Unicode form alone are one file on some systems, so they are one here.
pub fn reservation(commit: &Commit, profile: &str, file: &str) -> String {
    let key = comparison_key(file);
    let key = if key.len() > LONGEST_NAME {
        Digest::of(key.as_bytes()).to_string()
    } else {
        key
    };
    format!("commit/{commit}/reserved/{profile}/{key}.json")
}

pub(crate) fn reservations(commit: &Commit) -> String {
    format!("commit/{commit}/reserved/")
}

/// The runs that are at work on commits.
pub(crate) fn uses() -> &'static str {
    "active/using/"
}

pub(crate) fn in_use(time: &str, commit: &Commit, random: u64) -> String {
    format!("{}{time}-{commit}-{random:016x}", uses())
}

/// The runs that are deleting.
pub(crate) fn deletions() -> &'static str {
    "active/deleting/"
}

pub(crate) fn deletion(time: &str, random: u64) -> String {
    format!("{}{time}-{random:016x}.json", deletions())
}

/// The METADATA file beside a wheel (PEP 658).
pub fn metadata(commit: &Commit, profile: &str, file: &str) -> String {
    format!("{}.metadata", package(commit, profile, file))
}

/// The folder of all records of a commit.
pub fn records(commit: &Commit) -> String {
    format!("commit/{commit}/records/")
}

/// A package's record.
pub fn record(commit: &Commit, kind: &str, profile: &str, file: &str) -> String {
    format!("{}{kind}/{profile}/{file}.json", records(commit))
}

/// The file that says which commit holds a short address.
pub(crate) fn claim(short: &str) -> String {
    format!("{short}/{CLAIM}")
}

/// A package's public short path, like `6e4ddaf/<wheel>`.
pub fn short_package(commit: &Commit, profile: &str, file: &str) -> String {
    format!("{}{}/{file}", commit.short(), suffix(profile))
}

/// The root of a commit's pip index; pip's `--index-url` is this with the bucket's public address before it.
pub fn simple(commit: &Commit) -> String {
    format!("commit/{commit}/simple/")
}

/// The root of pip's index of a frozen version.
pub fn version_simple(version: &Version) -> String {
    format!("{}{version}/simple/", manifests())
}

/// The root of pip's index of what a channel stands at.
pub fn channel_simple(channel: &Channel) -> String {
    format!("channels/{channel}/simple/")
}

/// The root of pip's index of all releases.
pub fn releases_simple() -> &'static str {
    "simple/"
}

/// The first page of a pip index that starts at `root`; `extension` is `html` or `json`.
pub(crate) fn simple_root(root: &str, extension: &str) -> String {
    format!("{root}index.{extension}")
}

/// A project's page in such an index; `project` is normalized, `extension` is `html` or `json`.
pub fn simple_project(root: &str, project: &str, extension: &str) -> String {
    format!("{root}{project}/index.{extension}")
}

/// The first web page.
pub fn home() -> &'static str {
    "index.html"
}

/// A commit's web page.
pub fn commit_page(commit: &Commit) -> String {
    format!("commit/{commit}/index.html")
}

/// When a commit's first package came.
pub(crate) fn added(commit: &Commit) -> String {
    format!("commit/{commit}/added.json")
}

/// What the list of commits says of a commit.
pub(crate) fn summary(commit: &Commit) -> String {
    format!("commit/{commit}/summary.json")
}

/// The packages that a commit has when it is complete.
pub(crate) fn expected(commit: &Commit) -> String {
    format!("commit/{commit}/expected.txt")
}

pub(crate) fn days() -> &'static str {
    "days/"
}

/// The commits of which the first package came on a day (`2026-11-21`).
pub(crate) fn commits_of_day(day: &str) -> String {
    format!("{}{day}/commits/", days())
}

/// Such a commit; `time` (`081500`) comes first, so that names sort by it.
pub(crate) fn commit_of_day(day: &str, time: &str, commit: &Commit) -> String {
    format!("{}{time}-{commit}", commits_of_day(day))
}

/// A page of a day's list; numbers start at 1, with the day's first commits.
pub fn day_page(day: &str, number: usize) -> String {
    format!("{}{day}/{number}.html", days())
}

pub(crate) fn channels() -> &'static str {
    "channels/"
}

/// Whether a path is one move of a channel.
pub(crate) fn is_channel_entry(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.starts_with(channels()) && folder.ends_with("/log") && path.ends_with(".json")
}

/// The folders that have a folder for each channel.
pub(crate) fn channel_folders() -> [&'static str; 2] {
    ["channels/", "channels/pr/"]
}

/// The name of the channel that such a folder is of.
pub(crate) fn channel_of(path: &str) -> Option<&str> {
    path.strip_prefix("channels/")?.strip_suffix('/')
}

/// A channel's web page.
pub fn channel_page(channel: &Channel) -> String {
    format!("channels/{channel}/index.html")
}

/// What the web pages are called.
pub(crate) fn title() -> &'static str {
    "site/title.txt"
}

/// Where the bucket is served.
pub(crate) fn public_url() -> &'static str {
    "site/public-url.txt"
}

/// Link from one path of a bucket to another, which works wherever the bucket is served.
pub(crate) fn link(from: &str, to: &str) -> String {
    let mut from: Vec<&str> = from.split('/').collect();
    from.pop();
    let to: Vec<&str> = to.split('/').collect();
    let folders = to.len().saturating_sub(1);
    let shared = from
        .iter()
        .zip(to.iter().take(folders))
        .take_while(|(a, b)| a == b)
        .count();
    let up = "../".repeat(from.len() - shared);
    let down: Vec<String> = to
        .iter()
        .skip(shared)
        .map(|segment| escape(segment))
        .collect();
    format!("{up}{}", down.join("/"))
}

pub(crate) fn manifests() -> &'static str {
    "manifests/"
}

/// The folder of a version's list and of those of its like: no build of a commit is ever taken for a release.
pub(crate) fn manifests_like(version: &Version) -> &'static str {
    if version.is_build() {
        "builds/"
    } else {
        manifests()
    }
}

/// The frozen list of a version.
pub fn manifest(version: &Version) -> String {
    format!("{}{version}.json", manifests_like(version))
}

/// What was done with a version.
pub fn journal(version: &Version) -> String {
    format!("journals/{version}/")
}

/// What one run did with a version; `time` comes first, so that names sort by it.
pub(crate) fn journal_entry(version: &Version, time: &str, random: u64) -> String {
    format!("{}{time}-{random:016x}.json", journal(version))
}

/// Who withdrew a version; not there for one that was not withdrawn.
pub fn withdrawal(version: &Version) -> String {
    format!("{}withdrawn.json", journal(version))
}

pub(crate) fn channel_log(channel: &Channel) -> String {
    format!("channels/{channel}/log/")
}

pub(crate) fn channel_entry(channel: &Channel, number: u64) -> String {
    format!("{}{number:08}.json", channel_log(channel))
}

/// The copy of a channel's last move, for readers that have only a static file server.
pub fn channel_current(channel: &Channel) -> String {
    format!("channels/{channel}/current.json")
}

/// A path of this module as part of a URL: each segment percent-encoded, `+` as `%2B`.
pub fn url_path(path: &str) -> String {
    let segments: Vec<String> = path.split('/').map(escape).collect();
    segments.join("/")
}

fn escape(segment: &str) -> String {
    utf8_percent_encode(segment, ESCAPED).to_string()
}

/// The last segment of a path, with a folder's closing slash or a `.json` taken off.
pub(crate) fn stem(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.strip_suffix(".json").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit() -> Commit {
        "6e4ddaf0123456789abcdef0123456789abcdef0".parse().unwrap()
    }

    #[test]
    fn profiles_never_share_an_address() {
        let file = "a.whl";
        assert_ne!(
            package(&commit(), "release", file),
            package(&commit(), "dev", file)
        );
        assert_eq!(short_package(&commit(), "release", file), "6e4ddaf/a.whl");
        assert_eq!(short_package(&commit(), "dev", file), "6e4ddaf-dev/a.whl");
    }

    #[test]
    fn a_plus_is_escaped_in_links() {
        assert_eq!(link("a/index.html", "b/a-1+b.whl"), "../b/a-1%2Bb.whl");
        assert_eq!(url_path("6e4ddaf/a+b c.whl"), "6e4ddaf/a%2Bb%20c.whl");
    }

    #[test]
    fn a_link_goes_up_no_further_than_it_must() {
        for (from, to, expected) in [
            (
                "commit/6e/simple/hello/index.html",
                "commit/6e/packages/a.whl",
                "../../packages/a.whl",
            ),
            (
                "channels/pr/7/simple/hello/index.html",
                "commit/6e/packages/a.whl",
                "../../../../../commit/6e/packages/a.whl",
            ),
            (
                "index.html",
                "days/2026-11-21/1.html",
                "days/2026-11-21/1.html",
            ),
            ("days/a/2.html", "days/a/1.html", "1.html"),
            ("a/b/index.html", "index.html", "../../index.html"),
        ] {
            assert_eq!(link(from, to), expected);
        }
    }

    #[test]
    fn the_stem_is_the_name_without_folder_and_extension() {
        assert_eq!(stem("channels/latest/log/00000012.json"), "00000012");
        assert_eq!(stem("commit/6e4ddaf/"), "6e4ddaf");
        assert_eq!(stem("manifests/1.2.3.json"), "1.2.3");
    }
}
