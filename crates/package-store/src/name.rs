//! Which names may become part of an address or of a file on somebody's disk, on every system.

use package_formats::file_name::{comparison_key, name_problem};

use crate::error::StoreError;

/// Longest word of an address, in bytes.
const LONGEST: usize = 100;

/// Refuses what is not a plain file name on every system, what programs read as something else, and the names that other
/// objects beside a package have.
pub(crate) fn check_file_name(name: &str) -> Result<(), StoreError> {
    let key = comparison_key(name);
    let metadata = key.strip_suffix(".metadata");
    let reason = if let Some(problem) = name_problem(name) {
        problem
    } else if name.contains(['#', '[', ']']) {
        "it has one of `# [ ]`, which are special in URLs or globs"
    } else if name.starts_with('-') {
        "it starts with `-`, which programs treat as an option"
    } else if key == crate::layout::CLAIM {
        "that name is taken by the short address's own file"
    } else if metadata.is_some_and(|file| file.ends_with(".whl")) {
        "that name is taken by the METADATA file beside a wheel"
    } else {
        return Ok(());
    };
    Err(StoreError::FileName {
        name: name.escape_debug().to_string(),
        reason,
    })
}

/// Refuses a word that holds anything but letters, digits and the given marks; `what` is how the user calls it.
pub(crate) fn check_word(what: &'static str, word: &str, marks: &str) -> Result<(), StoreError> {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let inside = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
    if edge(word.chars().next()) && word.chars().all(inside) && word.len() <= LONGEST {
        return Ok(());
    }
    let expected = if marks.is_empty() {
        "letters and digits".to_owned()
    } else {
        let marks: Vec<String> = marks.chars().map(|mark| format!("`{mark}`")).collect();
        format!(
            "letters, digits and {}, starting with a letter or a digit",
            marks.join(" ")
        )
    };
    Err(StoreError::Value {
        what,
        given: word.escape_debug().to_string(),
        expected,
    })
}

/// A project's name as pip compares names (PEP 503): lower case, each run of `-`, `_` and `.` is one `-`.
pub fn project_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        if !matches!(c, '-' | '_' | '.') {
            normal.extend(c.to_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_give_to_packages_pass() {
        for name in [
            "hello_sdk-0.1.0+2026.11.21.g6e4ddaf-cp38-abi3-linux_x86_64.whl",
            "hello-sdk-0.1.0.crate",
            "Übersicht v2.zip",
            "a..b",
            ".nojekyll",
        ] {
            assert!(check_file_name(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn names_that_would_leave_the_folder_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "/etc/passwd",
            "../x",
            "a\0b",
            "a\nb",
            "C:x",
            "-rf",
            "commit",
            "Commit",
            "a.whl.metadata",
            "CON",
            "a ",
            "a:ads",
            "trailing.",
            "nul\u{7f}",
        ] {
            assert!(
                matches!(check_file_name(name), Err(StoreError::FileName { .. })),
                "{name:?}"
            );
        }
    }

    #[test]
    fn project_names_are_compared_as_pip_does() {
        assert_eq!(project_name("Hello_.SDK"), "hello-sdk");
        assert_eq!(project_name("hello-sdk"), "hello-sdk");
    }

    #[test]
    fn a_bad_word_is_answered_with_what_may_be_in_it() {
        let error = check_word("kind", "my kind", "-").unwrap_err().to_string();
        assert!(error.contains("kind") && error.contains("`-`"), "{error}");
    }
}
