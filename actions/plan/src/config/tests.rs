//! What the tables may say, and how a wrong one is answered.

use super::*;

const GOOD: &str = r#"
[plan]

[platforms.linux]
runs-on = "ubuntu-latest"
target = "x86_64-unknown-linux-gnu"
default = true

[platforms.gpu]
runs-on = ["self-hosted", "gpu"]
columns = { cuda = "12" }
on = ["schedule", "push:main", "tag:v*"]
labels = ["🎮 gpu"]

[jobs.rust]
paths = ["crates/", "Cargo.*", "!crates/*/README.md"]
platforms = ["all"]

[jobs.lint]

[groups]
quick = ["rust", "lint"]
everywhere = ["linux", "gpu"]
"#;

fn error(text: &str) -> String {
    Config::parse("ci-actions.toml", text)
        .unwrap_err()
        .to_string()
}

/// [`GOOD`] with one line replaced.
fn error_with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    error(&GOOD.replace(old, new))
}

#[test]
fn a_good_file_is_read() {
    let file = Config::parse("ci-actions.toml", GOOD).unwrap();
    assert_eq!(
        file.names(),
        ["lint", "rust", "everywhere", "quick", "gpu", "linux"]
    );
    let rust = &file.jobs["rust"];
    assert_eq!(rust.platforms.iter().collect::<Vec<_>>(), ["gpu", "linux"]);
    let lint = &file.jobs["lint"];
    assert!(lint.paths.is_none());
    assert_eq!(lint.platforms.iter().collect::<Vec<_>>(), ["linux"]);
}

#[test]
fn a_star_stays_in_its_folder_and_the_last_match_decides() {
    let file = Config::parse("ci-actions.toml", GOOD).unwrap();
    let rust = file.jobs["rust"].paths.as_ref().unwrap();
    assert_eq!(rust.matching("crates/a/src/lib.rs"), Some("crates/"));
    assert_eq!(rust.matching("Cargo.toml"), Some("Cargo.*"));
    assert_eq!(rust.matching("tools/Cargo.toml"), None);
    assert_eq!(rust.matching("crates/a/README.md"), None);
    assert_eq!(rust.matching("crates"), None);
    assert_eq!(
        rust.deciding("crates/a/README.md").unwrap().text(),
        "!crates/*/README.md"
    );
}

#[test]
fn an_unknown_key_is_answered_with_its_line_and_the_key_that_was_meant() {
    assert_eq!(
        error_with("paths = [\"crates", "path = [\"crates"),
        "failed to read the config file: ci-actions.toml:16: unknown key \"path\": did you mean `paths`? \
         the keys are description, paths, crates, python, platforms, on, always, labels, uses, with, \
         not-labels, drafts, forks, runs-with and columns"
    );
}

#[test]
fn a_missing_key_and_a_wrong_type_are_answered_with_their_line() {
    assert_eq!(
        error_with("runs-on = \"ubuntu-latest\"\n", ""),
        "failed to read the config file: ci-actions.toml:4: missing key `runs-on`"
    );
    assert_eq!(
        error_with("runs-on = \"ubuntu-latest\"", "runs-on = 3"),
        "failed to read the config file: ci-actions.toml:5: expected a runner's label or a list of labels"
    );
    assert_eq!(
        error_with("default = true", "default = \"true\""),
        "failed to read the config file: ci-actions.toml:7: invalid type: string \"true\", expected a boolean"
    );
}

#[test]
fn what_is_no_toml_is_answered_with_its_line() {
    assert!(
        error_with("[plan]", "[plan")
            .starts_with("failed to read the config file: ci-actions.toml:2: ")
    );
}

#[test]
fn an_unknown_platform_of_a_job_is_answered_with_the_known_ones() {
    assert_eq!(
        error_with("platforms = [\"all\"]", "platforms = [\"linus\"]"),
        "failed to read the config file: ci-actions.toml:17: unknown platform \"linus\": did you mean `linux`? \
         the platforms are all, default, gpu and linux"
    );
}

#[test]
fn an_unknown_member_of_a_group_is_answered_with_the_known_ones() {
    assert_eq!(
        error_with("[\"rust\", \"lint\"]", "[\"rust\", \"lints\"]"),
        "failed to read the config file: ci-actions.toml:22: unknown job or platform \"lints\": did you mean `lint`? \
         the jobs and platforms are lint, rust, gpu and linux"
    );
}

#[test]
fn an_unknown_event_is_answered_with_the_known_ones() {
    let error = error_with("\"schedule\", ", "\"shedule\", ");
    assert!(
        error.starts_with("failed to read the config file: ci-actions.toml:12: unknown event \"shedule\": did you mean `schedule`? the events are issue_comment, "),
        "{error}"
    );
    assert_eq!(
        error_with("push:main", "push:"),
        "failed to read the config file: ci-actions.toml:12: event \"push:\": there is no pattern after the colon"
    );
}

