//! Programs to measure: shell scripts that print values with noise of their own, the same on every machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use testkit::binary::Run;
use testkit::runner::{InJob as _, Outcome};

/// Benchmarks by name, with the value and the unit that a program prints; up to 1 % more, differently each time.
pub(crate) fn prints(benchmarks: &[(&str, u64, &str)]) -> String {
    let mut script = String::from(
        "#!/bin/sh\n\
         n=$(cat \"$0.count\" 2>/dev/null || echo 0)\n\
         n=$((n + 1))\n\
         echo $n > \"$0.count\"\n\
         noise=$((n * 7919 % 101))\n\
         printf 'running\\n['\n",
    );
    for (index, (name, value, unit)) in benchmarks.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        script.push_str(&format!(
            "printf '{comma}{{\"name\": \"{name}\", \"value\": %s, \"unit\": \"{unit}\"}}' $(({value} + {value} * noise / 10000))\n"
        ));
    }
    script + "echo ']'\n"
}

/// Writes an executable.
pub(crate) fn script(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The action with `./base` and `./head`, which are these scripts.
pub(crate) fn comparison(folder: &Path, base: &str, head: &str) -> Run {
    script(folder, "base", base);
    script(folder, "head", head);
    Run::new(env!("CARGO_BIN_EXE_bench"))
        .workspace(folder)
        .input("base", "./base")
        .input("head", "./head")
        .input("seed", "1")
}

/// The names in an output that is a JSON list.
pub(crate) fn names(outcome: &Outcome, output: &str) -> Vec<String> {
    serde_json::from_str(outcome.output(output)).unwrap()
}
