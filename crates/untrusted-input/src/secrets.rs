//! Secrets that are known, and texts without them: in the forms in which servers and programs repeat what they were sent.

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::address::HIDDEN;

/// A shorter text would strike out words that are no secret.
const SHORTEST: usize = 4;
/// The shortest piece of base64 that is only in the secret's own.
const SHORTEST_BASE64: usize = 6;

/// What addresses leave as it is.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Every secret that a process knows of.
#[derive(Clone, Default)]
pub struct Secrets {
    /// As they stand in a text, the longest first: one may hold another.
    forms: Vec<String>,
    /// Pieces of base64, around which the whole word is struck out.
    base64: Vec<String>,
}

/// Shows no secret.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets")
            .field("forms", &self.forms.len())
            .finish_non_exhaustive()
    }
}

impl Secrets {
    /// Of one secret.
    pub fn of(secret: &str) -> Self {
        let mut secrets = Self::default();
        secrets.add(secret);
        secrets
    }

    /// Adds a secret, as a whole and line by line. One of fewer than four characters is left out.
    pub fn add(&mut self, secret: &str) {
        let mut forms: BTreeSet<String> = std::mem::take(&mut self.forms).into_iter().collect();
        let mut base64: BTreeSet<String> = std::mem::take(&mut self.base64).into_iter().collect();
        let whole = secret.trim();
        for part in std::iter::once(whole).chain(whole.lines().map(str::trim)) {
            if part.len() < SHORTEST {
                continue;
            }
            forms.extend(spellings(part));
            base64.extend(alignments(part.as_bytes()));
        }
        self.forms = forms.into_iter().collect();
        self.forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        self.base64 = base64.into_iter().collect();
    }

    /// The forms of a secret that a runner must know to hide it: line by line, as it is and as an address carries it. What base64
    /// makes of it the runner knows by itself.
    pub fn masks(secret: &str) -> Vec<String> {
        let trimmed = secret.trim();
        let mut found: Vec<String> = Vec::new();
        for line in trimmed
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            found.push(line.to_owned());
            if line.len() >= SHORTEST {
                let in_address = utf8_percent_encode(line, &UNRESERVED).to_string();
                let forms = BTreeSet::from([lower_case_escapes(&in_address), in_address]);
                found.extend(forms.into_iter().filter(|form| form != line));
            }
        }
        found
    }

    /// The text with `***` in place of each secret.
    pub fn redacted<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut shown = Cow::Borrowed(text);
        for form in &self.forms {
            shown = without(shown, form);
        }
        for piece in &self.base64 {
            while let Some(range) = word_around(&shown, piece) {
                let mut text = shown.into_owned();
                text.replace_range(range, HIDDEN);
                shown = Cow::Owned(text);
            }
        }
        shown
    }
}

/// Strikes out every place of a form. Escapes of an address may be in either case, or in both.
fn without<'a>(text: Cow<'a, str>, form: &str) -> Cow<'a, str> {
    if !form.contains('%') {
        return match text.contains(form) {
            true => Cow::Owned(text.replace(form, HIDDEN)),
            false => text,
        };
    }
    let lower = lower_case_escapes(&text);
    if !lower.contains(form) {
        return text;
    }
    let mut shown = String::new();
    let mut from = 0;
    for (at, found) in lower.match_indices(form) {
        shown.push_str(text.get(from..at).unwrap_or_default());
        shown.push_str(HIDDEN);
        from = at + found.len();
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(shown)
}

/// A secret as it is, in an address, in a form, in JSON and on a page.
fn spellings(secret: &str) -> BTreeSet<String> {
    let in_address = utf8_percent_encode(secret, &UNRESERVED).to_string();
    let every_sign = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let lower = |text: &str| lower_case_escapes(text);
    let in_form = in_address.replace("%20", "+");
    let in_json: String = secret.chars().map(json_escaped).collect();
    let on_page = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let apostrophe = on_page.replace('\'', "&#39;");
    let mut all = BTreeSet::from([
        lower(&in_address),
        lower(&every_sign),
        lower(&in_form),
        in_json.replace('/', "\\/"),
        in_json,
        on_page,
        apostrophe,
        secret.escape_debug().to_string(),
        lower(secret),
        secret.to_owned(),
    ]);
    // A text in JSON may be quoted in JSON again, or shown as a program shows a string.
    let again: Vec<String> = all
        .iter()
        .filter(|form| form.contains(['\\', '"']))
        .map(|form| form.chars().map(json_escaped).collect())
        .collect();
    all.extend(again);
    all
}

