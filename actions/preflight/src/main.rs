//! Runs the action as a program.

use std::process::ExitCode;

use actions_core::Extras;

fn main() -> ExitCode {
    actions_core::main_with(
        &preflight::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        Extras {
            tables: &[("checks", preflight::checks_table)],
            ..Extras::default()
        },
        preflight::run,
    )
}
