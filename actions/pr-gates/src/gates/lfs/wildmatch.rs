//! Patterns of `.gitattributes`, matched as git's `wildmatch` does, in one pass over the path however many stars there are.

/// A pattern, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildmatch {
    /// `None` where nothing can match: a bracket stays open, or a backslash has nothing behind it.
    tokens: Option<Vec<Token>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// `?`: anything but a slash.
    One,
    /// `*`: any number of bytes but slashes.
    Star,
    /// `**` at the end: any number of bytes.
    All,
    /// `**/`: any number of folders.
    Folders,
    Class {
        negated: bool,
        ranges: Vec<(u8, u8)>,
    },
}

impl Wildmatch {
    pub(super) fn new(pattern: &[u8]) -> Self {
        Self {
            tokens: tokens(pattern),
        }
    }

    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let Some(tokens) = &self.tokens else {
            return false;
        };
        // Most paths end otherwise than a pattern such as `*.png`, and need no closer look.
        if let Some(Token::Byte(last)) = tokens.last()
            && text.last() != Some(last)
        {
            return false;
        }
        // States of an automaton: in state n, the tokens before n have matched.
        let mut states = vec![false; tokens.len() + 1];
        let mut next = states.clone();
        enter(tokens, &mut states, 0);
        for &byte in text {
            next.fill(false);
            for (state, token) in tokens.iter().enumerate() {
                if states.get(state) != Some(&true) {
                    continue;
                }
                match token {
                    Token::Star if byte != b'/' => enter(tokens, &mut next, state),
                    Token::All => enter(tokens, &mut next, state),
                    Token::Folders => {
                        stay(&mut next, state);
                        if byte == b'/' {
                            enter(tokens, &mut next, state + 1);
                        }
                    }
                    token if token.takes(byte) => enter(tokens, &mut next, state + 1),
                    _ => {}
                }
            }
            std::mem::swap(&mut states, &mut next);
        }
        states.last() == Some(&true)
    }
}

impl Token {
    /// Whether the byte is all that this token stands for.
    fn takes(&self, byte: u8) -> bool {
        match self {
            Self::Byte(own) => *own == byte,
            Self::One => byte != b'/',
            Self::Class { negated, ranges } => {
                let listed = ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&byte));
                listed != *negated && byte != b'/'
            }
            Self::Star | Self::All | Self::Folders => false,
        }
    }
}

fn stay(states: &mut [bool], state: usize) {
    if let Some(flag) = states.get_mut(state) {
        *flag = true;
    }
}

/// Comes to a state from the one before it; what may stand for nothing is passed at once.
fn enter(tokens: &[Token], states: &mut [bool], mut state: usize) {
    stay(states, state);
    while matches!(
        tokens.get(state),
        Some(Token::Star | Token::All | Token::Folders)
    ) {
        state += 1;
        stay(states, state);
    }
}

fn tokens(pattern: &[u8]) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    let mut at_start = true;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        let after_slash = at_start;
        at_start = first == b'/';
        match first {
            b'*' => {
                let stars = 1 + rest.iter().take_while(|&&byte| byte == b'*').count();
                rest = rest.get(stars - 1..)?;
                let (token, left) = star(stars > 1 && after_slash, rest);
                at_start = token == Token::Folders;
                tokens.push(token);
                rest = left;
            }
            b'?' => tokens.push(Token::One),
            b'[' => {
                let (class, left) = class(rest)?;
                tokens.push(class);
                rest = left;
            }
            b'\\' => {
                let (&escaped, left) = rest.split_first()?;
                tokens.push(Token::Byte(escaped));
                rest = left;
            }
            byte => tokens.push(Token::Byte(byte)),
        }
    }
    Some(tokens)
}

/// Several stars cross folders only where they are a whole part of the path.
fn star(may_cross: bool, rest: &[u8]) -> (Token, &[u8]) {
    match rest {
        [] if may_cross => (Token::All, rest),
        [b'/', left @ ..] if may_cross => (Token::Folders, left),
        _ => (Token::Star, rest),
    }
}

/// What follows `[`, up to its `]`.
fn class(mut rest: &[u8]) -> Option<(Token, &[u8])> {
    let negated = matches!(rest.first(), Some(b'!' | b'^'));
    if negated {
        rest = rest.get(1..)?;
    }
    let mut ranges = Vec::new();
    let mut first = true;
    loop {
        let (&byte, tail) = rest.split_first()?;
        rest = tail;
        if byte == b']' && !first {
            return Some((Token::Class { negated, ranges }, rest));
        }
        first = false;
        if byte == b'['
            && let Some(name) = rest.strip_prefix(b":")
            && let Some(end) = name.iter().position(|&byte| byte == b']')
            && let Some(word) = name.get(..end)?.strip_suffix(b":")
        {
            ranges.extend(named(word)?);
            rest = name.get(end + 1..)?;
            continue;
        }
        let (low, tail) = member(byte, rest)?;
        rest = tail;
        let mut high = low;
        if let Some((b'-', tail)) = rest.split_first()
            && let Some((&next, tail)) = tail.split_first()
            && next != b']'
        {
            (high, rest) = member(next, tail)?;
        }
        ranges.push((low, high));
    }
}

