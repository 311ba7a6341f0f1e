//! The links of a Markdown file with their lines, and the anchors that others may link to, as GitHub makes them.

use std::collections::{HashMap, HashSet};

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use unicode_normalization::char::is_combining_mark;

/// A link or an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// As it is written, a title aside.
    pub(super) target: String,
    /// Counted from 1.
    pub(super) line: u32,
}

/// All links and images, by line; of links by reference the definition too.
pub(super) fn links(text: &str) -> Vec<Link> {
    let lines = Lines::new(text);
    let parser = Parser::new_ext(text, options());
    let mut found: Vec<Link> = parser
        .reference_definitions()
        .iter()
        .map(|(_, definition)| Link {
            target: definition.dest.to_string(),
            line: lines.line(definition.span.start),
        })
        .collect();
    let defined: HashSet<String> = found.iter().map(|link| link.target.clone()).collect();
    // Text in a link or in a block of code links nowhere by itself.
    let mut inside = 0;
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(
                Tag::Link {
                    link_type,
                    dest_url,
                    ..
                }
                | Tag::Image {
                    link_type,
                    dest_url,
                    ..
                },
            ) => {
                inside += 1;
                // The definition says it already.
                let by_reference = !matches!(link_type, LinkType::Inline | LinkType::Autolink)
                    && defined.contains(&*dest_url);
                if link_type != LinkType::Email && !by_reference {
                    found.push(Link {
                        target: dest_url.to_string(),
                        line: lines.line(range.start),
                    });
                }
            }
            Event::Start(Tag::CodeBlock(_)) => inside += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => inside -= 1,
            Event::Text(_) if inside == 0 => {
                // What a parser takes apart at marks such as `_` is one address all the same.
                let rest = text.get(range.start..).unwrap_or_default();
                found.extend(bare(rest, range.len()).map(|target| Link {
                    target: target.to_owned(),
                    line: lines.line(range.start),
                }));
            }
            _ => {}
        }
    }
    found.sort_by_key(|link| link.line);
    found
}

/// Addresses that GitHub makes links of as they stand, which begin in the first `length` bytes of this text.
fn bare(text: &str, length: usize) -> impl Iterator<Item = &str> {
    let line = text.lines().next().unwrap_or_default();
    let begins = move |&(at, _): &(usize, &str)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        at < length
            && before.is_none_or(|c| c.is_whitespace() || matches!(c, '*' | '_' | '~' | '('))
    };
    let found = line
        .match_indices("https://")
        .chain(line.match_indices("http://"));
    found.filter(begins).map(|(at, _)| {
        let address = line.get(at..).unwrap_or_default();
        let address = address
            .split(|c: char| c.is_whitespace() || c == '<')
            .next()
            .unwrap_or_default();
        trimmed(address)
    })
}

/// Without what ends a sentence, or a bracket that began before.
fn trimmed(mut address: &str) -> &str {
    loop {
        let shorter =
            address.trim_end_matches(['?', '!', '.', ',', ':', '*', '_', '~', '\'', '"', ';', '|']);
        let count = |c: char| shorter.matches(c).count();
        address = match shorter.strip_suffix(')') {
            Some(inner) if count(')') > count('(') => inner,
            _ => return shorter,
        };
    }
}

/// What may stand behind `#`: of headings, and of `id` and `name` in HTML.
pub(super) fn anchors(text: &str) -> HashSet<String> {
    let mut anchors = HashSet::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                anchors.extend(id.map(|id| id.to_string()));
                heading = Some(String::new());
            }
            Event::End(TagEnd::Heading(_)) => {
                let slug = slug(&heading.take().unwrap_or_default());
                let count = seen.entry(slug.clone()).or_default();
                anchors.insert(match *count {
                    0 => slug,
                    n => format!("{slug}-{n}"),
                });
                *count += 1;
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => anchors.extend(ids(&html)),
            _ => {}
        }
    }
    anchors
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_HEADING_ATTRIBUTES
}

