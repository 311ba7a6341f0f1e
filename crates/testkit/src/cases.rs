//! Runs the folders of `tests/cases/`: what a person gave an action, and the log that the person sees.
//!
//! A case is a folder with a `case.toml` and a `stdout.txt`, and where wanted `summary.md` and `outputs.json`:
//!
//! ```toml
//! exit = 1
//! event = "pull_request"          # its payload is event.json in the same folder, if there is one
//! args = ["--base", "[BASE]"]
//! inputs = { max-file-size = "1KiB" }
//! env = { GITHUB_REF = "refs/pull/7/merge" }
//! github = true                   # starts the fake GitHub with github.json
//! clone-depth = 1                 # the workspace is a clone of the repository, not the repository
//! repo = [
//!     { write = "README.md", text = "hello" },
//!     { commit = "first", as = "BASE" },
//!     { branch = "feature" },
//!     { write = "big.bin", size = "2MiB" },
//!     { commit = "second", as = "HEAD" },
//! ]
//! ```
//!
//! With `after = "mixed.toml"`, the steps `repo` of that file, beside the folders of the cases, come first.
//!
//! `[BASE]`, `[HEAD]`, … stand for commit ids, and `[BASE:7]` for short ones, in every file that goes in and in every
//! one that comes out; so do `[REPO]`, `[WORKSPACE]` (of a clone), `[API]` and `[TMP]`. Any other commit id that comes out is
//! `[SHA]`. With a repository, it is the workspace, and `GITHUB_SHA` is its `HEAD`; with `github`, `GITHUB_API_URL` names the fake.
//!
//! With `UPDATE_EXPECTED=1` in the environment the expected files are rewritten instead of compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::binary::Run;
use crate::github::FakeGitHub;
use crate::repo::TempRepo;
use crate::runner::{InJob as _, Outcome};

mod differ;
mod history;
mod words;

use words::Words;

/// Variable that makes a run rewrite the expected files.
pub const UPDATE: &str = "UPDATE_EXPECTED";

/// A folder of `tests/cases/`, read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// Name of the folder.
    #[serde(skip)]
    pub name: String,
    #[serde(skip)]
    pub folder: PathBuf,
    /// The exit code that is expected.
    #[serde(default)]
    pub exit: i32,
    #[serde(default)]
    pub args: Vec<String>,
    /// Inputs by the names that a workflow author writes.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Name of the event.
    #[serde(default)]
    pub event: Option<String>,
    /// Whether the fake GitHub runs, with the state of `github.json`.
    #[serde(default)]
    pub github: bool,
    #[serde(default)]
    clone_depth: Option<u32>,
    #[serde(default)]
    after: Option<String>,
    #[serde(default)]
    repo: Vec<history::RepoStep>,
}

/// Steps that several cases start with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shared {
    repo: Vec<history::RepoStep>,
}

/// What surrounds one case while it runs, for the closure that an action's test passes to [`run`].
#[derive(Debug)]
pub struct Setup {
    pub repo: Option<TempRepo>,
    pub github: Option<FakeGitHub>,
    clone: Option<TempRepo>,
    words: Words,
}

impl Setup {
    /// Makes `[word]` stand for `value`, in the case's files and in what comes out.
    pub fn word(&mut self, word: &str, value: &str) {
        self.words.add(word, value);
    }
}

/// Runs `binary` on every case in `folder` and compares what a person sees. The closure may add to each run.
///
/// # Panics
/// When a case differs from its expected files; the message shows the difference of each and says how to accept it.
pub fn run(
    binary: &str,
    folder: impl AsRef<Path>,
    prepare: impl Fn(&Case, &mut Setup, Run) -> Run,
) {
    let cases = read_all(folder.as_ref());
    let mut failures = Vec::new();
    for case in &cases {
        let complaints = play(binary, case, &prepare);
        if !complaints.is_empty() {
            failures.push(format!("case `{}`:\n{}", case.name, complaints.join("\n")));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {} cases differ (lines with `-` are expected, with `+` new).\n\n{}\n\nAccept what is new with `{UPDATE}=1 cargo test`.",
        failures.len(),
        cases.len(),
        failures.join("\n\n"),
    );
}

fn read_all(folder: &Path) -> Vec<Case> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|err| panic!("failed to list {}: {err}", folder.display()))
        .map(|entry| entry.expect("failed to list the cases").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "{} holds no case", folder.display());
    folders.into_iter().map(read).collect()
}

