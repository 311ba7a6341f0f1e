//! Runs the action as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    actions_core::main(
        &build_docs::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        build_docs::run,
    )
}
