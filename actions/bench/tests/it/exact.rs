//! Sizes and instructions: numbers without noise.

use std::fs;
use std::path::Path;

use testkit::binary::Run;
use testkit::runner::InJob as _;

use crate::programs::{comparison, names, prints, script};

fn sizes(folder: &Path) -> Run {
    Run::new(env!("CARGO_BIN_EXE_bench"))
        .workspace(folder)
        .input("sizes", "dist/*.whl\napp.wasm")
        .input("base-files", "base")
}

fn write(folder: &Path, name: &str, bytes: usize) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, vec![0; bytes]).unwrap();
}

#[test]
fn sizes_are_compared_with_the_files_of_base_by_a_threshold() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "base/dist/hello-1.0-py3-none-any.whl",
        100_000,
    );
    write(folder.path(), "base/app.wasm", 100_000);
    write(folder.path(), "dist/hello-1.1-py3-none-any.whl", 101_000);
    write(folder.path(), "app.wasm", 101_001);
    let run = sizes(folder.path()).run();
    run.assert_code(1);
    assert_eq!(names(&run, "same"), ["size of dist/*.whl"]);
    assert_eq!(names(&run, "worse"), ["size of app.wasm"]);
    assert!(
        run.summary.contains(
            "| size of app.wasm | 97.66\u{a0}KiB | 98.63\u{a0}KiB | +1.0\u{a0}% | – | worse |"
        ),
        "{run}"
    );
    let looser = sizes(folder.path()).input("size-threshold", "2%").run();
    looser.assert_code(0);
}

/// Writes what callgrind writes, and then runs the program as callgrind does.
fn valgrind(folder: &Path) {
    script(
        folder,
        "bin/valgrind",
        "#!/bin/sh\n\
         [ \"$1\" = --tool=callgrind ] || exit 3\n\
         out=${2#--callgrind-out-file=}\nshift 2\n\
         case $1 in *head) count=1020000 ;; *) count=1000000 ;; esac\n\
         printf 'events: Ir\\nsummary: 1\\nfn=(1) main\\n3 5\\ntotals: %s\\n' $count > \"$out\"\nexec \"$@\"\n",
    );
}

#[test]
fn instructions_have_a_threshold_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    valgrind(folder.path());
    let path = format!(
        "{}/bin:{}",
        folder.path().display(),
        std::env::var("PATH").unwrap()
    );
    let program = prints(&[("parse", 10_000_000, "ns")]);
    let run = || {
        comparison(folder.path(), &program, &program)
            .env("PATH", &path)
            .input("instructions", "true")
    };
    let strict = run().run();
    strict.assert_code(1);
    assert_eq!(names(&strict, "worse"), ["instructions of head"]);
    assert_eq!(names(&strict, "same"), ["parse"]);
    let loose = run().input("instructions-threshold", "3%").run();
    loose.assert_code(0);
    assert_eq!(names(&loose, "same"), ["parse", "instructions of head"]);
}

#[test]
fn real_instructions_of_the_same_work_are_the_same() {
    let install = "valgrind (Debian and Ubuntu: apt-get install valgrind)";
    if testkit::needs::program(&["valgrind"], install).is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let work = |loops: u32| {
        format!(
            "#!/bin/sh\ni=0\nwhile [ $i -lt {loops} ]; do i=$((i + 1)); done\n\
             echo '[{{\"name\": \"a\", \"value\": 1, \"unit\": \"ms\"}}]'\n"
        )
    };
    let run = |head| {
        comparison(folder.path(), &work(2000), &work(head))
            .input("instructions", "true")
            .run()
    };
    let same = run(2000);
    same.assert_code(0);
    assert_eq!(names(&same, "same"), ["a", "instructions of head"]);
    let more = run(3000);
    more.assert_code(1);
    assert_eq!(names(&more, "worse"), ["instructions of head"]);
}

#[test]
fn without_valgrind_the_command_that_installs_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let program = "#!/bin/sh\necho '[{\"name\": \"a\", \"value\": 1, \"unit\": \"ms\"}]'\n";
    let run = comparison(folder.path(), program, program)
        .env("PATH", folder.path())
        .input("instructions", "true")
        .run();
    run.assert_code(2);
    assert!(run.stdout.contains("`apt-get install valgrind`"), "{run}");
}
