//! Three releases, each stopped after everything that leaves the machine, end like three that were not stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::project::{PUBLISHED, Project, WORKFLOW, actions};

const PLATFORMS: &[&str] = &[
    "linux-x64",
    "linux-arm64",
    "macos-arm64",
    "macos-x64",
    "windows-x64.exe",
    "windows-arm64.exe",
];

/// Files with the names of a release's binaries.
pub(crate) fn small_assets() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for action in actions() {
        for platform in PLATFORMS {
            let name = format!("{action}-{platform}");
            fs::write(folder.path().join(&name), &name).unwrap();
        }
    }
    folder
}

/// The versions in the order of their releases, with the branch of each.
const VERSIONS: [(&str, &str); 3] = [("1.0.0", "main"), ("1.1.0", "main"), ("1.0.1", "1.0")];

/// Goes to the commit that the version is made from, and raises it there.
pub(crate) fn prepare(project: &mut Project, version: &str, branch: &str) -> String {
    if branch == "1.0" {
        let first = project.source.git(&["rev-parse", "HEAD~1"]);
        project
            .source
            .git(&["checkout", "--quiet", "-b", branch, &first]);
    }
    project.raise(version, branch)
}

pub(crate) fn released(url: &str, assets: &Path) -> Project {
    let mut project = Project::new(url, assets);
    for (version, branch) in VERSIONS {
        let commit = prepare(&mut project, version, branch);
        project.release(&commit).assert_code(0);
    }
    project
}

#[test]
fn a_release_that_is_stopped_after_any_effect_and_started_again_ends_the_same() {
    let assets = small_assets();
    let straight = released("https://github.com/rerun-io/ci-actions", assets.path());
    let mut stopped = Project::new("https://github.com/rerun-io/ci-actions", assets.path());
    for (version, branch) in VERSIONS {
        let commit = prepare(&mut stopped, version, branch);
        let mut stops = 0;
        while stopped.release_and_stop(&commit).code != 0 {
            stops += 1;
            assert!(stops < 20, "{version} does not come to an end");
            nobody_gets_a_tag_without_binaries(&stopped);
        }
        // Branch, draft, binaries, tag, publication, and the one or two tags that move.
        let expected = if version == "1.0.1" { 6 } else { 7 };
        assert_eq!(stops, expected, "{version}");
        // And once more when all is done: nothing changes.
        let before = stopped.refs();
        stopped.release(&commit).assert_code(0);
        assert_eq!(stopped.refs(), before);
    }
    assert_eq!(stopped.refs(), straight.refs());
    assert_eq!(files(&stopped.releases), files(&straight.releases));
}

/// A tag that moves names a version whose release can be seen.
fn nobody_gets_a_tag_without_binaries(project: &Project) {
    let refs = project.refs();
    for tag in ["v1", "v1.0", "v1.1"] {
        let Some(commit) = refs.get(&format!("refs/tags/{tag}")) else {
            continue;
        };
        let url = project.bare(&["show", &format!("{commit}:dist/url")]);
        let version = url.rsplit('/').next().unwrap();
        let published = project.releases.join(version).join("published");
        assert!(
            published.exists(),
            "{tag} is {version}, which is not published"
        );
    }
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let inner = files(&path).into_iter();
            found.extend(inner.map(|(inside, bytes)| (format!("{name}/{inside}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn releases_lie_on_each_other_and_tags_never_go_back() {
    let assets = small_assets();
    let project = released("https://github.com/rerun-io/ci-actions", assets.path());
    let refs = project.refs();
    let tag = |name: &str| refs[&format!("refs/tags/{name}")].clone();
    let history = project.bare(&["log", "--format=%H", "releases"]);
    let history: Vec<&str> = history.lines().collect();
    assert_eq!(history, [tag("v1.0.1"), tag("v1.1.0"), tag("v1.0.0")]);
    assert_eq!(tag("v1"), tag("v1.1.0"));
    assert_eq!(tag("v1.1"), tag("v1.1.0"));
    assert_eq!(tag("v1.0"), tag("v1.0.1"));
    let latest = fs::read_to_string(project.releases.join("latest")).unwrap();
    assert_eq!(latest, "v1.1.0\n");
    for (version, branch) in VERSIONS {
        let release = project.releases.join(format!("v{version}"));
        let notes = fs::read_to_string(release.join("notes.md")).unwrap();
        assert_eq!(notes, format!("- what {version} changes\n"));
        assert_eq!(
            files(&release.join("assets")),
            files(assets.path()),
            "v{version}"
        );
        // A published workflow is the one of the branch, or GitHub refuses the push.
        let there = project.bare(&["rev-parse", &format!("{branch}:{WORKFLOW}")]);
        let here = project.bare(&["rev-parse", &format!("v{version}:{WORKFLOW}")]);
        assert_eq!(here, there);
    }
    // A person who releases by hand makes the very commit.
    let author = project.bare(&["log", "-1", "--format=%an %cn %B", "v1.0.0"]);
    assert!(author.starts_with("ci-actions ci-actions Release v1.0.0\n\nSource: "));
}

/// Every job that uses an action unpacks all of it: 27 actions, and the digests of their binaries for six platforms.
#[test]
fn the_tree_has_150_kb_at_most_and_only_what_its_users_need() {
    let assets = small_assets();
    let mut project = Project::new("https://github.com/rerun-io/ci-actions", assets.path());
    let commit = project.raise("1.0.0", "main");
    project.release(&commit).assert_code(0);
    let listed = project.bare(&["ls-tree", "-r", "-l", "v1"]);
    let mut bytes = 0;
    for line in listed.lines() {
        let (about, path) = line.split_once('\t').unwrap();
        let about: Vec<&str> = about.split_whitespace().collect();
        bytes += about[3].parse::<u64>().unwrap();
        let mode = if path == "dist/run.sh" {
            "100755"
        } else {
            "100644"
        };
        assert_eq!(about[0], mode, "{path}");
        let known =
            path.ends_with("/action.yml") || PUBLISHED.contains(&path) || path.starts_with("dist/");
        assert!(
            known || ["LICENSE-MIT", "README.md"].contains(&path),
            "{path}"
        );
    }
    assert!(bytes <= 150_000, "the release tree has {bytes} bytes");
    for action in actions() {
        let action_yml = project.bare(&["show", &format!("v1:{action}/action.yml")]);
        assert!(action_yml.contains("/../dist/run.sh\""), "{action}");
        assert!(
            !action_yml.contains("uses:"),
            "{action} cannot be locked by a lockfile"
        );
    }
}
