//! The pages of pip's index as text: PEP 503 HTML, and PEP 691 JSON that also knows sizes and times.

use std::collections::BTreeMap;

use bytes::Bytes;
use maud::{DOCTYPE, Markup, html};
use serde::Serialize;

use crate::digest::Digest;
use crate::layout;
use crate::name::project_name;
use crate::record::Record;
use crate::time::Time;

/// The kinds that pip installs.
const INSTALLABLE: [&str; 2] = ["wheel", "sdist"];
/// PEP 503's version of HTML pages, frozen by PEP 833.
const HTML_VERSION: &str = "1.0";
/// PEP 700's version of JSON pages: the first with `size`, `upload-time` and `versions`.
const JSON_VERSION: &str = "1.1";

/// A page to be written.
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Bytes,
}

/// A project and its files, one per file name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Project {
    /// Normalized.
    pub(super) name: String,
    files: Vec<Record>,
    /// Why a version should not be chosen any more (PEP 592).
    yanked: BTreeMap<String, String>,
}

impl Project {
    /// One without any file.
    pub(super) fn empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            files: Vec::new(),
            yanked: BTreeMap::new(),
        }
    }

    /// Its files with their digests.
    pub(super) fn digests(&self) -> Vec<(String, String)> {
        let files = self.files.iter();
        files
            .map(|record| (record.file.clone(), record.sha256.to_string()))
            .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// The projects that pip can install, by name; their files by file name. A file that exists in several profiles is listed
/// once: as `release` if there is one, because a page cannot hold one name twice.
pub(super) fn projects(records: &[Record]) -> Vec<Project> {
    let mut projects: BTreeMap<String, BTreeMap<&str, &Record>> = BTreeMap::new();
    let installable = |record: &&Record| INSTALLABLE.contains(&record.kind.as_str());
    for record in records.iter().filter(installable) {
        let files = projects.entry(project_name(&record.project)).or_default();
        let listed = files.entry(&record.file).or_insert(record);
        if record.profile == layout::RELEASE {
            *listed = record;
        }
    }
    projects
        .into_iter()
        .map(|(name, files)| Project {
            name,
            files: files.into_values().cloned().collect(),
            yanked: BTreeMap::new(),
        })
        .collect()
}

/// Leaves out the releases of a project that also has commit builds here: a commit build has a local version, which pip
/// prefers to the release even where the release is asked for by its version.
pub(super) fn commit_builds_alone(projects: &mut [Project]) {
    let local = |record: &Record| record.version.contains('+');
    for project in projects {
        if project.files.iter().any(local) {
            project.files.retain(local);
        }
    }
}

/// Leaves out commit builds, and marks the versions that were taken back.
pub(super) fn releases_alone(projects: &mut Vec<Project>, taken_back: &BTreeMap<String, String>) {
    for project in projects.iter_mut() {
        project.files.retain(|record| !record.version.contains('+'));
        project.yanked.clone_from(taken_back);
    }
    projects.retain(|project| !project.files.is_empty());
}

pub(super) fn root_html(projects: &[Project]) -> String {
    page(
        "Simple index",
        html! {
            @for project in projects.iter().filter(|project| !project.is_empty()) {
                a href={ (project.name) "/" } { (project.name) } br;
                "\n"
            }
        },
    )
}

/// `path` is the page's own, from which its links start.
pub(super) fn project_html(project: &Project, path: &str) -> String {
    let hash = |record: &Record| {
        record
            .metadata_sha256
            .map(|digest| format!("sha256={digest}"))
    };
    page(
        &format!("Links for {}", project.name),
        html! {
            @for record in &project.files {
                a href={ (link(path, record)) "#sha256=" (record.sha256) }
                    data-requires-python=[&record.requires_python]
                    data-core-metadata=[hash(record)]
                    data-dist-info-metadata=[hash(record)]
                    data-yanked=[project.yanked.get(&record.version)]
                    { (record.file) }
                br;
                "\n"
            }
        },
    )
}

fn page(title: &str, links: Markup) -> String {
    html! {
        (DOCTYPE)
        html {
            head {
                meta charset="utf-8";
                meta name="pypi:repository-version" content=(HTML_VERSION);
                title { (title) }
            }
            "\n"
            body {
                h1 { (title) }
                "\n"
                (links)
            }
        }
    }
    .into_string()
}

/// PEP 691's first page.
#[derive(Serialize)]
struct RootJson<'a> {
    meta: Meta,
    projects: Vec<ProjectName<'a>>,
}

