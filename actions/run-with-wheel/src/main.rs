//! Runs the action as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    actions_core::main(
        &run_with_wheel::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        run_with_wheel::run,
    )
}