#[test]
fn a_glob_that_can_match_nothing_is_an_error() {
    for (glob, wrong) in [
        (
            "/docs/**",
            "starts at the root of the repository anyway: write it without the leading part",
        ),
        (
            "./docs",
            "starts at the root of the repository anyway: write it without the leading part",
        ),
        ("../docs", "leaves the repository: `..` has no meaning here"),
        ("", "is empty"),
        ("!", "is empty"),
        (
            "!docs/**",
            "comes first, so there is nothing to exclude files from: write \"**\" before it for all other files",
        ),
    ] {
        assert_eq!(
            error_with("crates/\"", &format!("{glob}\"")),
            format!("failed to read the config file: ci-actions.toml:16: glob {glob:?} {wrong}")
        );
    }
    assert!(
        error_with("crates/\"", "docs/{a\"").contains("ci-actions.toml:16: glob \"docs/{a\": ")
    );
}

/// A job that never runs is green, and nobody misses it.
#[test]
fn rules_that_cannot_come_true_are_errors() {
    for (old, new, told) in [
        (
            "on = [\"schedule\", \"push:main\", \"tag:v*\"]\nlabels = [\"🎮 gpu\"]",
            "",
            "ci-actions.toml:9: platform `gpu` is never enabled: add `default = true`",
        ),
        (
            "[jobs.lint]",
            "[jobs.lint]\nplatforms = [\"gpu\"]\non = [\"push:next\"]",
            "ci-actions.toml:19: job `lint` never runs: its `on` has none of the events that enable its platforms, which are `push:main`, `schedule` and `tag:v*`",
        ),
        (
            "[jobs.lint]",
            "[jobs.lint]\non = [\"pull_request\"]\nalways = [\"push:main\"]",
            "ci-actions.toml:19: job `lint` never runs at `push:main` of its `always`, because its `on` excludes that event: add \"push:main\" to `on`",
        ),
        (
            "[jobs.lint]",
            "[jobs.lint]\npaths = []",
            "ci-actions.toml:19: job `lint` has an empty list as `paths`, so no change runs it",
        ),
        (
            "default = true",
            "on = [\"schedule\"]",
            "ci-actions.toml:19: job `lint` never runs, because it has no platform",
        ),
    ] {
        let error = error_with(old, new);
        assert!(error.contains(told), "{error}");
    }
    // An event that both can mean is enough, and so is a package that is missing in the bucket.
    for more in [
        "on = [\"push:mai*\"]",
        "on = [\"pull_request\"]",
        "on = [\"push:next\"]\n[packages.web]\njob = \"lint\"",
    ] {
        let text = GOOD.replace(
            "[jobs.lint]",
            &format!("[jobs.lint]\nplatforms = [\"gpu\"]\n{more}"),
        );
        Config::parse("ci-actions.toml", &text).unwrap();
    }
}

#[test]
fn names_must_fit_expressions_and_be_told_apart() {
    assert_eq!(
        error_with("[jobs.lint]", "[jobs.\"my lint\"]"),
        "failed to read the config file: ci-actions.toml:19: job \"my lint\": a name has letters, digits, `-` and `_` and \
         starts with a letter or `_`, because workflows write it in expressions"
    );
    assert_eq!(
        error_with("[jobs.lint]", "[jobs.all]"),
        "failed to read the config file: ci-actions.toml:19: job `all`: this word has a meaning of its own, choose another name"
    );
    assert!(
        error_with("[jobs.lint]", "[jobs.linux]")
            .ends_with("platform `linux`: a job has this name already")
    );
}

#[test]
fn a_column_cannot_replace_one_that_is_always_there() {
    assert_eq!(
        error_with("cuda = \"12\"", "target = \"12\""),
        "failed to read the config file: ci-actions.toml:11: column `target` is always there: choose another name"
    );
}

#[test]
fn a_set_of_globs_is_used_by_its_name() {
    let text = GOOD
        .replace(
            "[plan]",
            "[paths]\nall = [\"@rust\", \"docs/\"]\nrust = [\"crates/\"]\n[plan]",
        )
        .replace("paths = [\"crates/\"", "paths = [\"@all\"");
    let file = Config::parse("ci-actions.toml", &text).unwrap();
    let paths = file.jobs["rust"].paths.as_ref().unwrap();
    assert_eq!(paths.matching("crates/a/src/lib.rs"), Some("crates/"));
    assert_eq!(paths.matching("docs/page.md"), Some("docs/"));
    assert_eq!(paths.matching("crates/a/README.md"), None);
}

