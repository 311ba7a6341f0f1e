//! Workflows that name our actions by their release, run by `act` from the release tree, and what each job said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use testkit::workflows;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// What `act` printed, line by line.
pub(crate) struct Lines(Vec<Value>);

impl Lines {
    pub(crate) fn of_job<'a>(&'a self, job: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |line| line["jobID"] == job)
    }

    pub(crate) fn result<'a>(&'a self, job: &'a str) -> &'a str {
        let found = self.of_job(job).find_map(|line| line["jobResult"].as_str());
        found.unwrap_or_else(|| panic!("{job} did not end"))
    }

    /// All that a job said.
    pub(crate) fn said(&self, job: &str) -> String {
        let lines = self.of_job(job).filter_map(|line| line["msg"].as_str());
        lines.map(str::trim_end).collect::<Vec<_>>().join("\n")
    }
}

/// The release tree of some actions without its binaries, which act would copy for each job, and where they are.
pub(crate) fn release_tree(folder: &Path, actions: &[&str]) -> (PathBuf, PathBuf) {
    let made = root().join("target/dist");
    let copy = folder.join("release");
    let of_actions = actions.iter().map(|id| format!("{id}/action.yml"));
    let launcher = ["dist/run.sh", "dist/SHA256SUMS"].map(str::to_owned);
    for name in of_actions.chain(launcher) {
        let to = copy.join(&name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(made.join("tree").join(&name), to).unwrap_or_else(|err| {
            panic!("there is no {name} in the release tree ({err}): run `cargo xtask dist --profile dev`")
        });
    }
    (copy, made.join("assets"))
}

/// `act` for a run of which the actions take their binaries from here.
pub(crate) fn act(run: &workflows::Run, folder: &Path, binaries: &Path, api: &str) -> Command {
    let program = root().join(".venv/bin/act");
    assert!(
        program.exists(),
        "there is no act: run `cargo xtask test set-up`"
    );
    let mut act = run.act(&program);
    act.arg("--action-cache-path")
        .arg(folder.join("jobs"))
        .args(["--env", &format!("GITHUB_API_URL={api}")])
        .args([
            "--env",
            &format!("CI_ACTIONS_BIN_DIR={}", binaries.display()),
        ])
        .stdin(Stdio::null());
    act
}

pub(crate) fn lines(mut act: Command) -> Lines {
    let output = act.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines = stdout
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    Lines(lines.collect())
}
