//! Globs over the paths of a repository, in which the last match decides, as in a `.gitignore`.

use std::str::FromStr;

use actions_core::{Place, PlacedError, text};
use toml::Spanned;
use untrusted_input::Glob;

use super::Sets;

/// Globs in the order of the file. `*` stays within a folder, `**` does not, `folder/` is all that is in it.
#[derive(Clone, Debug, Default)]
pub struct Paths(Vec<PathGlob>);

/// One of them; `!` in front excludes what it matches.
#[derive(Clone, Debug)]
pub struct PathGlob {
    text: String,
    excludes: bool,
    glob: Glob,
    /// Names of the sets that it comes from, the innermost first.
    sets: Vec<String>,
}

impl Paths {
    pub(super) fn new(
        place: &Place<'_>,
        sets: &Sets,
        texts: Vec<Spanned<String>>,
    ) -> Result<Self, PlacedError> {
        let first = texts.first().map(Spanned::span).unwrap_or_default();
        let mut globs = Vec::new();
        for text in texts {
            let of_text = sets.globs(text.get_ref());
            globs.extend(of_text.map_err(|problem| place.invalid(text.span(), problem))?);
        }
        Self::of(globs).map_err(|problem| place.invalid(first, problem))
    }

    /// # Errors
    /// The first glob excludes, and there is nothing that it could exclude from.
    pub fn of(globs: Vec<PathGlob>) -> Result<Self, String> {
        match globs.first() {
            Some(first) if first.excludes => Err(format!(
                "glob {:?} comes first, so there is nothing to exclude files from: write \"**\" before it for all other files",
                first.text
            )),
            _ => Ok(Self(globs)),
        }
    }

    /// The glob that includes `path`, unless a later one excludes it again.
    pub fn matching(&self, path: &str) -> Option<&str> {
        let last = self.deciding(path)?;
        (!last.excludes).then_some(last.text.as_str())
    }

    /// The glob that decides about `path`, in or out.
    pub(crate) fn deciding(&self, path: &str) -> Option<&PathGlob> {
        self.0.iter().rev().find(|glob| glob.glob.matches(path))
    }

    /// In the order of the file.
    pub(crate) fn globs(&self) -> &[PathGlob] {
        &self.0
    }
}

impl PathGlob {
    /// As it stands in the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The sets that it comes from, the innermost first.
    pub(crate) fn sets(&self) -> &[String] {
        &self.sets
    }

    pub(super) fn of_set(mut self, name: &str) -> Self {
        self.sets.push(name.to_owned());
        self
    }

    /// Whether `path` is meant.
    pub fn matches(&self, path: &str) -> bool {
        self.glob.matches(path)
    }
}

impl FromStr for PathGlob {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (excludes, pattern) = match text.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, text),
        };
        let wrong = match pattern {
            "" => Some("is empty"),
            _ if pattern.starts_with('/') || pattern.starts_with("./") => Some(
                "starts at the root of the repository anyway: write it without the leading part",
            ),
            _ if pattern.split('/').any(|part| part == "..") => {
                Some("leaves the repository: `..` has no meaning here")
            }
            _ if pattern.contains('\\') => Some("has a backslash: write `/` between folders"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            return Err(format!("glob {text:?} {wrong}"));
        }
        let whole = match pattern.strip_suffix('/') {
            Some(folder) => format!("{folder}/**"),
            None => pattern.to_owned(),
        };
        let glob = Glob::new(&whole)
            .map_err(|error| format!("glob {:?}: {error}", text::shortened(text)))?;
        Ok(Self {
            text: text.to_owned(),
            excludes,
            glob,
            sets: Vec::new(),
        })
    }
}