#[test]
fn a_set_that_does_not_exist_or_contains_itself_is_an_error() {
    let error_of = |sets: &str, glob: &str| {
        let text = GOOD.replace("[plan]", &format!("[paths]\n{sets}\n[plan]"));
        error(&text.replace("\"crates/\"", &format!("{glob:?}")))
    };
    for (sets, glob, told) in [
        (
            "rust = [\"a\"]\nweb = [\"b\"]",
            "@rusty",
            "ci-actions.toml:19: unknown set \"@rusty\": did you mean `@rust`? the sets are rust and web",
        ),
        (
            "rust = [\"@web\"]\nweb = [\"@rust\"]",
            "@rust",
            "ci-actions.toml:4: set `rust` contains itself: rust → web",
        ),
        (
            "rust = [\"a\"]",
            "!@rust",
            "ci-actions.toml:18: a set cannot be excluded: write the globs of `rust` with `!` in place of \"!@rust\"",
        ),
        (
            "\"my set\" = [\"a\"]",
            "a",
            "ci-actions.toml:3: set \"my set\": a name has letters, digits, `-` and `_` and starts with a letter or `_`",
        ),
    ] {
        let error = error_of(sets, glob);
        assert!(error.ends_with(told), "{error}");
    }
    let error = error(&GOOD.replace("crates/\"", "@rust\""));
    assert!(
        error.contains("unknown set \"@rust\": there is no table `[paths]`"),
        "{error}"
    );
}

#[test]
fn a_job_cannot_run_with_itself_or_with_one_that_does_not_exist() {
    let lint = |with: &str| format!("[jobs.lint]\nruns-with = [{with:?}]");
    assert_eq!(
        error_with("[jobs.lint]", &lint("rusty")),
        "failed to read the config file: ci-actions.toml:20: unknown job \"rusty\": did you mean `rust`? the jobs are lint and rust"
    );
    let text = GOOD.replace("[jobs.lint]", &lint("rust"));
    let text = text.replace("[jobs.rust]", "[jobs.rust]\nruns-with = [\"lint\"]");
    assert!(error(&text).ends_with("job `lint` runs with itself: lint → rust → lint"));
}

#[test]
fn columns_that_make_no_matrix_are_errors() {
    for (old, new, told) in [
        (
            "[jobs.rust]",
            "[jobs.rust]\ncolumns = { cuda = \"11\" }",
            "job `rust` has a column `cuda`, and so has its platform `gpu`: remove one of them",
        ),
        (
            "cuda = \"12\"",
            "cuda = []",
            "column `cuda` has no value, so there is no row",
        ),
        (
            "cuda = \"12\"",
            "cuda = [\"12\", \"12\"]",
            "column `cuda` has the value \"12\" twice",
        ),
        (
            "cuda = \"12\"",
            "cuda = 12",
            "expected a text or a list of texts",
        ),
    ] {
        let error = error_with(old, new);
        assert!(error.ends_with(told), "{error}");
    }
    let many: Vec<String> = (0..16).map(|n| n.to_string()).collect();
    let columns = format!("[jobs.rust]\ncolumns = {{ a = {many:?}, b = {many:?} }}");
    assert!(error_with("[jobs.rust]", &columns).ends_with(
        "job `rust` has 512 combinations of platforms and columns, over the limit of 256 rows of a matrix"
    ));
}

#[test]
fn a_label_that_is_wanted_and_unwanted_is_an_error() {
    let lint = "[jobs.lint]\nlabels = [\"Lint\"]\nnot-labels = [\"lint\"]";
    assert!(
        error_with("[jobs.lint]", lint)
            .contains("job `lint` has the label `Lint` in `labels` and in `not-labels`")
    );
}

#[test]
fn a_file_without_platforms_or_jobs_says_what_to_add() {
    let error_of = |text: &str| error(text);
    assert!(error_of("jobs.a = {}\n").starts_with(
        "failed to read the config file: ci-actions.toml: there is no platform: add a table"
    ));
    assert!(error_of("[plan]\n").starts_with(
        "failed to read the config file: ci-actions.toml: there is no job: add a table"
    ));
}

mod fuzz {
    use super::*;

    #[test]
    fn a_config_is_read_or_refused_at_its_place() {
        let words = [
            "[jobs.a]\n",
            "[platforms.",
            "paths = [",
            "\"!\"",
            "\"{\"",
            "on = [\"push:",
            "labels",
            "= 1e9",
        ];
        testkit::fuzz::texts(
            &[GOOD, "[jobs]\na = {}\n"],
            &words,
            |text| match Config::parse("ci-actions.toml", text) {
                Ok(file) => {
                    for job in file.jobs.values() {
                        let _match = job.paths.as_ref().and_then(|paths| paths.matching("a/b"));
                    }
                }
                Err(error) => assert!(error.to_string().contains("ci-actions.toml"), "{error}"),
            },
        );
    }
}
