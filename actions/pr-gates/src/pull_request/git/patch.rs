//! The lines that a pull request adds, from a patch without context.

use super::raw;
use crate::pull_request::AddedLine;

/// What makes `git diff-tree` write such a patch, whatever the configuration says.
pub(super) const ARGS: [&str; 8] = [
    "-p",
    "--unified=0",
    "--inter-hunk-context=0",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--indent-heuristic",
    "--diff-algorithm=myers",
];

/// How much of the hunk is still to come, and where it is in the new file.
#[derive(Default)]
struct Hunk {
    old: u32,
    new: u32,
    line: u32,
}

/// The lines that the hunks of one file add.
pub(in crate::pull_request) fn hunks(path: &str, hunks: &[u8]) -> Vec<AddedLine> {
    parse_from(hunks, Some(path.to_owned()))
}

/// The lines that a patch of several files adds. Binary files have none.
pub(super) fn parse(patch: &[u8]) -> Vec<AddedLine> {
    parse_from(patch, None)
}

fn parse_from(patch: &[u8], mut path: Option<String>) -> Vec<AddedLine> {
    let mut added = Vec::new();
    let mut hunk = Hunk::default();
    for line in raw::pieces(patch, b'\n') {
        // Within a hunk its own counts decide, so that no line of a file is taken for a header.
        if hunk.old > 0 || hunk.new > 0 {
            match line.split_first() {
                Some((b'+', text)) => {
                    if let Some(path) = &path {
                        added.push(AddedLine {
                            path: path.clone(),
                            line: hunk.line,
                            text: String::from_utf8_lossy(text).into_owned(),
                        });
                    }
                    hunk.new = hunk.new.saturating_sub(1);
                    hunk.line = hunk.line.saturating_add(1);
                }
                Some((b'-', _)) => hunk.old = hunk.old.saturating_sub(1),
                // Git says here that a file has no newline at its end.
                Some((b'\\', _)) => {}
                _ => {
                    hunk.old = hunk.old.saturating_sub(1);
                    hunk.new = hunk.new.saturating_sub(1);
                    hunk.line = hunk.line.saturating_add(1);
                }
            }
        } else if line.starts_with(b"diff --git ") {
            path = None;
        } else if let Some(name) = line.strip_prefix(b"+++ ") {
            path = new_path(name);
        } else if let Some(counts) = line.strip_prefix(b"@@ ") {
            hunk = self::hunk(&String::from_utf8_lossy(counts)).unwrap_or_default();
        }
    }
    added
}

/// `-1,0 +2,3 @@ …`; a count of one is left out.
fn hunk(header: &str) -> Option<Hunk> {
    let mut fields = header.split(' ');
    let range = |field: Option<&str>, sign: char| {
        let field = field?.strip_prefix(sign)?;
        let (line, count) = field.split_once(',').unwrap_or((field, "1"));
        Some((line.parse().ok()?, count.parse().ok()?))
    };
    let (_, old): (u32, u32) = range(fields.next(), '-')?;
    let (line, new) = range(fields.next(), '+')?;
    Some(Hunk { old, new, line })
}

/// The path behind `+++ `; `None` where the file is gone. Git quotes odd names as C does.
fn new_path(name: &[u8]) -> Option<String> {
    let unquoted = match name.strip_prefix(b"\"") {
        Some(quoted) => unquote(quoted),
        // A tab ends a name that holds a space, because `patch` would take the rest for a date.
        None => name.strip_suffix(b"\t").unwrap_or(name).to_vec(),
    };
    unquoted.strip_prefix(b"b/").map(raw::path)
}

