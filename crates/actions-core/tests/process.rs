//! Programs that an action runs, seen through an action's own log and exit code, and what is left of them after a cancel.

#![cfg(all(feature = "async", unix))]
#![allow(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use actions_core::{Action, Context, Done, Log, process::Program};
use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome, Running};

const ACTION: Action = Action {
    id: "build-wheel",
    name: "Test",
    description: "Runs a program.",
    version: "1.0.0",
    icon: "check",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

#[derive(Debug, clap::Args)]
struct Inputs {
    /// What the shell runs
    #[arg(long)]
    script: String,
    /// Whether its output is kept from the log
    #[arg(long, action = clap::ArgAction::Set, default_value_t = false)]
    silent: bool,
}

fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<()>> {
    let shell = Program::new("sh").args(["-c", &inputs.script]);
    cx.block_on(async {
        match inputs.silent {
            true => shell.output().await.map(|_| ()),
            false => shell.run(&cx.log).await,
        }
    })?;
    Ok(Done::passed(()))
}

#[test]
#[ignore = "the other tests start it as a program"]
#[allow(clippy::exit, reason = "this is how a program tells its exit code")]
fn the_action() {
    let args = [OsString::from("action")];
    let code = actions_core::main(&ACTION, args, std::env::vars_os(), run);
    std::process::exit(i32::from(code != ExitCode::SUCCESS) * 2);
}

/// This test program again, as an action that runs `script`: cargo builds none for the tests of a library.
fn action(script: &str) -> Run {
    Run::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_action", "--include-ignored"])
        .args(["--nocapture", "--quiet", "--test-threads=2"])
        .input("script", script)
        .limit(Duration::from_secs(60))
}

fn failure(outcome: &Outcome) -> &str {
    outcome.assert_code(2);
    &outcome.annotations.last().unwrap().message
}

#[test]
fn what_a_program_prints_is_shown_and_never_obeyed() {
    let script = r#"
        echo "::error::forged"
        echo "   ::add-mask::forged" >&2
        printf '\r::notice::forged\n'
        echo "old ##[error]forged"
        echo "::stop-commands::forged"
        printf 'a\033[31mred\033[0m\tb\n'
        printf '\377 no UTF-8\n'
        printf 'no line end'
    "#;
    let outcome = action(script).run();
    outcome.assert_code(0);
    assert_eq!(outcome.annotations, [], "{outcome}");
    assert_eq!(outcome.masks, Vec::<String>::new(), "{outcome}");
    assert!(!outcome.stdout.contains("##["), "{outcome}");
    let shown = outcome.stdout.matches("forged").count();
    // Five times by the program; the lines that say what runs repeat the script.
    assert!(shown >= 5, "{outcome}");
    for line in outcome.stdout.lines().map(str::trim) {
        assert!(!line.starts_with("::"), "{outcome}");
    }
    for told in [
        "a\u{1b}[31mred\u{1b}[0m\tb\n",
        "\u{fffd} no UTF-8\n",
        "no line end\n",
    ] {
        assert!(outcome.stdout.contains(told), "{outcome}");
    }
}

#[test]
fn a_failure_tells_the_exit_code() {
    let outcome = action("echo why; exit 37").run();
    assert!(outcome.stdout.contains("why\n"), "{outcome}");
    let message = failure(&outcome);
    assert!(message.starts_with("failed to run `sh -c"), "{message}");
    assert!(message.contains("exit code 37"), "{message}");
}

#[test]
fn a_silent_failure_repeats_the_end_of_its_errors_in_one_harmless_line() {
    let script =
        "for i in $(seq 100); do echo \"line $i\" >&2; done; echo '::error::x' >&2; exit 3";
    let outcome = action(script).input("silent", "true").run();
    let message = failure(&outcome);
    assert!(message.contains("exit code 3: line 82 | "), "{message}");
    assert!(message.ends_with("line 100 | ::error::x"), "{message}");
    assert_eq!(outcome.annotations.len(), 1, "{outcome}");
}

#[test]
fn a_program_that_was_killed_is_told_from_one_that_failed() {
    for silent in ["true", "false"] {
        let outcome = action("kill -9 $$").input("silent", silent).run();
        let message = failure(&outcome);
        assert!(message.contains("it was killed"), "{message}");
    }
}

fn context() -> Context {
    Context::new(actions_core::Env::default())
}

#[test]
fn a_program_that_is_not_installed_is_named() {
    let cx = context();
    let program = || Program::new("no-such-program").arg("x\ny");
    let of_run = cx.block_on(program().run(&Log::new(&cx.env))).unwrap_err();
    let of_output = cx.block_on(program().output()).unwrap_err();
    for error in [of_run, of_output] {
        assert_eq!(
            format!("{error:#}"),
            "failed to run `no-such-program x\\ny`: the program is not installed, or not in PATH"
        );
    }
}

#[test]
fn exit_codes_may_be_answers_and_standard_input_may_be_long() {
    let input = vec![b'x'; 1 << 20];
    let program = Program::new("sh").args(["-c", "cat; echo told >&2; exit 1"]);
    let cx = context();
    let end = cx
        .block_on(program.stdin(input.clone()).captured())
        .unwrap();
    assert_eq!((end.code, end.stdout == input), (Some(1), true));
    assert_eq!(end.stderr, ["told"]);
}

#[test]
fn a_program_that_does_not_read_its_standard_input_is_no_failure() {
    let program = Program::new("sh").args(["-c", "exec true"]);
    let end = context().block_on(program.stdin(vec![0; 1 << 20]).output());
    assert_eq!(end.unwrap(), b"");
}

#[test]
fn lines_of_both_streams_come_in_the_order_in_which_they_were_written() {
    let script =
        "for n in 1 2 3; do echo \"out $n\"; echo \"err $n\" >&2; done; printf last; exit 3";
    let mut lines = Vec::new();
    let program = Program::new("sh").args(["-c", script]);
    let code = context().block_on(program.merged(|line| lines.push(line.to_owned())));
    assert_eq!(code.unwrap(), 3);
    let expected = [
        "out 1\n", "err 1\n", "out 2\n", "err 2\n", "out 3\n", "err 3\n", "last",
    ];
    assert_eq!(lines, expected);
}

/// The ids after `alive `, which the script prints for each of its processes, once there are `count`.
fn alive(running: &Running, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..3000 {
        let stdout = running.stdout();
        let lines = stdout
            .lines()
            .filter_map(|line| line.strip_prefix("alive "));
        ids = lines.map(str::to_owned).collect();
        if ids.len() == count {
            return ids;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("only {ids:?} started: {}", running.stdout());
}

/// Whether the process is there and more than an entry that its parent has not read yet.
#[cfg(target_os = "linux")]
fn is_running(id: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/stat"))
        .ok()
        .and_then(|stat| Some(stat.rsplit_once(") ")?.1.starts_with('Z')))
        .is_some_and(|zombie| !zombie)
}

#[cfg(target_os = "linux")]
#[test]
fn a_cancelled_action_leaves_no_process() {
    let ordinary = "echo \"alive $$\"; sleep 600 & echo \"alive $!\"; wait";
    let gone_itself = "sleep 600 & echo \"alive $!\"; sleep 600 & echo \"alive $!\"";
    let deaf = "trap '' TERM INT; echo \"alive $$\"; sleep 600 & echo \"alive $!\"; wait";
    for (script, signal) in [(ordinary, "TERM"), (gone_itself, "INT"), (deaf, "TERM")] {
        let running = action(script).start();
        let ids = alive(&running, 2);
        assert!(ids.iter().all(|id| is_running(id)));
        running.signal(signal);
        let outcome = running.wait();
        let message = failure(&outcome);
        let told = format!("cancelled by SIG{signal}");
        assert!(message.starts_with(&told), "{message}");
        let left: Vec<&String> = ids.iter().filter(|id| is_running(id)).collect();
        assert!(left.is_empty(), "{left:?} still run: {script}");
    }
}

#[test]
fn a_cancelled_program_may_tidy_up() {
    let script = "trap 'sleep 0.1; echo tidy > done; exit' TERM; echo \"alive $$\"; while :; do sleep 0.01; done";
    let folder = tempfile::tempdir().unwrap();
    let running = action(script).workspace(folder.path()).start();
    alive(&running, 1);
    running.signal("TERM");
    running.wait().assert_code(2);
    let done = std::fs::read_to_string(folder.path().join("done"));
    assert_eq!(done.unwrap(), "tidy\n");
}
