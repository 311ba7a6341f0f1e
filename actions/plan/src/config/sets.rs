//! Named sets of globs (the table `[paths]`): several jobs look at the same files, and a list that is copied gets out of step.

use std::collections::{BTreeMap, BTreeSet};

use actions_core::{Place, PlacedError, did_you_mean, list};
use toml::Spanned;

use super::fits_an_expression;
use super::paths::PathGlob;

/// What marks a name where a glob is expected.
const MARK: char = '@';

/// The sets, by name.
#[derive(Clone, Debug, Default)]
pub struct Sets(BTreeMap<String, Vec<PathGlob>>);

type Raw = BTreeMap<Spanned<String>, Vec<Spanned<String>>>;

/// The name of the set that `text` means, if it means one.
fn name_in(text: &str) -> Option<&str> {
    let name = text.strip_prefix(MARK)?;
    fits_an_expression(name).then_some(name)
}

impl Sets {
    pub(super) fn new(place: &Place<'_>, raw: &Raw) -> Result<Self, PlacedError> {
        let mut sets = Self::default();
        for name in raw.keys() {
            if !fits_an_expression(name.get_ref()) {
                let problem = format!(
                    "set {:?}: a name has letters, digits, `-` and `_` and starts with a letter or `_`",
                    name.get_ref()
                );
                return Err(place.invalid(name.span(), problem));
            }
            sets.add(place, raw, name, &mut Vec::new())?;
        }
        Ok(sets)
    }

    /// Adds a set after those that it names. `around` are those that are being added.
    fn add(
        &mut self,
        place: &Place<'_>,
        raw: &Raw,
        name: &Spanned<String>,
        around: &mut Vec<String>,
    ) -> Result<(), PlacedError> {
        if self.0.contains_key(name.get_ref()) {
            return Ok(());
        }
        around.push(name.get_ref().clone());
        let globs = raw.get(name).map(Vec::as_slice).unwrap_or_default();
        for glob in globs {
            let Some(inner) = name_in(glob.get_ref()) else {
                continue;
            };
            if around.iter().any(|it| it == inner) {
                let problem = format!("set `{inner}` contains itself: {}", around.join(" → "));
                return Err(place.invalid(glob.span(), problem));
            }
            if let Some((inner, _)) = raw.iter().find(|(it, _)| it.get_ref() == inner) {
                self.add(place, raw, inner, around)?;
            }
        }
        let mut all = Vec::new();
        for glob in globs {
            let of_set = self.globs(glob.get_ref());
            let of_set = of_set.map_err(|problem| place.invalid(glob.span(), problem))?;
            all.extend(of_set.into_iter().map(|it| it.of_set(name.get_ref())));
        }
        around.pop();
        self.0.insert(name.get_ref().clone(), all);
        Ok(())
    }

    /// The glob that `text` is, or those of the set that it names.
    pub(super) fn globs(&self, text: &str) -> Result<Vec<PathGlob>, String> {
        if let Some(name) = text.strip_prefix('!').and_then(name_in) {
            return Err(format!(
                "a set cannot be excluded: write the globs of `{name}` with `!` in place of \"{text}\""
            ));
        }
        let Some(name) = name_in(text) else {
            return Ok(vec![text.parse()?]);
        };
        if let Some(globs) = self.0.get(name) {
            return Ok(globs.clone());
        }
        let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
        let hint = did_you_mean(name, known.iter().copied());
        let hint = hint.map_or_else(String::new, |near| format!("did you mean `@{near}`? "));
        Err(match known.as_slice() {
            [] => format!(
                "unknown set \"{text}\": there is no table `[paths]`; write \"[@]{name}\" for a file with that name"
            ),
            known => format!("unknown set \"{text}\": {hint}the sets are {}", list(known)),
        })
    }

    /// Sets in the order of their names, each with the globs that are its own.
    pub(crate) fn own(&self) -> impl Iterator<Item = (&str, Vec<&PathGlob>)> {
        self.0.iter().map(|(name, globs)| {
            let own = globs.iter().filter(|it| it.sets().first() == Some(name));
            (name.as_str(), own.collect())
        })
    }

    /// Names of the sets that are in none of these lists.
    pub(crate) fn unused<'a>(
        &'a self,
        globs: impl Iterator<Item = &'a PathGlob>,
    ) -> impl Iterator<Item = &'a str> {
        let used: BTreeSet<&String> = globs.flat_map(PathGlob::sets).collect();
        let names = self.0.keys().filter(move |name| !used.contains(name));
        names.map(String::as_str)
    }
}
