//! What private keys and tokens look like.
//!
//! Sources: RFC 7468 for PEM, and the issuers' own descriptions of their prefixes, which they chose to make tokens findable.

use std::sync::LazyLock;

use regex::Regex;

/// The characters that a token consists of behind its prefix.
#[derive(Clone, Copy)]
enum Alphabet {
    Alphanumeric,
    /// Letters, digits and `_`.
    Word,
    /// Letters, digits, `_` and `-`.
    Base64Url,
    /// Letters, digits and `-`.
    Hyphen,
    /// Capital letters and digits.
    Capital,
}

/// One kind of token.
struct Shape {
    prefix: &'static str,
    alphabet: Alphabet,
    least: usize,
    /// Where tokens of one length only are issued, the same as `least`.
    most: usize,
    kind: &'static str,
}

const ANY: usize = usize::MAX;

const fn shape(
    prefix: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
    kind: &'static str,
) -> Shape {
    Shape {
        prefix,
        alphabet,
        least,
        most,
        kind,
    }
}

const GITHUB: &str = "a GitHub token";
const AWS: &str = "an AWS access key";
const SLACK: &str = "a Slack token";
const STRIPE: &str = "a Stripe secret key";

const SHAPES: &[Shape] = &[
    shape("ghp_", Alphabet::Alphanumeric, 36, ANY, GITHUB),
    shape("gho_", Alphabet::Alphanumeric, 36, ANY, GITHUB),
    shape("ghu_", Alphabet::Alphanumeric, 36, ANY, GITHUB),
    shape("ghs_", Alphabet::Base64Url, 36, ANY, GITHUB),
    shape("ghr_", Alphabet::Alphanumeric, 36, ANY, GITHUB),
    shape("github_pat_", Alphabet::Word, 60, ANY, GITHUB),
    shape("glpat-", Alphabet::Base64Url, 20, ANY, "a GitLab token"),
    shape("AKIA", Alphabet::Capital, 16, 16, AWS),
    shape("ASIA", Alphabet::Capital, 16, 16, AWS),
    shape(
        "pypi-AgE",
        Alphabet::Base64Url,
        50,
        ANY,
        "a PyPI upload token",
    ),
    shape("cio", Alphabet::Alphanumeric, 32, 32, "a crates.io token"),
    shape("npm_", Alphabet::Alphanumeric, 36, 36, "an npm token"),
    shape("xoxb-", Alphabet::Hyphen, 24, ANY, SLACK),
    shape("xoxp-", Alphabet::Hyphen, 24, ANY, SLACK),
    shape("xoxa-", Alphabet::Hyphen, 24, ANY, SLACK),
    shape("xoxr-", Alphabet::Hyphen, 24, ANY, SLACK),
    shape("xoxs-", Alphabet::Hyphen, 24, ANY, SLACK),
    shape("xapp-", Alphabet::Hyphen, 24, ANY, SLACK),
    shape("AIza", Alphabet::Base64Url, 35, 35, "a Google API key"),
    shape(
        "GOCSPX-",
        Alphabet::Base64Url,
        28,
        28,
        "a Google client secret",
    ),
    shape("sk_live_", Alphabet::Alphanumeric, 24, ANY, STRIPE),
    shape("rk_live_", Alphabet::Alphanumeric, 24, ANY, STRIPE),
    shape(
        "hf_",
        Alphabet::Alphanumeric,
        34,
        34,
        "a Hugging Face token",
    ),
];

/// A token is random: fewer different characters are a placeholder, as in `ghp_xxxx…`.
const LEAST_DIFFERENT: usize = 8;

impl Alphabet {
    fn has(self, c: char) -> bool {
        c.is_ascii_alphanumeric() && !(matches!(self, Self::Capital) && c.is_ascii_lowercase())
            || c == '_' && matches!(self, Self::Word | Self::Base64Url)
            || c == '-' && matches!(self, Self::Base64Url | Self::Hyphen)
    }
}

impl Shape {
    fn is_in(&self, text: &str) -> bool {
        text.match_indices(self.prefix).any(|(at, prefix)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let token = text.get(at + prefix.len()..).unwrap_or_default();
            let end = token.find(|c| !self.alphabet.has(c)).unwrap_or(token.len());
            let token = token.get(..end).unwrap_or_default();
            !before.is_some_and(|c| c.is_ascii_alphanumeric())
                && (self.least..=self.most).contains(&token.len())
                && looks_random(token)
        })
    }
}

fn looks_random(token: &str) -> bool {
    let mut different: Vec<char> = token.chars().collect();
    different.sort_unstable();
    different.dedup();
    let digits = token.chars().any(|c| c.is_ascii_digit());
    // AWS and others end what their own documentation shows in this way.
    different.len() >= LEAST_DIFFERENT && digits && !token.ends_with("EXAMPLE")
}

