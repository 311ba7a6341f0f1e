//! Runs the action as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    actions_core::main(
        &package_crates::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        package_crates::run,
    )
}
