//! Runs the action as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    actions_core::main_with(
        &upload_packages::ACTION,
        std::env::args_os(),
        std::env::vars_os(),
        actions_core::Extras {
            tables: &[("objects", upload_packages::objects_table)],
            ..actions_core::Extras::default()
        },
        upload_packages::run,
    )
}
