//! What can be said of crates beside a plan: without their registry, and of names that it takes for others.

use super::{Credentials, Error, Problem, Registry, plan::Pages, rules, set::Set};
use package_formats::Crate;
use std::collections::{BTreeMap, BTreeSet};

impl Registry {
    /// What is wrong with the crates themselves and as a set. Asks nobody.
    pub fn check(&self, crates: &[Crate]) -> Vec<Problem> {
        let set = Set::new(crates);
        let mut problems = set.problems.clone();
        problems.extend(rules::problems(self, &set, &Pages::new()));
        problems
    }

    /// Names that the registry has in another spelling of `-` and `_`, which it does not tell apart; each with that spelling.
    ///
    /// # Errors
    /// The index cannot be read.
    pub async fn spelled_otherwise(
        &self,
        names: &[&str],
        credentials: &Credentials,
    ) -> Result<BTreeMap<String, String>, Error> {
        let token = self.index_token(credentials).await?;
        let spellings = |name: &str| [name.replace('-', "_"), name.replace('_', "-")];
        let others: BTreeSet<String> = names
            .iter()
            .flat_map(|name| spellings(name).into_iter().filter(move |it| it != name))
            .collect();
        let pages = self.pages(others, token.as_ref()).await?;
        let known = |name: &str| pages.get(name).is_some_and(Option::is_some);
        let found = names.iter().filter_map(|name| {
            let other = spellings(name)
                .into_iter()
                .find(|it| it != name && known(it))?;
            Some(((*name).to_owned(), other))
        });
        Ok(found.collect())
    }
}
