//! Runs the action as a program.

use std::process::ExitCode;

use actions_core::Extras;

fn main() -> ExitCode {
    actions_core::main_with(
        &plan::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        Extras {
            config_tables: plan::schemas,
            ..Extras::default()
        },
        plan::run,
    )
}
