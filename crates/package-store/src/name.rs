//! Which names may become part of an address or of a file on somebody's disk, on every system.

use crate::error::StoreError;

/// Longest file name that all file systems in use take, in bytes.
const LONGEST: usize = 255;

/// Refuses what is not a plain file name: a name with a folder in it, one that a shell, Windows or a bucket would read
/// as something else, and the one name that the short address keeps for itself.
pub(crate) fn check_file_name(name: &str) -> Result<(), StoreError> {
    let reason = if name.is_empty() {
        "it is empty"
    } else if name == "." || name == ".." {
        "it names a folder"
    } else if name.contains(['/', '\\']) {
        "it holds a path separator"
    } else if name.chars().any(char::is_control) {
        "it holds a control character"
    } else if name.contains([':', '*', '?', '"', '<', '>', '|', '#', '[', ']']) {
        "it holds one of `: * ? \" < > | # [ ]`"
    } else if name.starts_with('-') {
        "it starts with `-`, which programs read as an option"
    } else if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        "it starts or ends with a space, or ends with a dot"
    } else if name.len() > LONGEST {
        "it is longer than 255 bytes"
    } else if name == crate::layout::CLAIM {
        "that name is taken by the short address's own file"
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
