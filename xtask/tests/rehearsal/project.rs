//! A repository like this one, on a server as strict as GitHub, and its job Release, which can be stopped and repeated.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;
use testkit::binary::Run;
use testkit::git_server::{GitServer, job_token};
use testkit::repo::TempRepo;
use testkit::runner::{InJob as _, Outcome};

pub(crate) const REPOSITORY: &str = "rerun-io/ci-actions";
pub(crate) const WORKFLOW: &str = ".github/workflows/create-packages.yml";
/// Workflows that are part of a release.
pub(crate) const PUBLISHED: [&str; 2] = [WORKFLOW, ".github/workflows/lint-build-test.yml"];
const TOKEN: &str = "ghs_release";

pub(crate) struct Project {
    pub(crate) source: TempRepo,
    /// The releases of the repository, each in the folder of its tag.
    pub(crate) releases: PathBuf,
    server: GitServer,
    /// Where releases can be downloaded.
    url: String,
    notes: Vec<String>,
    assets: PathBuf,
    folder: TempDir,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// The names of all actions of this repository.
pub(crate) fn actions() -> Vec<String> {
    let entries = fs::read_dir(root().join("actions")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

impl Project {
    /// A project that has released nothing. Its binaries are those of `assets`.
    pub(crate) fn new(url: &str, assets: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = GitServer::start(&folder.path().join("git")).unwrap();
        server.create(REPOSITORY);
        server.protect(REPOSITORY, "releases");
        server.allow(job_token(TOKEN, REPOSITORY, "write"));
        let project = Self {
            source: TempRepo::new(),
            releases: folder.path().join("releases"),
            server,
            url: url.to_owned(),
            notes: Vec::new(),
            assets: assets.to_owned(),
            folder,
        };
        fs::create_dir(&project.releases).unwrap();
        fs::write(project.folder.path().join("effects"), "").unwrap();
        project.copy_sources();
        project.make_path();
        project
    }

    fn copy_sources(&self) {
        let copy = |name: &str| {
            let bytes = fs::read(root().join(name)).unwrap();
            self.source.write(name, bytes);
        };
        for name in ["LICENSE-APACHE", "LICENSE-MIT", ".gitignore"] {
            copy(name);
        }
        for name in PUBLISHED {
            copy(name);
        }
        for id in actions() {
            copy(&format!("actions/{id}/action.yml"));
            copy(&format!("actions/{id}/Cargo.toml"));
        }
        let launcher = fs::read(root().join("dist/run.sh")).unwrap();
        self.source.executable("dist/run.sh", launcher);
    }

    /// The programs that the steps find first.
    fn make_path(&self) {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rehearsal");
        let path = self.folder.path().join("path");
        fs::create_dir(&path).unwrap();
        for name in ["gh", "git", "effect.sh"] {
            let from = scripts.join(name).with_extension("sh");
            fs::copy(from, path.join(name)).unwrap();
            make_executable(&path.join(name));
        }
        let cargo = format!(
            "#!/bin/sh\nshift\nexec '{}' \"$@\" --root \"$PWD\"\n",
            env!("CARGO_BIN_EXE_xtask")
        );
        fs::write(path.join("cargo"), cargo).unwrap();
        make_executable(&path.join("cargo"));
    }

    /// Writes the version and its notes, and merges that into a branch.
    pub(crate) fn raise(&mut self, version: &str, branch: &str) -> String {
        self.notes.insert(0, version.to_owned());
        let sections: Vec<String> = self
            .notes
            .iter()
            .map(|version| format!("## {version}\n\n- what {version} changes\n"))
            .collect();
        self.source.write("CHANGELOG.md", sections.join("\n"));
        let manifest = format!(
            "[workspace.package]\nversion = \"{version}\"\nrepository = \"{}\"\n",
            self.url
        );
        self.source.write("Cargo.toml", manifest);
        let commit = self.source.commit(&format!("Raise to {version}"));
        self.push_as_maintainer(&format!("HEAD:refs/heads/{branch}"));
        commit
    }

    pub(crate) fn push_as_maintainer(&self, what: &str) {
        let url = self.server.maintainer_url(REPOSITORY);
        self.source.git(&["push", "--quiet", &url, what]);
    }

    /// What the released repository says.
    pub(crate) fn bare(&self, args: &[&str]) -> String {
        let folder = self.server.folder(REPOSITORY);
        let mut all = vec!["--git-dir", folder.to_str().unwrap()];
        all.extend(args);
        self.source.git(&all)
    }

    /// Each branch and tag of the released repository, with its commit.
    pub(crate) fn refs(&self) -> BTreeMap<String, String> {
        let listed = self.bare(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        let pairs = listed.lines().map(|line| line.split_once(' ').unwrap());
        pairs
            .map(|(name, commit)| (name.to_owned(), commit.to_owned()))
            .collect()
    }

    /// The files of a commit as a runner unpacks them.
    pub(crate) fn unpack(&self, commit: &str, to: &Path) {
        let archive = self.folder.path().join("archive.tar");
        let output = format!("--output={}", archive.display());
        self.bare(&["archive", "--format=tar", &output, commit]);
        let file = fs::File::open(archive).unwrap();
        tar::Archive::new(file).unpack(to).unwrap();
    }

    /// A fresh checkout with the binaries of the jobs before.
    pub(crate) fn checkout(&self, commit: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let url = self.server.url_for(TOKEN, REPOSITORY);
        let place = folder.path().to_str().unwrap();
        self.source.git(&["clone", "--quiet", &url, place]);
        self.source
            .git(&["-C", place, "checkout", "--quiet", "--detach", commit]);
        let assets = folder.path().join("target/assets");
        fs::create_dir_all(&assets).unwrap();
        for entry in fs::read_dir(&self.assets).unwrap() {
            let entry = entry.unwrap();
            fs::hard_link(entry.path(), assets.join(entry.file_name())).unwrap();
        }
        folder
    }

    pub(crate) fn use_assets(&mut self, folder: &Path) {
        folder.clone_into(&mut self.assets);
    }

    /// Runs the job to its end.
    pub(crate) fn release(&self, commit: &str) -> Outcome {
        self.release_or_stop(commit, "no")
    }

    /// Runs the job until something has left the machine that did not in the runs before.
    pub(crate) fn release_and_stop(&self, commit: &str) -> Outcome {
        self.release_or_stop(commit, "yes")
    }

    fn release_or_stop(&self, commit: &str, stop: &str) -> Outcome {
        let checkout = self.checkout(commit);
        let mut last = None;
        for script in steps() {
            let step = self.step(checkout.path(), &script);
            let outcome = step.env("STOP", stop).run();
            let failed = outcome.code != 0;
            last = Some(outcome);
            if failed {
                break;
            }
        }
        last.unwrap()
    }

    /// One step of the job.
    pub(crate) fn step(&self, checkout: &Path, script: &str) -> Run {
        let path = self.folder.path().join("path");
        let rest = std::env::var("PATH").unwrap();
        Run::new("bash")
            .args(["-e", "-c", script])
            .workspace(checkout)
            .env("PATH", format!("{}:{rest}", path.display()))
            .env("REAL_GIT", place_of_git())
            .env("RELEASES", &self.releases)
            .env("EFFECTS", self.folder.path().join("effects"))
            .env("STOP", "no")
    }
}

fn make_executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

fn place_of_git() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join("git"));
    places.find(|place| place.is_file()).unwrap()
}

#[derive(Deserialize)]
struct Workflow {
    jobs: BTreeMap<String, Job>,
}

#[derive(Deserialize)]
struct Job {
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    run: Option<String>,
}

/// The scripts of the job that releases, as they are in our workflow.
fn steps() -> Vec<String> {
    let text = fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let workflow: Workflow = serde_saphyr::from_str(&text).unwrap();
    let scripts: Vec<String> = workflow.jobs["release"]
        .steps
        .iter()
        .filter_map(|step| step.run.clone())
        .collect();
    assert!(
        scripts.iter().all(|script| !script.contains("${{")),
        "an expression is not evaluated here"
    );
    scripts
}
