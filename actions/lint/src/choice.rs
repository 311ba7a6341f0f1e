//! Which linters are wanted: `only` and `skip`, held to the names that there are.

use actions_core::{did_you_mean, list};
use anyhow::bail;

use crate::{Inputs, linters, own::Own};

/// What the inputs ask for.
#[derive(Debug)]
pub(crate) struct Choice {
    only: Vec<String>,
    skip: Vec<String>,
}

/// Whether a linter runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Wherever it is configured.
    IfConfigured,
    /// Also without a configuration: `only` names it.
    Named,
    No(&'static str),
}

impl Choice {
    /// Errors: a name that no linter has.
    pub(crate) fn read(inputs: &Inputs, own: &[Own]) -> anyhow::Result<Self> {
        for (input, names) in [("only", &inputs.only), ("skip", &inputs.skip)] {
            for name in names {
                refuse_unknown(input, name, own)?;
            }
        }
        Ok(Self {
            only: inputs.only.clone(),
            skip: inputs.skip.clone(),
        })
    }

    pub(crate) fn wants(&self, is: impl Fn(&str) -> bool) -> Wanted {
        let names = |list: &[String]| list.iter().any(|name| is(name));
        match () {
            () if names(&self.skip) => Wanted::No("it is in `skip`"),
            () if names(&self.only) => Wanted::Named,
            () if self.only.is_empty() => Wanted::IfConfigured,
            () => Wanted::No("it is not in `only`"),
        }
    }
}

/// Every name that `only` and `skip` may hold.
pub(crate) fn names(own: &[Own]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for linter in linters::ALL {
        for name in [linter.tool, linter.id] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.extend(own.iter().map(|own| own.name.as_str()));
    names
}

pub(crate) fn refuse_unknown(input: &str, name: &str, own: &[Own]) -> anyhow::Result<()> {
    let known = names(own);
    if known.contains(&name) {
        return Ok(());
    }
    let hint = did_you_mean(name, known.iter().copied())
        .map(|meant| format!("did you mean `{meant}`? "))
        .unwrap_or_default();
    bail!(
        "unknown linter {name:?} in the input `{input}`: {hint}the linters are {}",
        list(&known)
    )
}
