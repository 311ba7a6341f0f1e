//! Runs one linter and says what came of it: findings, nothing, or that it could not look.

use std::{cell::RefCell, path::PathBuf, time::Instant};

use actions_core::{Context, Diagnostic, Level, Shell, process::Program, text};

use crate::{
    jobs::{Job, What},
    linters::Linter,
    own::Own,
    parse::{self, Parsed, Said},
    project::Project,
};

/// What came of a job.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) id: String,
    /// The folder, from the root of the repository.
    pub(crate) folder: String,
    pub(crate) version: String,
    pub(crate) seconds: f64,
    pub(crate) findings: Vec<Diagnostic>,
    /// Why it could not look.
    pub(crate) problem: Option<String>,
}

/// What it found and why it could not look, where it could not.
type Looked = (Vec<Diagnostic>, Option<String>);

/// Codes with which a shell says that there is no such program, or that it may not be run.
const NOT_STARTED: [i32; 2] = [126, 127];

pub(crate) async fn run(cx: &Context, project: &Project, job: &Job, deny_warnings: bool) -> Ran {
    let started = Instant::now();
    let folder = project.label(&job.folder);
    let id = job.what.id().to_owned();
    let mut ran = Ran {
        id,
        folder,
        version: String::new(),
        seconds: 0.0,
        findings: Vec::new(),
        problem: None,
    };
    {
        let _group = cx.log.group(format!("{} in {}", ran.id, ran.folder));
        let (mut findings, problem) = match &job.what {
            What::Known(linter, more) => match version(project, job, linter).await {
                Ok(version) => {
                    ran.version = version;
                    known(cx, project, job, linter, more).await
                }
                Err(problem) => (Vec::new(), Some(problem)),
            },
            What::Own(own) => own_command(cx, project, job, own).await,
        };
        for found in &mut findings {
            found.place(&job.folder, &project.checkout);
            // As `-D warnings` has it: what is not a lint, and so has no name, stays a warning.
            let is_lint = ran.id == "clippy" && found.code.is_some();
            if is_lint && deny_warnings && found.level == Level::Warning {
                found.level = Level::Error;
            }
            // What a command of the project found is in its output.
            if matches!(job.what, What::Known(..)) {
                show(cx, &found.for_the_log());
            }
        }
        (ran.findings, ran.problem) = (findings, problem);
    }
    ran.seconds = started.elapsed().as_secs_f64();
    cx.log.info(format!(
        "{} in {}: {} in {:.1} s",
        ran.id,
        ran.folder,
        ran.result(),
        ran.seconds
    ));
    if let Some(problem) = &ran.problem {
        cx.log.info(format!("  {problem}"));
    }
    ran
}

/// Lets a linter change what it can; what is left over is found afterwards.
pub(crate) async fn fix(cx: &Context, project: &Project, job: &Job) {
    let What::Known(linter, more) = &job.what else {
        return;
    };
    let Some(arguments) = linter.fix else { return };
    let _group = cx.log.group(format!(
        "{} fixes {}",
        linter.id,
        project.label(&job.folder)
    ));
    let fixer = program(project, job, linter).args(arguments).args(more);
    if let Err(err) = fixer.status(&cx.log).await {
        cx.log.info(format!("{err:#}"));
    }
}

impl Ran {
    /// In a few words.
    pub(crate) fn result(&self) -> String {
        match (&self.problem, self.findings.len()) {
            (Some(_), _) => "could not run".to_owned(),
            (None, 0) => "passed".to_owned(),
            (None, count) => text::counted(count, "finding"),
        }
    }

    /// Whether what it found fails the check.
    pub(crate) fn found(&self) -> bool {
        self.findings
            .iter()
            .any(|found| found.level == Level::Error)
    }
}

/// A line of a program, or several.
fn show(cx: &Context, text: &str) {
    text.lines().for_each(|line| cx.log.child_line(line));
}

/// The program, without what would colour its output.
fn program(project: &Project, job: &Job, linter: &Linter) -> Program {
    let started = Program::new(find(project, job, linter.program))
        .args(linter.subcommand)
        .current_dir(&job.folder)
        .env("NO_COLOR", "1");
    ["FORCE_COLOR", "CLICOLOR_FORCE", "MYPY_FORCE_COLOR"]
        .into_iter()
        .fold(started, Program::env_remove)
}

