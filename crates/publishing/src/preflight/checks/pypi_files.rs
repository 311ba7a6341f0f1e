//! Check `pypi-files`: what the index refuses, or has already, is known before the first byte is sent.

use super::Check;
use crate::preflight::{facts::Facts, report::Notes, uploads::tell};

pub(crate) const CHECK: Check = Check {
    id: "pypi-files",
    why: "The index is readable and accepts every wheel and sdist: they follow its rules, the release is within PyPI's 14 days, and no name exists with different bytes.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    if let Some(registry) = &facts.pypi {
        tell(registry, notes);
    }
}
