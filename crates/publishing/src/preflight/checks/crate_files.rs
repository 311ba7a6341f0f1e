//! Check `crate-files`: what the registry refuses, or cannot resolve, is known before the first crate is out.

use super::Check;
use crate::preflight::{facts::Facts, report::Notes, uploads::tell};

pub(crate) const CHECK: Check = Check {
    id: "crate-files",
    why: "The registry accepts every crate: they follow its rules, were packaged together, every requirement is in the set or an index, and no version exists with different bytes.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    if let Some(registry) = &facts.crates {
        tell(registry, notes);
    }
}
