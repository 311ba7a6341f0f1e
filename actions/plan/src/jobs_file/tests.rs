//! What a jobs file may say, and how a wrong one is answered.

use super::*;

const GOOD: &str = r#"
ignore = ["*.md"]

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
    JobsFile::parse("jobs.toml", text).unwrap_err().to_string()
}

/// [`GOOD`] with one line replaced.
fn error_with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    error(&GOOD.replace(old, new))
}

#[test]
fn a_good_file_is_read() {
    let file = JobsFile::parse("jobs.toml", GOOD).unwrap();
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
    let file = JobsFile::parse("jobs.toml", GOOD).unwrap();
    let rust = file.jobs["rust"].paths.as_ref().unwrap();
    assert_eq!(rust.matching("crates/a/src/lib.rs"), Some("crates/"));
    assert_eq!(rust.matching("Cargo.toml"), Some("Cargo.*"));
    assert_eq!(rust.matching("tools/Cargo.toml"), None);
    assert_eq!(rust.matching("crates/a/README.md"), None);
    assert_eq!(rust.matching("crates"), None);
    assert_eq!(file.ignore.matching("README.md"), Some("*.md"));
    assert_eq!(file.ignore.matching("docs/README.md"), None);
}

#[test]
fn an_unknown_key_is_answered_with_its_line_and_the_key_that_was_meant() {
    assert_eq!(
        error_with("ignore = [", "ignored = ["),
        "failed to read the jobs file: jobs.toml:2: unknown key \"ignored\": did you mean `ignore`? \
         the keys are ignore, platforms, jobs and groups"
    );
    assert_eq!(
        error_with("paths = [\"crates", "path = [\"crates"),
        "failed to read the jobs file: jobs.toml:16: unknown key \"path\": did you mean `paths`? \
         the keys are description, paths, platforms, on, always and labels"
    );
}

#[test]
fn a_missing_key_and_a_wrong_type_are_answered_with_their_line() {
    assert_eq!(
        error_with("runs-on = \"ubuntu-latest\"\n", ""),
        "failed to read the jobs file: jobs.toml:4: missing key `runs-on`"
    );
    assert_eq!(
        error_with("runs-on = \"ubuntu-latest\"", "runs-on = 3"),
        "failed to read the jobs file: jobs.toml:5: expected a runner's label or a list of labels"
    );
    assert_eq!(
        error_with("default = true", "default = \"true\""),
        "failed to read the jobs file: jobs.toml:7: invalid type: string \"true\", expected a boolean"
    );
}

#[test]
fn what_is_no_toml_is_answered_with_its_line() {
    assert!(
        error_with("ignore = [", "ignore = ")
            .starts_with("failed to read the jobs file: jobs.toml:2: ")
    );
}

#[test]
fn an_unknown_platform_of_a_job_is_answered_with_the_known_ones() {
    assert_eq!(
        error_with("platforms = [\"all\"]", "platforms = [\"linus\"]"),
        "failed to read the jobs file: jobs.toml:17: unknown platform \"linus\": did you mean `linux`? \
         the platforms are all, default, gpu and linux"
    );
}

#[test]
fn an_unknown_member_of_a_group_is_answered_with_the_known_ones() {
    assert_eq!(
        error_with("[\"rust\", \"lint\"]", "[\"rust\", \"lints\"]"),
        "failed to read the jobs file: jobs.toml:22: unknown job or platform \"lints\": did you mean `lint`? \
         the jobs and platforms are lint, rust, gpu and linux"
    );
}

#[test]
fn an_unknown_event_is_answered_with_the_known_ones() {
    let error = error_with("\"schedule\", ", "\"shedule\", ");
    assert!(
        error.starts_with("failed to read the jobs file: jobs.toml:12: unknown event \"shedule\": did you mean `schedule`? the events are issue_comment, "),
        "{error}"
    );
    assert_eq!(
        error_with("push:main", "push:"),
        "failed to read the jobs file: jobs.toml:12: event \"push:\": there is no pattern behind the colon"
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
    ] {
        assert_eq!(
            error_with("*.md", glob),
            format!("failed to read the jobs file: jobs.toml:2: glob {glob:?} {wrong}")
        );
    }
    assert!(error_with("*.md", "docs/{a").contains("jobs.toml:2: glob \"docs/{a\": "));
}

#[test]
fn names_must_fit_expressions_and_be_told_apart() {
    assert_eq!(
        error_with("[jobs.lint]", "[jobs.\"my lint\"]"),
        "failed to read the jobs file: jobs.toml:19: job \"my lint\": a name has letters, digits, `-` and `_` and \
         starts with a letter or `_`, because workflows write it in expressions"
    );
    assert_eq!(
        error_with("[jobs.lint]", "[jobs.all]"),
        "failed to read the jobs file: jobs.toml:19: job `all`: this word has a meaning of its own, choose another name"
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
        "failed to read the jobs file: jobs.toml:11: column `target` is always there: choose another name"
    );
}

#[test]
fn a_file_without_platforms_says_what_to_add() {
    let error = error("platforms = {}\njobs = {}\n");
    assert!(
        error.starts_with(
            "failed to read the jobs file: jobs.toml: there is no platform: add a table"
        ),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_named() {
    let error = JobsFile::read(Path::new("no/jobs.toml")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to read the jobs file `no/jobs.toml`: No such file or directory (os error 2)"
    );
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs.schema.json");
    let made = schema().unwrap();
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "jobs.schema.json differs from the types: type `UPDATE_EXPECTED=1 cargo test -p plan schema`"
    );
}
