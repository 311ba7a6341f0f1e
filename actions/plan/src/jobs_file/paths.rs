//! Globs over the paths of a repository, in which the last match decides, as in a `.gitignore`.

use actions_core::{Place, PlacedError};
use globset::{GlobBuilder, GlobMatcher};
use toml::Spanned;

/// Globs in the order of the file. `*` stays within a folder, `**` does not, `folder/` is all that is in it.
#[derive(Debug)]
pub struct Paths(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    text: String,
    takes_out: bool,
    glob: GlobMatcher,
}

impl Paths {
    pub(super) fn new(place: &Place<'_>, globs: Vec<Spanned<String>>) -> Result<Self, PlacedError> {
        let rules = globs.into_iter().map(|spanned| {
            let span = spanned.span();
            let text = spanned.into_inner();
            Rule::new(text).map_err(|problem| place.invalid(span, problem))
        });
        Ok(Self(rules.collect::<Result<_, _>>()?))
    }

    /// The glob that takes `path` in, unless a later one takes it out again.
    pub fn matching(&self, path: &str) -> Option<&str> {
        let last = self.0.iter().rev().find(|rule| rule.glob.is_match(path))?;
        (!last.takes_out).then_some(last.text.as_str())
    }
}

impl Rule {
    fn new(text: String) -> Result<Self, String> {
        let (takes_out, pattern) = match text.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, text.as_str()),
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
        let glob = GlobBuilder::new(&whole)
            .literal_separator(true)
            .build()
            .map_err(|error| format!("glob {text:?}: {}", error.kind()))?
            .compile_matcher();
        Ok(Self {
            text,
            takes_out,
            glob,
        })
    }
}
