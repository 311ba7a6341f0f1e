//! Plays a composite action as the runner does, so that a generated `action.yml` is tested as users meet it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::runner::{InJob, Job, Outcome};

mod expression;

use expression::Contexts;

/// One use of a composite action in a job: `uses:` a folder, `with:` some values.
#[derive(Debug)]
pub struct Step {
    folder: PathBuf,
    with: BTreeMap<String, String>,
    job: Job,
}

impl InJob for Step {
    fn job_mut(&mut self) -> &mut Job {
        &mut self.job
    }
}

/// The part of an `action.yml` that a runner acts on. Unknown keys of a step are refused: playing them wrong would prove nothing.
#[derive(Debug, Deserialize)]
struct Action {
    #[serde(default)]
    inputs: BTreeMap<String, Input>,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    runs: Runs,
}

#[derive(Debug, Default, Deserialize)]
struct Input {
    #[serde(default)]
    default: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Output {
    value: String,
}

#[derive(Debug, Deserialize)]
struct Runs {
    using: String,
    steps: Vec<RunStep>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RunStep {
    #[serde(default)]
    #[expect(dead_code, reason = "a name is allowed, and means nothing to the run")]
    name: Option<String>,
    #[serde(default)]
    id: Option<String>,
    run: String,
    shell: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    working_directory: Option<String>,
}

impl Step {
    /// Prepares a use of the action whose `action.yml` is in `folder`.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        Self {
            folder: folder
                .canonicalize()
                .unwrap_or_else(|err| panic!("failed to find {}: {err}", folder.display())),
            with: BTreeMap::new(),
            job: Job::default(),
        }
    }

    /// Sets an input, as a line below `with:` does.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.with.insert(name.to_owned(), value.into());
        self
    }

    /// Names the folder of binaries that the launcher uses instead of downloading them.
    #[must_use]
    pub fn binaries(self, folder: &Path) -> Self {
        self.env("CI_ACTIONS_BIN_DIR", folder.as_os_str())
    }

    /// Sets what `${{ github.token }}` gives.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        // The runner keeps it out of the environment; only the expression can see it.
        self.env(expression::TOKEN, token)
    }

    /// Runs the action's steps until one fails.
    ///
    /// # Panics
    /// When the action is no composite one, uses an expression or a key that this player does not know, or gets an
    /// input that it does not declare.
    pub fn run(mut self) -> Outcome {
        let action = read_action(&self.folder);
        for name in self.with.keys() {
            let known: Vec<_> = action.inputs.keys().collect();
            assert!(
                action.inputs.contains_key(name),
                "the action has no input `{name}`: it has {known:?}"
            );
        }
        let mut contexts = Contexts::new(&mut self.job, &self.folder);
        for (name, input) in &action.inputs {
            let value = match self.with.get(name) {
                Some(value) => value.clone(),
                None => contexts.fill(input.default.as_deref().unwrap_or_default()),
            };
            contexts.inputs.insert(name.clone(), value);
        }
        let [step] = action.runs.steps.as_slice() else {
            panic!(
                "the action has {} steps; one can be played",
                action.runs.steps.len()
            );
        };
        let mut outcome = play(self.job, step, &contexts, &self.folder);
        if let Some(id) = &step.id {
            let outputs = std::mem::take(&mut outcome.outputs);
            contexts.steps.insert(id.clone(), outputs);
        }
        outcome.outputs = action
            .outputs
            .iter()
            .map(|(name, output)| (name.clone(), contexts.fill(&output.value)))
            .collect();
        outcome
    }
}

fn read_action(folder: &Path) -> Action {
    let file = folder.join("action.yml");
    let text = fs::read_to_string(&file)
        .unwrap_or_else(|err| panic!("failed to read {}: {err}", file.display()));
    let action: Action = serde_saphyr::from_str(&text)
        .unwrap_or_else(|err| panic!("failed to understand {}: {err}", file.display()));
    assert_eq!(
        action.runs.using,
        "composite",
        "{} is no composite action",
        file.display()
    );
    action
}

