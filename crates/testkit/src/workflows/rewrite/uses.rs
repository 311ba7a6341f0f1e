//! What a `uses:` of a workflow or of a step stands for on this machine.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{File, Rewritten, actions, object};

impl Rewritten<'_> {
    /// The file of a called workflow, and what a claim says of it.
    pub(super) fn called(&self, file: &File, uses: &str) -> Result<(File, (String, String))> {
        let own = uses.strip_prefix("$/").or_else(|| uses.strip_prefix("./"));
        if let Some(path) = own {
            let called = File {
                repository: file.repository.clone(),
                at: file.at.clone(),
                folder: file.folder.clone(),
                path: path.to_owned(),
            };
            let claim = (
                format!("{}/{path}@{}", called.repository, called.at),
                called.at.clone(),
            );
            return Ok((called, claim));
        }
        let (name, at) = uses
            .split_once('@')
            .with_context(|| format!("`{uses}` has no ref"))?;
        let mut parts = name.splitn(3, '/');
        let (Some(owner), Some(repository), Some(path)) =
            (parts.next(), parts.next(), parts.next())
        else {
            bail!("`{uses}` is not a workflow");
        };
        let repository = format!("{owner}/{repository}");
        let folder = self.setting.trees.get(&repository);
        let folder = folder
            .with_context(|| format!("no stand-in for `{uses}`"))?
            .clone();
        let is_commit = at.len() == 40 && at.chars().all(|c| c.is_ascii_hexdigit());
        let is_version = at
            .strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let full = match (is_commit, is_version) {
            (true, _) => at.to_owned(),
            (_, true) => format!("refs/tags/{at}"),
            _ => format!("refs/heads/{at}"),
        };
        // The commit behind a name is not known here.
        let sha = if is_commit {
            at.to_owned()
        } else {
            hex::encode(Sha256::digest(at)).chars().take(40).collect()
        };
        let claim = (format!("{name}@{full}"), sha);
        let called = File {
            repository,
            at: at.to_owned(),
            folder,
            path: path.to_owned(),
        };
        Ok((called, claim))
    }

    pub(super) fn step(&mut self, file: &File, mut step: Map<String, Value>) -> Result<Value> {
        let Some(uses) = step.get("uses").and_then(Value::as_str).map(str::to_owned) else {
            return Ok(Value::Object(step));
        };
        let mut with = object(step.get("with"));
        let (renamed, folder) = self.action(file, &uses)?;
        let Some(folder) = folder else {
            return Ok(Value::Object(step));
        };
        let action = actions::read(&folder)?;
        actions::refuse_nested(&action)?;
        if let Some(unknown) = renamed
            .as_ref()
            .and_then(|_| actions::unknown_input(&action, &with))
        {
            bail!("the stand-in for `{uses}` has no input `{unknown}`");
        }
        let left_out = actions::tokens_left_out(&action, &with).with_context(|| uses.clone())?;
        with.extend(left_out);
        if renamed
            .as_deref()
            .is_some_and(|name| name.contains("/checkout@"))
        {
            with.entry("github-server-url")
                .or_insert_with(|| json!(self.setting.git.url()));
        }
        if let Some(renamed) = renamed {
            step.insert("uses".to_owned(), json!(renamed));
            step.entry("name")
                .or_insert_with(|| json!(format!("Run {uses}")));
        } else if let Some(path) = uses.strip_prefix("$/") {
            step.insert(
                "uses".to_owned(),
                json!(format!("{}/{path}@{}", file.repository, file.at)),
            );
        }
        if !with.is_empty() {
            step.insert("with".to_owned(), Value::Object(with));
        }
        Ok(Value::Object(step))
    }

    /// What stands for an action: another name, if GitHub's own is meant, and the folder that it is read from. One in
    /// the workspace is looked up in the commit, where it may be missing until a step makes it.
    fn action(&mut self, file: &File, uses: &str) -> Result<(Option<String>, Option<PathBuf>)> {
        if let Some(path) = uses.strip_prefix("./") {
            let folder = self.checkout.join(path);
            return Ok((None, folder.is_dir().then_some(folder)));
        }
        if let Some(path) = uses.strip_prefix("$/") {
            let name = format!("{}@{}", file.repository, file.at);
            self.trees.insert(name, file.folder.clone());
            return Ok((None, Some(file.folder.join(path))));
        }
        let (name, at) = uses
            .split_once('@')
            .with_context(|| format!("no stand-in for `{uses}`"))?;
        if let Some(stand_in) = actions::stand_in(name) {
            let (tree, at) = actions::TREE.split_once('@').unwrap_or_default();
            let folder = self
                .trees
                .get(actions::TREE)
                .map(|tree| tree.join(stand_in));
            return Ok((Some(format!("{tree}/{stand_in}@{at}")), folder));
        }
        let mut parts = name.splitn(3, '/');
        let repository = format!(
            "{}/{}",
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default()
        );
        let tree = self.setting.trees.get(&repository);
        let tree = tree
            .with_context(|| format!("no stand-in for `{uses}`"))?
            .clone();
        let folder = tree.join(parts.next().unwrap_or_default());
        self.trees.insert(format!("{repository}@{at}"), tree);
        Ok((None, Some(folder)))
    }
}
