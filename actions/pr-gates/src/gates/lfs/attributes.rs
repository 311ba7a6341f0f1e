//! Attributes of paths from the `.gitattributes` of a tree, as `git check-attr` tells them.

use std::{borrow::Cow, collections::HashMap};

use super::wildmatch::Wildmatch;
use crate::path::{name, parents};

/// All `.gitattributes` of a tree.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// By their folder.
    files: HashMap<String, Vec<Line>>,
    /// Only the file at the root defines macros.
    macros: HashMap<String, Vec<State>>,
}

#[derive(Debug)]
struct Line {
    pattern: Pattern,
    states: Vec<State>,
}

#[derive(Debug)]
struct Pattern {
    glob: Wildmatch,
    /// Without a slash in it, a pattern is about names in any folder.
    is_name: bool,
}

/// An attribute with what a line makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    name: String,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Set,
    /// `-name`
    Unset,
    /// `!name`: as if no line had named it.
    Unspecified,
    /// `name=value`
    Text(String),
}

/// Git ignores lines that are longer, in bytes.
const LONGEST_LINE: usize = 2048;

const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

impl Attributes {
    /// Adds the file of one folder; the root is the empty one.
    pub(super) fn add(&mut self, folder: &str, text: &str) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = Vec::new();
        for line in text.split('\n') {
            match parse(line) {
                Some(Parsed::Line(line)) => lines.push(line),
                Some(Parsed::Macro(name, states)) if folder.is_empty() => {
                    self.macros.insert(name, states);
                }
                _ => {}
            }
        }
        self.files.insert(folder.to_owned(), lines);
    }

    /// Whether Git LFS takes the file: `filter=lfs`.
    pub(super) fn is_lfs(&self, path: &str) -> bool {
        self.value(path, "filter") == Some(&Value::Text("lfs".to_owned()))
    }

    /// What the attribute of a file is; `None` where no line says it.
    pub(super) fn value<'a>(&'a self, path: &str, wanted: &str) -> Option<&'a Value> {
        let mut known: HashMap<&'a str, &'a Value> = HashMap::new();
        // The nearest folder counts most, and in a file the last line: what is known first stays.
        for parent in parents(path) {
            let lines = self.files.get(parent).map_or(&[][..], Vec::as_slice);
            let inner = match parent {
                "" => path,
                parent => path.get(parent.len() + 1..).unwrap_or_default(),
            };
            for line in lines
                .iter()
                .rev()
                .filter(|line| line.pattern.matches(inner))
            {
                self.fill(&mut known, &line.states);
                if let Some(value) = known.get(wanted) {
                    return (**value != Value::Unspecified).then_some(value);
                }
            }
        }
        None
    }

    fn fill<'a>(&'a self, known: &mut HashMap<&'a str, &'a Value>, states: &'a [State]) {
        for state in states.iter().rev() {
            if known.contains_key(state.name.as_str()) {
                continue;
            }
            known.insert(&state.name, &state.value);
            if let (Value::Set, Some(states)) = (&state.value, self.macros.get(&state.name)) {
                self.fill(known, states);
            }
        }
    }
}

impl Pattern {
    fn new(text: &str) -> Self {
        let anchored = text.strip_prefix('/');
        Self {
            is_name: !text.contains('/'),
            glob: Wildmatch::new(anchored.unwrap_or(text).as_bytes()),
        }
    }

    /// `path` begins in the folder of the file that has the pattern.
    fn matches(&self, path: &str) -> bool {
        let text = match self.is_name {
            true => name(path),
            false => path,
        };
        self.glob.matches(text.as_bytes())
    }
}

enum Parsed {
    Line(Line),
    Macro(String, Vec<State>),
}

/// One line; `None` where git has nothing from it.
fn parse(line: &str) -> Option<Parsed> {
    let line = line.trim_start_matches(BLANK);
    if line.is_empty() || line.starts_with('#') || line.len() >= LONGEST_LINE {
        return None;
    }
    let (pattern, states) = quoted(line).unwrap_or_else(|| {
        let end = line.find(BLANK).unwrap_or(line.len());
        let (pattern, states) = line.split_at(end);
        (Cow::Borrowed(pattern), states)
    });
    let states: Vec<State> = states
        .split(BLANK)
        .filter(|word| !word.is_empty())
        .map(state)
        .collect::<Option<_>>()?;
    if let Some(name) = pattern
        .strip_prefix("[attr]")
        .filter(|name| !name.is_empty())
    {
        return is_name(name).then(|| Parsed::Macro(name.to_owned(), states));
    }
    // A file never matches a pattern for folders, and git refuses to take back what another pattern says.
    if pattern.ends_with('/') || pattern.starts_with('!') {
        return None;
    }
    let pattern = Pattern::new(&pattern);
    Some(Parsed::Line(Line { pattern, states }))
}

fn state(word: &str) -> Option<State> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Value::Text(value.to_owned())),
        None => (word, Value::Set),
    };
    let (name, value) = match (name.strip_prefix('-'), name.strip_prefix('!')) {
        (Some(name), _) => (name, Value::Unset),
        (_, Some(name)) => (name, Value::Unspecified),
        _ => (name, value),
    };
    is_name(name).then(|| State {
        name: name.to_owned(),
        value,
    })
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    !name.is_empty()
        && !name.starts_with('-')
        && !name.starts_with("builtin_")
        && name.chars().all(allowed)
}

/// A pattern in quotes as C has them, and what follows; `None` where it is no such thing.
fn quoted(line: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut chars = line.strip_prefix('"')?.chars();
    let mut bytes = Vec::new();
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => bytes.push(escaped(&mut chars)?),
            c => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    let pattern = String::from_utf8_lossy(&bytes).into_owned();
    Some((Cow::Owned(pattern), chars.as_str()))
}

fn escaped(chars: &mut std::str::Chars<'_>) -> Option<u8> {
    Some(match chars.next()? {
        'a' => 7,
        'b' => 8,
        't' => b'\t',
        'n' => b'\n',
        'v' => 11,
        'f' => 12,
        'r' => b'\r',
        '"' => b'"',
        '\\' => b'\\',
        high @ '0'..='3' => {
            let digits = [Some(high), chars.next(), chars.next()];
            digits.into_iter().try_fold(0_u8, |value, digit| {
                let digit = u8::try_from(digit?.to_digit(8)?).ok()?;
                Some(value.wrapping_mul(8).wrapping_add(digit))
            })?
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod fuzz {
    use super::*;

    #[test]
    fn any_list_can_be_read_and_asked() {
        let seeds = [
            "[attr]lfs filter=lfs -text\n*.png lfs\n/a/** !lfs\n",
            "\"a b\\303\\251\" filter=lfs -x !y z=\n",
            "[attr]a b\n[attr]b a\n* a\n",
        ];
        let words = ["[attr]", "filter=lfs", "\"", "\\3", "!", "-", "* "];
        testkit::fuzz::texts(&seeds, &words, |text| {
            let mut attributes = Attributes::default();
            attributes.add("", text);
            attributes.add("a", text);
            for path in ["a.png", "a/b/c.png", text] {
                let is_set =
                    attributes.value(path, "filter") == Some(&Value::Text("lfs".to_owned()));
                assert_eq!(attributes.is_lfs(path), is_set);
            }
        });
    }
}
