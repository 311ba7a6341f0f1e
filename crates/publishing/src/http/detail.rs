//! The server's own words, found in whatever it sends: JSON of several shapes, a page, plain text.

use super::Reply;
use html5gum::{Token, Tokenizer};
use serde_json::Value;

const LONGEST: usize = 600;

/// The words in one line, at most 600 characters; empty when there are none.
pub(crate) fn detail(reply: &Reply) -> String {
    let body = String::from_utf8_lossy(&reply.body);
    let words = match serde_json::from_str::<Value>(&body) {
        Ok(json) => from_json(&json),
        Err(_) if body.trim_start().starts_with('<') => from_page(&body),
        Err(_) => body.into_owned(),
    };
    // Before it is cut: half a secret is one, too.
    let words = reply.secrets.redacted(&words);
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// `{"errors":[{"detail"|"description"}]}` of registries, `{"message"}` and `{"detail"}` of Python indexes.
fn from_json(json: &Value) -> String {
    let said = |value: &Value| {
        ["detail", "description", "message", "title"]
            .iter()
            .find_map(|key| value.get(key)?.as_str().map(str::to_owned))
            .or_else(|| value.as_str().map(str::to_owned))
    };
    let errors: Vec<String> = json
        .get("errors")
        .and_then(Value::as_array)
        .map(|errors| errors.iter().filter_map(said).collect())
        .unwrap_or_default();
    match errors.is_empty() {
        true => said(json).unwrap_or_default(),
        false => errors.join("; "),
    }
}

/// The text of a page, without its styles and scripts.
fn from_page(page: &str) -> String {
    let mut text = String::new();
    let mut hidden = 0_usize;
    for Ok(token) in Tokenizer::new(page) {
        match token {
            Token::StartTag(tag) if is_hidden(&tag.name) => hidden += 1,
            Token::EndTag(tag) if is_hidden(&tag.name) => hidden = hidden.saturating_sub(1),
            Token::StartTag(_) | Token::EndTag(_) => text.push(' '),
            Token::String(words) if hidden == 0 => text.push_str(&String::from_utf8_lossy(&words)),
            _ => {}
        }
    }
    text
}

fn is_hidden(tag: &[u8]) -> bool {
    matches!(tag, b"style" | b"script" | b"title")
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::{StatusCode, header::HeaderMap};

    fn words(body: &str) -> String {
        detail(&Reply {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::new(),
            url: "https://host.example/".parse().unwrap(),
            body: body.to_owned().into(),
            secrets: super::super::Sent::default(),
        })
    }

    #[test]
    fn the_words_are_found_in_every_shape() {
        assert_eq!(
            words(r#"{"errors":[{"detail":"no"},{"detail":"never"}]}"#),
            "no; never"
        );
        assert_eq!(words(r#"{"message":"not so","code":"400"}"#), "not so");
        assert_eq!(words("plain\n words "), "plain words");
        let page = "<html><head><title>400</title><style>a{}</style></head><body><h1>Bad</h1>\n<p>File &amp; name</p>";
        assert_eq!(words(page), "Bad File & name");
        assert_eq!(words(""), "");
    }

    #[test]
    fn a_long_story_is_cut() {
        assert_eq!(words(&"ä".repeat(1000)).chars().count(), LONGEST + 1);
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;
    use reqwest::{StatusCode, header::HeaderMap};
    use secrecy::SecretString;

    #[test]
    fn whatever_a_server_answers_its_words_are_short_and_hold_no_secret() {
        let secrets = super::super::Sent::default();
        secrets.add(&SecretString::from("hunter2-token"));
        let seeds = [
            r#"{"errors":[{"detail":"bad token hunter2-token"},{"description":"x"}]}"#,
            "<html><title>400</title><body>hunter2-token<script>x</script></body>",
            "plain hunter2-token words",
        ];
        let words = [
            "hunter2-token",
            "<style>",
            "</script>",
            "{\"detail\":",
            "&#104;",
            "[[[[",
        ];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let words = detail(&Reply {
                status: StatusCode::BAD_REQUEST,
                headers: HeaderMap::new(),
                url: "https://host.example/".parse().unwrap(),
                body: text.to_owned().into(),
                secrets: secrets.clone(),
            });
            assert!(words.chars().count() <= LONGEST + 1);
            assert!(!words.contains("hunter2-token"), "{words}");
        });
    }
}
