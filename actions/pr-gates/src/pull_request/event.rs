//! What is to be looked at, told from the event that started the run, or on a laptop from the inputs.

use actions_core::{
    Context,
    event::{Event, PullRequestEvent},
    text,
};
use anyhow::{Context as _, bail};
use untrusted_input::checkout;

use super::{
    Branches, Conversation, Fork, Subject,
    api::{self, Client},
    git::Git,
    reads::{Answer, Reads},
};
use crate::Inputs;

/// What is checked out, whatever it is.
pub(super) const CHECKED_OUT: &str = "HEAD";

/// What is to be looked at.
pub(super) struct Target {
    pub(super) subject: Subject,
    /// `owner/name`, where it can be told.
    pub(super) repository: Option<String>,
    pub(super) page: Option<Page>,
    pub(super) ends: Option<Ends>,
    /// Of a merge group.
    pub(super) queued: Option<Queued>,
    /// Name of the event.
    pub(super) event: Option<String>,
    /// Whether the pull request is new.
    pub(super) opened: bool,
}

/// What the event of a merge group says of its pull requests.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    /// The branch that the queue feeds.
    pub(super) base: String,
    /// What the queue's ref names: the last one.
    pub(super) numbers: Vec<u64>,
}

/// A pull request as the event has it.
pub(super) struct Page {
    /// `owner/name`.
    pub(super) repository: String,
    pub(super) number: u64,
    /// Full id.
    pub(super) head: String,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) labels: Vec<String>,
    pub(super) branches: Branches,
    /// Whether it comes from the API already.
    pub(super) live: bool,
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
            branches: self.branches.clone(),
        }
    }
}

/// Finds out what is to be looked at: the pull request that `pr` names, or what the event says.
pub(super) async fn target(
    cx: &Context,
    inputs: &Inputs,
    reads: &Reads,
    client: &Client<'_>,
) -> anyhow::Result<Target> {
    let event = read(cx, inputs, reads).await?;
    let mut target = match &event {
        Some(event) => from_event(event)?,
        None => checkout(),
    };
    if target.repository.is_none() {
        target.repository = variable(cx, reads, "GITHUB_REPOSITORY").await?;
    }
    if let Some(number) = inputs.pr {
        let repository = match target.repository {
            Some(repository) => repository,
            None => of_origin(cx, reads).await?,
        };
        let (page, base) = api::page(client, &repository, number).await?;
        target = of_page(page, base);
    }
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
            "failed to find what to compare with: {run} has no base, set the input `base`, such as `--base main`, or `pr`"
        );
    }
    Ok(target)
}

/// The event, or the one that was recorded.
async fn read(cx: &Context, inputs: &Inputs, reads: &Reads) -> anyhow::Result<Option<Event>> {
    let world = async {
        let Some(event) = cx.event(inputs.event.as_deref())? else {
            return Ok(Answer::default());
        };
        let path = inputs
            .event
            .clone()
            .or_else(|| cx.env.path("GITHUB_EVENT_PATH"));
        let path = path.context("the event has no file")?;
        let body = checkout::read(&path, checkout::LARGE)
            .with_context(|| format!("failed to read the event file `{}`", path.display()))?;
        Ok(Answer {
            notes: vec![event.name().to_owned()],
            body,
            ..Answer::default()
        })
    };
    let answer = reads.ask("the event", world).await?;
    let Some(name) = answer.notes.first() else {
        return Ok(None);
    };
    let event = Event::parse(name, &answer.body).context("failed to read the event file")?;
    Ok(Some(event))
}

/// A variable of the run.
pub(super) async fn variable(
    cx: &Context,
    reads: &Reads,
    name: &str,
) -> anyhow::Result<Option<String>> {
    let world = async {
        Ok(Answer {
            body: cx.env.get(name).unwrap_or_default().into(),
            ..Answer::default()
        })
    };
    let answer = reads.ask(&format!("the variable {name}"), world).await?;
    let value = String::from_utf8_lossy(&answer.body).into_owned();
    Ok((!value.is_empty()).then_some(value))
}

