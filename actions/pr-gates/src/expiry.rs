//! Rules that end by a day: what was made for a time outlives it, and nobody knows whether it may go.

use actions_core::{Date, Rule};

use crate::{
    Inputs,
    finding::Finding,
    gates::{Gate, blocked_words, required_changes, required_labels},
    selection::{self, Selected},
};

/// A rule whose last day has passed.
pub(crate) struct Ended {
    /// As it is written.
    rule: String,
    day: Date,
}

/// All that has ended.
pub(crate) struct Expired {
    gates: Vec<(Selected, Date)>,
    /// Rules by the gate that they belong to.
    rules: Vec<(&'static str, Vec<Ended>)>,
}

impl Expired {
    /// Takes the rules that have ended out of the inputs.
    pub(crate) fn take(inputs: &mut Inputs, today: Date) -> Self {
        let gates = inputs.exceptions.iter();
        let gates = gates.filter_map(|rule| Some((rule.value, rule.expires?)));
        let gates = gates.filter(|(_, day)| *day < today).collect();
        let labels = inputs.required_labels.expire(today);
        let changes = inputs.required_changes.expire(today);
        let words = inputs.blocked_words.expire(today);
        Self {
            gates,
            rules: vec![
                (required_labels::GATE.id, labels),
                (required_changes::GATE.id, changes),
                (blocked_words::GATE.id, words),
            ],
        }
    }

    /// The last day of a gate that no longer looks.
    pub(crate) fn gate(&self, gate: &Gate) -> Option<Date> {
        let of_gate = self.gates.iter();
        let mut of_gate = of_gate.filter(|(one, _)| selection::contains(&[*one], gate));
        of_gate.next().map(|(_, day)| *day)
    }

    /// What to say of this gate and of its rules.
    pub(crate) fn warnings(&self, gate: &Gate) -> Vec<Finding> {
        if let Some(day) = self.gate(gate) {
            let id = gate.id;
            let help = format!(
                "Remove the inputs of `{id}` and its line in `exceptions`, or set a later day."
            );
            return vec![Finding::warning(format!("gate expired on {day} and is off")).help(help)];
        }
        let of_gate = self.rules.iter().filter(|(id, _)| *id == gate.id);
        let warning = |ended: &Ended| {
            let Ended { rule, day } = ended;
            Finding::warning(format!("rule \"{rule}\" expired on {day}"))
                .help(format!("Remove it from `{}`, or set a later day.", gate.id))
        };
        of_gate.flat_map(|(_, ended)| ended).map(warning).collect()
    }
}

/// Takes out the rules that have ended.
pub(crate) fn expire<T>(rules: &mut Vec<Rule<T>>, today: Date) -> Vec<Ended> {
    let mut ended = Vec::new();
    rules.retain(|rule| match rule.expires {
        Some(day) if day < today => {
            let rule = rule.text.clone();
            ended.push(Ended { rule, day });
            false
        }
        _ => true,
    });
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_counts_through_its_last_day() {
        let day = |text: &str| -> Date {
            let rule: Rule<String> = format!("x {{ expires = {text} }}").parse().unwrap();
            rule.expires.unwrap()
        };
        let parse = |line: &&str| line.parse::<Rule<String>>().unwrap();
        let mut rules: Vec<Rule<String>> = ["a", "b { expires = 2027-01-31 }"]
            .iter()
            .map(parse)
            .collect();
        assert!(expire(&mut rules, day("2027-01-31")).is_empty());
        let ended = expire(&mut rules, day("2027-02-01"));
        assert_eq!((ended.len(), ended[0].rule.as_str()), (1, "b"));
        assert_eq!(rules.len(), 1);
    }
}
