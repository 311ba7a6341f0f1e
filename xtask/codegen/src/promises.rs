//! What documents promise: every action and input that a README or an example names exists.

use std::{fs, path::Path};

use actions_core::spec::Spec;

use super::tests::specs;
use crate::project;

/// A use of one of our actions, with the inputs that it gives.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    action: String,
    inputs: Vec<String>,
}

/// How others name our actions and workflows, and how a workflow of ours names the actions beside it.
const PREFIXES: [&str; 2] = ["uses: rerun-io/ci-actions/", "uses: $/actions/"];

/// Reads the uses in a text that holds YAML: the keys one level below the `with:` that follows.
fn uses(text: &str) -> Vec<Use> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let mut prefixes = PREFIXES.iter();
        let Some((before, rest)) = prefixes.find_map(|prefix| line.split_once(prefix)) else {
            continue;
        };
        let action = rest.split('@').next().unwrap_or_default().to_owned();
        let step = before.len();
        let mut inputs = Vec::new();
        let mut with = None;
        for line in lines.iter().skip(number + 1) {
            let key = line.trim_start().split(':').next().unwrap_or_default();
            match with {
                _ if line.trim().is_empty() || line.trim_start().starts_with('#') => {}
                None if indent(line) < step => break,
                None if indent(line) == step && key == "with" => with = Some(0),
                None => {}
                Some(0) if indent(line) > step => {
                    with = Some(indent(line));
                    inputs.push(key.to_owned());
                }
                Some(level) if level > 0 && indent(line) == level => inputs.push(key.to_owned()),
                Some(level) if level == 0 || indent(line) < level => break,
                Some(_) => {}
            }
        }
        found.push(Use { action, inputs });
    }
    found
}

fn wrong(path: &str, text: &str, specs: &[Spec]) -> Vec<String> {
    let mut wrong = Vec::new();
    for one in uses(text) {
        let spec = specs.iter().find(|spec| spec.id == one.action);
        let known = match spec {
            Some(spec) => spec.inputs.iter().map(|it| it.name.clone()).collect(),
            None => inputs_of_workflow(&one.action),
        };
        if known.is_empty() {
            wrong.push(format!(
                "{path}: there is no action or workflow `{}`",
                one.action
            ));
            continue;
        }
        for input in one.inputs {
            if !known.contains(&input) {
                wrong.push(format!("{path}: {} has no input `{input}`", one.action));
            }
        }
    }
    wrong
}

/// What can be given to a workflow of ours; nothing if there is none of that path.
fn inputs_of_workflow(path: &str) -> Vec<String> {
    let text = fs::read_to_string(project::root().join(path)).unwrap_or_default();
    let lines = text
        .lines()
        .skip_while(|line| *line != "    inputs:")
        .skip(1);
    let inputs = lines.take_while(|line| line.starts_with("      "));
    let names = inputs.filter_map(|line| line.strip_prefix("      ")?.strip_suffix(':'));
    let names = names.filter(|name| !name.starts_with(' '));
    names.map(str::to_owned).collect()
}

pub(super) fn documents(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "target" | "node_modules" | ".git" | ".venv") {
            documents(&path, found);
        } else if name.ends_with(".md") || name.ends_with(".yml") {
            found.push(path);
        }
    }
}

#[test]
fn the_keys_of_a_use_are_found_whatever_surrounds_them() {
    let text = "\
steps:
  - uses: rerun-io/ci-actions/plan@v1
    with:
      request: |
        a: b
      base: main
  - id: x
    uses: $/actions/promote
    if: always()
    with:
      # why
      channel: latest

  - run: echo
";
    let found = uses(text);
    assert_eq!(found[0].inputs, ["request", "base"]);
    assert_eq!(found[1].action, "promote");
    assert_eq!(found[1].inputs, ["channel"]);
}

#[test]
fn every_use_in_documents_and_examples_names_an_action_and_inputs_that_exist() {
    let root = project::root();
    let (mut files, specs) = (Vec::new(), specs());
    documents(&root, &mut files);
    let mut all = Vec::new();
    let mut count = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        count += uses(&text).len();
        let shown = file.strip_prefix(&root).unwrap().display().to_string();
        all.extend(wrong(&shown, &text, &specs));
    }
    assert!(
        count > 20,
        "only {count} uses were found: has the way to write them changed?"
    );
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn every_action_is_used_by_the_example_or_by_a_workflow_that_it_calls() {
    let workflows = project::example().join(project::WORKFLOWS);
    let mut text = String::new();
    for entry in fs::read_dir(workflows).unwrap() {
        text.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    for one in uses(&text) {
        let called = project::root().join(one.action);
        text.push_str(&fs::read_to_string(called).unwrap_or_default());
    }
    let used: Vec<String> = uses(&text).into_iter().map(|one| one.action).collect();
    for spec in specs() {
        let id = spec.id;
        assert!(used.contains(&id), "no workflow of the example uses {id}");
    }
}
