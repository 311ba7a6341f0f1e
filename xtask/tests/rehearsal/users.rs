//! Users of a release, each pinned in another way, run its actions and its workflow as a runner unpacks them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Path as UrlPath;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};
use testkit::binary::Run;
use testkit::composite::Step;
use testkit::runner::{InJob as _, Level};
use testkit::serving::Server;

use crate::project::{WORKFLOW, actions, root};
use crate::stops::{released, small_assets};
use crate::workflow;

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The files of published releases.
struct Downloads {
    server: Server,
    folder: Arc<Mutex<PathBuf>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Downloads {
    fn start() -> Self {
        let folder: Arc<Mutex<PathBuf>> = Arc::default();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (releases, log) = (Arc::clone(&folder), Arc::clone(&asked));
        let answer = move |UrlPath((tag, name)): UrlPath<(String, String)>| {
            let release = releases.lock().unwrap().join(&tag);
            log.lock().unwrap().push(format!("{tag}/{name}"));
            let file = fs::read(release.join("assets").join(name));
            let answer: Response = match file {
                Ok(bytes) if release.join("published").exists() => bytes.into_response(),
                _ => StatusCode::NOT_FOUND.into_response(),
            };
            async move { answer }
        };
        let route = "/rerun-io/ci-actions/releases/download/{tag}/{name}";
        let server = Server::start(0, |_| Router::new().route(route, get(answer))).unwrap();
        Self {
            server,
            folder,
            asked,
        }
    }

    fn url(&self) -> String {
        format!("{}/rerun-io/ci-actions", self.server.url())
    }
}

/// What this machine is called in a binary's name.
fn platform() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "linux-arm64",
        _ => "linux-x64",
    }
}

/// Real binaries for this machine, without what only a debugger reads.
fn assets() -> tempfile::TempDir {
    let folder = small_assets();
    for action in actions() {
        let name = format!("{action}-{}", platform());
        let built = root().join("target/dist/assets").join(&name);
        assert!(
            built.exists(),
            "there is no {}: run `cargo xtask dist --profile dev`",
            built.display()
        );
        let place = folder.path().join(&name);
        let stripped = std::process::Command::new("strip")
            .arg("-o")
            .args([&place, &built])
            .status();
        if !stripped.is_ok_and(|status| status.success()) {
            fs::copy(&built, &place).unwrap();
        }
    }
    folder
}

#[test]
fn whoever_pins_a_commit_or_a_tag_that_moves_runs_that_version() {
    let (downloads, assets) = (Downloads::start(), assets());
    let project = released(&downloads.url(), assets.path());
    project
        .releases
        .clone_into(&mut downloads.folder.lock().unwrap());
    let pinned = project.refs()["refs/tags/v1.0.0"].clone();
    for (name, version) in [
        (pinned.as_str(), "v1.0.0"),
        ("v1", "v1.1.0"),
        ("v1.0", "v1.0.1"),
    ] {
        let tree = tempfile::tempdir().unwrap();
        project.unpack(name, tree.path());
        let tools = tree.path().join("tools");
        for folder in actions_of(tree.path()) {
            let step = Step::new(tree.path().join(&folder));
            // Those beside the workflow have the inputs that it gives, and no others.
            let step = match folder.starts_with("actions") {
                true => step.env("INPUT_CONFIG", "nowhere.toml"),
                false => step.with("config", "nowhere.toml"),
            };
            let outcome = step.env("RUNNER_TOOL_CACHE", &tools).run();
            outcome.assert_code(2);
            // The binary says so, not its launcher.
            let [error] = outcome.annotations.as_slice() else {
                panic!("{folder}: {outcome}");
            };
            assert_eq!(error.level, Level::Error);
            assert!(error.message.contains("nowhere.toml"), "{outcome}");
        }
        for action in actions() {
            let program = format!("\"$TREE/dist/run.sh\" {action} --version");
            let outcome = Run::new("bash")
                .args(["-e", "-c", &program])
                .env("TREE", tree.path())
                .env("RUNNER_TOOL_CACHE", &tools)
                .run();
            outcome.assert_code(0);
            let told = format!("{action} {}\n", env!("CARGO_PKG_VERSION"));
            assert_eq!(outcome.stdout, told);
        }
        let asked = std::mem::take(&mut *downloads.asked.lock().unwrap());
        let wanted: Vec<String> = actions()
            .iter()
            .map(|action| format!("{version}/{action}-{}", platform()))
            .collect();
        assert_eq!(sorted(asked), wanted, "{name}");
        the_workflow_uses_what_is_there(tree.path());

        let told = workflow::call(name, tree.path());
        assert!(told.contains("other"), "{told}");
        let asked = std::mem::take(&mut *downloads.asked.lock().unwrap());
        assert_eq!(asked, [format!("{version}/plan-{}", platform())], "{told}");
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// Folders of actions, at the root first, so that each is downloaded once.
fn actions_of(tree: &Path) -> Vec<String> {
    let at_the_root = actions();
    let beside = fs::read_dir(tree.join("actions")).unwrap();
    let beside = beside.map(|entry| {
        let name = entry.unwrap().file_name();
        format!("actions/{}", name.to_str().unwrap())
    });
    at_the_root.into_iter().chain(beside).collect()
}

/// Each `$/…` of the workflow is an action of the same tree, which has the inputs that it is given.
fn the_workflow_uses_what_is_there(tree: &Path) {
    let workflow = fs::read_to_string(tree.join(WORKFLOW)).unwrap();
    assert!(
        !workflow.contains("rerun-io/ci-actions/"),
        "it names another version"
    );
    let uses: Vec<(&str, Vec<&str>)> = workflow
        .split("uses: $/")
        .skip(1)
        .map(|after| {
            let mut lines = after.lines();
            let path = lines.next().unwrap().trim();
            let step = lines.take_while(|line| line.starts_with("        "));
            let given = step.skip_while(|line| line.trim() != "with:").skip(1);
            let given = given.filter_map(|line| line.strip_prefix("          "));
            let names = given.filter_map(|line| line.split_once(": "));
            let is_input = |name: &&str| !name.starts_with([' ', '#']);
            (path, names.map(|(name, _)| name).filter(is_input).collect())
        })
        .collect();
    assert!(uses.len() > 10, "{uses:?}");
    let count: usize = uses.iter().map(|(_, given)| given.len()).sum();
    assert!(count > 60, "only {count} inputs are given");
    for (path, given) in uses {
        let here = tree.join(path).join("action.yml");
        let source = root().join(path).join("action.yml");
        let [here, source] = [here, source].map(|path| fs::read_to_string(path).unwrap());
        let runs = |text: &str| text.split_once("\nruns:\n").unwrap().1.to_owned();
        let [here_runs, source_runs] = [runs(&here), runs(&source)];
        for line in here_runs.lines() {
            assert!(source_runs.lines().any(|one| one == line), "{path}: {line}");
        }
        for name in given {
            assert!(here.contains(&format!("\n  {name}:")), "{path}: {name}");
            let passed_on = format!(": ${{{{ inputs.{name} }}}}\n");
            assert!(here_runs.contains(&passed_on), "{path}: {name}");
        }
    }
}