/// The project's own copy of a tool, if it has one, goes before that of the machine.
fn find(project: &Project, job: &Job, name: &str) -> PathBuf {
    let folders = job.folder.ancestors();
    let folders = folders.take_while(|folder| folder.starts_with(project.checkout.root()));
    let places = match cfg!(windows) {
        true => vec![
            format!(".venv/Scripts/{name}.exe"),
            format!("node_modules/.bin/{name}.cmd"),
        ],
        false => vec![
            format!(".venv/bin/{name}"),
            format!("node_modules/.bin/{name}"),
        ],
    };
    folders
        .flat_map(|folder| places.iter().map(move |place| folder.join(place)))
        .find(|path| name != "cargo" && path.is_file())
        .unwrap_or_else(|| PathBuf::from(name))
}

/// The version, or what to type where the tool is missing.
async fn version(project: &Project, job: &Job, linter: &Linter) -> Result<String, String> {
    let asked = program(project, job, linter).arg("--version");
    let shown = asked.shown().to_owned();
    let install = format!("install it with `{}`", linter.install);
    match asked.captured().await {
        Ok(said) if said.code == Some(0) => {
            let said = String::from_utf8_lossy(&said.stdout);
            // As in `ruff 0.17.6`.
            Ok(said
                .split_whitespace()
                .nth(1)
                .unwrap_or_default()
                .to_owned())
        }
        Ok(said) => {
            let said = said.stderr.join(" ");
            let said = text::shortened(said.trim());
            Err(format!("failed to run `{shown}`: {said}; {install}"))
        }
        Err(err) => Err(format!("{err:#}; {install}")),
    }
}

async fn known(
    cx: &Context,
    project: &Project,
    job: &Job,
    linter: &Linter,
    more: &[String],
) -> Looked {
    let check = program(project, job, linter).args(linter.check).args(more);
    cx.log.info(format!("$ {}", check.shown()));
    let (stdout, stderr) = (RefCell::new(String::new()), RefCell::new(String::new()));
    let ended = check
        .watched(
            |line| stdout.borrow_mut().push_str(line),
            |line| {
                stderr.borrow_mut().push_str(line);
                if !linter.on_stderr {
                    cx.log.child_line(line);
                }
            },
        )
        .await;
    let said = Said {
        stdout: stdout.into_inner(),
        stderr: stderr.into_inner(),
        folder: job.folder.clone(),
    };
    let parsed = (linter.parse)(&said);
    let problem = match ended {
        Ok(code) => judge(linter, code, &parsed),
        Err(err) => Some(format!("{err:#}")),
    };
    match problem {
        None => parsed.rest.iter().for_each(|line| cx.log.child_line(line)),
        Some(_) => {
            show(cx, &said.stdout);
            if linter.on_stderr {
                show(cx, &said.stderr);
            }
        }
    }
    (parsed.findings, problem)
}

/// Whether the exit code and what was understood of the output fit: findings that are not shown must not pass.
fn judge(linter: &Linter, code: i32, parsed: &Parsed) -> Option<String> {
    let errors = parsed
        .findings
        .iter()
        .any(|found| found.level == Level::Error);
    // Where it writes JSON, mypy counts its notes as errors.
    let notes = linter.id == "mypy" && !parsed.findings.is_empty();
    match code {
        0 if parsed.unreadable => Some(format!(
            "failed to read the output of {}, which is shown above: is this version too old or too new?",
            linter.id
        )),
        0 => None,
        code if (linter.found)(code) && (errors || notes) => None,
        code => Some(format!(
            "failed to run {}: it ended with exit code {code}, see its output above",
            linter.id
        )),
    }
}

async fn own_command(cx: &Context, project: &Project, job: &Job, own: &Own) -> Looked {
    let command = Shell::Bash.program(&own.command).current_dir(&job.folder);
    cx.log.info(format!("$ {}", own.command));
    let all = RefCell::new(String::new());
    let line = |line: &str| {
        all.borrow_mut().push_str(line);
        cx.log.child_line(line);
    };
    match command.watched(line, line).await {
        Ok(0) => (Vec::new(), None),
        Ok(code) if NOT_STARTED.contains(&code) => {
            let problem = format!(
                "failed to run {}: the shell did not find a program (exit code {code}); install the program that `commands` uses for it",
                own.name
            );
            (Vec::new(), Some(problem))
        }
        Ok(code) => {
            let said = all.into_inner();
            let mut found = parse::lines_with_places(&said, |path| project.has(&job.folder, path));
            if found.is_empty() {
                found.push(Diagnostic::error(format!(
                    "it ended with exit code {code}: see its output in the log"
                )));
            }
            (found, None)
        }
        Err(err) => (Vec::new(), Some(format!("{err:#}"))),
    }
}