#[derive(Serialize)]
struct ProjectName<'a> {
    name: &'a str,
}

/// PEP 691's page of a project.
#[derive(Serialize)]
struct ProjectJson<'a> {
    meta: Meta,
    name: &'a str,
    versions: Vec<&'a str>,
    files: Vec<FileJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Meta {
    api_version: &'static str,
}

const META: Meta = Meta {
    api_version: JSON_VERSION,
};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct FileJson<'a> {
    filename: &'a str,
    url: String,
    hashes: Hashes,
    size: u64,
    upload_time: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    requires_python: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    core_metadata: Option<Hashes>,
    /// PEP 658's own name, for clients from before PEP 714.
    #[serde(skip_serializing_if = "Option::is_none")]
    dist_info_metadata: Option<Hashes>,
    yanked: Yanked<'a>,
}

#[derive(Clone, Copy, Serialize)]
struct Hashes {
    sha256: Digest,
}

/// `false`, or why.
#[derive(Serialize)]
#[serde(untagged)]
enum Yanked<'a> {
    No(bool),
    Because(&'a str),
}

pub(super) fn root_json(projects: &[Project]) -> String {
    let projects = projects.iter().filter(|project| !project.is_empty());
    let names = projects.map(|project| ProjectName {
        name: &project.name,
    });
    pretty(&RootJson {
        meta: META,
        projects: names.collect(),
    })
}

