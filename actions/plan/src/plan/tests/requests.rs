//! What runs when somebody asks for it by hand.

use super::*;

#[test]
fn a_requested_job_runs_alone() {
    let facts = request(&["nightly"]);
    assert_eq!(running(&facts), ["nightly on linux"]);
    assert_eq!(reason(&facts, "nightly"), "asked for by `request`");
    assert_eq!(reason(&facts, "lint"), "not asked for by `request`");
}

#[test]
fn a_requested_group_is_its_jobs() {
    assert_eq!(
        running(&request(&["python"])),
        ["docs on linux", "wheel on linux"]
    );
}

#[test]
fn a_requested_platform_moves_every_job_that_can_run_there() {
    assert_eq!(
        running(&request(&["macos"])),
        ["rust on macos", "wheel on macos"]
    );
    assert_eq!(
        reason(&request(&["macos"]), "docs"),
        "none of its platforms is on: linux"
    );
}

#[test]
fn a_requested_job_that_cannot_run_on_the_requested_platform_runs_where_it_can() {
    assert_eq!(
        running(&request(&["rust", "docs", "installer", "macos"])),
        ["docs on linux", "installer on windows", "rust on macos"]
    );
}

#[test]
fn a_group_of_platforms_widens_the_requested_jobs() {
    assert_eq!(
        running(&request(&["wheel", "everywhere"])),
        ["wheel on linux, macos"]
    );
}

#[test]
fn all_is_every_job_on_every_platform_of_its_own() {
    assert_eq!(
        running(&request(&["all"])),
        [
            "docs on linux",
            "installer on windows",
            "lint on linux",
            "nightly on linux",
            "rust on linux, macos, windows",
            "wheel on linux, macos"
        ]
    );
}

#[test]
fn a_request_of_blanks_is_none() {
    assert_eq!(
        running(&Facts {
            request: vec![String::new(), "  ".to_owned()],
            ..pull_request(&["docs/a"])
        }),
        running(&pull_request(&["docs/a"]))
    );
}

#[test]
fn an_unknown_word_in_a_request_is_answered_with_the_names() {
    let file = Config::parse(".github/ci-actions.toml", FILE).unwrap();
    assert_eq!(
        plan(&file, &request(&["rust", "whel"]))
            .unwrap_err()
            .to_string(),
        "unknown word \"whel\" in input `request`: did you mean `wheel`? the names of jobs, groups and platforms are \
         docs, installer, lint, nightly, rust, wheel, everywhere, python, linux, macos, windows and all"
    );
}