fn member(byte: u8, rest: &[u8]) -> Option<(u8, &[u8])> {
    match byte {
        b'\\' => rest.split_first().map(|(&byte, tail)| (byte, tail)),
        byte => Some((byte, rest)),
    }
}

/// `[:alpha:]` and its like; an unknown name matches nothing.
fn named(word: &[u8]) -> Option<Vec<(u8, u8)>> {
    Some(match word {
        b"alnum" => vec![(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')],
        b"alpha" => vec![(b'A', b'Z'), (b'a', b'z')],
        b"blank" => vec![(b' ', b' '), (b'\t', b'\t')],
        b"cntrl" => vec![(0, 31), (127, 127)],
        b"digit" => vec![(b'0', b'9')],
        b"graph" => vec![(33, 126)],
        b"lower" => vec![(b'a', b'z')],
        b"print" => vec![(32, 126)],
        b"punct" => vec![(33, 47), (58, 64), (91, 96), (123, 126)],
        b"space" => vec![(9, 13), (b' ', b' ')],
        b"upper" => vec![(b'A', b'Z')],
        b"xdigit" => vec![(b'0', b'9'), (b'A', b'F'), (b'a', b'f')],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Wildmatch::new(pattern.as_bytes()).matches(text.as_bytes())
    }

    #[test]
    fn stars_stay_in_their_folder_and_two_of_them_do_not() {
        assert!(matches("a/*", "a/b") && !matches("a/*", "a/b/c"));
        assert!(matches("a/**", "a/b/c") && matches("**/c", "c") && matches("**/c", "a/b/c"));
        assert!(matches("a/**/c", "a/c") && matches("a/**/c", "a/b/b/c"));
        assert!(!matches("a/**/c", "a/bc") && !matches("a**c", "a/c") && matches("a**c", "abc"));
    }

    #[test]
    fn classes_are_read_to_their_end() {
        assert!(matches("[]a]", "]") && matches("[!]a]", "b") && matches("[a-c-]", "-"));
        assert!(matches("[[:digit:]x]", "7") && !matches("[[:digit:]x]", ":"));
        assert!(!matches("[!a]", "/") && !matches("[a", "[a") && !matches("a\\", "a\\"));
    }

    #[test]
    fn many_stars_end_soon() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!matches(&pattern, &"a".repeat(2000)));
    }
}

#[cfg(test)]
mod fuzz {
    use super::*;

    /// Slow, and written from git's documentation.
    fn matches_plainly(tokens: &[Token], text: &[u8]) -> bool {
        let Some((token, rest)) = tokens.split_first() else {
            return text.is_empty();
        };
        let after = |at: usize| text.get(at..).unwrap_or_default();
        match token {
            Token::Star => {
                let end = text
                    .iter()
                    .position(|&byte| byte == b'/')
                    .unwrap_or(text.len());
                (0..=end).any(|at| matches_plainly(rest, after(at)))
            }
            Token::All => (0..=text.len()).any(|at| matches_plainly(rest, after(at))),
            Token::Folders => {
                let slashes = (0..text.len()).filter(|&at| text.get(at) == Some(&b'/'));
                matches_plainly(rest, text)
                    || slashes
                        .map(|at| at + 1)
                        .any(|at| matches_plainly(rest, after(at)))
            }
            one => text
                .split_first()
                .is_some_and(|(&byte, text)| one.takes(byte) && matches_plainly(rest, text)),
        }
    }

    #[test]
    fn a_pattern_matches_what_the_plainest_matcher_matches() {
        let seeds: [&[u8]; 5] = [
            b"a/**/b\na/x/b",
            b"*.p?g\na.png",
            b"**/[!a-c]*\na/d",
            b"**\na/b",
            b"[[:alpha:]-]\\*\n-*",
        ];
        let words: &[&[u8]] = &[b"**/", b"/**", b"[", b"]", b"[!", b"?", b"a/", b"*"];
        testkit::fuzz::bytes(&seeds, words, |bytes| {
            let end = bytes
                .iter()
                .position(|&byte| byte == b'\n')
                .unwrap_or(bytes.len());
            let (pattern, text) = bytes.split_at(end);
            let cut = |bytes: &[u8]| bytes.iter().copied().take(12).collect::<Vec<u8>>();
            let (pattern, text) = (
                Wildmatch::new(&cut(pattern)),
                cut(text.get(1..).unwrap_or_default()),
            );
            let plainly = pattern
                .tokens
                .as_ref()
                .is_some_and(|tokens| matches_plainly(tokens, &text));
            assert_eq!(pattern.matches(&text), plainly);
        });
    }
}