fn read(folder: PathBuf) -> Case {
    let file = folder.join("case.toml");
    let mut case: Case = read_toml(&file);
    if let Some(name) = &case.after {
        let shared: Shared = read_toml(&folder.with_file_name(name));
        let own = std::mem::replace(&mut case.repo, shared.repo);
        case.repo.extend(own);
    }
    case.name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    case.folder = folder;
    case
}

fn read_toml<T: DeserializeOwned>(file: &Path) -> T {
    let text = fs::read_to_string(file)
        .unwrap_or_else(|err| panic!("failed to read {}: {err}", file.display()));
    toml::from_str(&text)
        .unwrap_or_else(|err| panic!("failed to understand {}: {err}", file.display()))
}

fn play(
    binary: &str,
    case: &Case,
    prepare: &impl Fn(&Case, &mut Setup, Run) -> Run,
) -> Vec<String> {
    let mut run = Run::new(binary);
    let mut setup = set_up(case, &run);
    if let Some(repo) = setup.clone.as_ref().or(setup.repo.as_ref()) {
        run = run.workspace(repo.path()).sha(&repo.sha("HEAD"));
    }
    if let Some(github) = &setup.github {
        run = run.api_url(github.url());
    }
    run = prepare(case, &mut setup, run);
    let words = &setup.words;
    for (name, value) in &case.inputs {
        run = run.input(name, words.fill(value));
    }
    for (name, value) in &case.env {
        run = run.env(name, words.fill(value));
    }
    run = run.args(case.args.iter().map(|arg| words.fill(arg)));
    if let Some(event) = &case.event {
        let payload = read_json(case, "event.json", words);
        run = run.event(
            event,
            &payload.unwrap_or_else(|| Value::Object(serde_json::Map::new())),
        );
    }
    compare(case, &run.run(), words)
}

/// Builds the repository and starts the fake GitHub that a case asks for, and names them in its words.
fn set_up(case: &Case, run: &Run) -> Setup {
    let mut setup = Setup {
        repo: None,
        github: None,
        clone: None,
        words: Words::default(),
    };
    setup.word("TMP", &run.job.folder().display().to_string());
    if !case.repo.is_empty() {
        let repo = TempRepo::new();
        history::play(&case.repo, &repo, &mut setup.words);
        setup.word("REPO", &repo.path().display().to_string());
        setup.clone = case.clone_depth.map(|depth| repo.shallow_clone(depth));
        let workspace = setup.clone.as_ref().unwrap_or(&repo).path();
        let workspace = workspace.display().to_string();
        if setup.clone.is_some() {
            setup.word("WORKSPACE", &workspace);
        }
        setup.repo = Some(repo);
    }
    if case.github {
        let state = read_json(case, "github.json", &setup.words)
            .unwrap_or_else(|| panic!("case `{}` has no github.json", case.name));
        let state = serde_json::from_value(state).unwrap_or_else(|err| {
            panic!("failed to understand github.json of `{}`: {err}", case.name)
        });
        let github = FakeGitHub::start(state);
        setup.word("API", github.url());
        setup.github = Some(github);
    }
    setup
}

fn read_json(case: &Case, name: &str, words: &Words) -> Option<Value> {
    let file = case.folder.join(name);
    let text = fs::read_to_string(&file).ok()?;
    let value = serde_json::from_str(&words.fill(&text))
        .unwrap_or_else(|err| panic!("failed to understand {}: {err}", file.display()));
    Some(value)
}

