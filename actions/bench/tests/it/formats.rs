//! The formats that results come in.

use crate::programs::{comparison, names};

#[test]
fn the_files_of_criterion_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let program = |nanoseconds: u32| {
        format!(
            "#!/bin/sh\n[ \"$1\" = --bench ] || exit 3\n\
             for name in fast slow; do\n\
             new=\"$CRITERION_HOME/group/$name/new\"\nmkdir -p \"$new\" \"$CRITERION_HOME/group/$name/base\" \"$CRITERION_HOME/report\"\n\
             echo '{{\"group_id\": \"group\", \"full_id\": \"group/'$name'\", \"directory_name\": \"x\"}}' > \"$new/benchmark.json\"\n\
             echo '{{\"mean\": {{\"point_estimate\": 1.0}}, \"median\": {{\"point_estimate\": {nanoseconds}.5}}}}' > \"$new/estimates.json\"\n\
             cp \"$new/estimates.json\" \"$CRITERION_HOME/group/$name/base\"\ndone\n"
        )
    };
    let run = comparison(folder.path(), &program(1000), &program(1200))
        .input("base", "./base --bench")
        .input("head", "./head --bench")
        .input("measure", "criterion")
        .run();
    run.assert_code(1);
    assert_eq!(names(&run, "worse"), ["group/fast", "group/slow"]);
    assert!(
        run.summary
            .contains("| group/fast | 1\u{a0}µs | 1.2\u{a0}µs |"),
        "{run}"
    );
}

#[test]
fn criterion_that_measured_nothing_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let run = comparison(folder.path(), "#!/bin/sh\n", "#!/bin/sh\n")
        .input("measure", "criterion")
        .run();
    run.assert_code(2);
    assert!(
        run.stdout
            .contains("it left no estimates in CRITERION_HOME"),
        "{run}"
    );
}

#[test]
fn an_export_of_hyperfine_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let program = |seconds: &str| {
        format!(
            "#!/bin/sh\necho '{{\"results\": [{{\"command\": \"parse\", \"median\": {seconds}, \"times\": []}}]}}'\n"
        )
    };
    let run = comparison(folder.path(), &program("0.20"), &program("0.25")).run();
    run.assert_code(1);
    assert!(
        run.summary
            .contains("| parse | 200\u{a0}ms | 250\u{a0}ms | +25.0\u{a0}% |"),
        "{run}"
    );
}

#[test]
fn the_time_of_the_whole_process_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    // Sixteen times as long: no machine is that noisy.
    let run = comparison(
        folder.path(),
        "#!/bin/sh\nsleep 0.02\n",
        "#!/bin/sh\nsleep 0.32\n",
    )
    .input("measure", "time")
    .run();
    run.assert_code(1);
    assert_eq!(names(&run, "worse"), ["time"]);
}
