//! Runs the action as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    actions_core::main(
        &bench::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        bench::run,
    )
}
