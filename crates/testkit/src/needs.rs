//! Tests that need something of the machine, and what becomes of them where it is missing: they are told as skipped, never as passed,
//! and in continuous integration they fail.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::panic::Location;
use std::path::{Path, PathBuf};

use serde_json::json;

/// Names the file in which skipped tests are listed, a line of JSON each with `test`, `missing` and `install`. `cargo xtask test` sets it.
pub const SKIPPED_TESTS: &str = "CI_ACTIONS_SKIPPED_TESTS";

/// The first of these programs that is on the `PATH`. Where there is none the test is skipped, and its caller returns at once.
///
/// ```no_run
/// # use testkit::needs;
/// let install = "chromium (Debian and Ubuntu: apt-get install chromium)";
/// let Some(chromium) = needs::program(&["chromium", "google-chrome"], install) else {
///     return;
/// };
/// ```
///
/// # Panics
/// When there is none under `CI=true`.
#[track_caller]
#[must_use]
pub fn program(names: &[&str], install: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut places = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = places.find(|place| place.is_file());
    if found.is_none() {
        skip(
            &format!("`{}` is not installed", names.join("` or `")),
            install,
        );
    }
    found
}

/// Says that this test cannot look; whoever calls it returns at once.
///
/// `missing` is a few words such as ``"`chromium` is not installed"``, `install` says what to do about it.
///
/// # Panics
/// Under `CI=true`, and when it cannot be told.
#[track_caller]
pub fn skip(missing: &str, install: &str) {
    let place = Location::caller();
    let test = test_name(place);
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(
        !in_ci,
        "this test cannot look: {missing}; install {install}"
    );
    #[expect(
        clippy::print_stdout,
        reason = "whoever runs this test alone wants to know"
    )]
    {
        println!("skipped: {missing}; install {install}");
    }
    if let Some(file) = std::env::var_os(SKIPPED_TESTS) {
        let line = json!({"test": test, "missing": missing, "install": install});
        append(Path::new(&file), &format!("{line}\n"))
            .expect("failed to determine of a skipped test");
    }
}

/// The package and the test, or where the call is: a harness with one thread gives its tests no name.
fn test_name(place: &Location<'_>) -> String {
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let thread = std::thread::current();
    let test = match thread.name() {
        Some(name) if name != "main" => name.to_owned(),
        _ => format!("{}:{}", place.file(), place.line()),
    };
    format!("{package} {test}").trim_start().to_owned()
}

/// In one write, because several tests run at once.
fn append(file: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(line.as_bytes())
}
