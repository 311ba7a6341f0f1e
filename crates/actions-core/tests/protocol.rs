//! What an action says to its runner, seen from outside: exit codes, outputs, the event, the config file and the log.

#![allow(
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test that panics is a test that fails"
)]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use actions_core::spec::Spec;
use actions_core::{Action, Annotation, Context, Done, Level, Secret, Summary, event::Event, text};
use anyhow::bail;
use serde::Serialize;
use serde_json::json;
use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};

const ACTION: Action = Action {
    id: "pr-gates",
    name: "Test",
    description: "Does what its input says.",
    version: "1.0.0",
    icon: "check",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

#[derive(Debug, clap::Args)]
struct Inputs {
    /// What to do
    #[arg(long, default_value = "pass")]
    task: Task,
    /// How many
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    count: u32,
    /// Payload to use instead
    #[arg(long, value_name = "PATH")]
    event: Option<PathBuf>,
    /// A secret
    #[arg(long, value_name = "SECRET")]
    token: Option<Secret>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Task {
    Pass,
    Find,
    Fail,
    ReadEvent,
    Hostile,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Outputs {
    verdict: String,
    two_lines: String,
    list: Vec<u32>,
    nothing: Option<String>,
}

const HOSTILE: &str = "::error::forged\n##[error]forged\r\n%0A::add-mask::forged\u{1b}[31m";

fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let outputs = Outputs {
        verdict: "passed".to_owned(),
        two_lines: "a\nverdict=forged".to_owned(),
        list: (0..inputs.count).collect(),
        nothing: None,
    };
    match inputs.task {
        Task::Pass => {}
        Task::Find => return Ok(Done::found(outputs)),
        Task::Fail => bail!("failed to read `a\n::error::forged`: 100% wrong"),
        Task::ReadEvent => match cx.event(inputs.event.as_deref())? {
            Some(Event::PullRequest(event)) => cx.log.info(&event.pull_request.title),
            event => cx.log.info(format!("another event: {}", event.is_some())),
        },
        Task::Hostile => {
            cx.log.info(HOSTILE);
            drop(cx.log.group(HOSTILE));
            cx.log.debug(HOSTILE);
            let mut summary = Summary::new();
            summary.heading("One").paragraph(&text::markdown("a <b> c"));
            cx.write_summary(&summary)?;
            cx.log.annotate(vec![Annotation {
                level: Level::Warning,
                title: Some(HOSTILE.to_owned()),
                file: Some("a,line=9::b\nc".to_owned()),
                line: Some(7),
                message: HOSTILE.to_owned(),
            }]);
        }
    }
    Ok(Done::passed(outputs))
}

#[test]
#[ignore = "the other tests start it as a program"]
#[allow(clippy::exit, reason = "this is how a program tells its exit code")]
fn the_action() {
    let args = std::env::var("ARGS").unwrap_or_default();
    let args = std::iter::once("action").chain(args.split_whitespace());
    let code = actions_core::main(&ACTION, args.map(OsString::from), std::env::vars_os(), run);
    let known = (0..=2_u8).find(|number| ExitCode::from(*number) == code);
    std::process::exit(known.map_or(99, i32::from));
}

/// This test program again, as an action: cargo builds none for the tests of a library.
fn action(task: &str) -> Run {
    Run::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_action", "--include-ignored"])
        .args(["--nocapture", "--quiet", "--test-threads=2"])
        .input("task", task)
}

/// The one error of an action that could not look; it wrote no output.
#[track_caller]
fn refusal(outcome: &Outcome) -> String {
    outcome.assert_code(2);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    let [error] = outcome.annotations.as_slice() else {
        panic!("expected one annotation\n{outcome}");
    };
    assert_eq!(error.level, testkit::runner::Level::Error);
    error.message.clone()
}

#[test]
fn passed_is_0_found_is_1_and_both_write_all_outputs() {
    for (task, code) in [("pass", 0), ("find", 1)] {
        let outcome = action(task).input("count", "3").run();
        outcome.assert_code(code);
        assert_eq!(outcome.annotations, [], "{outcome}");
        assert_eq!(outcome.output("verdict"), "passed");
        assert_eq!(outcome.output("two-lines"), "a\nverdict=forged");
        assert_eq!(outcome.output("list"), "[0,1,2]");
        assert_eq!(outcome.output("nothing"), "");
        assert_eq!(outcome.outputs.len(), 4);
    }
}

#[test]
fn what_could_not_look_is_2_with_its_whole_error_in_one_annotation() {
    let message = refusal(&action("fail").run());
    assert_eq!(message, "failed to read `a\n::error::forged`: 100% wrong");
}

#[test]
fn on_a_laptop_errors_are_plain_lines_and_nothing_is_a_command() {
    let outcome = action("fail").env("GITHUB_ACTIONS", "").run();
    outcome.assert_code(2);
    assert!(
        outcome
            .stdout
            .contains("error: failed to read `a\n  ::error::forged`: 100% wrong\n"),
        "{outcome}"
    );
    let outcome = action("pass")
        .env("GITHUB_ACTIONS", "")
        .input("token", "s3cret")
        .run();
    outcome.assert_code(0);
    assert!(!outcome.to_string().contains("s3cret"), "{outcome}");
    assert!(!outcome.stdout.contains("::"), "{outcome}");
}

#[test]
fn a_secret_is_masked_before_anything_else_and_never_repeated() {
    let outcome = action("pass").input("token", "s3cret-1\ns3cret-2").run();
    outcome.assert_code(0);
    assert_eq!(outcome.masks, ["s3cret-1", "s3cret-2"]);
    let place = |text: &str| outcome.stdout.find(text).unwrap();
    assert!(
        place("::add-mask::s3cret-2") < place("To repeat it: "),
        "{outcome}"
    );
    assert_eq!(
        outcome.to_string().matches("s3cret").count(),
        2,
        "{outcome}"
    );
}

#[test]
fn a_secret_is_refused_on_the_command_line_without_being_repeated() {
    let outcome = action("pass").env("ARGS", "--token=s3cret").run();
    let message = refusal(&outcome);
    assert!(message.contains("INPUT_TOKEN"), "{message}");
    assert!(!outcome.to_string().contains("s3cret"), "{outcome}");
}

#[test]
fn asked_for_its_spec_alone_it_prints_what_it_declares_and_does_nothing() {
    // An input that is wrong is of no interest then.
    let outcome = action("no such task").env("ARGS", "--spec").run();
    outcome.assert_code(0);
    assert!(outcome.outputs.is_empty(), "{outcome}");
    let json = outcome
        .stdout
        .find('{')
        .map(|start| &outcome.stdout[start..]);
    let spec: Spec = serde_json::from_str(json.unwrap()).unwrap();
    assert_eq!(spec, actions_core::spec::spec::<Inputs, Outputs>(&ACTION));
    let inputs: Vec<&str> = spec.inputs.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(inputs, ["task", "count", "event", "token", "config"]);
}

#[test]
fn the_flag_of_the_spec_is_no_input_and_no_part_of_the_help() {
    let message = refusal(&action("pass").env("ARGS", "--spec --count=2").run());
    assert!(message.contains("--spec"), "{message}");
    let outcome = action("pass").env("ARGS", "--help").run();
    outcome.assert_code(0);
    assert!(!outcome.stdout.contains("--spec"), "{outcome}");
}

#[test]
fn text_from_strangers_forges_no_command() {
    let outcome = action("hostile").run();
    outcome.assert_code(0);
    assert_eq!(outcome.masks, Vec::<String>::new(), "{outcome}");
    // Inside of a command the old syntax is text.
    let mut lines = outcome
        .stdout
        .lines()
        .filter(|line| !line.starts_with("::"));
    assert!(lines.all(|line| !line.contains("##[")), "{outcome}");
    let [warning] = outcome.annotations.as_slice() else {
        panic!("{outcome}");
    };
    assert_eq!(warning.message, HOSTILE);
    assert_eq!(warning.title.as_deref(), Some(HOSTILE));
    assert_eq!(warning.file.as_deref(), Some("a,line=9::b\nc"));
    assert_eq!(warning.line, Some(7));
    assert!(
        outcome.summary.contains("a &lt;b&gt; c"),
        "{}",
        outcome.summary
    );
}

#[test]
fn a_missing_event_file_is_named() {
    let message = refusal(
        &action("read-event")
            .env("GITHUB_EVENT_PATH", "gone/event.json")
            .run(),
    );
    assert!(
        message.starts_with("failed to read the event file `gone/event.json`"),
        "{message}"
    );
    let message = refusal(&action("read-event").env("GITHUB_EVENT_PATH", "").run());
    assert!(
        message.contains("`GITHUB_EVENT_PATH` is not set"),
        "{message}"
    );
}

#[test]
fn the_payload_of_another_event_is_told_by_what_it_lacks() {
    let push = json!({"ref": "refs/heads/main", "after": "0".repeat(40)});
    let message = refusal(&action("read-event").event("pull_request", &push).run());
    assert!(message.contains("event.json"), "{message}");
    assert!(message.contains("pull_request"), "{message}");
}

#[test]
fn an_event_that_is_no_json_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event.json");
    for text in ["", "{", "[]", "\u{feff}"] {
        std::fs::write(&file, text).unwrap();
        let outcome = action("read-event")
            .event("pull_request", &json!({}))
            .input("event", &file)
            .run();
        assert!(refusal(&outcome).contains("event.json"), "{outcome}");
    }
}

#[test]
fn an_event_without_a_name_is_told_by_its_shape_or_asked_for() {
    let action = || action("read-event").env("GITHUB_EVENT_NAME", "");
    let other = json!({"hook": {}});
    let message = refusal(&action().event("", &other).run());
    assert!(message.contains("set GITHUB_EVENT_NAME"), "{message}");
    let nightly = json!({"schedule": "0 3 * * *"});
    let message = refusal(&action().event("", &nightly).run());
    assert!(message.contains("payload of `schedule`"), "{message}");
}

#[test]
fn a_config_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let github = folder.path().join(".github");
    std::fs::create_dir_all(&github).unwrap();
    let file = github.join("ci-actions.toml");
    let action = || action("pass").workspace(folder.path());

    for (text, told) in [
        (
            "[pr-gates\n",
            "failed to read the config file `.github/ci-actions.toml`",
        ),
        ("[pr-gate]\n", "did you mean `[pr-gates]`?"),
        ("[pr-gates]\ncuont = 2\n", "did you mean `count`?"),
        (
            "[pr-gates]\ncount = [1]\n",
            "must be a string, a number or a boolean",
        ),
        ("[pr-gates]\ntoken = \"x\"\n", "is a secret"),
        ("pr-gates = 1\n", "must be a table"),
    ] {
        std::fs::write(&file, text).unwrap();
        let message = refusal(&action().run());
        assert!(message.contains(told), "{text}: {message}");
    }
    // Text that is none, and a folder where the file should be.
    std::fs::write(&file, [0xff, 0xfe]).unwrap();
    assert!(refusal(&action().run()).contains("ci-actions.toml"));
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert!(refusal(&action().run()).contains("ci-actions.toml"));
    assert!(refusal(&action().input("config", "other.toml").run()).contains("other.toml"));
}

