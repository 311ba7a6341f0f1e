//! Repositories made by `git fast-import`: thousands of files in a second, in one pack, as a clone has them.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::process::Cmd;

/// Makes a repository of what `write` says, and checks a branch out.
pub(super) fn import(
    folder: &Path,
    branch: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<()>,
) -> Result<()> {
    let stream = folder.with_extension("stream");
    let mut writer = BufWriter::new(File::create(&stream).context("failed to create a stream")?);
    write(&mut writer)?;
    writer.flush().context("failed to write the stream")?;
    git(folder, &["init", "--quiet", "--initial-branch=main"]).run()?;
    Cmd::new("sh")
        .args(["-c", "exec git fast-import --quiet <\"$1\"", "sh"])
        .arg(&stream)
        .dir(folder)
        .run()?;
    fs::remove_file(&stream).context("failed to remove the stream")?;
    git(folder, &["repack", "-a", "-d", "--quiet"]).run()?;
    git(folder, &["checkout", "--quiet", branch]).run()?;
    Ok(())
}

/// Begins a commit; `name` is its branch in full.
pub(super) fn commit(out: &mut impl Write, name: &str, minute: u64, message: &str) -> Result<()> {
    let time = 1_767_225_600 + 60 * minute;
    let length = message.len();
    write!(
        out,
        "commit {name}\ncommitter Ada <ada@example.com> {time} +0000\ndata {length}\n{message}\n"
    )?;
    Ok(())
}

/// Adds a file to the commit, or changes it.
pub(super) fn file(out: &mut impl Write, mode: &str, path: &str, content: &[u8]) -> Result<()> {
    writeln!(out, "M {mode} inline {path}\ndata {}", content.len())?;
    out.write_all(content)?;
    writeln!(out)?;
    Ok(())
}

/// Git as on any machine: nothing of this user's own settings.
pub(super) fn git(folder: &Path, args: &[&str]) -> Cmd {
    Cmd::new("git")
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .dir(folder)
}