/// `owner/name` of the repository that this clone comes from.
async fn of_origin(cx: &Context, reads: &Reads) -> anyhow::Result<String> {
    let url = match Git::open(cx, reads).await {
        Ok(git) => git.origin().await?,
        Err(_) => None,
    };
    url.as_deref().and_then(name_in).context(
        "failed to find the repository of `pr`: run it in a clone, or set GITHUB_REPOSITORY to `owner/name`",
    )
}

/// The last two parts of `https://…/owner/name.git` or `git@…:owner/name`.
fn name_in(url: &str) -> Option<String> {
    let url = url.trim_end_matches('/').trim_end_matches(".git");
    let mut parts = url.rsplit(['/', ':']);
    let (name, owner) = (parts.next()?, parts.next()?);
    (!name.is_empty() && !owner.is_empty()).then(|| format!("{owner}/{name}"))
}

fn of_page(page: Page, base: String) -> Target {
    Target {
        subject: Subject::PullRequest(page.number),
        repository: Some(page.repository.clone()),
        ends: Some(Ends {
            bases: vec![base],
            head: page.head.clone(),
        }),
        page: Some(page),
        queued: None,
        event: None,
        opened: false,
    }
}

fn checkout() -> Target {
    Target {
        subject: Subject::Checkout,
        repository: None,
        page: None,
        ends: Some(Ends {
            bases: Vec::new(),
            head: CHECKED_OUT.to_owned(),
        }),
        queued: None,
        event: None,
        opened: false,
    }
}

fn from_event(event: &Event) -> anyhow::Result<Target> {
    let mut target = match event {
        Event::PullRequest(event) => {
            let pr = &event.pull_request;
            let page = Page {
                repository: event.repository.full_name.clone(),
                number: event.number,
                head: pr.head.sha.clone(),
                title: pr.title.clone(),
                body: pr.body.clone().unwrap_or_default(),
                labels: pr.labels.clone(),
                branches: branches(event),
                live: false,
            };
            Target {
                opened: event.action == "opened",
                ..of_page(page, pr.base.sha.clone())
            }
        }
        Event::MergeGroup(event) => Target {
            subject: Subject::MergeGroup(event.merge_group.base_branch().to_owned()),
            ends: Some(Ends {
                bases: vec![event.merge_group.base_sha.clone()],
                head: event.merge_group.head_sha.clone(),
            }),
            queued: Some(Queued {
                base: event.merge_group.base_branch().to_owned(),
                numbers: event.merge_group.pull_numbers(),
            }),
            ..checkout()
        },
        Event::Push(event) => match (event.branch(), event.commit()) {
            (Some(branch), Some(commit)) => Target {
                subject: Subject::Push(branch.to_owned()),
                ends: Some(Ends {
                    bases: bases_of_a_push(event)
                        .context("failed to find what to compare the push with")?,
                    head: commit.to_owned(),
                }),
                ..checkout()
            },
            _ => Target {
                subject: Subject::NoCommits(event.full_ref.clone()),
                ends: None,
                ..checkout()
            },
        },
        Event::WorkflowDispatch(_)
        | Event::Schedule(_)
        | Event::Release(_)
        | Event::Other { .. } => checkout(),
    };
    target.event = Some(event.name().to_owned());
    target.repository = event
        .repository()
        .map(|repository| repository.full_name.clone());
    Ok(target)
}

fn branches(event: &PullRequestEvent) -> Branches {
    let (pr, repository) = (&event.pull_request, &event.repository);
    let from = pr.head.repo.as_ref();
    let fork = from.filter(|from| from.full_name != repository.full_name);
    Branches {
        head: pr.head.branch.clone(),
        base: pr.base.branch.clone(),
        fork: fork.map(|fork| Fork {
            repository: fork.full_name.clone(),
            default_branch: fork.default_branch.clone(),
        }),
        default_branch: repository.default_branch.clone(),
    }
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

    #[test]
    fn the_repository_is_told_from_every_kind_of_address() {
        for url in [
            "https://github.com/o/r.git",
            "https://x:y@github.com/o/r/",
            "git@github.com:o/r.git",
            "ssh://git@github.com/o/r",
        ] {
            assert_eq!(name_in(url).as_deref(), Some("o/r"), "{url}");
        }
        assert_eq!(name_in("r"), None);
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
