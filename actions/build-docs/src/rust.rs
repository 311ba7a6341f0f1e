//! Documentation of Rust by `cargo doc`, made to depend on the commit alone.

use std::{
    fs,
    path::{Path, PathBuf},
};

use actions_core::{Context, process::Program};
use anyhow::{Context as _, bail};
use untrusted_input::{Checkout, ReadError, checkout::SMALL};

use crate::Inputs;

/// Builds into a fresh target folder, since `cargo doc` leaves the pages of what is gone, and copies the pages.
pub(crate) async fn build(cx: &Context, inputs: &Inputs, tmp: &Path) -> anyhow::Result<()> {
    let target = tmp.join("target");
    {
        let _group = cx.log.group("Build");
        cargo_doc(cx, inputs, &target).await?;
    }
    let doc = doc_folder(&target)?;
    let crates = crates(&doc)?;
    let front = front(inputs.index.as_deref(), &crates)?;
    copy(&doc, &inputs.out)?;
    name_the_front(&inputs.out, front)?;
    let index = inputs.out.join("index.html");
    fs::write(&index, redirect(front))
        .with_context(|| format!("failed to write `{}`", index.display()))
}

async fn cargo_doc(cx: &Context, inputs: &Inputs, target: &Path) -> anyhow::Result<()> {
    let mut cargo = Program::new("cargo")
        .args(["doc", "--target-dir"])
        .arg(target)
        .current_dir(&inputs.package);
    if !inputs.dependencies {
        cargo = cargo.arg("--no-deps");
    }
    if has_lock_file(&inputs.package) {
        cargo = cargo.arg("--locked");
    }
    if let Some(profile) = &inputs.profile {
        cargo = cargo.args(["--profile", profile]);
    }
    for name in &inputs.crates {
        cargo = cargo.args(["--package", name]);
    }
    if !inputs.features.is_empty() {
        cargo = cargo.args(["--features", &inputs.features.join(",")]);
    }
    if inputs.deny_warnings {
        let given = cx.env.get("RUSTDOCFLAGS").unwrap_or_default();
        cargo = cargo.env("RUSTDOCFLAGS", format!("{given} -D warnings").trim_start());
    }
    cargo
        .run(&cx.log)
        .await
        .context("failed to build the documentation")
}

/// Whether there is a Cargo.lock for the package: its own or one above.
fn has_lock_file(package: &Path) -> bool {
    let package = fs::canonicalize(package).unwrap_or_default();
    let mut folders = package.ancestors();
    folders.any(|folder| folder.join("Cargo.lock").is_file())
}

/// Where cargo put the pages: below the target's name, where the project's configuration names a target.
fn doc_folder(target: &Path) -> anyhow::Result<PathBuf> {
    let own = target.join("doc");
    if own.is_dir() {
        return Ok(own);
    }
    let below = fs::read_dir(target)
        .with_context(|| format!("failed to read `{}`", target.display()))?
        .filter_map(|entry| Some(entry.ok()?.path().join("doc")))
        .find(|path| path.is_dir());
    below.context(
        "failed to find the documentation: cargo succeeded but produced none; name the `crates`",
    )
}

/// The crates that have pages, sorted; what rustdoc shares between them has no page of its own.
fn crates(doc: &Path) -> anyhow::Result<Vec<String>> {
    let entries =
        fs::read_dir(doc).with_context(|| format!("failed to read `{}`", doc.display()))?;
    let mut crates: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("all.html").is_file())
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    crates.sort();
    Ok(crates)
}

fn front<'a>(index: Option<&str>, crates: &'a [String]) -> anyhow::Result<&'a str> {
    let wanted = index.map(|index| index.replace('-', "_"));
    let found = match &wanted {
        Some(wanted) => crates.iter().find(|name| *name == wanted),
        None => crates.first(),
    };
    match (found, wanted) {
        (Some(found), _) => Ok(found),
        (None, Some(wanted)) => bail!(
            "failed to find the crate `{wanted}` that the input `index` names: the documented crates are {}",
            actions_core::list(crates)
        ),
        (None, None) => {
            bail!("failed to find the documentation: cargo documented no crate; name the `crates`")
        }
    }
}

/// Without cargo's lock file, which is none of the documentation.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let doc = Checkout::of(from).context("failed to find the working folder")?;
    let mut waiting = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = waiting.pop() {
        fs::create_dir_all(&to).with_context(|| format!("failed to create `{}`", to.display()))?;
        let entries =
            fs::read_dir(&from).with_context(|| format!("failed to read `{}`", from.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("failed to read `{}`", from.display()))?;
            let (path, to) = (entry.path(), to.join(entry.file_name()));
            let failed = || format!("failed to read `{}`", path.display());
            let kind = entry.file_type().with_context(failed)?;
            if kind.is_dir() {
                waiting.push((path, to));
            } else if entry.file_name() != ".lock" {
                // A build script can put a link or a pipe here.
                let real = doc.resolve(&path).with_context(failed)?;
                if !real.is_file() {
                    return Err(ReadError::NotAFile).with_context(failed);
                }
                fs::copy(&path, &to)
                    .with_context(|| format!("failed to write `{}`", to.display()))?;
            }
        }
    }
    Ok(())
}

/// What rustdoc's shared pages call their crate: the one whose documentation was finished last, which is chance.
const CURRENT: &str = "data-current-crate=\"";

/// Names the front crate there, so that the same commit gives the same bytes.
fn name_the_front(out: &Path, front: &str) -> anyhow::Result<()> {
    for page in ["help.html", "settings.html"] {
        let path = out.join(page);
        let Ok(text) = untrusted_input::checkout::read_text(&path, SMALL) else {
            continue;
        };
        let Some((before, rest)) = text.split_once(CURRENT) else {
            continue;
        };
        let after = rest.split_once('"').map_or(rest, |(_, after)| after);
        fs::write(&path, format!("{before}{CURRENT}{front}\"{after}"))
            .with_context(|| format!("failed to write `{}`", path.display()))?;
    }
    Ok(())
}

/// A crate's name holds nothing that HTML would read.
fn redirect(front: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta http-equiv=\"refresh\" content=\"0; url={front}/index.html\">\n<title>{front}</title>\n<p><a href=\"{front}/index.html\">{front}</a></p>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_is_the_crate_that_was_named_however_it_is_spelled() {
        let crates = ["hello".to_owned(), "hello_core".to_owned()];
        assert_eq!(front(Some("hello-core"), &crates).unwrap(), "hello_core");
        assert_eq!(front(None, &crates).unwrap(), "hello");
        let error = front(Some("other"), &crates).unwrap_err().to_string();
        assert!(
            error.ends_with("the documented crates are hello and hello_core"),
            "{error}"
        );
        assert!(front(None, &[]).is_err());
    }
}
