//! What is to be looked at, told from the event that started the run, or on a laptop from the inputs.

use actions_core::{Context, event::Event, text};
use anyhow::{Context as _, bail};

use super::{Conversation, Subject};
use crate::Inputs;

/// What is to be looked at.
pub(super) struct Target {
    pub(super) subject: Subject,
    pub(super) page: Option<Page>,
    pub(super) ends: Option<Ends>,
}

/// A pull request as the event has it.
pub(super) struct Page {
    /// `owner/name`.
    pub(super) repository: String,
    pub(super) number: u64,
    /// Full id.
    pub(super) head: String,
    title: String,
    body: String,
    labels: Vec<String>,
}

/// Where the commits begin and end: names or full ids, not looked up yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ends {
    /// The first one that exists counts.
    pub(super) bases: Vec<String>,
    pub(super) head: String,
}

impl Page {
    /// The page at the time of the event.
    pub(super) fn as_sent(&self) -> Conversation {
        Conversation {
            title: self.title.clone(),
            body: self.body.clone(),
            labels: self.labels.clone(),
            repository_labels: None,
        }
    }
}

/// Reads the event.
pub(super) fn target(cx: &Context, inputs: &Inputs) -> anyhow::Result<Target> {
    let event = cx.event(inputs.event.as_deref())?;
    let mut target = match &event {
        Some(event) => from_event(event)?,
        None => checkout("HEAD"),
    };
    if let (Some(base), Some(ends)) = (&inputs.base, &mut target.ends) {
        if base.starts_with('-') {
            bail!(
                "failed to read the input `base` from \"{base}\": a branch or a commit cannot start with `-`"
            );
        }
        ends.bases = vec![base.clone()];
    }
    if target
        .ends
        .as_ref()
        .is_some_and(|ends| ends.bases.is_empty())
    {
        let run = event.as_ref().map_or_else(
            || "a run on a laptop".to_owned(),
            |event| format!("a run for `{}`", text::one_line(event.name())),
        );
        bail!(
            "failed to find what to compare with: {run} has no base, give one as `base`, for instance `--base main`"
        );
    }
    Ok(target)
}

fn checkout(head: &str) -> Target {
    Target {
        subject: Subject::Checkout,
        page: None,
        ends: Some(Ends {
            bases: Vec::new(),
            head: head.to_owned(),
        }),
    }
}

fn from_event(event: &Event) -> anyhow::Result<Target> {
    Ok(match event {
        Event::PullRequest(event) => {
            let pr = &event.pull_request;
            Target {
                subject: Subject::PullRequest(event.number),
                page: Some(Page {
                    repository: event.repository.full_name.clone(),
                    number: event.number,
                    head: pr.head.sha.clone(),
                    title: pr.title.clone(),
                    body: pr.body.clone().unwrap_or_default(),
                    labels: pr.labels.clone(),
                }),
                ends: Some(Ends {
                    bases: vec![pr.base.sha.clone()],
                    head: pr.head.sha.clone(),
                }),
            }
        }
        Event::MergeGroup(event) => Target {
            subject: Subject::MergeGroup(event.merge_group.base_branch().to_owned()),
            page: None,
            ends: Some(Ends {
                bases: vec![event.merge_group.base_sha.clone()],
                head: event.merge_group.head_sha.clone(),
            }),
        },
        Event::Push(event) => match (event.branch(), event.commit()) {
            (Some(branch), Some(commit)) => Target {
                subject: Subject::Push(branch.to_owned()),
                page: None,
                ends: Some(Ends {
                    bases: bases_of_a_push(event)
                        .context("failed to find what to compare the push with")?,
                    head: commit.to_owned(),
                }),
            },
            _ => Target {
                subject: Subject::NoCommits(event.full_ref.clone()),
                page: None,
                ends: None,
            },
        },
        Event::WorkflowDispatch(_)
        | Event::Schedule(_)
        | Event::Release(_)
        | Event::Other { .. } => checkout("HEAD"),
    })
}

/// What the branch was before; where it is new or was forced, what it would be merged into.
fn bases_of_a_push(event: &actions_core::event::PushEvent) -> anyhow::Result<Vec<String>> {
    let default = &event.repository.default_branch;
    let mut bases: Vec<String> = event.previous().map(str::to_owned).into_iter().collect();
    if event.branch() != Some(default) {
        bases.push(default.clone());
    }
    if bases.is_empty() {
        bail!("`{default}` is new: give a commit as `base`");
    }
    Ok(bases)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(fields: &str) -> anyhow::Result<Target> {
        let payload = format!(
            r#"{{ "repository": {{ "full_name": "o/r", "default_branch": "main" }}, "sender": null, "commits": [],
                 "head_commit": null, "forced": false, "created": false, "deleted": false, {fields} }}"#
        );
        // The last of two equal keys counts.
        let payload: serde_json::Value = serde_json::from_str(&payload).unwrap();
        let event = Event::parse("push", payload.to_string().as_bytes()).unwrap();
        from_event(&event)
    }

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn a_push_is_compared_with_what_was_there() {
        let target = push(&format!(
            r#""ref": "refs/heads/main", "before": "{A}", "after": "{B}""#
        ))
        .unwrap();
        assert_eq!(target.subject.to_string(), "push to main");
        assert_eq!(
            target.ends.unwrap(),
            Ends {
                bases: vec![A.to_owned()],
                head: B.to_owned()
            }
        );
    }

    #[test]
    fn a_new_branch_is_compared_with_the_default_branch() {
        let new = format!(r#""before": "{ZERO}", "after": "{B}", "created": true"#);
        let target = push(&format!(r#""ref": "refs/heads/x", {new}"#)).unwrap();
        assert_eq!(target.ends.unwrap().bases, ["main"]);
        let err = push(&format!(r#""ref": "refs/heads/main", {new}"#))
            .err()
            .unwrap();
        assert!(
            format!("{err:#}").contains("give a commit as `base`"),
            "{err:#}"
        );
    }

    #[test]
    fn a_tag_and_a_deleted_branch_have_no_commits_to_look_at() {
        let tag = push(&format!(
            r#""ref": "refs/tags/v1", "before": "{ZERO}", "after": "{B}""#
        ))
        .unwrap();
        assert!(tag.ends.is_none());
        let gone = push(&format!(
            r#""ref": "refs/heads/x", "before": "{A}", "after": "{ZERO}", "deleted": true"#
        ))
        .unwrap();
        assert!(gone.ends.is_none());
    }
}
