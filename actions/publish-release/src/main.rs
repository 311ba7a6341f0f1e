//! Runs the action as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    actions_core::main(
        &publish_release::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        publish_release::run,
    )
}
