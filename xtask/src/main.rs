//! The project's own commands: `cargo xtask demo`, `cargo xtask test`, and what these stand on.

mod bench;
mod cli;
mod codegen;
mod demo;
mod dist;
mod fuzz;
mod lint;
mod process;
mod project;
mod real_packages;
mod release;
mod setup;
mod term;
mod test;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            term::failed(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