pub(super) fn project_json(project: &Project, path: &str) -> String {
    let files = project.files.iter();
    let mut versions: Vec<&str> = files.map(|record| record.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    let files = project.files.iter();
    let files = files.map(|record| file_json(record, path, project.yanked.get(&record.version)));
    pretty(&ProjectJson {
        meta: META,
        name: &project.name,
        versions,
        files: files.collect(),
    })
}

fn file_json<'a>(record: &'a Record, path: &str, yanked: Option<&'a String>) -> FileJson<'a> {
    let metadata = record.metadata_sha256.map(|sha256| Hashes { sha256 });
    FileJson {
        filename: &record.file,
        url: link(path, record),
        hashes: Hashes {
            sha256: record.sha256,
        },
        size: record.size,
        upload_time: record.uploaded,
        requires_python: record.requires_python.as_deref(),
        core_metadata: metadata,
        dist_info_metadata: metadata,
        yanked: yanked.map_or(Yanked::No(false), |reason| Yanked::Because(reason)),
    }
}

fn link(path: &str, record: &Record) -> String {
    let package = layout::package(&record.commit, &record.profile, &record.file);
    layout::link(path, &package)
}

/// Text and numbers alone are always written.
fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const PAGE: &str =
        "commit/6e4ddaf0123456789abcdef0123456789abcdef0/simple/hello-sdk/index.html";

    fn record(file: &str) -> Record {
        Record {
            kind: "wheel".to_owned(),
            project: "Hello_SDK".to_owned(),
            version: "0.1.0+1".to_owned(),
            platform: "any".to_owned(),
            profile: "release".to_owned(),
            file: file.to_owned(),
            files: None,
            size: 12,
            sha256: Digest::of(b"wheel"),
            content_type: "application/zip".to_owned(),
            commit: "6e4ddaf0123456789abcdef0123456789abcdef0".parse().unwrap(),
            run_url: None,
            toolchain: None,
            requires_python: Some(">=3.9,<4".to_owned()),
            metadata_sha256: Some(Digest::of(b"metadata")),
            uploaded: "2026-11-21T08:15:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_link_is_relative_escaped_and_says_all_that_pip_asks() {
        let pages = projects(&[record("hello_sdk-0.1.0+1-py3-none-any.whl")]);
        let page = project_html(&pages[0], PAGE);
        let (wheel, metadata) = (Digest::of(b"wheel"), Digest::of(b"metadata"));
        for part in [
            &format!(
                r#"href="../../packages/hello_sdk-0.1.0%2B1-py3-none-any.whl#sha256={wheel}""#
            ),
            r#"data-requires-python="&gt;=3.9,&lt;4""#,
            &format!(r#"data-core-metadata="sha256={metadata}""#),
            &format!(r#"data-dist-info-metadata="sha256={metadata}""#),
            r#"<meta name="pypi:repository-version" content="1.0">"#,
            ">hello_sdk-0.1.0+1-py3-none-any.whl</a>",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }

    #[test]
    fn json_pages_know_size_time_and_versions() {
        let pages = projects(&[record("a-0.1.0-py3-none-any.whl")]);
        let page: Value = serde_json::from_str(&project_json(&pages[0], PAGE)).unwrap();
        assert_eq!(page["meta"]["api-version"], "1.1");
        assert_eq!(page["name"], "hello-sdk");
        assert_eq!(page["versions"], json!(["0.1.0+1"]));
        assert_eq!(page["files"][0]["size"], 12);
        assert_eq!(page["files"][0]["upload-time"], "2026-11-21T08:15:00Z");
        assert_eq!(
            page["files"][0]["core-metadata"]["sha256"],
            json!(Digest::of(b"metadata"))
        );
    }

    #[test]
    fn what_pip_cannot_install_is_not_listed_and_a_file_is_listed_once() {
        let mut debug = record("a-0.1.0-py3-none-any.whl");
        debug.profile = "dev".to_owned();
        let mut bundle = record("bundle.zip");
        bundle.kind = "bundle".to_owned();
        let pages = projects(&[debug, record("a-0.1.0-py3-none-any.whl"), bundle]);
        assert_eq!(pages.len(), 1);
        assert_eq!(pages[0].files.len(), 1);
        assert_eq!(pages[0].files[0].profile, "release");
    }

    #[test]
    fn a_commit_build_and_a_release_never_share_an_index() {
        let mut release = record("hello_sdk-0.1.0-py3-none-any.whl");
        release.version = "0.1.0".to_owned();
        let build = record("hello_sdk-0.1.0+1-py3-none-any.whl");
        let mut of_commit = projects(&[release.clone(), build.clone()]);
        commit_builds_alone(&mut of_commit);
        assert_eq!(of_commit[0].files, std::slice::from_ref(&build));
        let mut released = projects(&[release.clone(), build]);
        let taken_back = BTreeMap::from([("0.1.0".to_owned(), "taken back".to_owned())]);
        releases_alone(&mut released, &taken_back);
        assert_eq!(released[0].files, [release]);
        let page = project_html(&released[0], "simple/hello-sdk/index.html");
        assert!(page.contains(r#"data-yanked="taken back""#), "{page}");
        let page = project_json(&released[0], "simple/hello-sdk/index.html");
        assert!(page.contains(r#""yanked": "taken back""#), "{page}");
    }

    #[test]
    fn nothing_in_a_record_can_break_out_of_the_page() {
        let mut evil = record("a-0.1.0-py3-none-any.whl");
        evil.requires_python = Some(r#"" onload="alert(1)"><script>"#.to_owned());
        let page = project_html(&projects(&[evil])[0], PAGE);
        assert!(!page.contains("<script>"), "{page}");
        assert!(!page.contains(r#"" onload"#), "{page}");
    }
}