fn play(job: Job, step: &RunStep, contexts: &Contexts, folder: &Path) -> Outcome {
    let script = job.folder().join("script.sh");
    fs::write(&script, contexts.fill(&step.run)).expect("failed to write the step's script");
    // Source: the runner's ScriptHandlerHelpers, and the table of shells in the workflow syntax.
    let mut command = match step.shell.as_str() {
        "bash" => {
            let mut bash = Command::new("bash");
            bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail"]);
            bash
        }
        "sh" => {
            let mut sh = Command::new("sh");
            sh.arg("-e");
            sh
        }
        other => panic!("shell {other:?} cannot be played: bash and sh can"),
    };
    command.arg(script);
    let mut env: BTreeMap<String, String> = step
        .env
        .iter()
        .map(|(name, value)| (name.clone(), contexts.fill(value)))
        .collect();
    env.insert(
        "GITHUB_ACTION_PATH".to_owned(),
        folder.display().to_string(),
    );
    if let Some(directory) = &step.working_directory {
        panic!("`working-directory: {directory}` cannot be played");
    }
    job.start(command, &env).wait()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTION: &str = r#"
name: greet
inputs:
  who: { description: Whom to greet., default: world }
  token: { description: A token., default: "${{ github.token }}" }
outputs:
  greeting: { description: The words., value: "${{ steps.run.outputs.greeting }}" }
runs:
  using: composite
  steps:
    - id: run
      shell: bash
      run: exec bash "$GITHUB_ACTION_PATH/../dist/run.sh" greet
      env:
        INPUT_WHO: ${{ inputs.who }}
        INPUT_TOKEN: ${{ inputs.token }}
"#;

    const LAUNCHER: &str = r#"
echo "greeting=hello $INPUT_WHO" >> "$GITHUB_OUTPUT"
echo "$1 $CI_ACTIONS_BIN_DIR ${#INPUT_TOKEN} $(basename "$PWD") $-"
false | true
"#;

    fn tree(action: &str) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for (file, text) in [("greet/action.yml", action), ("dist/run.sh", LAUNCHER)] {
            let file = tree.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        tree
    }

    #[test]
    fn inputs_reach_the_launcher_and_outputs_come_back() {
        let tree = tree(ACTION);
        let step = Step::new(tree.path().join("greet"))
            .with("who", "a'b\n$(c)")
            .token("12345")
            .binaries(Path::new("/bins"));
        // One line is all that `key=value` may hold, so the second line of the value is refused as an output.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| step.run()));
        assert!(outcome.is_err());
        let outcome = Step::new(tree.path().join("greet"))
            .token("12345")
            .binaries(Path::new("/bins"))
            .run();
        outcome.assert_code(0);
        assert_eq!(outcome.output("greeting"), "hello world");
        assert!(
            outcome.stdout.starts_with("greet /bins 5 workspace"),
            "{outcome}"
        );
    }

    #[test]
    fn a_default_that_yaml_takes_for_something_else_stays_the_text_that_it_is() {
        let tree = tree(&ACTION.replace("default: world", "default: false"));
        let outcome = Step::new(tree.path().join("greet")).run();
        assert_eq!(outcome.output("greeting"), "hello false");
    }

    #[test]
    #[should_panic(expected = "no input `whom`")]
    fn an_input_that_is_not_declared_fails_the_test() {
        let tree = tree(ACTION);
        Step::new(tree.path().join("greet")).with("whom", "x").run();
    }

    #[test]
    #[should_panic(expected = "cannot be evaluated")]
    fn an_expression_that_is_no_plain_name_fails_the_test() {
        let tree = tree(&ACTION.replace("inputs.who", "format('{0}', inputs.who)"));
        Step::new(tree.path().join("greet")).run();
    }
}
