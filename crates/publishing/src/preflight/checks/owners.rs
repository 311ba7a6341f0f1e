//! Check `owners`: one token publishes all crates, so one owner must be common to them.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use crate::preflight::{
    facts::{Facts, Registry},
    report::Notes,
};

pub(crate) const CHECK: Check = Check {
    id: "owners",
    why: "One account owns every crate of the release, as far as the registry reports owners.",
    look,
};

fn look(facts: &Facts, notes: &mut Notes<'_>) {
    let Some(crates) = &facts.crates else {
        return;
    };
    let mut by_owners: BTreeMap<&[String], Vec<&str>> = BTreeMap::new();
    let mut untold = Vec::new();
    for (name, owners) in &crates.owners {
        match owners {
            Some(owners) => by_owners.entry(owners).or_default().push(name),
            None => untold.push(name.as_str()),
        }
    }
    for (owners, names) in &by_owners {
        notes.row(format!("owners of {}", names.join(", ")), owners.join(", "));
    }
    if !untold.is_empty() {
        let found = format!("{} does not report it", crates.address);
        notes.row(format!("owners of {}", untold.join(", ")), found);
    }
    if let Some(holder) = &crates.holder {
        of_holder(crates, holder, notes);
        return;
    }
    let mut sets = by_owners.keys();
    let first: BTreeSet<&String> = sets.next().into_iter().flat_map(|it| it.iter()).collect();
    let common = sets.fold(first, |common, owners| {
        common
            .into_iter()
            .filter(|it| owners.contains(it))
            .collect()
    });
    if !by_owners.is_empty() && common.is_empty() {
        let told: Vec<String> = by_owners
            .iter()
            .map(|(owners, names)| format!("{} ({})", names.join(", "), owners.join(", ")))
            .collect();
        notes.caution(
            &crates.address,
            format!("the crates have no common owner: {}", told.join("; ")),
            "Check that the account that publishes is in a team that owns them, or add it with `cargo owner --add`.",
        );
    }
}

/// Whether the owner of the token owns the crates; the registry tells no members of teams.
fn of_holder(crates: &Registry, holder: &str, notes: &mut Notes<'_>) {
    let is_holder = |owner: &String| owner.eq_ignore_ascii_case(holder);
    let known = crates
        .owners
        .iter()
        .filter_map(|(name, owners)| Some((name, owners.as_ref()?)));
    let others = known.filter(|(_, owners)| !owners.iter().any(is_holder));
    for (name, owners) in others {
        notes.caution(
            name,
            format!("the token belongs to {holder}, but the owners are {}", owners.join(", ")),
            format!("Check that {holder} is in a team that owns it, or add it with `cargo owner --add {holder} {name}`."),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::testing::{facts, report};

    fn owned(owners: &[(&str, Option<&[&str]>)]) -> Facts {
        let mut facts = facts();
        facts.crates().owners = owners
            .iter()
            .map(|(name, owners)| {
                let owners = owners.map(|it| it.iter().map(|&it| it.to_owned()).collect());
                ((*name).to_owned(), owners)
            })
            .collect();
        facts
    }

    #[test]
    fn an_owner_in_common_is_enough() {
        let facts = owned(&[("a", Some(&["ada", "team"])), ("b", Some(&["team"]))]);
        let report = report(&CHECK, &facts);
        assert_eq!(report.cautions, []);
        assert_eq!(report.rows.len(), 2);
    }

    #[test]
    fn crates_of_different_owners_are_a_caution_with_their_names() {
        let facts = owned(&[("a", Some(&["ada"])), ("b", Some(&["ben"]))]);
        let cautions = report(&CHECK, &facts).cautions;
        assert_eq!(cautions.len(), 1);
        assert!(
            cautions[0].what.contains("a (ada); b (ben)"),
            "{cautions:?}"
        );
    }

    #[test]
    fn a_registry_that_does_not_tell_is_said() {
        let report = report(&CHECK, &owned(&[("a", None)]));
        assert_eq!(report.cautions, []);
        assert!(report.rows[0].found.ends_with("does not report it"));
    }

    #[test]
    fn a_token_of_somebody_else_is_a_caution_for_each_crate() {
        let mut facts = owned(&[("a", Some(&["Ada"])), ("b", Some(&["ben"])), ("c", None)]);
        facts.crates().holder = Some("ada".to_owned());
        let cautions = report(&CHECK, &facts).cautions;
        assert_eq!(cautions.len(), 1);
        assert_eq!(cautions[0].place, "b");
    }
}
