//! Runs the program as its users do.

use std::process::{Command, Output};

fn hello(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hello"))
        .args(args)
        .output()
        .expect("hello should start")
}

#[test]
fn everybody_is_greeted_on_a_line_of_their_own() {
    let output = hello(&["--language", "de", "Ada", "Grace"]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "Hallo, Ada!\nHallo, Grace!\n"
    );
}

#[test]
fn an_unknown_language_is_exit_code_2() {
    let output = hello(&["--language", "tlh", "Worf"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the languages are de, en, ja, sv"));
}

#[test]
fn nobody_to_greet_is_exit_code_2() {
    assert_eq!(hello(&[]).status.code(), Some(2));
}
