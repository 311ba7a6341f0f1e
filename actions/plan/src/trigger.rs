//! What started the run, in the words that the config file uses.

use actions_core::event::Event;

/// The words for events that a filter of the config file may use.
///
/// `push` is a branch and `tag` a tag; `pull_request` stands for `pull_request_target` too.
pub const WORDS: [&str; 10] = [
    "issue_comment",
    "merge_group",
    "pull_request",
    "push",
    "release",
    "repository_dispatch",
    "schedule",
    "tag",
    "workflow_dispatch",
    "workflow_run",
];

/// What started the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trigger {
    /// One of [`WORDS`], or the name of an event that no filter can mean.
    pub word: String,
    /// What a filter's pattern is compared with: the branch pushed to, the branch that a pull request goes into,
    /// the tag, the schedule's line, the release's action.
    pub subject: Option<String>,
    /// Whether a ref was deleted: then there is nothing to run on.
    pub deleted: bool,
    /// Whether it is a draft pull request.
    pub draft: bool,
    /// Whether it is a pull request from a fork.
    pub from_fork: bool,
}

impl Trigger {
    fn new(word: &str, subject: Option<&str>) -> Self {
        Self {
            word: word.to_owned(),
            subject: subject.map(str::to_owned),
            ..Self::default()
        }
    }

    /// On a laptop: the changes since `base`, as a pull request into it would have them.
    pub fn laptop(base: &str) -> Self {
        Self::new("pull_request", Some(base))
    }

    /// In words, as in `a pull request into main`.
    pub fn text(&self) -> String {
        let subject = self.subject.as_deref().unwrap_or("an unknown ref");
        match self.word.as_str() {
            _ if self.deleted => format!("the deletion of {subject}"),
            "pull_request" => {
                let draft = if self.draft { "draft " } else { "" };
                let fork = if self.from_fork { " from a fork" } else { "" };
                format!("a {draft}pull request{fork} into {subject}")
            }
            "merge_group" => format!("the merge queue of {subject}"),
            "push" => format!("a push to {subject}"),
            "tag" => format!("the tag {subject}"),
            "schedule" => format!("the schedule {subject}"),
            "workflow_dispatch" => "a start by hand".to_owned(),
            "release" => "a release".to_owned(),
            other => format!("the event {other}"),
        }
    }
}

impl From<&Event> for Trigger {
    fn from(event: &Event) -> Self {
        match event {
            Event::PullRequest(event) => {
                let pull = &event.pull_request;
                Self {
                    draft: pull.draft,
                    from_fork: pull.is_from_fork(),
                    ..Self::new("pull_request", Some(&pull.base.branch))
                }
            }
            Event::MergeGroup(event) => {
                Self::new("merge_group", Some(event.merge_group.base_branch()))
            }
            Event::Push(event) => {
                let trigger = match event.tag() {
                    Some(tag) => Self::new("tag", Some(tag)),
                    None => Self::new("push", Some(event.branch().unwrap_or(&event.full_ref))),
                };
                Self {
                    deleted: event.deleted,
                    ..trigger
                }
            }
            Event::WorkflowDispatch(_) => Self::new("workflow_dispatch", None),
            Event::Schedule(event) => Self::new("schedule", Some(&event.schedule)),
            Event::Release(event) => Self::new("release", Some(&event.action)),
            Event::Other { name } => Self::new(name, None),
        }
    }
}
