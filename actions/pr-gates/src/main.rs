//! Runs the action as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    actions_core::main_with_config(
        &pr_gates::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        pr_gates::config,
        pr_gates::run,
    )
}
