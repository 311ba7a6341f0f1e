//! Gate `checkboxes`: an unticked box in the description is something the author meant to do before the merge.

mod task_list;

use super::{Gate, Group, NOTHING};
use crate::{
    finding::Finding,
    pull_request::{Fact, PullRequest},
};

pub(crate) const GATE: Gate = Gate {
    id: "checkboxes",
    group: Group::PullRequest,
    rule: "Every box of a task list in the description is ticked, struck through (`~~…~~`) or marked `(optional)`.",
    help: "Do what the box says and tick it, strike its text through, or write `(optional)` after it.",
    needs: |_| vec![Fact::Conversation],
    reads: NOTHING,
    check: |pr, inputs| check(pr, &inputs.checkboxes),
};

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Inputs {
    /// Require a task list in the description.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    require_checkboxes: bool,
}

fn check(pr: &PullRequest, inputs: &Inputs) -> Vec<Finding> {
    let Some(conversation) = &pr.conversation else {
        return Vec::new();
    };
    let tasks = task_list::tasks(&conversation.body);
    if tasks.is_empty() && inputs.require_checkboxes {
        let help = "List what must be done before the merge as `- [ ] text`, and tick each item.";
        return vec![Finding::new("description has no task list").help(help)];
    }
    tasks
        .into_iter()
        .filter(|task| !task.ticked && !task.waived)
        .map(|task| {
            Finding::new(format!(
                "line {} of the description has an unticked box: {}",
                task.line, task.text
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull_request::Conversation;

    fn findings(body: &str, require_checkboxes: bool) -> Vec<String> {
        let pr = PullRequest {
            conversation: Some(Conversation {
                body: body.to_owned(),
                ..Conversation::default()
            }),
            ..PullRequest::default()
        };
        check(&pr, &Inputs { require_checkboxes })
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn an_unticked_box_is_found_with_its_line_and_text() {
        assert_eq!(
            findings("### Checklist\r\n- [x] tests\r\n- [ ] changelog\r\n", false),
            ["line 3 of the description has an unticked box: changelog"]
        );
    }

    #[test]
    fn an_empty_description_passes_unless_boxes_are_required() {
        assert!(findings("", false).is_empty());
        assert_eq!(findings("", true), ["description has no task list"]);
        assert_eq!(findings("```\n- [x] a\n```", true).len(), 1);
        assert!(findings("- [x] a", true).is_empty());
    }

    #[test]
    fn optional_and_struck_items_do_not_count() {
        assert!(
            findings(
                "- [ ] benchmarks (optional)\n- [ ] ~~docs~~ not needed",
                false
            )
            .is_empty()
        );
    }
}
