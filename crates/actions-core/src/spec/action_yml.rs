//! The `action.yml` of an action.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Kind, Spec};
use crate::inputs;

/// The composite action: one step that hands each input to the launcher as a variable, and nothing else.
///
/// `dist` is the path from the action's folder to the launcher's folder. `exec` lets a cancel reach the binary,
/// and no expression stands inside `run:`, where a title or a branch name could become shell.
pub fn action_yml(spec: &Spec, dist: &str) -> String {
    let mut yml = String::from(
        "# Generated from the action's Rust source by `cargo xtask codegen`; do not edit.\n",
    );
    let _infallible = write_head(&mut yml, spec)
        .and_then(|()| write_inputs(&mut yml, spec))
        .and_then(|()| write_outputs(&mut yml, spec))
        .and_then(|()| write_runs(&mut yml, spec, dist));
    yml
}

fn write_head(yml: &mut String, spec: &Spec) -> std::fmt::Result {
    writeln!(yml, "name: {}", quoted(&spec.name))?;
    writeln!(yml, "description: {}", quoted(&spec.description))?;
    writeln!(yml, "author: ci-actions")?;
    writeln!(yml, "branding:\n  icon: {}\n  color: blue", spec.icon)
}

fn write_inputs(yml: &mut String, spec: &Spec) -> std::fmt::Result {
    writeln!(yml, "inputs:")?;
    for input in &spec.inputs {
        let mut description = input.description.clone();
        if matches!(input.kind, Kind::List | Kind::Rules) {
            description.push_str(" One per line.");
        }
        if !input.values.is_empty() {
            write!(description, " One of: {}.", input.values.join(", "))?;
        }
        if !input.default.is_empty() {
            write!(
                description,
                " Default: `{}`.",
                input.default.replace('\n', ", ")
            )?;
        }
        writeln!(yml, "  {}:", input.name)?;
        writeln!(yml, "    description: {}", quoted(&description))?;
        if input.required {
            writeln!(yml, "    required: true")?;
        }
        if let Some(default) = &input.workflow_default {
            writeln!(yml, "    default: {default}")?;
        }
    }
    Ok(())
}

fn write_outputs(yml: &mut String, spec: &Spec) -> std::fmt::Result {
    if spec.outputs.is_empty() {
        return Ok(());
    }
    writeln!(yml, "outputs:")?;
    for output in &spec.outputs {
        writeln!(yml, "  {}:", output.name)?;
        writeln!(yml, "    description: {}", quoted(&output.description))?;
        writeln!(
            yml,
            "    value: ${{{{ steps.run.outputs.{} }}}}",
            output.name
        )?;
    }
    Ok(())
}

fn write_runs(yml: &mut String, spec: &Spec, dist: &str) -> std::fmt::Result {
    writeln!(yml, "runs:\n  using: composite\n  steps:")?;
    writeln!(yml, "    - id: run\n      shell: bash")?;
    writeln!(
        yml,
        "      run: exec \"$GITHUB_ACTION_PATH/{dist}/run.sh\" {}",
        spec.id
    )?;
    writeln!(yml, "      env:")?;
    for input in &spec.inputs {
        writeln!(
            yml,
            "        {}: ${{{{ inputs.{} }}}}",
            inputs::variable(&input.name),
            input.name
        )?;
    }
    Ok(())
}

/// A double-quoted scalar: JSON's strings are YAML's too.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
