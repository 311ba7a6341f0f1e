//! Builds the test programs before any of them runs: what does not compile is shown at its line.

use std::{cell::RefCell, collections::BTreeMap};

use actions_core::{Context, Diagnostic, Level, compiler};
use anyhow::bail;
use cargo_metadata::Message;

use crate::workspace::Workspace;

/// What the build gave.
#[derive(Debug)]
pub(crate) enum Built {
    /// Test programs: the name of each by the name of its file.
    Programs(BTreeMap<String, String>),
    /// Errors of the compiler.
    Broken(Vec<Diagnostic>),
}

pub(crate) async fn build(cx: &Context, workspace: &Workspace) -> anyhow::Result<Built> {
    let _group = cx.log.group("Build");
    let cargo = workspace
        .cargo_test()
        .args(["--tests", "--no-run", "--message-format=json"]);
    cx.log.info(format!("$ {}", cargo.shown()));
    let stdout = RefCell::new(String::new());
    let code = cargo
        .watched(
            |line| stdout.borrow_mut().push_str(line),
            |line| cx.log.child_line(line),
        )
        .await?;
    let stdout = stdout.into_inner();
    let (mut diagnostics, rest) = compiler::diagnostics(&stdout);
    rest.iter().for_each(|line| cx.log.child_line(line));
    for one in &mut diagnostics {
        one.for_the_log()
            .lines()
            .for_each(|line| cx.log.child_line(line));
        one.place(&workspace.root, &workspace.checkout);
    }
    if code == 0 {
        return Ok(Built::Programs(programs(workspace, &stdout)));
    }
    diagnostics.retain(|one| one.level == Level::Error);
    if diagnostics.is_empty() {
        bail!("failed to build the tests: cargo ended with exit code {code}, see its output above");
    }
    Ok(Built::Broken(diagnostics))
}

fn programs(workspace: &Workspace, stdout: &str) -> BTreeMap<String, String> {
    let mut programs = BTreeMap::new();
    for line in stdout.lines() {
        let Ok(Message::CompilerArtifact(artifact)) = serde_json::from_str(line) else {
            continue;
        };
        let executable = artifact.executable.filter(|_| artifact.profile.test);
        let file = executable.as_ref().and_then(|path| path.file_name());
        let class = workspace.class(
            &artifact.package_id.repr,
            &artifact.target.name,
            &artifact.target.kind,
        );
        if let (Some(file), Some(class)) = (file, class) {
            programs.insert(file.to_owned(), class);
        }
    }
    programs
}
