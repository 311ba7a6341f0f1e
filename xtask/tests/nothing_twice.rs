//! Nothing is built twice: a command that starts a cargo of its own leaves nothing to compile, for itself and for its user.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A cargo as in a user's shell: what the cargo above this test has set is not there. This list is not the one in
/// `outer-cargo`, which must not judge itself.
fn cargo() -> Command {
    let mut command = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let users = [
            "HOME",
            "TARGET_DIR",
            "NET_",
            "HTTP_",
            "REGISTR",
            "SOURCE_",
            "BUILD_",
        ];
        let own = text.strip_prefix("CARGO_");
        let of_cargo = own.is_some_and(|own| !users.iter().any(|name| own.starts_with(name)));
        if of_cargo || ["CARGO", "OUT_DIR", "LD_LIBRARY_PATH"].contains(&&*text) {
            command.env_remove(&name);
        }
    }
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap());
    command
}

fn codegen() {
    let output = cargo()
        .args(["xtask", "codegen", "--check"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

/// The crates that a build had to compile; nothing where all of them were there.
fn compiled(selection: &[&str]) -> Vec<String> {
    let output = cargo()
        .args(["build", "--message-format=json"])
        .args(selection)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let messages = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let (mut compiled, mut seen) = (Vec::new(), 0);
    for message in messages {
        if message["reason"] == "compiler-artifact" {
            seen += 1;
            if message["fresh"] == false {
                compiled.push(message["package_id"].to_string());
            }
        }
    }
    assert!(seen > 20, "cargo told of {seen} crates alone");
    compiled
}

#[test]
fn a_second_command_compiles_nothing() {
    codegen();
    // What it built is what a user's own cargo would build, in the same environment or not.
    assert_eq!(compiled(&["--workspace", "--bins"]), Vec::<String>::new());
    codegen();
    assert_eq!(compiled(&["--workspace", "--bins"]), Vec::<String>::new());
    assert_eq!(compiled(&["--package", "xtask"]), Vec::<String>::new());
}
