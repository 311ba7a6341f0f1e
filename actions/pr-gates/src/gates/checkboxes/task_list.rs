//! Task lists as GitHub shows them: what looks like a box in code or in a comment is none.
//!
//! Source of the shape: <https://github.github.com/gfm/#task-list-items-extension->.

/// One box.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Task {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) ticked: bool,
    /// Optional or struck through: nobody waits for it.
    pub(super) waived: bool,
    pub(super) text: String,
}

/// What the lines so far have left open.
enum Open {
    Nothing,
    Comment,
    /// The fence that ends it: its character, at least this often.
    Fence(char, usize),
}

/// All boxes of a text, in order.
pub(super) fn tasks(markdown: &str) -> Vec<Task> {
    let mut tasks = Vec::new();
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
        tasks.extend(task(&line, at + 1));
    }
    tasks
}

/// GitHub ends a line at LF, CRLF or a lone CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
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

fn task(line: &str, number: usize) -> Option<Task> {
    let mut text = line.trim_start_matches([' ', '\t', '>']);
    let mut in_list = false;
    while let Some(after) = after_marker(text) {
        text = after;
        in_list = true;
    }
    let rest = text.strip_prefix('[').filter(|_| in_list)?;
    let (ticked, rest) = match (
        rest.strip_prefix(['x', 'X']),
        rest.strip_prefix([' ', '\t']),
    ) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return None,
    };
    let text = rest.strip_prefix(']')?;
    // Without a text behind it GitHub shows two brackets, and no box that one could tick.
    if !text.starts_with([' ', '\t']) || text.trim().is_empty() {
        return None;
    }
    let text = text.trim();
    Some(Task {
        line: number,
        ticked,
        waived: text.to_lowercase().contains("(optional)") || is_struck(text),
        text: text.to_owned(),
    })
}

/// What follows a list marker (`-`, `*`, `+`, `1.`, `1)`) and its spaces.
fn after_marker(text: &str) -> Option<&str> {
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

/// A reason may follow what is struck: `~~docs~~ not needed`.
fn is_struck(text: &str) -> bool {
    text.strip_prefix("~~")
        .and_then(|rest| rest.split_once("~~"))
        .is_some_and(|(struck, _)| !struck.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(markdown: &str) -> Vec<String> {
        tasks(markdown).into_iter().map(|task| task.text).collect()
    }

    #[test]
    fn every_kind_of_list_holds_boxes() {
        let list = "- [ ] a\n* [ ] b\n+ [ ] c\n1. [ ] d\n12) [ ] e\n-    [ ] f\n  - [ ] g\n\t* [ ] h\n> - [ ] i\n- - [ ] j";
        assert_eq!(
            texts(list),
            ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
        );
    }

    #[test]
    fn what_github_shows_as_text_is_no_box() {
        for text in [
            "[ ] a",
            "-[ ] a",
            "- []  a",
            "- [  ] a",
            "- [ ]",
            "- [ ]a",
            "- \\[ ] a",
            "- `[ ] a`",
            "- [y] a",
            "a - [ ] b",
            "- ~~[ ] a~~",
        ] {
            assert_eq!(tasks(text), [], "{text}");
        }
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let lines: Vec<usize> = tasks("a\r\n- [ ] b\r- [ ] c\n\n- [X] d")
            .iter()
            .map(|task| task.line)
            .collect();
        assert_eq!(lines, [2, 3, 5]);
    }

    #[test]
    fn fenced_code_holds_no_boxes() {
        assert_eq!(texts("```md\n- [ ] a\n```\n- [ ] b"), ["b"]);
        assert_eq!(texts("~~~\n- [ ] a\n```\n- [ ] b\n~~~~\n- [ ] c"), ["c"]);
        assert_eq!(texts("- item\n  ```\n  - [ ] a\n  ```\n- [ ] b"), ["b"]);
        assert_eq!(texts("- ```\n  - [ ] a\n  ```\n- [ ] b"), ["b"]);
        assert_eq!(texts("````\n```\n- [ ] a\n````\n- [ ] b"), ["b"]);
        assert_eq!(texts("```not a fence``` \n- [ ] b"), ["b"]);
    }

    #[test]
    fn comments_hold_no_boxes() {
        assert_eq!(texts("<!-- - [ ] a -->\n- [ ] b"), ["b"]);
        assert_eq!(texts("<!--\n- [ ] a\n-->\n- [ ] b <!-- c -->"), ["b"]);
        assert_eq!(texts("<!-- ``` -->\n- [ ] b"), ["b"]);
        assert_eq!(texts("about `<!--` in code\n- [ ] b"), ["b"]);
        assert_eq!(texts("```\n<!--\n```\n- [ ] b"), ["b"]);
        assert_eq!(texts("- [ ] a\n<!-- never closed\n- [ ] b"), ["a"]);
    }

    #[test]
    fn optional_and_struck_items_are_waived_and_others_are_not() {
        let waived = |text: &str| tasks(text)[0].waived;
        assert!(waived("- [ ] a (Optional)"));
        assert!(waived("- [ ] ~~a~~"));
        assert!(waived("- [ ] ~~a~~ because b"));
        assert!(!waived("- [ ] a <!-- (optional) -->"));
        assert!(!waived("- [ ] a and ~~b~~"));
        assert!(!waived("- [ ] ~~ ~~ a"));
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn boxes_stand_in_lines_that_the_text_has() {
        let seeds = [
            "- [ ] a\r\n- [x] b\r\n\r\n1. [ ] c (optional)\n",
            "<!-- - [ ] a\n-->\n* [X] b\n```\n- [ ] c\n```\n> - [ ] ~~d~~ e",
            "- - [ ] `<!--` a <!-- b --> c",
        ];
        let words = ["[x]", "~~", "* ", "> ", "1) ", "(optional)"];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let lines = lines(text).count();
            let found = tasks(text);
            assert!(found.is_sorted_by(|a, b| a.line < b.line), "{found:?}");
            for task in found {
                assert!((1..=lines).contains(&task.line), "{task:?}");
                assert!(!task.text.trim().is_empty(), "{task:?}");
                assert!(!task.text.contains(['\r', '\n']), "{task:?}");
            }
        });
    }
}
