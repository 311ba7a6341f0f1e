//! A merge group holds several pull requests: each has to satisfy the gates with its own labels and its own text.

use actions_core::Date;

use crate::{
    Inputs, exceptions,
    finding::Finding,
    gates::Gate,
    pull_request::{Fact, PullRequest},
};

/// What a gate finds, with the exceptions that apply; of a group, once for each pull request in it.
pub(crate) fn findings(
    gate: &Gate,
    pr: &mut PullRequest,
    inputs: &Inputs,
    today: Date,
) -> Vec<Finding> {
    let look =
        |pr: &PullRequest| exceptions::apply(gate, (gate.check)(pr, inputs), inputs, pr, today);
    if pr.group.is_empty() {
        return look(pr);
    }
    let reads_the_page = (gate.needs)(inputs).contains(&Fact::Conversation);
    let named = reads_the_page && pr.group.len() > 1;
    let mut all: Vec<Finding> = Vec::new();
    for (number, conversation) in std::mem::take(&mut pr.group) {
        let before = pr.conversation.replace(conversation);
        for mut finding in look(pr) {
            if named && finding.file.is_none() && finding.commit.is_none() {
                finding.message = format!("#{number}: {}", finding.message);
            }
            add(&mut all, finding);
        }
        let conversation = std::mem::replace(&mut pr.conversation, before);
        pr.group
            .extend(conversation.map(|conversation| (number, conversation)));
    }
    all
}

/// What is found for two of them is one finding; only what is waived for all of them is waived.
fn add(all: &mut Vec<Finding>, finding: Finding) {
    let place = |it: &Finding| {
        let place = (it.file.clone(), it.line, it.commit.clone());
        (it.message.clone(), place)
    };
    match all.iter_mut().find(|it| place(it) == place(&finding)) {
        Some(known) if finding.waived.is_none() => *known = finding,
        Some(_) => {}
        None => all.push(finding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_pull_request_may_not_do_the_group_may_not_do() {
        let waived = |why: Option<&str>| {
            let mut finding = Finding::new("file is large").file("a");
            finding.waived = why.map(str::to_owned);
            finding
        };
        for (first, second) in [(Some("label"), None), (None, Some("label"))] {
            let mut all = Vec::new();
            add(&mut all, waived(first));
            add(&mut all, waived(second));
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].waived, None);
        }
    }
}
