//! Where a test failed: the place that its panic names, in a file of the repository.

use test_reports::{Case, End};

use crate::workspace::Workspace;

/// Gives each failure its file and line, where its text or its name tells them.
pub(crate) fn place(cases: &mut [Case], workspace: &Workspace) {
    for case in cases {
        if !matches!(case.end, End::Failed(_) | End::Flaky(_)) {
            continue;
        }
        let known = |(path, line): (&str, u32)| Some((workspace.place(path)?, line));
        let found = places(case.text(), &case.name)
            .into_iter()
            .find_map(known)
            .or_else(|| of_doctest(&case.name).and_then(known));
        if let Some((file, line)) = found {
            (case.file, case.line) = (Some(file), Some(line));
        }
    }
}

/// Places in the text of a failure: the test's own panic first, then those of other threads, then the calls below them.
fn places<'a>(text: &'a str, test: &str) -> Vec<(&'a str, u32)> {
    let own = format!("thread '{test}'");
    let (mut first, mut others, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let panicked = line
            .split_once("panicked at ")
            .or_else(|| line.split_once("did not panic as expected at "));
        if let Some((before, place)) = panicked {
            // Before Rust 1.73 the message stood before the place.
            let place = place.rsplit_once("', ").map_or(place, |(_, place)| place);
            match before.contains(&own) {
                true => first.extend(parsed(place)),
                false => others.extend(parsed(place)),
            }
        } else if let Some(place) = call(line.trim_start()) {
            calls.extend(parsed(place));
        }
    }
    [first, others, calls].concat()
}

/// A line of a backtrace, or of an error of the compiler in a documentation test.
fn call(line: &str) -> Option<&str> {
    line.strip_prefix("at ")
        .or_else(|| line.strip_prefix("--> "))
}

/// `PATH:LINE:COLUMN`, with or without a colon at its end.
fn parsed(place: &str) -> Option<(&str, u32)> {
    let mut parts = place.trim().trim_end_matches(':').rsplitn(3, ':');
    let _column: u32 = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?, line))
}

/// `src/lib.rs - item (line 7)`
fn of_doctest(name: &str) -> Option<(&str, u32)> {
    let (path, rest) = name.split_once(" - ")?;
    let (_, line) = rest.rsplit_once("(line ")?;
    let line = line.split(')').next()?.parse().ok()?;
    Some((path, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panic_of_the_test_goes_before_those_of_other_threads() {
        let text = "thread 'worker' (9) panicked at src/pool.rs:3:5:\ngone\nthread 'tests::x' (7) panicked at src/lib.rs:10:9:\nno\nstack backtrace:\n   3: a::f\n             at ./src/deep.rs:20:5\n";
        assert_eq!(
            places(text, "tests::x"),
            [
                ("src/lib.rs", 10),
                ("src/pool.rs", 3),
                ("./src/deep.rs", 20)
            ]
        );
    }

    #[test]
    fn old_and_other_forms_are_read() {
        let old = "thread 'x' panicked at 'it's: bad', src/old.rs:4:2";
        assert_eq!(places(old, "x"), [("src/old.rs", 4)]);
        let windows = "thread 'x' panicked at C:\\a\\src\\lib.rs:4:2:";
        assert_eq!(places(windows, "x"), [("C:\\a\\src\\lib.rs", 4)]);
        let none = "note: test did not panic as expected at src/lib.rs:30:8";
        assert_eq!(places(none, "x"), [("src/lib.rs", 30)]);
        assert_eq!(places("panicked at the disco", "x"), []);
        assert_eq!(
            of_doctest("a/src/lib.rs - f (line 7)"),
            Some(("a/src/lib.rs", 7))
        );
        assert_eq!(
            of_doctest("a/src/../README.md - (line 12) - compile"),
            Some(("a/src/../README.md", 12))
        );
    }
}