fn lower_case_escapes(text: &str) -> String {
    let mut left = 0;
    text.chars()
        .map(|c| {
            if c == '%' {
                left = 3;
            }
            if left > 0 {
                left -= 1;
                return c.to_ascii_lowercase();
            }
            c
        })
        .collect()
}

fn json_escaped(c: char) -> String {
    match c {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    }
}

/// What base64 makes of the secret wherever it stands in what is encoded, without the characters at the ends that its
/// neighbours have a part in; in both alphabets.
fn alignments(secret: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for before in 0..3_usize {
        let mut bytes = vec![0; before];
        bytes.extend(secret);
        let from = (before * 8).div_ceil(6);
        let to = bytes.len() * 8 / 6;
        for engine in [&BASE64_STANDARD_NO_PAD, &BASE64_URL_SAFE_NO_PAD] {
            let text = engine.encode(&bytes);
            let piece = text.get(from..to).unwrap_or_default();
            if piece.len() >= SHORTEST_BASE64 {
                found.insert(piece.to_owned());
            }
        }
    }
    found
}

/// The whole run of base64 around a piece of it.
fn word_around(text: &str, piece: &str) -> Option<std::ops::Range<usize>> {
    let at = text.find(piece)?;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    let before = text.get(..at)?;
    let start = before.trim_end_matches(is_base64).len();
    let after = text.get(at + piece.len()..)?;
    let end = text.len() - after.trim_start_matches(is_base64).len();
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    use super::*;

    const SECRET: &str = "p/y+pi & \"x\"-hünter2";

    #[test]
    fn every_form_in_which_a_server_repeats_a_secret_is_struck_out() {
        let secrets = Secrets::of(SECRET);
        let pair = |before: &str| BASE64_STANDARD.encode(format!("{before}:{SECRET}"));
        for repeated in [
            SECRET.to_owned(),
            format!("{{\"password\":{}}}", "\"p/y+pi & \\\"x\\\"-hünter2\""),
            "p%2Fy%2Bpi%20%26%20%22x%22-h%C3%BCnter2".to_owned(),
            "p%2fy%2Bpi+%26+%22x%22-h%c3%bCnter2".to_owned(),
            "p/y+pi &amp; &quot;x&quot;-hünter2".to_owned(),
            pair("u"),
            pair("us"),
            pair("use"),
            BASE64_URL_SAFE.encode(format!("user:{SECRET}")),
            BASE64_STANDARD.encode(SECRET),
        ] {
            let shown = secrets.redacted(&repeated).into_owned();
            assert!(shown.contains(HIDDEN), "{repeated}");
            for rest in ["hünter", "h%C3", "h%c3", "&quot;", "%2Bpi"] {
                assert!(!shown.contains(rest), "{repeated}: {shown}");
            }
        }
        let header = format!("Authorization: Basic {} was refused", pair("user"));
        assert_eq!(
            secrets.redacted(&header),
            "Authorization: Basic *** was refused"
        );
    }

    #[test]
    fn each_line_of_a_secret_is_one() {
        let secrets = Secrets::of("-----BEGIN KEY-----\nabcdef\nghijkl\n");
        assert_eq!(secrets.redacted("got ghijkl"), "got ***");
        assert_eq!(
            Secrets::masks("abc\n d/ef "),
            ["abc", "d/ef", "d%2Fef", "d%2fef"]
        );
    }

    #[test]
    fn a_text_without_a_secret_is_not_copied_and_a_short_secret_strikes_out_nothing() {
        let mut secrets = Secrets::of("abc");
        assert!(matches!(secrets.redacted("abc"), Cow::Borrowed("abc")));
        secrets.add("hunter2");
        assert!(matches!(secrets.redacted("hunter"), Cow::Borrowed(_)));
        assert!(!format!("{secrets:?}").contains("hunter2"));
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn no_text_holds_a_secret_once_it_is_redacted() {
        let secrets = Secrets::of("hunter2-and-more");
        let seeds = ["bad token hunter2-and-more", "aHVudGVyMi1hbmQtbW9yZQ=="];
        testkit::fuzz::texts(&seeds, &["hunter2-and-more", "***"], |text| {
            let shown = secrets.redacted(text);
            assert!(!shown.contains("hunter2-and-more"));
            assert!(!shown.contains("dW50ZXIyLWFuZC1tb3"));
        });
    }
}
