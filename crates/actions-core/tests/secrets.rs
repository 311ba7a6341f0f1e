//! Secrets and streams that break: nothing that an action shows holds what it was trusted with, and no loss is a success.

#![allow(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use std::ffi::OsString;
use std::fs;
use std::process::ExitCode;

use actions_core::{Action, Annotation, Context, Done, Level, Secret, Summary};
use anyhow::bail;
use serde::Serialize;
use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};

const ACTION: Action = Action {
    id: "pr-gates",
    name: "Test",
    description: "Repeats what it was told.",
    version: "1.0.0",
    icon: "check",
    workflow_defaults: &[],
    fallbacks: &[],
    permissions: &[],
};

#[derive(Debug, clap::Args)]
struct Inputs {
    /// Address of an index
    #[arg(long, value_name = "URL")]
    index_url: Option<String>,
    /// Text that a server answers
    #[arg(long, value_name = "TEXT")]
    echo: Option<String>,
    /// A secret
    #[arg(long, value_name = "SECRET")]
    token: Option<Secret>,
    /// text or json
    #[arg(long, default_value = "text")]
    format: String,
}

#[derive(Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct Outputs {
    said: String,
}

fn run(cx: &Context, inputs: Inputs) -> anyhow::Result<Done<Outputs>> {
    let said = format!("{:?} {:?}", inputs.index_url, inputs.echo);
    cx.log.info(&said);
    cx.log.child_line(&said);
    cx.log.debug(&said);
    drop(cx.log.group(&said));
    cx.log.annotate(vec![Annotation {
        level: Level::Warning,
        title: Some(said.clone()),
        file: None,
        line: None,
        message: said.clone(),
    }]);
    let mut summary = Summary::new();
    summary.paragraph(&actions_core::text::markdown_code(&said));
    cx.write_summary(&summary)?;
    if inputs.format == "json" {
        cx.log.raw(&serde_json::json!({ "said": said }).to_string());
    }
    if inputs.echo.is_some() {
        bail!("failed to ask the server: {said}");
    }
    Ok(Done::passed(Outputs { said }))
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

const SELF: [&str; 6] = [
    "--exact",
    "the_action",
    "--include-ignored",
    "--nocapture",
    "--quiet",
    "--test-threads=2",
];

fn action() -> Run {
    Run::new(std::env::current_exe().unwrap()).args(SELF)
}

/// What a person sees, without the lines that tell the runner what to hide.
fn seen(outcome: &Outcome) -> String {
    let lines = outcome.stdout.lines().chain(outcome.stderr.lines());
    let lines = lines.filter(|line| !line.starts_with("::add-mask::"));
    let lines: Vec<&str> = lines.collect();
    format!(
        "{}\n{}\n{:?}",
        lines.join("\n"),
        outcome.summary,
        outcome.outputs
    )
}

#[test]
fn a_password_in_an_address_is_shown_nowhere() {
    for (address, secret) in [
        ("https://user:hunter2@host/simple", "hunter2"),
        ("https://user:PW@host/simple", "PW"),
        ("https://ghp_hunter2@host/simple", "hunter2"),
        ("https://user:h%75nter2@host/", "nter2"),
        ("gs://bucket/x?token=hunter2", "hunter2"),
        ("az://c/x?account=me&se=2026&sig=hunter2%3D", "hunter2"),
        ("s3://b?X-Amz-Signature=hunter2&region=x", "hunter2"),
    ] {
        let by_variable = action().input("index-url", address);
        let typed = action().env("ARGS", format!("--index-url={address}"));
        let on_a_laptop = action()
            .input("index-url", address)
            .env("GITHUB_ACTIONS", "");
        for run in [by_variable, typed, on_a_laptop] {
            let outcome = run.env("RUNNER_DEBUG", "1").run();
            outcome.assert_code(0);
            let seen = seen(&outcome);
            assert!(seen.contains("***"), "{outcome}");
            let rest = seen.replace("user:***", "");
            assert!(!rest.contains(secret), "{address}: {outcome}");
        }
    }
}

#[test]
fn what_a_server_repeats_of_a_secret_is_shown_nowhere_in_any_form() {
    let token = "s3cr3t/with+signs";
    for echo in [
        "s3cr3t/with+signs",
        "s3cr3t%2Fwith%2Bsigns",
        "s3cr3t\\/with+signs",
        // `user:` and the token.
        "Basic dXNlcjpzM2NyM3Qvd2l0aCtzaWducw==",
        "czNjcjN0L3dpdGgrc2lnbnM=",
    ] {
        let outcome = action().input("token", token).input("echo", echo).run();
        outcome.assert_code(2);
        let seen = seen(&outcome);
        for piece in ["s3cr3t", "czNjcjN0", "zM2NyM3Qvd2l0aCtzaWdu"] {
            assert!(!seen.contains(piece), "{echo}: {outcome}");
        }
    }
    let outcome = action()
        .env("CARGO_REGISTRY_TOKEN", "from-the-environment")
        .input("echo", "bad token from-the-environment")
        .run();
    assert!(
        !seen(&outcome).contains("from-the-environment"),
        "{outcome}"
    );
}

#[test]
fn a_key_of_20_megabytes_and_a_config_file_beyond_the_limit_are_errors_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("ci-actions.toml");
    let key = "k".repeat(20 << 20);
    fs::write(&config, format!("[pr-gates]\n{key} = 1\n")).unwrap();
    let given = |config: &std::path::Path| action().input("config", config.as_os_str()).run();
    let outcome = given(&config);
    outcome.assert_code(2);
    assert!(
        outcome.stdout.contains("over the limit of 1.0 MiB"),
        "{:.400}",
        outcome.stdout
    );
    let key = "k".repeat(900_000);
    fs::write(&config, format!("[pr-gates]\n{key} = 1\n")).unwrap();
    let outcome = given(&config);
    outcome.assert_code(2);
    assert!(outcome.stdout.len() < 2_000, "{:.400}", outcome.stdout);
    fs::write(&config, format!("[{key}]\n")).unwrap();
    let outcome = given(&config);
    outcome.assert_code(2);
    assert!(outcome.stdout.len() < 2_000, "{:.400}", outcome.stdout);
}

#[cfg(unix)]
#[test]
fn a_config_file_that_leads_out_of_the_checkout_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let checkout = folder.path().join("repo");
    fs::create_dir_all(checkout.join(".git")).unwrap();
    fs::create_dir_all(checkout.join(".github")).unwrap();
    fs::write(folder.path().join("token"), "token = = hunter2\n").unwrap();
    let config = checkout.join(".github/ci-actions.toml");
    for target in ["../../token", "/proc/self/environ", "/dev/zero"] {
        std::os::unix::fs::symlink(target, &config).unwrap();
        let outcome = action().workspace(&checkout).env("LEAK", "hunter2").run();
        outcome.assert_code(2);
        assert!(
            outcome.stdout.contains("points outside the checkout"),
            "{outcome}"
        );
        assert!(!outcome.to_string().contains("hunter2"), "{outcome}");
        fs::remove_file(&config).unwrap();
    }
}
