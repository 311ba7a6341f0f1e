//! The actions that there are, and the files that follow from each.

use std::{fmt::Write as _, fs, path::Path};

use actions_core::spec::{self, Spec};
use anyhow::{Context as _, Result};

use super::{Generated, marked};

/// What each action looks like from outside, in alphabetical order.
pub(super) fn specs() -> Vec<Spec> {
    macro_rules! specs {
        ($($action:ident),* $(,)?) => {
            vec![$(spec::spec::<$action::Inputs, $action::Outputs>(&$action::ACTION)),*]
        };
    }
    specs![
        all_green,
        build_bundle,
        build_docs,
        build_wheel,
        draft_release,
        fetch_packages,
        index,
        package_crates,
        plan,
        pr_gates,
        promote,
        prune,
        publish_crates,
        publish_wheels,
        run_with_wheel,
        stamp_version,
        test_wheel,
        upload_packages,
    ]
}

/// Names of the actions.
pub(crate) fn ids() -> Vec<&'static str> {
    specs().iter().map(|spec| spec.action.id).collect()
}

/// Each action's `action.yml` as it stands in the release tree, where folders of actions sit at the root.
pub(crate) fn action_yml_for_the_release_tree() -> Vec<(&'static str, String)> {
    specs()
        .iter()
        .map(|spec| (spec.action.id, spec::action_yml(spec, "../dist")))
        .collect()
}

/// Every generated file of the source tree.
pub(super) fn generated(root: &Path) -> Result<Vec<Generated>> {
    let specs = specs();
    let mut files = Vec::new();
    for one in &specs {
        files.push(Generated {
            path: format!("actions/{}/action.yml", one.action.id),
            text: spec::action_yml(one, "../../dist"),
        });
        files.push(readme(root, one)?);
    }
    files.push(root_readme(root, &specs)?);
    files.push(with_parts(
        root,
        "crates/package-formats/README.md".to_owned(),
        &[("rules", package_formats::table::markdown())],
    )?);
    files.push(Generated {
        path: "ci-actions.schema.json".to_owned(),
        text: json(&spec::config_schema(&specs))?,
    });
    Ok(files)
}

fn readme(root: &Path, one: &Spec) -> Result<Generated> {
    let path = format!("actions/{}/README.md", one.action.id);
    let mut parts = vec![
        ("inputs", spec::inputs_table(one)),
        ("outputs", spec::outputs_table(one)),
        ("permissions", spec::permissions_block(one)),
    ];
    if one.action.id == pr_gates::ACTION.id {
        parts.push(("gates", pr_gates::gates_table()));
    }
    with_parts(root, path, &parts)
}

fn root_readme(root: &Path, specs: &[Spec]) -> Result<Generated> {
    let mut table = String::from("| action | what it does |\n| --- | --- |\n");
    for one in specs {
        let action = &one.action;
        writeln!(
            table,
            "| [`{0}`](actions/{0}/README.md) | {1} |",
            action.id, action.description
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
