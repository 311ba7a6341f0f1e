//! Names of crates that a job depends on, or globs over such names.

use std::ops::Range;

use actions_core::{Place, PlacedError, list};
use toml::Spanned;
use untrusted_input::Glob;

/// The crates that a job depends on.
#[derive(Clone, Debug, Default)]
pub struct CrateNames(Vec<CrateName>);

#[derive(Clone, Debug)]
struct CrateName {
    text: String,
    glob: Glob,
    /// Where it is in the config file.
    span: Range<usize>,
}

impl CrateNames {
    pub(super) fn new(place: &Place<'_>, names: Vec<Spanned<String>>) -> Result<Self, PlacedError> {
        let names = names.into_iter().map(|spanned| {
            let span = spanned.span();
            let text = spanned.into_inner();
            if text.is_empty() {
                let problem = "the name of a crate is empty".to_owned();
                return Err(place.invalid(span, problem));
            }
            let glob = Glob::new(&text)
                .map_err(|error| place.invalid(span.clone(), format!("crate {text:?}: {error}")))?;
            Ok(CrateName { text, glob, span })
        });
        Ok(Self(names.collect::<Result<_, _>>()?))
    }

    /// The entry that means the crate of this name.
    pub fn matching(&self, name: &str) -> Option<&str> {
        let mut names = self.0.iter();
        let found = names.find(|it| it.glob.matches(name))?;
        Some(&found.text)
    }

    /// Fails if one of them means no crate that there is.
    pub(crate) fn check(&self, place: &Place<'_>, known: &[&str]) -> Result<(), PlacedError> {
        let mut names = self.0.iter();
        let unknown = names.find(|it| !known.iter().any(|name| it.glob.matches(name)));
        match unknown {
            None => Ok(()),
            Some(it) if it.text.contains(['*', '?', '[', '{']) => Err(place.invalid(
                it.span.clone(),
                format!(
                    "glob {:?} matches none of the crates {}",
                    it.text,
                    list(known)
                ),
            )),
            Some(it) => Err(place.unknown("crate", &it.text, it.span.clone(), known)),
        }
    }
}