/// Compares, or rewrites, each expected file; returns one text for each that differs.
fn compare(case: &Case, outcome: &Outcome, words: &Words) -> Vec<String> {
    let mut log = outcome.stdout.clone();
    if !outcome.stderr.is_empty() {
        log.push_str("--- stderr\n");
        log.push_str(&outcome.stderr);
    }
    let outputs = serde_json::to_string_pretty(&outcome.outputs).expect("failed to write JSON");
    let mut complaints = Vec::new();
    if outcome.code != case.exit {
        complaints.push(format!(
            "exit code is {}, case.toml expects {}",
            outcome.code, case.exit
        ));
    }
    let optional = |name: &str| case.folder.join(name).exists();
    let files = [
        ("stdout.txt", log, true),
        (
            "summary.md",
            outcome.summary.clone(),
            optional("summary.md"),
        ),
        ("outputs.json", outputs + "\n", optional("outputs.json")),
    ];
    for (name, actual, wanted) in files {
        if wanted {
            complaints.extend(compare_file(
                &case.folder.join(name),
                &words.redact(&actual),
            ));
        }
    }
    // A difference is often explained by what the optional files leave out.
    if !complaints.is_empty() && !optional("outputs.json") && !outcome.outputs.is_empty() {
        complaints.push(format!("outputs: {:?}", outcome.outputs));
    }
    complaints
}

fn compare_file(file: &Path, actual: &str) -> Option<String> {
    let expected = fs::read_to_string(file).unwrap_or_default();
    if expected == actual && file.exists() {
        return None;
    }
    if std::env::var_os(UPDATE).is_some_and(|value| value == "1") {
        fs::write(file, actual)
            .unwrap_or_else(|err| panic!("failed to write {}: {err}", file.display()));
        return None;
    }
    Some(format!(
        "{}\n{}",
        file.display(),
        differ::lines(&expected, actual)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(toml: &str, stdout: &str) -> tempfile::TempDir {
        let cases = tempfile::tempdir().unwrap();
        let folder = cases.path().join("one");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("case.toml"), toml).unwrap();
        fs::write(folder.join("stdout.txt"), stdout).unwrap();
        fs::write(folder.join("event.json"), r#"{"after": "[HEAD]"}"#).unwrap();
        cases
    }

    const CASE: &str = r#"
exit = 1
event = "push"
args = ["-c", "git -C \"$GITHUB_WORKSPACE\" log --format=%H; cat $GITHUB_EVENT_PATH; echo; echo $INPUT_X $HOME; exit 1"]
inputs = { x = "[BASE:7]" }
repo = [
    { write = "a", text = "1" },
    { commit = "first", as = "BASE" },
    { write = "b", size = "1KiB" },
    { commit = "second", as = "HEAD" },
]
"#;

    const STDOUT: &str = "[HEAD]\n[BASE]\n{\n  \"after\": \"[HEAD]\"\n}\n[BASE:7] [TMP]/home\n";

    #[test]
    fn a_case_sees_its_repository_and_its_words() {
        let cases = case(CASE, STDOUT);
        run("/bin/sh", cases.path(), |_, _, run| run);
    }

    #[test]
    #[should_panic(expected = "-[HEAD] and more")]
    fn a_difference_is_shown_by_lines() {
        let cases = case(
            CASE,
            &STDOUT.replace("[HEAD]\n[BASE]", "[HEAD] and more\n[BASE]"),
        );
        run("/bin/sh", cases.path(), |_, _, run| run);
    }

    #[test]
    fn a_case_gets_a_fake_github_and_a_shallow_clone() {
        let toml = r#"
github = true
clone-depth = 1
args = ["-c", "echo $GITHUB_API_URL $GITHUB_SHA; git -C $GITHUB_WORKSPACE rev-list --count HEAD; git remote get-url origin"]
repo = [{ commit = "first" }, { commit = "second", as = "HEAD" }]
"#;
        let cases = case(toml, "[API] [HEAD]\n1\nfile://[REPO]\n");
        let state = r#"{ "repositories": [{ "owner": "o", "name": "r", "path": "[REPO]" }] }"#;
        fs::write(cases.path().join("one/github.json"), state).unwrap();
        run("/bin/sh", cases.path(), |_, setup, run| {
            let github = setup.github.as_ref().unwrap().state();
            let repo = setup.repo.as_ref().unwrap().path();
            assert_eq!(github.repositories[0].path.as_deref(), Some(repo));
            run
        });
    }

    #[test]
    #[should_panic(expected = "exit code is 1, case.toml expects 0")]
    fn another_exit_code_fails() {
        let cases = case("args = [\"-c\", \"exit 1\"]", "");
        run("/bin/sh", cases.path(), |_, _, run| run);
    }
}
