//! Which names every system can hold: what a bucket keeps must come back on Linux, macOS and Windows alike.

use unicode_normalization::UnicodeNormalization;

/// Longest name of one file or folder, in bytes: file systems take 255, and a bucket appends endings such as `.metadata`.
pub const LONGEST_NAME: usize = 240;
/// Longest path below a folder, in bytes: buckets take 1024 with everything before it.
pub const LONGEST_PATH: usize = 600;

/// Devices that have a name in every folder of Windows, whatever the extension.
const DEVICES: [&str; 6] = ["aux", "con", "conin$", "conout$", "nul", "prn"];
/// Devices that are numbered.
const PORTS: [&str; 2] = ["com", "lpt"];

/// Why a name of one file or folder cannot be held by every system; `None` if it can.
pub fn name_problem(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("it is empty")
    } else if name == "." || name == ".." {
        Some("it names a folder")
    } else if name.contains(['/', '\\']) {
        Some("it has a path separator")
    } else if name.chars().any(char::is_control) {
        Some("it has a control character")
    } else if name.contains([':', '*', '?', '"', '<', '>', '|']) {
        Some("it has one of `: * ? \" < > |`, which Windows does not allow")
    } else if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        Some("it starts or ends with a space, or ends with a dot")
    } else if is_device(name) {
        Some("it is a device name on Windows")
    } else if name.len() > LONGEST_NAME {
        Some("it is longer than 240 bytes")
    } else {
        None
    }
}

/// Why a relative path with `/` cannot be held by every system; `None` if it can.
pub fn path_problem(path: &str) -> Option<&'static str> {
    if path.starts_with('/') {
        return Some("it is absolute");
    }
    if path.len() > LONGEST_PATH {
        return Some("it is longer than 600 bytes");
    }
    path.split('/').find_map(|name| match name {
        "" => Some("it has an empty part"),
        name => name_problem(name),
    })
}

/// A name as file systems compare names that ignore case and Unicode form: two names with the same key may be one file.
pub fn comparison_key(name: &str) -> String {
    let upper = name.nfc().flat_map(char::to_uppercase);
    let lower: String = upper.flat_map(char::to_lowercase).collect();
    lower.nfc().collect()
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches(' ').to_ascii_lowercase();
    let numbered = |port: &str| {
        let rest = stem.strip_prefix(port).map(|rest| rest.chars());
        rest.is_some_and(|mut rest| {
            let number = rest.next();
            rest.next().is_none() && matches!(number, Some('0'..='9' | '¹' | '²' | '³'))
        })
    };
    DEVICES.contains(&stem.as_str()) || PORTS.iter().any(|port| numbered(port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_pass() {
        for name in [
            "hello_sdk-0.1.0+2026.11.21.g6e4ddaf-cp38-abi3-linux_x86_64.whl",
            "Übersicht v2.zip",
            ".nojekyll",
            "a..b",
            "console.html",
            "com10.txt",
            "lpt.html",
            "auxiliary",
        ] {
            assert_eq!(name_problem(name), None, "{name}");
        }
        assert_eq!(path_problem("a/b c/d+e.html"), None);
    }

    #[test]
    fn names_that_some_system_cannot_hold_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "a\0",
            "a\nb",
            "a\u{85}b",
            "C:x",
            "a:ads",
            "a ",
            " a",
            "a.",
            "CON",
            "con.txt",
            "Nul .tar.gz",
            "LPT0",
            "com¹.log",
            "conin$",
            "a?",
            "a*",
            "\"",
        ] {
            assert!(name_problem(name).is_some(), "{name:?}");
        }
        assert!(name_problem(&"x".repeat(241)).is_some());
    }

    #[test]
    fn paths_are_judged_part_by_part() {
        for path in [
            "",
            "/a",
            "a//b",
            "a/",
            "./a",
            "a/../b",
            "C:/evil.txt",
            "a/con/b",
            "a /b",
            "a\\b",
        ] {
            assert!(path_problem(path).is_some(), "{path:?}");
        }
        assert!(path_problem(&"abcdefghi/".repeat(80)).is_some());
    }

    #[test]
    fn names_that_some_system_takes_for_one_have_one_key() {
        for (one, other) in [
            ("A.whl", "a.WHL"),
            ("\u{fc}.zip", "u\u{308}.zip"),
            ("STRASSE", "straße"),
            ("\u{212a}.txt", "k.txt"),
        ] {
            assert_eq!(comparison_key(one), comparison_key(other), "{one} {other}");
        }
        assert_ne!(comparison_key("a-b"), comparison_key("a_b"));
    }
}
