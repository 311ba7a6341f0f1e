//! Text from strangers (titles, branch names, file names, output of tools) made safe to show.

use std::borrow::Cow;

/// One line that shows `text` without obeying it: control and bidirectional characters are written as escapes.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_unsafe(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// The start of [`one_line`], for a text that may have no end.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", one_line(text.get(..end).unwrap_or_default())),
        None => one_line(text).into_owned(),
    }
}

/// A line as it may stand in a log that a runner reads: [`one_line`], and no workflow command in either syntax.
///
/// The runner obeys a line that starts with `::`, and the older `##[…]` anywhere in a line.
pub fn log_line(text: &str) -> Cow<'_, str> {
    let shown = one_line(text);
    let command = shown.trim_start().starts_with("::");
    if !command && !shown.contains("##[") {
        return shown;
    }
    let shown = shown.replace("##[", "#\\#[");
    Cow::Owned(match command {
        true => format!("\\{}", shown.trim_start()),
        false => shown,
    })
}

/// Text for a table cell or a paragraph of Markdown: shown as it is, never markup.
pub fn markdown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 8);
    for c in one_line(text).chars() {
        match c {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '#' | '!' | '@' => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown
}

/// Text for an element of HTML: shown as it is, in one line.
pub fn html(text: &str) -> String {
    one_line(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Text as a code span of Markdown, whatever backticks it holds.
pub fn markdown_code(text: &str) -> String {
    let shown = one_line(text).replace('|', "\\|");
    let longest = shown
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{shown}{pad}{fence}")
}

/// A number of things, such as `1 file` or `2 files`.
pub fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

/// A word that a shell reads back as this text.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.chars().any(char::is_control) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let bytes = |c: char| -> String {
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).bytes();
        bytes.map(|byte| format!("\\x{byte:02x}")).collect()
    };
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '\'' | '\\' => format!("\\{c}"),
            '\n' => "\\n".to_owned(),
            // Byte by byte, which means the same in every locale.
            c if c.is_control() => bytes(c),
            c => c.to_string(),
        })
        .collect();
    format!("$'{escaped}'")
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_shown_as_it_is() {
        assert_eq!(log_line("🐍 naïve, \"quoted\""), "🐍 naïve, \"quoted\"");
    }

    #[test]
    fn a_command_in_the_text_is_not_a_command_in_the_log() {
        assert_eq!(log_line("::error::forged"), "\\::error::forged");
        assert_eq!(log_line("  ::error::forged"), "\\::error::forged");
        assert_eq!(log_line("a ##[error]forged"), "a #\\#[error]forged");
        assert_eq!(log_line("a\n::error::forged"), "a\\n::error::forged");
    }

    #[test]
    fn terminal_escapes_and_bidirectional_marks_are_spelled_out() {
        assert_eq!(one_line("\u{1b}[31mred\u{202e}"), "\\u{1b}[31mred\\u{202e}");
    }

    #[test]
    fn markdown_shows_markup_instead_of_obeying_it() {
        assert_eq!(markdown("a|b <script> `x`"), "a\\|b &lt;script&gt; \\`x\\`");
        assert_eq!(markdown_code("a`b"), "`` a`b ``");
    }
}

#[cfg(test)]
mod fuzz {
    use std::{cell::RefCell, process::Command};

    use super::*;

    const SEEDS: &[&str] = &[
        "Fix the parser",
        "::error file=a,line=1::forged",
        "a ##[error]forged",
        "🐍 naïve | `code` <b>",
        "it's $(touch pwned) \\ \u{1b}[31m",
    ];

    #[test]
    fn no_text_is_a_command_of_the_log() {
        testkit::fuzz::texts(SEEDS, &["##", "#", "["], |text| {
            let line = log_line(text);
            assert!(!line.chars().any(is_unsafe), "{line:?}");
            assert!(!line.trim_start().starts_with("::"), "{line:?}");
            assert!(!line.contains("##["), "{line:?}");
        });
    }

    #[test]
    fn no_text_leaves_its_span_of_code() {
        testkit::fuzz::texts(SEEDS, &["``"], |text| {
            let span = markdown_code(text);
            let fence = span.len() - span.trim_start_matches('`').len();
            let inner = span.get(fence..span.len() - fence).unwrap_or_default();
            let runs = || inner.split(|c| c != '`').map(str::len);
            assert!(runs().all(|run| run != fence), "{span:?}");
            assert!(!span.chars().any(is_unsafe), "{span:?}");
        });
    }

    #[test]
    fn a_shell_reads_every_word_back() {
        let words = RefCell::new(Vec::new());
        testkit::fuzz::texts(SEEDS, &["'", "!", "\u{85}", "\u{7f}1"], |text| {
            if words.borrow().len() < 500 && text.len() < 100 {
                words.borrow_mut().push(text.replace('\0', ""));
            }
        });
        let words = words.into_inner();
        let quoted: String = words
            .iter()
            .map(|word| format!(" {}", shell_word(word)))
            .collect();
        let script = format!("printf '%s\\0'{quoted}");
        let said = Command::new("bash").args(["-c", &script]).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let read: Vec<&str> = said.split_terminator('\0').collect();
        assert_eq!(read.len(), words.len());
        for (read, word) in read.into_iter().zip(words) {
            assert_eq!(read, word);
        }
    }
}
