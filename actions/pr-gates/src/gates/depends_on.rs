//! Gate `depends-on`: a pull request that stands on another one breaks the branch when it is merged first.

use std::collections::BTreeSet;

use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    pull_request::{Dependencies, Fact, Known, Mention, Reference},
};

pub(crate) const GATE: Gate = Gate {
    id: "depends-on",
    group: Group::PullRequest,
    rule: "Everything named in a `Depends-on:` line of the description (`#12`, `owner/name#3` or a URL) is merged or closed.",
    help: "Merge or close it first, or remove the line from the description.",
    needs: |_| vec![Fact::Dependencies],
    reads: NOTHING,
    check: |pr, _| pr.dependencies.as_ref().map(check).unwrap_or_default(),
};

fn check(all: &Dependencies) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut circles: BTreeSet<Vec<&Reference>> = BTreeSet::new();
    for mention in &all.mentions {
        let Some(reference) = &mention.reference else {
            findings.push(unreadable(mention));
            continue;
        };
        match circle(all, reference) {
            Some(circle) => {
                let mut members = circle.clone();
                members.sort();
                members.dedup();
                if circles.insert(members) {
                    findings.push(in_circle(all, &circle));
                }
            }
            None => findings.extend(single(all, reference)),
        }
    }
    if all.is_cut {
        findings.push(Finding::warning(
            "the dependency chain was not followed to its end, so a cycle further along is not detected",
        ));
    }
    findings
}

fn unreadable(mention: &Mention) -> Finding {
    let Mention { line, text, .. } = mention;
    Finding::warning(format!(
        "line {line} of the description depends on \"{text}\", which is not a pull request or issue"
    ))
    .help("Write it as `Depends-on: #12`, `owner/name#12` or a URL.")
}

fn single(all: &Dependencies, reference: &Reference) -> Option<Finding> {
    let shown = reference.shown(&all.own);
    match all.known.get(reference)? {
        Known::Done => None,
        Known::Open { title, .. } => Some(Finding::new(format!(
            "it depends on {shown}, which is open: {title}"
        ))),
        Known::GivenUp { title } => Some(
            Finding::warning(format!(
                "it depends on {shown}, which was closed without a merge: {title}"
            ))
            .help("Check whether this pull request still makes sense, and remove the line from the description."),
        ),
        Known::Hidden => Some(
            Finding::new(format!(
                "it depends on {shown}, which does not exist or is hidden from the token"
            ))
            .help("Fix the line, or let the token read it: `issues: read` for issues, another `token` for other private repositories."),
        ),
    }
}

fn in_circle(all: &Dependencies, circle: &[&Reference]) -> Finding {
    let names: Vec<String> = circle.iter().map(|it| it.shown(&all.own)).collect();
    let message = match circle.contains(&&all.own) {
        true => "it is part of a dependency cycle",
        false => "it depends on a dependency cycle, so none of them can be merged",
    };
    Finding::new(format!("{message}: {}", names.join(" → ")))
        .help("Remove one of these `Depends-on` lines.")
}

/// The circle that one runs into, its first member again at its end.
fn circle<'a>(all: &'a Dependencies, start: &'a Reference) -> Option<Vec<&'a Reference>> {
    let mut seen: BTreeSet<&Reference> = BTreeSet::new();
    search(all, start, &mut vec![&all.own], &mut seen)
}

fn search<'a>(
    all: &'a Dependencies,
    next: &'a Reference,
    path: &mut Vec<&'a Reference>,
    seen: &mut BTreeSet<&'a Reference>,
) -> Option<Vec<&'a Reference>> {
    if let Some(at) = path.iter().position(|it| *it == next) {
        let members = path.iter().skip(at).copied();
        return Some(members.chain([next]).collect());
    }
    if !seen.insert(next) {
        return None;
    }
    let Some(Known::Open { waits_for, .. }) = all.known.get(next) else {
        return None;
    };
    path.push(next);
    let found = waits_for.iter().find_map(|it| search(all, it, path, seen));
    path.pop();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    fn open(waits_for: &[u64]) -> Known {
        Known::Open {
            title: "🐍 parser".to_owned(),
            waits_for: waits_for
                .iter()
                .map(|it| Reference::new("o/r", *it))
                .collect(),
        }
    }

    fn found(mentions: &[u64], known: Vec<(u64, Known)>) -> Vec<Finding> {
        let known = known.into_iter();
        check(&Dependencies {
            own: Reference::new("o/r", 7),
            mentions: mentions
                .iter()
                .map(|number| Mention {
                    line: 1,
                    text: format!("#{number}"),
                    reference: Some(Reference::new("o/r", *number)),
                })
                .collect(),
            known: known
                .map(|(it, known)| (Reference::new("o/r", it), known))
                .collect(),
            is_cut: false,
        })
    }

    #[test]
    fn what_is_open_is_found_and_what_is_done_is_not() {
        let found = found(&[1, 2], vec![(1, open(&[])), (2, Known::Done)]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].message,
            "it depends on #1, which is open: 🐍 parser"
        );
    }

    #[test]
    fn what_was_given_up_is_a_warning_and_what_is_hidden_a_finding() {
        let title = "old".to_owned();
        let found = found(
            &[1, 2],
            vec![(1, Known::GivenUp { title }), (2, Known::Hidden)],
        );
        assert_eq!(found[0].severity, Severity::Warning);
        assert_eq!(
            found[1].message,
            "it depends on #2, which does not exist or is hidden from the token"
        );
    }

    #[test]
    fn circles_are_named_once() {
        let mine = found(&[1, 2], vec![(1, open(&[2])), (2, open(&[7]))]);
        let messages: Vec<&str> = mine.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "it is part of a dependency cycle: #7 → #1 → #2 → #7",
                "it is part of a dependency cycle: #7 → #2 → #7"
            ]
        );
        let own = found(&[7], vec![]);
        assert_eq!(own[0].message, "it is part of a dependency cycle: #7 → #7");
        let others = found(&[1, 2], vec![(1, open(&[2])), (2, open(&[1]))]);
        assert_eq!(others.len(), 1);
        assert_eq!(
            others[0].message,
            "it depends on a dependency cycle, so none of them can be merged: #1 → #2 → #1"
        );
    }

    #[test]
    fn a_diamond_is_no_circle() {
        let known = vec![(1, open(&[3])), (2, open(&[3])), (3, open(&[]))];
        let found = found(&[1, 2], known);
        assert!(found.iter().all(|it| !it.message.contains("circle")));
        assert_eq!(found.len(), 2);
    }
}
