//! What a page says, apart from how it looks: the web page and the step summary are both made from this.

use bytesize::ByteSize;

use super::plot::Plot;
use crate::time::Time;

/// A page: where it is, what it is called, and its blocks in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    /// Path in the bucket.
    pub(super) path: String,
    pub(super) title: String,
    /// Beside the title.
    pub(super) badges: Vec<Inline>,
    pub(super) blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Heading(String),
    Paragraph(Vec<Inline>),
    /// Names with their values.
    Facts(Vec<(&'static str, Vec<Inline>)>),
    /// Something to paste elsewhere, under a label.
    Line {
        label: String,
        text: String,
    },
    List(Vec<Vec<Inline>>),
    Table(Table),
    Cards(Vec<Card>),
    Plot(Plot),
    /// Links to the neighbours of a page in a list.
    Pager {
        newer: Option<String>,
        older: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Vec<Inline>>>,
}

/// One thing of a list, with a page of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) title: String,
    /// Path in the bucket.
    pub(super) page: String,
    pub(super) badges: Vec<Inline>,
    pub(super) meta: Vec<Inline>,
    pub(super) lines: Vec<Vec<Inline>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inline {
    Text(String),
    Code(String),
    /// To another path of the bucket.
    Link {
        text: String,
        path: String,
    },
    /// To elsewhere; see [`external`].
    Away {
        text: String,
        url: String,
    },
    Badge(Tone, String),
    /// A digest or an id: shown short, copied whole.
    Copy(String),
    Time(Time),
    /// A number of bytes, which is never broken into two lines.
    Size(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Plain,
}

pub(super) fn text(text: impl AsRef<str>) -> Inline {
    Inline::Text(shown(text.as_ref()))
}

/// `199.3 KiB`, with a space that does not break.
pub(super) fn size(bytes: u64) -> Inline {
    Inline::Size(ByteSize::b(bytes).to_string().replace(' ', "\u{a0}"))
}

pub(super) fn code(text: impl AsRef<str>) -> Inline {
    Inline::Code(shown(text.as_ref()))
}

pub(super) fn badge(tone: Tone, text: impl AsRef<str>) -> Inline {
    Inline::Badge(tone, shown(text.as_ref()))
}

pub(super) fn link(text: impl AsRef<str>, path: impl Into<String>) -> Inline {
    Inline::Link {
        text: shown(text.as_ref()),
        path: path.into(),
    }
}

/// A link out of the bucket if the address is one that a browser only opens, else its text alone.
pub(super) fn external(label: impl AsRef<str>, url: &str) -> Inline {
    if opens(url) {
        Inline::Away {
            text: shown(label.as_ref()),
            url: url.to_owned(),
        }
    } else {
        text(label)
    }
}

/// Whether a browser only opens the address.
pub(super) fn opens(url: &str) -> bool {
    let plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '`' | '(' | ')');
    let web = url.starts_with("https://") || url.starts_with("http://");
    web && url.chars().all(plain)
}

/// The text without characters that would hide or reorder their neighbours.
fn shown(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let seen = |c: char| if hidden(c) { '\u{fffd}' } else { c };
    text.chars().map(seen).collect()
}

/// `1 package`, `2 packages`.
pub(super) fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_would_run_something_becomes_text() {
        for url in [
            "javascript:alert(1)",
            "https://h/\" onclick=\"x",
            "data:text/html,x",
        ] {
            assert_eq!(external("run", url), text("run"));
        }
        assert!(matches!(
            external("run", "https://h/1"),
            Inline::Away { .. }
        ));
    }

    #[test]
    fn characters_that_hide_others_are_shown_as_a_sign() {
        assert_eq!(
            text("a\u{202e}b\n"),
            Inline::Text("a\u{fffd}b\u{fffd}".to_owned())
        );
    }
}
