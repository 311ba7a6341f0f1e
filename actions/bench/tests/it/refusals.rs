//! What cannot be compared is exit code 2 with what is wrong and what to do.

use std::fs;

use testkit::binary::Run;
use testkit::runner::InJob as _;

use crate::programs::{comparison, prints};

fn prints_list(list: &str) -> String {
    format!("#!/bin/sh\necho '{list}'\n")
}

#[test]
fn bad_data_is_refused_and_names_the_benchmark() {
    let good = prints(&[("parse", 1000, "ns")]);
    for (head, expected) in [
        (
            prints_list(r#"[{"name": "parse", "value": 0, "unit": "ns"}]"#),
            "benchmark `parse`: 0 is not a measurement: values are finite and greater than 0",
        ),
        (
            prints_list(r#"[{"name": "parse", "value": -1.5, "unit": "ns"}]"#),
            "benchmark `parse`: -1.5 is not a measurement",
        ),
        (
            prints_list(r#"[{"name": "parse", "value": NaN, "unit": "ns"}]"#),
            "the list is not valid JSON",
        ),
        (
            prints_list(r#"[{"name": "parse", "value": null, "unit": "ns"}]"#),
            "failed to read the results of head",
        ),
        (
            prints_list("[]"),
            "a program that measures nothing did not pass",
        ),
        (
            prints_list("Segmentation fault"),
            "it printed no results but \"Segmentation fault\"",
        ),
        (
            "#!/bin/sh\n".to_owned(),
            "it printed nothing; expected `[{\"name\": \"parse\"",
        ),
        (
            prints_list(
                r#"[{"name": "a", "value": 1, "unit": "ns"}, {"name": "a", "value": 2, "unit": "ns"}]"#,
            ),
            "benchmark `a` is measured twice in one run",
        ),
        (
            prints(&[("parse", 1, "ms")]),
            "benchmark `parse` is measured in \"ms\" and \"ns\": base and head must use one unit",
        ),
        (
            "#!/bin/sh\necho broken pipe >&2\nexit 7\n".to_owned(),
            "failed to run the benchmarks of head: it ended with exit code 7",
        ),
        (
            prints(&[("parse", 1000, "ns")])
                .replace("printf 'running", "[ $n -gt 3 ] && exit 0\nprintf 'running"),
            "it printed nothing",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let run = comparison(folder.path(), &good, &head).run();
        run.assert_code(2);
        assert!(run.stdout.contains(expected), "{expected}: {run}");
        assert!(
            !folder.path().join("bench-results.json").exists(),
            "{expected}"
        );
    }
}

#[test]
fn a_benchmark_that_runs_only_sometimes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let two = prints(&[("a", 1000, "ns"), ("b", 1000, "ns")]);
    let sometimes = format!(
        "{}\n{}",
        "#!/bin/sh\nif [ \"$(cat \"$0.count\" 2>/dev/null)\" = 4 ]; then echo '[{\"name\": \"a\", \"value\": 1, \"unit\": \"ns\"}]'; exit; fi",
        two.strip_prefix("#!/bin/sh\n").unwrap()
    );
    let run = comparison(folder.path(), &two, &sometimes).run();
    run.assert_code(2);
    let expected = "benchmark `b` is missing from one run of head, but not from the others";
    assert!(run.stdout.contains(expected), "{run}");
}

#[test]
fn bad_inputs_say_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("head"), "").unwrap();
    for (inputs, expected) in [
        (
            &[("base", "x")][..],
            "missing input `head`: give the command that runs the benchmarks",
        ),
        (
            &[("head", "./none"), ("base", "x")],
            "there is no file `./none`",
        ),
        (
            &[("head", "'./head"), ("base", "x")],
            "a quote is not closed",
        ),
        (
            &[("head", "./head")],
            "failed to find the commit where this branch left `origin/main`: check out with `fetch-depth: 0`, or set the input `base-commit`",
        ),
        (
            &[("head", "./head"), ("minimum-effect", "2")],
            "expected a percentage such as `2",
        ),
        (
            &[("head", "./head"), ("base", "x"), ("minimum-effect", "0%")],
            "the minimum effect must be between 0 and 1, not 0",
        ),
        (
            &[("head", "./head"), ("time-budget", "10")],
            "expected a duration such as `90s`",
        ),
        (
            &[("head", "./head"), ("base-commit", "main")],
            "it must be a full id of 40 hexadecimal digits",
        ),
        (
            &[("mode", "store")],
            "missing input `bucket`: `mode: store` stores results in it",
        ),
        (
            &[("sizes", "*.whl"), ("base-files", ".")],
            "it matches 0 files in `.`, but must match one",
        ),
    ] {
        let run = Run::new(env!("CARGO_BIN_EXE_bench"))
            .workspace(folder.path())
            .env("GITHUB_REF", "refs/heads/feature");
        let run = inputs
            .iter()
            .fold(run, |run, (name, value)| run.input(name, *value));
        let run = run.run();
        run.assert_code(2);
        assert!(run.stdout.contains(expected), "{expected}: {run}");
    }
}
