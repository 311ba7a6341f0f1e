//! Gate `text-format`: mixed line endings and odd encodings make every later diff larger than its change.

mod rule;

use actions_core::text::shell_word;

use self::rule::{Format, Rule};
use super::{Gate, Group};
use crate::{
    blob,
    finding::Finding,
    pull_request::{Fact, PullRequest, Want},
};

pub(crate) const GATE: Gate = Gate {
    id: "text-format",
    group: Group::Content,
    rule: "New and changed text files have the encoding, line endings and final newline that `text-format` requires.",
    help: "Save the file in that format, or add a line such as `anything for vendor/` to `text-format`.",
    needs: |inputs| match inputs.text_format.text_format.is_empty() {
        true => Vec::new(),
        false => vec![Fact::Changes],
    },
    reads: |pr, inputs| {
        let files = files(pr, &inputs.text_format);
        files.map(|file| Want::new(file.id, LONGEST_TEXT)).collect()
    },
    check: |pr, inputs| check(pr, &inputs.text_format),
};

/// Bytes; a longer text is no work of people.
const LONGEST_TEXT: u64 = 16 << 20;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Format of text files, such as `utf-8, no-bom, lf, final-newline for **` and `crlf for *.bat`; of conflicting lines the last one counts, and `anything for vendor/` lifts the others.
    #[arg(long, value_name = "RULES")]
    text_format: Vec<Rule>,
}

struct File<'a> {
    path: &'a str,
    id: &'a str,
    format: Format,
}

/// The new and changed files of which something is asked.
fn files<'a>(pr: &'a PullRequest, inputs: &'a Inputs) -> impl Iterator<Item = File<'a>> {
    let files = pr.changed_files().map(|(change, side)| File {
        path: &change.path,
        id: &side.id,
        format: Format::of(&change.path, &inputs.text_format),
    });
    files.filter(|file| file.format != Format::default())
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    files(pr, inputs)
        .flat_map(|file| {
            let found = match pr.content(file.id) {
                Some(bytes) => judge(&file, bytes),
                None => vec![
                    Finding::warning("file is over 16 MiB, so its format was not checked")
                        .help("Add a line `anything for …` to `text-format`."),
                ],
            };
            found.into_iter().map(move |one| one.file(file.path))
        })
        .collect()
}

fn judge(file: &File<'_>, bytes: &[u8]) -> Vec<Finding> {
    if let (Some(encoding), true) = (other_encoding(bytes), file.format.utf8) {
        let path = shell_word(file.path);
        return vec![
            Finding::new(format!("file is {encoding}, not UTF-8")).help(format!(
                "Convert it: `iconv -f {encoding} -t UTF-8 {path} > new && mv new {path}`."
            )),
        ];
    }
    if blob::is_binary(bytes) || blob::looks_like_pointer(bytes) {
        return Vec::new();
    }
    [
        encoding(file, bytes),
        mark(file, bytes),
        line_ends(file, bytes),
        last_line(file, bytes),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Told by its byte order mark; to git, such a file is binary.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ => None,
    }
}

fn encoding(file: &File<'_>, bytes: &[u8]) -> Option<Finding> {
    let err = std::str::from_utf8(bytes)
        .err()
        .filter(|_| file.format.utf8)?;
    let line = line_at(bytes, err.valid_up_to());
    let finding = Finding::new(format!("line {line} contains bytes that are not UTF-8"));
    Some(finding.line(line))
}

fn mark(file: &File<'_>, bytes: &[u8]) -> Option<Finding> {
    let message = match (file.format.bom?, bytes.starts_with(b"\xef\xbb\xbf")) {
        (true, false) => "file does not start with a byte order mark",
        (false, true) => "file starts with a byte order mark",
        _ => return None,
    };
    Some(Finding::new(message).line(1))
}

fn line_ends(file: &File<'_>, bytes: &[u8]) -> Option<Finding> {
    let wants_crlf = file.format.crlf?;
    let lines = (1_u32..).zip(bytes.split_inclusive(|&byte| byte == b'\n'));
    let mut wrong =
        lines.filter(|(_, line)| line.ends_with(b"\n") && line.ends_with(b"\r\n") != wants_crlf);
    let (first, _) = wrong.next()?;
    let lines = match 1 + wrong.count() {
        1 => "1 line ends".to_owned(),
        n => format!("{n} lines end"),
    };
    let (is, should, program) = match wants_crlf {
        true => ("LF", "CRLF", "unix2dos"),
        false => ("CRLF", "LF", "dos2unix"),
    };
    let finding = Finding::new(format!(
        "{lines} with {is}, not {should}; the first is line {first}"
    ));
    let path = shell_word(file.path);
    Some(finding.line(first).help(format!(
        "Run `{program} {path}`; with a line `* text=auto` in `.gitattributes`, git takes care of it."
    )))
}

fn last_line(file: &File<'_>, bytes: &[u8]) -> Option<Finding> {
    if !file.format.final_newline || bytes.is_empty() || bytes.ends_with(b"\n") {
        return None;
    }
    let line = line_at(bytes, bytes.len());
    Some(Finding::new("file has no final newline").line(line))
}

/// Counted from 1.
fn line_at(bytes: &[u8], at: usize) -> u32 {
    let breaks = bytes.iter().take(at).filter(|&&byte| byte == b'\n').count();
    u32::try_from(breaks + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: &str, bytes: &[u8]) -> Vec<String> {
        let file = File {
            path: "a.txt",
            id: "",
            format: Format::of("a.txt", &[rule.parse().unwrap()]),
        };
        judge(&file, bytes)
            .into_iter()
            .map(|one| format!("{}: {}", one.line.unwrap_or(0), one.message))
            .collect()
    }

    const STRICT: &str = "utf-8, no-bom, lf, final-newline for **";

    #[test]
    fn a_plain_file_an_empty_one_and_a_binary_one_pass() {
        for bytes in [&b"caf\xc3\xa9\n"[..], b"", b"\x89PNG\r\n\0\xff"] {
            assert_eq!(found(STRICT, bytes), [""; 0]);
        }
        assert_eq!(
            found(STRICT, b"version https://git-lfs.github.com/spec/v1"),
            [""; 0]
        );
    }

    #[test]
    fn line_endings_are_counted_with_the_first() {
        assert_eq!(
            found(STRICT, b"a\nb\r\nc\r\n"),
            ["2: 2 lines end with CRLF, not LF; the first is line 2"]
        );
        assert_eq!(
            found("crlf for *", b"a\r\nb\nc"),
            ["2: 1 line ends with LF, not CRLF; the first is line 2"]
        );
    }

    #[test]
    fn encodings_are_found_with_their_line() {
        assert_eq!(
            found(STRICT, b"a\ncaf\xe9\n"),
            ["2: line 2 contains bytes that are not UTF-8"]
        );
        assert_eq!(
            found(STRICT, b"\xff\xfea\0"),
            ["0: file is UTF-16, not UTF-8"]
        );
        assert_eq!(found("lf for *", b"caf\xe9\n"), [""; 0]);
    }

    #[test]
    fn marks_and_last_lines_are_found() {
        assert_eq!(
            found(STRICT, b"\xef\xbb\xbfa\nb"),
            [
                "1: file starts with a byte order mark",
                "2: file has no final newline"
            ]
        );
        assert_eq!(
            found("bom for *", b"a"),
            ["1: file does not start with a byte order mark"]
        );
    }
}
