//! The project's own command in place of the default generator.

use actions_core::{Commit, Context, process::Program};
use anyhow::{Context as _, bail};

use crate::Inputs;

/// Runs it; it finds where to write, and what it documents, in variables.
pub(crate) async fn run(
    cx: &Context,
    inputs: &Inputs,
    commit: &Commit,
    program: Program,
) -> anyhow::Result<()> {
    let out = std::path::absolute(&inputs.out).context("failed to find the folder `out`")?;
    let _group = cx.log.group("Build");
    let code = program
        .env("OUT", out)
        .env("COMMIT", &commit.id)
        .env("SOURCE_DATE_EPOCH", commit.time.to_string())
        .env("PYTHONHASHSEED", "0")
        .status(&cx.log)
        .await
        .context(
            "failed to start the input `command`; to use another shell, set the input `shell`",
        )?;
    match code {
        0 => Ok(()),
        code => bail!(
            "failed to build the documentation: the input `command` ended with exit code {code}, see its output above"
        ),
    }
}
