//! Task lists as GitHub shows them: what looks like a box in code or in a comment is none.
//!
//! Source of the shape: <https://github.github.com/gfm/#task-list-items-extension->.

use crate::markdown::{self, after_marker};

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

/// All boxes of a text, in order.
pub(super) fn tasks(text: &str) -> Vec<Task> {
    let lines = markdown::text_lines(text).into_iter();
    lines
        .filter_map(|(number, line)| task(&line, number))
        .collect()
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
            let lines = markdown::lines(text).count();
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