#[test]
fn an_unknown_input_is_told_the_right_one() {
    let message = refusal(&action("pass").input("cuont", "2").run());
    assert!(message.contains("did you mean `count`?"), "{message}");
    let message = refusal(&action("pass").input("zzz\n::error::forged", "2").run());
    assert!(message.contains("the inputs of pr-gates are"), "{message}");
}

#[test]
fn a_bad_value_is_named_by_its_input_and_where_it_stands() {
    let message = refusal(&action("pass").input("count", "many\n::error::x").run());
    assert!(
        message.starts_with("failed to read the input `count` (the variable INPUT_COUNT)"),
        "{message}"
    );
    assert!(!message.contains('\n'), "{message}");
    let message = refusal(&action("fnid").run());
    assert!(message.contains("did you mean `find`?"), "{message}");
}

#[test]
fn outputs_that_cannot_be_written_are_an_error() {
    let outcome = action("pass").env("GITHUB_OUTPUT", "gone/output").run();
    assert!(refusal(&outcome).contains("`gone/output`"), "{outcome}");
    let outcome = action("hostile")
        .env("GITHUB_STEP_SUMMARY", "gone/summary")
        .run();
    outcome.assert_code(2);
}

#[test]
fn help_and_version_end_well() {
    for (args, told) in [("--help", "--count <COUNT>"), ("--version", "1.0.0")] {
        let outcome = action("pass").env("ARGS", args).run();
        outcome.assert_code(0);
        assert!(outcome.stdout.contains(told), "{outcome}");
        assert!(outcome.outputs.is_empty(), "{outcome}");
    }
}
