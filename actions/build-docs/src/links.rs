//! The links of a page to others of the same folder.

use std::collections::BTreeSet;

use html5gum::{DefaultEmitter, Token, Tokenizer};
use percent_encoding::percent_decode_str;

/// What pages link to, by element: only where a browser follows it.
const ATTRIBUTES: &[(&[u8], &[u8])] = &[
    (b"a", b"href"),
    (b"link", b"href"),
    (b"script", b"src"),
    (b"img", b"src"),
    (b"iframe", b"src"),
    (b"source", b"src"),
];

/// Every relative link of a page that leads to no file of `files`, each once.
///
/// A folder with an `index.html` is a page. Links elsewhere, by a scheme or from the server's root, are not looked at.
pub(crate) fn broken(page: &str, html: &str, files: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut broken = BTreeSet::new();
    // What a script holds is text, also where it looks like a tag.
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        let Token::StartTag(tag) = token else {
            continue;
        };
        for (element, attribute) in ATTRIBUTES {
            if tag.name.as_slice() != *element {
                continue;
            }
            let Some(link) = tag.attributes.get(*attribute) else {
                continue;
            };
            let link = String::from_utf8_lossy(link);
            if leads_nowhere(page, &link, files) {
                broken.insert(link.into_owned());
            }
        }
    }
    broken
}

fn leads_nowhere(page: &str, link: &str, files: &BTreeSet<&str>) -> bool {
    let path = link.split(['#', '?']).next().unwrap_or_default();
    if path.is_empty() || path.starts_with('/') || has_scheme(path) {
        return false;
    }
    let Ok(path) = percent_decode_str(path).decode_utf8() else {
        return true;
    };
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return true,
            ".." => {}
            part => parts.push(part),
        }
    }
    let target = parts.join("/");
    let index = match target.as_str() {
        "" => "index.html".to_owned(),
        target => format!("{target}/index.html"),
    };
    !files.contains(target.as_str()) && !files.contains(index.as_str())
}

/// As in `https:` or `data:`.
fn has_scheme(path: &str) -> bool {
    let Some((scheme, _)) = path.split_once(':') else {
        return false;
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken_in(page: &str, html: &str) -> Vec<String> {
        let files = BTreeSet::from(["index.html", "a/index.html", "a/b c.html", "x.js"]);
        broken(page, html, &files).into_iter().collect()
    }

    #[test]
    fn links_are_resolved_from_their_page() {
        let html = "<a href='../'>up</a><a href=\"b%20c.html#part\">x</a><script src=../x.js?v=1></script>\
            <a href='../a'>folder</a><a href='#here'>here</a><a href=''>self</a>";
        assert_eq!(broken_in("a/index.html", html), Vec::<String>::new());
    }

    #[test]
    fn links_elsewhere_are_not_looked_at() {
        let html = "<a href='https://example.com/x'><a href='//cdn/x'><a href='/root'><img src='data:image/png;base64,AA'>\
            <a href='mailto:a@b'><!-- <a href='gone'> --><p data-href='gone'>\
            <script>if (a <b) write(`<a href='${gone}'>`)</script>";
        assert_eq!(broken_in("index.html", html), Vec::<String>::new());
    }

    #[test]
    fn links_to_nothing_are_told_once_as_they_are_written() {
        let html = "<a href='gone.html#x'><a href='gone.html#x'><img src='a/gone.png'><a href='../index.html'>";
        assert_eq!(
            broken_in("index.html", html),
            ["../index.html", "a/gone.png", "gone.html#x"]
        );
    }
}
