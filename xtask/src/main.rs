//! The project's own commands: `cargo xtask demo`, `cargo xtask test`, and what these stand on.

mod cli;
mod fuzz;
mod lint;
mod real_packages;
mod release;
mod test;

use std::process::ExitCode;

use xtask::{dist, process, programs, project, setup, term};

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            term::failed(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