/// The anchor that GitHub gives a heading: in lower case, spaces become dashes, what is no letter and no number goes.
fn slug(heading: &str) -> String {
    let kept =
        |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ') || is_combining_mark(*c);
    let lower = heading.trim().to_lowercase();
    let kept = lower.chars().filter(kept);
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The values of `id="…"` and `name="…"`.
fn ids(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["id=", "name="] {
        for (at, _) in html.match_indices(key) {
            let before = html.get(..at).and_then(|before| before.chars().next_back());
            let rest = html.get(at + key.len()..).unwrap_or_default();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
            let value = quote.and_then(|quote| rest.get(1..)?.split(quote).next());
            if before.is_some_and(char::is_whitespace) {
                found.extend(value.map(str::to_owned));
            }
        }
    }
    found
}

/// Where each line begins, in bytes.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self([0].into_iter().chain(breaks).collect())
    }

    fn line(&self, at: usize) -> u32 {
        let line = self.0.partition_point(|start| *start <= at);
        u32::try_from(line).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let links = links(text).into_iter();
        links
            .map(|link| format!("{}:{}", link.line, link.target))
            .collect()
    }

    #[test]
    fn links_images_and_definitions_have_their_lines() {
        let text = "# [a](a.md)\r\n\r\ntext ![b](b.png \"title\")\nand [c][ref], [ref], [missing][no]\n\n[ref]: <c d.md>\n";
        assert_eq!(shown(text), ["1:a.md", "3:b.png", "6:c d.md"]);
    }

    #[test]
    fn code_and_comments_hold_no_links() {
        let text = "`[a](a)`\n\n```\n[b](b)\n```\n\n<!-- [c](c) -->\n\n\\[d](d)\n\n<a@example.com>\n\n`https://example.com`\n";
        assert_eq!(shown(text), [""; 0]);
    }

    #[test]
    fn addresses_are_links_as_they_stand() {
        let text = "See https://example.com/a_b_c*d*?e, <https://example.com/b>,\n(http://example.com/c_(d)). xhttp://no\n";
        assert_eq!(
            shown(text),
            [
                "1:https://example.com/a_b_c*d*?e",
                "1:https://example.com/b",
                "2:http://example.com/c_(d)"
            ]
        );
    }

    #[test]
    fn a_table_holds_links() {
        assert_eq!(shown("| a |\n| --- |\n| [x](x.md) |\n"), ["3:x.md"]);
    }

    #[test]
    fn anchors_are_those_of_github() {
        let text = "# Hello, *World*!\n## Hello World\n## 🚀 `run()` it_now\nSet\n===\n## Größe — ünï\n## Own {#own-id}\n<a name=\"old\"></a> <h2 id='x' data-id=\"no\">\n";
        let anchors = anchors(text);
        for wanted in [
            "hello-world",
            "hello-world-1",
            "-run-it_now",
            "set",
            "größe--ünï",
            "own-id",
            "own",
            "old",
            "x",
        ] {
            assert!(anchors.contains(wanted), "no {wanted} in {anchors:?}");
        }
        assert!(!anchors.contains("no") && !anchors.contains("hello-world-2"));
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn links_are_on_lines_of_their_page() {
        let seeds = [
            "# A\r\n\r\n[a](b.md#c) ![d](e.png \"f\")\n[g][h]\n\n[h]: <i j>\n",
            "| a |\n| --- |\n| [x](x.md) |\n\n<a name=\"y\"></a>\n\n- [ ] [z](z)\n",
            "Set\n===\n## 🚀 `x` {#own}\n<h1 id='a'>",
        ];
        let words = [
            "[", "](", ")", "]: ", "# ", "id=\"", "name='", "\n\n", "<a ",
        ];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let lines = u32::try_from(text.matches('\n').count()).unwrap() + 1;
            for link in links(text) {
                assert!((1..=lines).contains(&link.line), "{link:?}");
            }
            assert!(anchors(text).len() <= text.len() + 1);
        });
    }
}