/// Any of the prefixes: most lines hold none, and one search says so.
static PREFIXES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let prefixes = SHAPES.iter().map(|shape| shape.prefix).chain([PEM]);
    let prefixes: Vec<String> = prefixes.map(regex::escape).collect();
    Regex::new(&prefixes.join("|")).ok()
});

const PEM: &str = "-----BEGIN ";

/// The kinds of keys and tokens that a line holds, each once.
pub(super) fn find(line: &str) -> Vec<&'static str> {
    let mut kinds: Vec<&'static str> = Vec::new();
    if let Some(prefixes) = PREFIXES.as_ref()
        && !prefixes.is_match(line)
    {
        return kinds;
    }
    if is_pem(line) {
        kinds.push("a private key");
    }
    for shape in SHAPES {
        if !kinds.contains(&shape.kind) && shape.is_in(line) {
            kinds.push(shape.kind);
        }
    }
    kinds
}

/// `-----BEGIN RSA PRIVATE KEY-----`, `-----BEGIN PGP PRIVATE KEY BLOCK-----` and their like.
fn is_pem(line: &str) -> bool {
    line.split(PEM).skip(1).any(|label| {
        let label = label.split_once("-----").map(|(label, _)| label);
        let label = label.map(|label| label.strip_suffix(" BLOCK").unwrap_or(label));
        label.is_some_and(|label| {
            label.ends_with("PRIVATE KEY")
                && label
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing here may look like a key in the file itself.
    fn key(prefix: &str, length: usize) -> String {
        let random = "Q7W2E4R8T6Y1U3I5O9P0A2S4D6F8G7H5J3K1L9Z0X2C4V6B8N7M5Q3W1E9R7T5Y3U1I9O7P5";
        format!("{prefix}{}", random.get(..length).unwrap())
    }

    #[test]
    fn tokens_are_found_wherever_they_stand() {
        for (prefix, length, kind) in [
            ("ghp_", 36, GITHUB),
            ("ghs_", 40, GITHUB),
            ("github_pat_", 70, GITHUB),
            ("AKIA", 16, AWS),
            ("pypi-AgE", 60, "a PyPI upload token"),
            ("cio", 32, "a crates.io token"),
            ("xoxb-", 40, SLACK),
            ("AIza", 35, "a Google API key"),
            ("npm_", 36, "an npm token"),
        ] {
            let token = key(prefix, length);
            for line in [
                token.clone(),
                format!("key = \"{token}\""),
                format!("https://x:{token}@example.com/🐍"),
                format!("é{token}\r"),
            ] {
                assert_eq!(find(&line), [kind], "{prefix}");
            }
        }
    }

    #[test]
    fn pem_is_found_by_its_first_line() {
        for label in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
            let line = format!("    \"-----BEGIN {label}{}-----\\n", "PRIVATE KEY");
            assert_eq!(find(&line), ["a private key"], "{line}");
        }
        let pgp = format!("-----BEGIN PGP {} BLOCK-----", "PRIVATE KEY");
        assert_eq!(find(&pgp), ["a private key"]);
        for label in ["PUBLIC KEY", "CERTIFICATE"] {
            assert!(find(&format!("-----BEGIN {label}-----")).is_empty());
        }
        assert!(find("-----BEGIN ( .*)? PRIVATE KEY-----").is_empty());
        assert!(find("-----BEGIN PRIVATE KEY").is_empty());
    }

    #[test]
    fn what_only_looks_a_little_like_a_token_is_none() {
        for line in [
            key("ghp_", 35),
            key("AKIA", 15),
            key("AKIA", 17),
            key("xAKIA", 16),
            key("cio", 33),
            format!("ghp_{}", "x".repeat(36)),
            format!("AKIA{}", "IOSFODNN7EXAMPLE"),
            "precious".to_owned(),
            "cioabcdefghijklmnopqrstuvwxyzabcdef".to_owned(),
            "ghp_".to_owned(),
            String::new(),
        ] {
            assert!(find(&line).is_empty(), "{line}");
        }
    }

    #[test]
    fn a_line_with_several_names_each_kind_once() {
        let line = [key("ghp_", 36), key("gho_", 36), key("AKIA", 16)].join(" ");
        assert_eq!(find(&line), [GITHUB, AWS]);
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn each_kind_is_named_once_and_what_stands_around_a_token_does_not_hide_it() {
        let token = ["ghp", "_Q7W2E4R8T6Y1U3I5O9P0A2S4D6F8G7H5J3K1"].concat();
        let seeds = [token.as_str(), "-----BEGIN EC ", "cio0a1B AKIA xoxb-1"];
        let words = ["PRIVATE KEY-----", "AKIA", "npm_", "EXAMPLE", "-----BEGIN "];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let found = find(text);
            let mut unique = found.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), found.len(), "{found:?}");
            let around = find(&format!("é {text} é"));
            assert!(found.iter().all(|kind| around.contains(kind)), "{around:?}");
        });
    }
}
