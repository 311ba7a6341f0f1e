//! Runs the action as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    actions_core::main_with(
        &lint::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        actions_core::Extras {
            tables: &[("linters", lint::linters_table)],
            ..actions_core::Extras::default()
        },
        lint::run,
    )
}
