//! A document as Markdown, for a step summary: the same content, with addresses where the bucket's is known.

use std::fmt::Write as _;

use super::document::{Block, Card, Document, Inline};
use super::site::Site;

pub(super) fn render(document: &Document, site: &Site) -> String {
    let mut out = format!("### {}", escaped(&document.title));
    for one in &document.badges {
        let _infallible = write!(out, " {}", inline(one, site));
    }
    out.push_str("\n\n");
    if let Some(url) = site.url(&document.path) {
        let _infallible = write!(out, "<{url}>\n\n");
    }
    for one in &document.blocks {
        let text = block(one, site);
        if !text.is_empty() {
            out.push_str(&text);
            out.push_str("\n\n");
        }
    }
    out
}

fn block(block: &Block, site: &Site) -> String {
    match block {
        Block::Heading(title) => format!("#### {}", escaped(title)),
        Block::Paragraph(parts) => inlines(parts, site),
        Block::Facts(facts) => {
            let line = |(name, value): &(&str, Vec<Inline>)| {
                format!("- {}: {}", escaped(name), inlines(value, site))
            };
            facts.iter().map(line).collect::<Vec<_>>().join("\n")
        }
        Block::Line { label, text } => format!("{}\n\n```sh\n{text}\n```", escaped(label)),
        Block::List(items) => {
            let lines = items
                .iter()
                .map(|item| format!("- {}", inlines(item, site)));
            lines.collect::<Vec<_>>().join("\n")
        }
        Block::Table(table) => {
            let cells = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
            let head = table.head.iter().map(|title| escaped(title)).collect();
            let rule = table.head.iter().map(|_| "---".to_owned()).collect();
            let mut lines = vec![cells(head), cells(rule)];
            lines.extend(
                table
                    .rows
                    .iter()
                    .map(|row| cells(row.iter().map(|cell| inlines(cell, site)).collect())),
            );
            lines.join("\n")
        }
        Block::Cards(cards) => {
            let lines = cards.iter().map(|one| card(one, site));
            lines.collect::<Vec<_>>().join("\n")
        }
        Block::Pager { .. } | Block::Plot(_) => String::new(),
    }
}

fn card(card: &Card, site: &Site) -> String {
    let title = Inline::Link {
        text: card.title.clone(),
        path: card.page.clone(),
    };
    let mut parts = vec![title];
    parts.extend_from_slice(&card.badges);
    parts.extend_from_slice(&card.meta);
    let lines = card.lines.iter().map(|line| inlines(line, site));
    let lines: Vec<String> = std::iter::once(inlines(&parts, site))
        .chain(lines)
        .collect();
    format!("- {}", lines.join("; "))
}

fn inlines(parts: &[Inline], site: &Site) -> String {
    let parts: Vec<String> = parts.iter().map(|part| inline(part, site)).collect();
    parts.join(" ")
}

fn inline(part: &Inline, site: &Site) -> String {
    match part {
        Inline::Text(text) | Inline::Size(text) => escaped(text),
        Inline::Code(text) | Inline::Copy(text) => span(text),
        Inline::Link { text, path } => match site.url(path) {
            Some(url) => format!("[{}]({url})", escaped(text)),
            None => escaped(text),
        },
        Inline::Away { text, url } => format!("[{}]({url})", escaped(text)),
        Inline::Badge(_, text) => format!("**{}**", escaped(text)),
        Inline::Time(time) => time.minute(),
    }
}

/// A code span, whatever backticks and bars it holds.
fn span(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// Text that is shown as it is, never obeyed.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
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

#[cfg(test)]
mod tests {
    use super::super::document::{self, Table};
    use super::*;

    #[test]
    fn nothing_in_a_document_can_break_out_of_its_cell() {
        let evil = "a|b`<img src=x>[x](javascript:x)";
        let document = Document {
            path: "index.html".to_owned(),
            title: evil.to_owned(),
            badges: Vec::new(),
            blocks: vec![Block::Table(Table {
                head: vec!["one"],
                rows: vec![vec![vec![document::text(evil), document::code(evil)]]],
            })],
        };
        let text = render(&document, &Site::default());
        let row = text.trim().lines().last().unwrap();
        assert_eq!(
            row,
            "| a\\|b\\`&lt;img src=x&gt;\\[x\\](javascript:x) `` a\\|b`<img src=x>[x](javascript:x) `` |"
        );
    }
}
