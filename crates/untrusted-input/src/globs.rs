//! Globs that strangers write: bounded before they are compiled, because the compilers of globs panic or grow on what is not.

use globset::GlobBuilder;
use regex::bytes::{Regex, RegexBuilder};

/// Longest glob, in bytes.
const LONGEST: usize = 4096;
/// Deepest nesting of `{…}`.
const DEEPEST: usize = 16;
/// Most stars and alternatives of one glob: each can be tried at each place of a path.
const MOST_CHOICES: usize = 1024;

/// Largest compiled glob, in bytes.
const LARGEST: usize = 10 << 20;

/// Why a text is not a glob, as the end of a sentence that names it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GlobError(String);

impl GlobError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// A compiled glob of whole paths, with `/` between folders.
#[derive(Debug, Clone)]
pub struct Glob {
    text: String,
    engine: Engine,
}

#[derive(Debug, Clone)]
enum Engine {
    Regex(Regex),
    Pattern(glob::Pattern, glob::MatchOptions),
}

impl Glob {
    /// A glob as inputs have it: `*` and `?` stay in their folder, `**` does not, `[…]` and `{a,b}` are choices, and a
    /// backslash takes the meaning off what follows.
    ///
    /// # Errors
    /// The text is not a glob, or beyond the limits.
    pub fn new(text: &str) -> Result<Self, GlobError> {
        within_bounds(text)?;
        let refused = |error: globset::Error| GlobError(error.kind().to_string());
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(refused)?;
        // As `globset` compiles it, but for its panic on what is too large.
        let regex = RegexBuilder::new(glob.regex())
            .dot_matches_new_line(true)
            .size_limit(LARGEST)
            .build()
            .map_err(|_| GlobError::new("it is too large"))?;
        Ok(Self {
            text: text.to_owned(),
            engine: Engine::Regex(regex),
        })
    }

    /// A glob as cargo reads it in `members` of a workspace: `{` and a backslash mean themselves.
    ///
    /// # Errors
    /// The text is not such a glob, or beyond the limits.
    pub fn of_cargo(text: &str) -> Result<Self, GlobError> {
        Self::pattern(text, false)
    }

    /// A glob as a shell reads it: a star leaves out hidden files, `{` and a backslash mean themselves.
    ///
    /// # Errors
    /// The text is not such a glob, or beyond the limits.
    pub fn of_a_shell(text: &str) -> Result<Self, GlobError> {
        Self::pattern(text, true)
    }

    fn pattern(text: &str, require_literal_leading_dot: bool) -> Result<Self, GlobError> {
        within_bounds(text)?;
        let pattern = glob::Pattern::new(text);
        let pattern = pattern.map_err(|error| GlobError(error.msg.to_owned()))?;
        let options = glob::MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot,
        };
        Ok(Self {
            text: text.to_owned(),
            engine: Engine::Pattern(pattern, options),
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole path matches.
    pub fn matches(&self, path: &str) -> bool {
        match &self.engine {
            Engine::Regex(regex) => regex.is_match(path.as_bytes()),
            Engine::Pattern(pattern, options) => pattern.matches_with(path, *options),
        }
    }
}

impl std::fmt::Display for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// A path as the start of a glob of cargo's or a shell's, which then means itself.
pub fn escaped(path: &str) -> String {
    glob::Pattern::escape(path)
}

/// Whether a text is short and shallow enough to be compiled as any kind of glob.
///
/// # Errors
/// It is not; the message says which limit it is over.
pub fn within_bounds(text: &str) -> Result<(), GlobError> {
    if text.len() > LONGEST {
        return Err(GlobError(format!(
            "it has {} bytes, over the limit of {LONGEST}",
            text.len()
        )));
    }
    let (mut depth, mut deepest, mut choices) = (0_usize, 0, 0);
    for byte in text.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'*' | b',' | b'[' => choices += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > DEEPEST {
        return Err(GlobError(format!(
            "it nests `{{` {deepest} deep, over the limit of {DEEPEST}"
        )));
    }
    if choices > MOST_CHOICES {
        return Err(GlobError(format!(
            "it has {choices} stars and choices, over the limit of {MOST_CHOICES}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_and_length_are_errors_where_the_compiler_would_panic() {
        let nested = format!("{}a{}", "{".repeat(250), "}".repeat(250));
        for (text, told) in [
            (nested.as_str(), "over the limit of 16"),
            (&"a".repeat(5000), "over the limit of 4096"),
            (&"*a".repeat(1500), "over the limit of 1024"),
            ("a[", "unclosed character class"),
        ] {
            let error = Glob::new(text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
            assert!(!error.contains("{{{{{{{{"), "{error}");
        }
        assert!(Glob::of_cargo(&nested).is_err());
    }

    #[test]
    fn the_two_kinds_differ_as_their_users_expect() {
        let both = |text: &str, path: &str| {
            (
                Glob::new(text).unwrap().matches(path),
                Glob::of_cargo(text).unwrap().matches(path),
            )
        };
        assert_eq!(both("crates/*", "crates/a"), (true, true));
        assert_eq!(both("crates/*", "crates/a/b"), (false, false));
        assert_eq!(both("crates/**/x", "crates/a/b/x"), (true, true));
        assert_eq!(both("{a,b}", "a"), (true, false));
        assert_eq!(both("{a,b}", "{a,b}"), (false, true));
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn a_glob_is_compiled_or_refused_and_then_matches_without_a_panic() {
        let seeds = [
            "docs/**/*.png",
            "{a,{b,{c,d}}}/[!x-z]?",
            "crates/*",
            "a\\{b",
        ];
        let words = [
            "{",
            "}",
            "{{{{{{{{{{{{{{{{",
            "[!",
            "]",
            "**/",
            "\\",
            ",",
            "[a-",
        ];
        testkit::fuzz::texts(&seeds, &words, |text| {
            for glob in [Glob::new(text), Glob::of_cargo(text)]
                .into_iter()
                .flatten()
            {
                for path in ["docs/a/b.png", "a", text] {
                    let _either = glob.matches(path);
                }
            }
        });
    }
}
