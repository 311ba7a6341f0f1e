//! Runs the action as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    actions_core::main_with(
        &pr_gates::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        actions_core::Extras {
            config: pr_gates::config,
            tables: &[("gates", pr_gates::gates_table)],
            ..actions_core::Extras::default()
        },
        pr_gates::run,
    )
}
