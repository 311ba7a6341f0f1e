//! Check `sizes`: what is too large is refused after its last byte, when others are out already.

use bytesize::ByteSize;

use super::Check;
use crate::preflight::{facts::Facts, report::Notes};

/// PyPI's limit of a file until its project asks for more (warehouse, `constants.py`).
const PYPI_DEFAULT: u64 = 100 << 20;
/// What PyPI raises no project's limit above.
const PYPI_CAP: u64 = 1 << 30;
pub(crate) const CHECK: Check = Check {
    id: "sizes",
    why: "No file is over PyPI's limit of 1 GiB, or over 100 MiB without a raised limit. `crate-files` and `github-release` check the limits of crates.io and GitHub.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    let Some(pypi) = facts.pypi.as_ref().filter(|pypi| pypi.official) else {
        return;
    };
    for one in pypi.to_send() {
        let size = ByteSize::b(one.size);
        if one.size > PYPI_CAP {
            notes.problem(
                &one.file,
                format!(
                    "it has {size}, over the limit of {} of {}",
                    ByteSize::b(PYPI_CAP),
                    pypi.address
                ),
                "Make it smaller, or split it into several projects.",
            );
        } else if one.size > PYPI_DEFAULT {
            notes.caution(
                    &one.file,
                    format!("it has {size}, over PyPI's usual limit of {} a file", ByteSize::b(PYPI_DEFAULT)),
                    "Check in the project's settings that PyPI has raised its limit; if not, request it there.",
                );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{facts, report};

    fn sized(size: u64) -> Facts {
        let mut facts = facts();
        facts.pypi().first().size = size;
        facts
    }

    #[test]
    fn pypis_usual_limit_is_a_caution_and_its_cap_a_problem() {
        let counts = |size| {
            let report = report(&CHECK, &sized(size));
            (report.problems.len(), report.cautions.len())
        };
        assert_eq!(counts(PYPI_DEFAULT), (0, 0));
        assert_eq!(counts(PYPI_DEFAULT + 1), (0, 1));
        assert_eq!(counts(PYPI_CAP + 1), (1, 0));
    }

    #[test]
    fn another_index_has_limits_of_its_own() {
        let mut facts = sized(PYPI_CAP + 1);
        facts.pypi().official = false;
        assert_eq!(report(&CHECK, &facts).problems, []);
    }
}
