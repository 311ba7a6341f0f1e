//! Names of packages of the repository that a job depends on, crates or Python packages, or globs over such names.

use std::ops::Range;

use actions_core::{Place, PlacedError, list};
use affected::{Ecosystem, normalized};
use toml::Spanned;
use untrusted_input::Glob;

/// The packages of one ecosystem that a job depends on.
#[derive(Clone, Debug)]
pub struct PackageNames {
    ecosystem: Ecosystem,
    names: Vec<PackageName>,
}

#[derive(Clone, Debug)]
struct PackageName {
    text: String,
    glob: Glob,
    /// Where it is in the config file.
    span: Range<usize>,
}

/// What a package of an ecosystem is called.
pub(crate) fn word(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Cargo => "crate",
        Ecosystem::Python => "Python package",
    }
}

/// A name as all tools of its ecosystem compare it.
fn compared(ecosystem: Ecosystem, name: &str) -> String {
    match ecosystem {
        Ecosystem::Cargo => name.to_owned(),
        Ecosystem::Python => normalized(name),
    }
}

impl PackageNames {
    pub(super) fn new(
        place: &Place<'_>,
        ecosystem: Ecosystem,
        names: Vec<Spanned<String>>,
    ) -> Result<Self, PlacedError> {
        let word = word(ecosystem);
        let names = names.into_iter().map(|spanned| {
            let span = spanned.span();
            let text = spanned.into_inner();
            if text.is_empty() {
                let problem = format!("the name of a {word} is empty");
                return Err(place.invalid(span, problem));
            }
            let glob = Glob::new(&compared(ecosystem, &text)).map_err(|error| {
                place.invalid(span.clone(), format!("{word} {text:?}: {error}"))
            })?;
            Ok(PackageName { text, glob, span })
        });
        let names = names.collect::<Result<_, _>>()?;
        Ok(Self { ecosystem, names })
    }

    /// The entry that means the package of this name.
    pub fn matching(&self, name: &str) -> Option<&str> {
        let name = compared(self.ecosystem, name);
        let found = self.names.iter().find(|it| it.glob.matches(&name))?;
        Some(&found.text)
    }

    /// Fails if one of them means no package that there is.
    pub(crate) fn check(&self, place: &Place<'_>, known: &[&str]) -> Result<(), PlacedError> {
        let means = |it: &PackageName, name: &str| {
            let name = compared(self.ecosystem, name);
            it.glob.matches(&name)
        };
        let mut names = self.names.iter();
        let unknown = names.find(|it| !known.iter().any(|name| means(it, name)));
        let word = word(self.ecosystem);
        match unknown {
            None => Ok(()),
            Some(it) if it.text.contains(['*', '?', '[', '{']) => Err(place.invalid(
                it.span.clone(),
                format!(
                    "glob {:?} matches none of the {word}s {}",
                    it.text,
                    list(known)
                ),
            )),
            Some(it) => Err(place.unknown(word, &it.text, it.span.clone(), known)),
        }
    }
}
