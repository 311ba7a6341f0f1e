//! Check `pypi-files`: what the index refuses, or has already, is known before the first byte is sent.

use super::Check;
use crate::preflight::{facts::Facts, report::Notes, uploads::tell};

pub(crate) const CHECK: Check = Check {
    id: "pypi-files",
    why: "The index can be read and takes every wheel and sdist: they keep its rules, the release is younger than PyPI's 14 days, and no name has other bytes.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    if let Some(registry) = &facts.pypi {
        tell(registry, notes);
    }
}
