//! The tables of an action's README.

use super::{Kind, Spec};
use crate::When;

/// The inputs with their defaults.
pub fn inputs_table(spec: &Spec) -> String {
    let mut table = String::from("| input | default | description |\n| --- | --- | --- |\n");
    for input in &spec.inputs {
        let default = match (
            input.required,
            input.workflow_default.as_deref(),
            input.default.as_str(),
        ) {
            (true, ..) => "**required**".to_owned(),
            (_, Some(expression), _) => format!("`{expression}`"),
            (.., "") => String::new(),
            (.., default) => format!("`{}`", default.replace('\n', "`, `")),
        };
        let kind = match input.kind {
            Kind::List | Kind::Rules => " One per line.",
            Kind::Secret => " Secret: only from the workflow or a variable.",
            Kind::Boolean | Kind::Text => "",
        };
        let values = match input.values.as_slice() {
            [] => String::new(),
            values => format!(" One of `{}`.", values.join("`, `")),
        };
        table.push_str(&row(&[
            &format!("`{}`", input.name),
            &default,
            &format!("{}{kind}{values}", input.description),
        ]));
    }
    table
}

/// The outputs.
pub fn outputs_table(spec: &Spec) -> String {
    let mut table = String::from("| output | description |\n| --- | --- |\n");
    for output in &spec.outputs {
        table.push_str(&row(&[&format!("`{}`", output.name), &output.description]));
    }
    table
}

/// What the job must be allowed, under which inputs, and what is lost without it.
pub fn permissions_block(spec: &Spec) -> String {
    if spec.permissions.is_empty() {
        return "Needs no permissions: `permissions: {}`.\n".to_owned();
    }
    let mut table = String::from("| permission | needed | what for |\n| --- | --- | --- |\n");
    for permission in &spec.permissions {
        let needed = match &permission.when {
            When::Always => "always".to_owned(),
            When::Optional => "optional".to_owned(),
            When::Given(input) => format!("if `{input}` is set"),
            When::Missing(input) => format!("if `{input}` is not set"),
            When::Identity(input) => {
                format!("if `{input}` has `workload-identity-provider` in its address")
            }
        };
        table.push_str(&row(&[
            &format!("`{}: {}`", permission.scope, permission.access),
            &needed,
            &permission.reason,
        ]));
    }
    table
}

fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}
