//! Which gates a run looks through, and which only report.

use std::str::FromStr;

use actions_core::{did_you_mean, list};

use crate::gates::{ALL, Gate};

/// One line of `gates` or `report-only`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Selected {
    All,
    One(&'static Gate),
}

impl Selected {
    /// As it is written.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::One(gate) => gate.id,
        }
    }
}

impl FromStr for Selected {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self::All);
        }
        if let Some(gate) = ALL.iter().find(|gate| gate.id == text) {
            return Ok(Self::One(gate));
        }
        let ids: Vec<&str> = ALL.iter().map(|gate| gate.id).collect();
        let hint = did_you_mean(text, ids.iter().copied())
            .map(|meant| format!(", did you mean `{meant}`?"))
            .unwrap_or_default();
        Err(format!(
            "unknown gate \"{text}\": the gates are {}{hint}",
            list(&ids)
        ))
    }
}

/// The gates of a selection, in the order of [`ALL`] whatever order they were named in.
pub(crate) fn gates(selection: &[Selected]) -> Vec<&'static Gate> {
    ALL.iter()
        .filter(|gate| contains(selection, gate))
        .collect()
}

pub(crate) fn contains(selection: &[Selected], gate: &Gate) -> bool {
    selection.iter().any(|selected| match selected {
        Selected::All => true,
        Selected::One(one) => one.id == gate.id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_gate_lists_the_gates_and_the_one_that_was_meant() {
        let err = "large-file".parse::<Selected>().unwrap_err();
        assert!(
            err.starts_with("unknown gate \"large-file\": the gates are "),
            "{err}"
        );
        assert!(err.contains("symlinks"), "{err}");
        assert!(err.ends_with(", did you mean `large-files`?"), "{err}");
    }

    #[test]
    fn a_gate_named_twice_is_looked_through_once() {
        let one: Selected = "symlinks".parse().unwrap();
        let ids: Vec<&str> = gates(&[one, one]).iter().map(|gate| gate.id).collect();
        assert_eq!(ids, ["symlinks"]);
    }
}
