//! The lines of a description that GitHub shows as text: not those of code, and nothing of a comment.

/// What the lines so far have left open.
enum Open {
    Nothing,
    Comment,
    /// The fence that ends it: its character, at least this often.
    Fence(char, usize),
}

/// The lines outside of fenced code, without their comments, each with its number counted from 1.
pub(crate) fn text_lines(markdown: &str) -> Vec<(usize, String)> {
    let mut shown = Vec::new();
    let mut open = Open::Nothing;
    for (at, line) in lines(markdown).enumerate() {
        if let Open::Fence(mark, length) = open {
            if closes(line, mark, length) {
                open = Open::Nothing;
            }
            continue;
        }
        let (line, in_comment) = without_comments(line, matches!(open, Open::Comment));
        open = match (in_comment, fence(&line)) {
            (true, _) => Open::Comment,
            (false, Some((mark, length))) => Open::Fence(mark, length),
            (false, None) => Open::Nothing,
        };
        shown.push((at + 1, line));
    }
    shown
}

/// GitHub ends a line at LF, CRLF or a lone CR.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .flat_map(|line| line.split('\r'))
}

/// The line without what stands in HTML comments, and whether one is open at its end.
/// A comment cannot begin in inline code.
fn without_comments(line: &str, mut in_comment: bool) -> (String, bool) {
    let mut kept = String::new();
    let mut rest = line;
    loop {
        if in_comment {
            match rest.split_once("-->") {
                Some((_, after)) => rest = after,
                None => return (kept, true),
            }
            in_comment = false;
        }
        let Some((before, after)) = rest.split_once("<!--") else {
            kept.push_str(rest);
            return (kept, false);
        };
        kept.push_str(before);
        if kept.matches('`').count() % 2 == 1 && after.contains('`') {
            kept.push_str("<!--");
        } else {
            in_comment = true;
        }
        rest = after;
    }
}

/// Whether the line opens a fenced code block, in a list item or a quote too.
fn fence(line: &str) -> Option<(char, usize)> {
    let mut text = line.trim_start_matches([' ', '\t', '>']);
    while let Some(after) = after_marker(text) {
        text = after;
    }
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = text.trim_start_matches(mark);
    let length = text.len() - info.len();
    // "```a```" is inline code.
    let is_fence = length >= 3 && !(mark == '`' && info.contains('`'));
    is_fence.then_some((mark, length))
}

fn closes(line: &str, mark: char, length: usize) -> bool {
    let text = line.trim_start_matches([' ', '\t', '>']).trim_end();
    text.len() >= length && text.chars().all(|c| c == mark)
}

/// What follows a list marker (`-`, `*`, `+`, `1.`, `1)`) and its spaces.
pub(crate) fn after_marker(text: &str) -> Option<&str> {
    let after = match text.strip_prefix(['-', '*', '+']) {
        Some(after) => after,
        None => {
            let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = text.len() - after.len();
            after
                .strip_prefix(['.', ')'])
                .filter(|_| (1..=9).contains(&digits))?
        }
    };
    after
        .starts_with([' ', '\t'])
        .then(|| after.trim_start_matches([' ', '\t']))
}
