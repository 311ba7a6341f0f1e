//! Where the old bytes are kept between the step that stamps and the step that takes the stamp back.

use std::path::PathBuf;

use actions_core::git;
use anyhow::Context as _;
use semver::Version;

use crate::Inputs;

/// A file of the git folder is of one work tree, and neither `git status` nor `cargo package` sees it.
const NAME: &str = "stamp-version.json";

/// The file that was named, or the one of this work tree.
pub(crate) async fn path(inputs: &Inputs) -> anyhow::Result<PathBuf> {
    if let Some(path) = &inputs.undo_file {
        return std::path::absolute(path)
            .with_context(|| format!("failed to find `{}`", path.display()));
    }
    anyhow::ensure!(
        inputs.workspace.is_dir(),
        "failed to find the workspace: there is no folder `{}`",
        inputs.workspace.display()
    );
    let folder = git::private_folder(&inputs.workspace).await.context(
        "failed to find a place for the undo data: run this in a checkout, or set the input `undo-file`",
    )?;
    Ok(folder.join(NAME))
}

/// Whether a version is one that only a stamp makes: `+YYYY.M.D.g<7 hex>`.
pub(crate) fn is_of_a_commit(version: &Version) -> bool {
    let parts: Vec<&str> = version.build.split('.').collect();
    let [year, month, day, short] = parts.as_slice() else {
        return false;
    };
    let is_number = |text: &&&str| text.parse::<u16>().is_ok();
    [year, month, day].iter().all(is_number)
        && short
            .strip_prefix('g')
            .is_some_and(|hex| hex.len() == 7 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_stamp_makes_is_taken_for_one() {
        for (text, is) in [
            ("0.2.0+2026.3.5.g6e4ddaf", true),
            ("0.2.0-alpha.1+2026.3.5.g0012345", true),
            ("0.2.0+dev", false),
            ("0.2.0", false),
            ("0.2.0+2026.3.5", false),
            ("0.2.0+2026.3.5.6e4ddaf", false),
        ] {
            assert_eq!(is_of_a_commit(&text.parse().unwrap()), is, "{text}");
        }
    }
}
