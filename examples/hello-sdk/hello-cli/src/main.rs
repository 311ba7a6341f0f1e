//! `hello`: greets the people named on the command line.

use std::process::ExitCode;

use hello_core::{Language, greet};

const USAGE: &str = "usage: hello [--language CODE] NAME…";

fn main() -> ExitCode {
    match greetings(std::env::args().skip(1)) {
        Ok(greetings) => {
            for greeting in greetings {
                println!("{greeting}");
            }
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// One greeting a name, or what was wrong with the command line.
fn greetings(mut args: impl Iterator<Item = String>) -> Result<Vec<String>, String> {
    let mut language = Language::default();
    let mut names = Vec::new();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--language" => {
                let code = args.next().ok_or("`--language` needs a code")?;
                language = code.parse().map_err(|error| format!("{error}"))?;
            }
            flag if flag.starts_with('-') => return Err(format!("unknown flag {flag:?}\n{USAGE}")),
            name => names.push(name.to_owned()),
        }
    }
    if names.is_empty() {
        return Err(USAGE.to_owned());
    }
    Ok(names.iter().map(|name| greet(name, language)).collect())
}
