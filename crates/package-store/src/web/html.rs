//! A document as a web page: one file, readable on a phone, in dark and light, with and without script.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::document::{Block, Card, Document, Inline, Table, Tone};
use super::site::Site;
use crate::layout;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("copy.js");

pub(super) fn render(document: &Document, site: &Site) -> String {
    let home = layout::link(&document.path, layout::home());
    let title = if document.path == layout::home() {
        site.title().to_owned()
    } else {
        format!("{} · {}", document.title, site.title())
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(*POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { nav { a href=(home) { (site.title()) } } }
                main {
                    h1 {
                        (document.title)
                        @for badge in &document.badges { " " (inline(document, badge)) }
                    }
                    @for part in &document.blocks { (block(document, part)) "\n" }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// Only this page's own style and script, known by their digests, and nothing from elsewhere.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
});

fn block(document: &Document, block: &Block) -> Markup {
    match block {
        Block::Heading(title) => html! { h2 { (title) } },
        Block::Paragraph(parts) => html! { p { (inlines(document, parts)) } },
        Block::Facts(facts) => html! {
            dl {
                @for (name, value) in facts {
                    div { dt { (name) } dd { (inlines(document, value)) } }
                }
            }
        },
        Block::Line { label, text } => html! {
            div.line {
                span { (label) }
                div { code { (text) } (copy(text)) }
            }
        },
        Block::List(items) => html! {
            ul.list { @for item in items { li { (inlines(document, item)) } "\n" } }
        },
        Block::Plot(plot) => html! { figure { (plot.svg()) } },
        Block::Table(table) => rows(document, table),
        Block::Cards(cards) => html! {
            ul.cards { @for one in cards { (card(document, one)) "\n" } }
        },
        Block::Pager { newer, older } => html! {
            nav.pager {
                @if let Some(path) = newer {
                    a rel="prev" href=(layout::link(&document.path, path)) { "← Newer" }
                }
                @if let Some(path) = older {
                    a.older rel="next" href=(layout::link(&document.path, path)) { "Older →" }
                }
            }
        },
    }
}

fn rows(document: &Document, table: &Table) -> Markup {
    html! {
        table {
            thead { tr { @for title in &table.head { th scope="col" { (title) } } } }
            tbody {
                @for row in &table.rows {
                    tr {
                        @for (title, cell) in table.head.iter().zip(row) {
                            td data-label=(title) { div { (inlines(document, cell)) } }
                        }
                    }
                    "\n"
                }
            }
        }
    }
}

fn card(document: &Document, card: &Card) -> Markup {
    html! {
        li {
            p.head {
                a href=(layout::link(&document.path, &card.page)) { (card.title) }
                @for badge in &card.badges { " " (inline(document, badge)) }
                span.meta { (inlines(document, &card.meta)) }
            }
            @for line in &card.lines { p { (inlines(document, line)) } }
        }
    }
}

fn inlines(document: &Document, parts: &[Inline]) -> Markup {
    html! {
        @for (place, part) in parts.iter().enumerate() {
            @if place > 0 { " " }
            (inline(document, part))
        }
    }
}

fn inline(document: &Document, part: &Inline) -> Markup {
    match part {
        Inline::Text(text) => html! { (text) },
        Inline::Size(text) => html! { span class="size" { (text) } },
        Inline::Code(text) => html! { code { (text) } },
        Inline::Link { text, path } => html! {
            a href=(layout::link(&document.path, path)) { (text) }
        },
        Inline::Away { text, url } => html! {
            a href=(url) rel="noopener noreferrer" { (text) }
        },
        Inline::Badge(tone, text) => html! { span class={ "badge " (class(*tone)) } { (text) } },
        Inline::Copy(text) => html! {
            span.copied { code { (text) } (copy(text)) }
        },
        Inline::Time(time) => {
            let exact = time.to_string();
            html! { time datetime=(exact) { (time.minute()) } }
        }
    }
}

/// Hidden until the script has found out that it can copy.
fn copy(text: &str) -> Markup {
    html! { button.copy type="button" hidden data-copy=(text) aria-label="Copy" { "Copy" } }
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Plain => "plain",
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::{badge, text};
    use super::*;

    #[test]
    fn nothing_in_a_document_can_break_out_of_the_page() {
        let evil = r#"</script><script>alert(1)</script>" onload="x"#;
        let document = Document {
            path: "index.html".to_owned(),
            title: evil.to_owned(),
            badges: vec![badge(Tone::Good, evil)],
            blocks: vec![
                Block::Line {
                    label: evil.to_owned(),
                    text: evil.to_owned(),
                },
                Block::Facts(vec![("a", vec![text(evil), Inline::Copy(evil.to_owned())])]),
            ],
        };
        let page = render(&document, &Site::default());
        assert_eq!(page.matches("<script").count(), 1, "{page}");
        assert_eq!(page.matches("</script").count(), 1, "{page}");
        assert!(!page.contains(r#"" onload"#), "{page}");
    }

    #[test]
    fn the_style_and_the_script_hold_nothing_that_would_end_them() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</"));
        }
    }
}
