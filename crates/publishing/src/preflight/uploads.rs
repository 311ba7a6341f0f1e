//! What a registry's plan says, as lines of the report.

use super::{facts::Registry, report::Notes};
use crate::outcome::State;

pub(crate) fn tell(registry: &Registry, notes: &mut Notes<'_>) {
    let place = &registry.address;
    for told in &registry.problems {
        notes.problem(&told.place, &told.what, &told.fix);
    }
    for told in &registry.cautions {
        notes.caution(&told.place, &told.what, &told.fix);
    }
    for upload in registry.uploads.iter().flatten() {
        let found = match &upload.state {
            State::Same => format!("{place} already has it"),
            State::Absent if upload.is_new => {
                format!("goes to {place}, which does not know `{}` yet", upload.name)
            }
            State::Absent => format!("goes to {place}"),
            State::Other { .. } => format!("{place} has different bytes under this name"),
        };
        notes.row(&upload.file, found);
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        outcome::State,
        preflight::{
            checks::{Check, crate_files, pypi_files},
            facts::{Facts, Registry},
            testing::{facts, report, told},
        },
    };

    type Of = fn(&mut Facts) -> &mut Registry;

    /// Each check with the registry that it is about.
    const CHECKS: [(&Check, Of); 2] = [
        (&crate_files::CHECK, Facts::crates),
        (&pypi_files::CHECK, Facts::pypi),
    ];

    #[test]
    fn everything_that_a_plan_says_is_told_at_once() {
        for (check, registry) in CHECKS {
            let mut facts = facts();
            let registry = registry(&mut facts);
            registry.problems = vec![told("one"), told("two")];
            registry.cautions = vec![told("yanked")];
            let report = report(check, &facts);
            let problems = report.problems.iter();
            let whats: Vec<&str> = problems.map(|one| one.what.as_str()).collect();
            assert_eq!(whats, ["one", "two"], "{}", check.id);
            assert_eq!(report.cautions.len(), 1, "{}", check.id);
        }
    }

    #[test]
    fn what_is_there_and_what_is_sent_are_rows() {
        for (check, registry) in CHECKS {
            let mut facts = facts();
            let found = |facts: &Facts| report(check, facts).rows[0].found.clone();
            assert!(found(&facts).starts_with("goes to "), "{}", check.id);
            registry(&mut facts).first().state = State::Same;
            assert!(found(&facts).ends_with("already has it"), "{}", check.id);
        }
    }
}
