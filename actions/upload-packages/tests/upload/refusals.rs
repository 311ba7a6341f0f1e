//! Files that are not what they should be never reach the bucket.

use super::*;

#[test]
fn hostile_names_reach_neither_the_bucket_nor_the_runner() {
    let place = Place::new();
    fs::write(place.path("dist/a\n::error::forged.bin"), "x").unwrap();
    let name = place
        .run("dist/*")
        .input("kind", "data")
        .input("project", "p")
        .input("version", "1.0.0")
        .run();
    name.assert_code(2);
    assert_eq!(name.annotations.len(), 1, "{name}");
    assert!(
        name.annotations[0].message.contains("bad file name"),
        "{name}"
    );
    fs::write(place.path("x.bin"), "x").unwrap();
    for project in [
        "../../up",
        "a/b",
        "-rf",
        "a b",
        "%0A::error::forged",
        "a\n::error::forged",
    ] {
        let run = place
            .run("x.bin")
            .input("kind", "data")
            .input("version", "1.0.0");
        let outcome = run.input("project", project).run();
        outcome.assert_code(2);
        assert_eq!(outcome.annotations.len(), 1, "{outcome}");
        assert!(
            outcome.annotations[0].message.contains("bad project"),
            "{outcome}"
        );
    }
    assert!(place.bucket().is_empty());
}

#[test]
fn files_that_are_not_the_expected_packages_are_findings_and_nothing_is_sent() {
    let place = Place::new();
    COMMIT_BUILD.write(&place.path("dist"));
    fs::write(place.path("dist/hello.jsonl"), "{}\n").unwrap();
    // A wheel where data is expected, and data where a wheel is.
    for (expected, told) in [
        (
            "data hello-data any",
            "it is `wheel hello-sdk any`, which is not one of the packages in `expected`",
        ),
        (
            "data hello-data any",
            "none of the files is `data hello-data any`",
        ),
        ("wheel hello-sdk linux-x64", "it is `wheel hello-sdk any`"),
        ("wheel hello-sdk any debug", "it is `wheel hello-sdk any`"),
        (
            "wheel hello-sdk any\nwheel other any",
            "none of the files is `wheel other any`",
        ),
    ] {
        let outcome = place.run("dist/*.whl").input("expected", expected).run();
        outcome.assert_code(1);
        let mut messages = outcome.annotations.iter().map(|it| &it.message);
        assert!(messages.any(|it| it.contains(told)), "{told}: {outcome}");
        assert!(outcome.summary.contains("| expected |"), "{outcome}");
    }
    let silent = place
        .run("dist/hello.jsonl")
        .input("kind", "data")
        .input("project", "other-data")
        .input("version", "0.2.0")
        .input("expected", "data hello-data any")
        .run();
    silent.assert_code(1);
    let wrong = place.run("dist/*.whl").input("expected", "wheel").run();
    wrong.assert_code(2);
    assert!(
        wrong.stdout.contains("expected `kind project platform`"),
        "{wrong}"
    );
    assert!(place.bucket().is_empty());

    // However the project is spelled.
    place
        .run("dist/*.whl")
        .input("expected", "wheel Hello_SDK any")
        .run()
        .assert_code(0);
}