/// Up to the closing quotation mark.
fn unquote(quoted: &[u8]) -> Vec<u8> {
    let mut bytes = quoted.iter().copied();
    let mut name = Vec::new();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => name.extend(match bytes.next() {
                Some(b'a') => Some(7),
                Some(b'b') => Some(8),
                Some(b't') => Some(b'\t'),
                Some(b'n') => Some(b'\n'),
                Some(b'v') => Some(11),
                Some(b'f') => Some(12),
                Some(b'r') => Some(b'\r'),
                Some(digit @ b'0'..=b'3') => {
                    let low = [bytes.next(), bytes.next()].into_iter().flatten();
                    Some(low.fold(digit - b'0', |value, next| {
                        value.wrapping_mul(8).wrapping_add(next.wrapping_sub(b'0'))
                    }))
                }
                other => other,
            }),
            byte => name.push(byte),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(patch: &str) -> Vec<String> {
        parse(patch.as_bytes())
            .into_iter()
            .map(|added| format!("{}:{}:{}", added.path, added.line, added.text))
            .collect()
    }

    #[test]
    fn added_lines_have_their_place_in_the_new_file() {
        let patch = "diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -3 +3,2 @@ fn x\n-old\n+new\n+more\n@@ -9,0 +11 @@\n+last\n\\ No newline at end of file\n";
        assert_eq!(lines(patch), ["a:3:new", "a:4:more", "a:11:last"]);
    }

    #[test]
    fn a_line_that_looks_like_a_header_is_a_line() {
        let patch = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +1,3 @@\n+++ b/forged\n+diff --git a/x b/x\n+@@ -1 +1 @@\ndiff --git a/c b/c\n--- a/c\n+++ b/c\n@@ -1 +1 @@\n--- a/x\n+y\n";
        assert_eq!(
            lines(patch),
            [
                "a:1:++ b/forged",
                "a:2:diff --git a/x b/x",
                "a:3:@@ -1 +1 @@",
                "c:1:y"
            ]
        );
    }

    #[test]
    fn odd_names_come_back_whole() {
        let patch = "diff --git x y\n+++ \"b/a\\nb \\\"c\\\\ \\303\\251\"\t\n@@ -0,0 +1 @@\n+x\ndiff --git x y\n+++ b/with space\t\n@@ -0,0 +1 @@\n+y\n";
        assert_eq!(lines(patch), ["a\nb \"c\\ é:1:x", "with space:1:y"]);
    }

    #[test]
    fn what_is_removed_or_binary_adds_nothing() {
        let patch = "diff --git a/a b/a\ndeleted file mode 100644\n--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\ndiff --git a/b b/b\nBinary files a/b and b/b differ\n";
        assert!(lines(patch).is_empty());
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    /// The header and all lines as added, with the name quoted as git quotes one with odd bytes.
    fn patch(name: &[u8], lines: &[&[u8]]) -> Vec<u8> {
        let name: String = name.iter().map(|byte| format!("\\{byte:03o}")).collect();
        let count = lines.len();
        let header =
            format!("diff --git x y\n--- /dev/null\n+++ \"b/{name}\"\n@@ -0,0 +5,{count} @@\n");
        let mut patch = header.into_bytes();
        for line in lines {
            patch.extend([b"+", *line, b"\n"].concat());
        }
        patch.extend(b"diff --git x y\n--- a/x\n+++ b/z\n@@ -1 +0,0 @@\n-gone\n");
        patch
    }

    #[test]
    fn every_added_line_comes_back_with_its_place_and_nothing_else_does() {
        let seeds: &[&[u8]] = &[
            b"fn main() {\n}\n",
            b"+++ b/forged\n@@ -1 +1,9 @@\ndiff --git a/x b/x\n+x\n-y\n\\ No newline at end of file\n",
            b"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -3 +3,2 @@ fn x\n-old\n+new\n+more\n",
        ];
        let words: &[&[u8]] = &[b"@@ -0,0 +1 @@\n", b"@@ -1,2 +", b"+++ \"b/", b"\\303"];
        testkit::fuzz::bytes(seeds, words, |bytes| {
            parse(bytes);
            let name = bytes.iter().copied().filter(|byte| *byte != 0);
            let name: Vec<u8> = name.take(40).collect();
            let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            let added = parse(&patch(&name, &lines));
            assert_eq!(added.len(), lines.len());
            for (nth, (added, line)) in added.iter().zip(&lines).enumerate() {
                assert_eq!(added.path, raw::path(&name));
                assert_eq!(added.line as usize, 5 + nth);
                assert_eq!(added.text, String::from_utf8_lossy(line));
            }
        });
    }
}
