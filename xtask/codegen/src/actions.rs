//! The actions that there are, and the files that follow from each.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use actions_core::spec::{self, Spec};
use anyhow::{Context as _, Result};

use super::{Generated, marked};
use crate::{process::Cmd, project};

/// Asks each action's binary what it declares, in alphabetical order of the actions.
pub(super) fn specs(binary: impl Fn(&str) -> Result<PathBuf>) -> Result<Vec<Spec>> {
    let mut specs = Vec::new();
    for id in project::actions()? {
        let told = Cmd::new(binary(&id)?).arg(spec::FLAG).run()?;
        let spec = serde_json::from_str(&told)
            .with_context(|| format!("failed to read what `{id} {}` printed", spec::FLAG))?;
        specs.push(spec);
    }
    Ok(specs)
}

/// Every generated file of the source tree.
pub(super) fn generated(root: &Path, specs: &[Spec]) -> Result<Vec<Generated>> {
    let mut files = Vec::new();
    for one in specs {
        files.push(Generated {
            path: format!("actions/{}/action.yml", one.id),
            text: spec::action_yml(one, "../../dist"),
        });
        files.push(readme(root, one)?);
    }
    files.push(root_readme(root, specs)?);
    files.push(with_parts(
        root,
        "crates/package-formats/README.md".to_owned(),
        &[("rules", package_formats::table::markdown())],
    )?);
    files.push(Generated {
        path: "ci-actions.schema.json".to_owned(),
        text: json(&spec::config_schema(specs))?,
    });
    Ok(files)
}

fn readme(root: &Path, one: &Spec) -> Result<Generated> {
    let path = format!("actions/{}/README.md", one.id);
    let mut parts = vec![
        ("inputs", spec::inputs_table(one)),
        ("outputs", spec::outputs_table(one)),
        ("permissions", spec::permissions_block(one)),
    ];
    let tables = one.tables.iter();
    parts.extend(tables.map(|(name, table)| (name.as_str(), table.clone())));
    with_parts(root, path, &parts)
}

fn root_readme(root: &Path, specs: &[Spec]) -> Result<Generated> {
    let mut table = String::from("| action | what it does |\n| --- | --- |\n");
    for one in specs {
        writeln!(
            table,
            "| [`{0}`](actions/{0}/README.md) | {1} |",
            one.id, one.description
        )?;
    }
    with_parts(root, "README.md".to_owned(), &[("actions", table)])
}

fn with_parts(root: &Path, path: String, parts: &[(&str, String)]) -> Result<Generated> {
    let mut text =
        fs::read_to_string(root.join(&path)).with_context(|| format!("failed to read `{path}`"))?;
    for (name, part) in parts {
        text = marked::replace(&path, &text, name, part)?;
    }
    Ok(Generated { path, text })
}

fn json(value: &serde_json::Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
