//! The folder that a step fills: what an earlier run left there is never taken for this one's.

use std::{fs, path::Path};

use anyhow::{Context as _, bail};

use crate::git;

/// Makes the folder that the input `input` names, and empties it if git ignores what is in it.
///
/// Errors: the working folder or one above it; a file; a folder that holds what git does not ignore.
pub async fn empty_folder(input: &str, folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    let own = std::path::absolute(folder)
        .with_context(|| format!("failed to read the input `{input}` from \"{shown}\""))?;
    let here = std::env::current_dir().context("failed to find the working folder")?;
    if here.starts_with(fs::canonicalize(&own).unwrap_or(own)) {
        bail!(
            "failed to read the input `{input}`: `{shown}` contains the sources; choose a separate folder for the output"
        );
    }
    let failed = || format!("failed to empty `{shown}`");
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                if !ignored(folder).await {
                    bail!(
                        "failed to empty `{shown}`: git does not ignore it, so it may contain files you want to keep; remove it, add it to .gitignore, or set the input `{input}` to another folder"
                    );
                }
                fs::remove_dir_all(folder).with_context(failed)?;
            }
        }
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => {}
        Err(err) => return Err(err).with_context(failed),
    }
    fs::create_dir_all(folder).with_context(|| format!("failed to create `{shown}`"))
}

/// Whether git says that what is in the folder is nobody's work; outside of a repository nobody can say so.
async fn ignored(folder: &Path) -> bool {
    let asked = git::offline(["check-ignore", "--quiet", "--"])
        .arg(folder)
        .captured()
        .await;
    let tracked = git::offline(["ls-files", "-z", "--"])
        .arg(folder)
        .output()
        .await;
    asked.is_ok_and(|asked| asked.code == Some(0)) && tracked.is_ok_and(|files| files.is_empty())
}
