//! One comment on the pull request that is kept up to date; that it cannot be written changes no verdict.

use actions_core::{Context, Secret};
use anyhow::Context as _;
use github::GitHub;
use serde::{Deserialize, Serialize};

use crate::{
    pull_request::{PullRequest, connect},
    report::Report,
};

/// Comments on more pages than these are a server that repeats itself.
const MOST_PAGES: usize = 100;
const ADVICE: &str = "give the job `permissions:` with `pull-requests: write`; pull requests from forks never have it";

#[derive(Deserialize)]
struct Comment {
    id: u64,
    #[serde(default)]
    html_url: String,
    #[serde(default)]
    body: Option<String>,
    user: Option<User>,
    #[serde(default)]
    author_association: String,
}

#[derive(Deserialize)]
struct User {
    r#type: String,
}

#[derive(Serialize)]
struct Text<'a> {
    body: &'a str,
}

#[derive(Deserialize)]
struct Written {
    html_url: String,
}

#[derive(Deserialize)]
struct Page {
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

/// Creates the comment, brings it up to date, or turns it green; a failure is a warning.
pub(crate) fn keep(cx: &Context, token: Option<&Secret>, pr: &PullRequest, report: &Report<'_>) {
    let (Some(repository), Some(number)) = (&pr.repository, pr.subject.number()) else {
        cx.log.info("There is no pull request to comment on.");
        return;
    };
    // Jobs with other rules have a comment each.
    let job = cx.env.get("GITHUB_JOB").unwrap_or("laptop");
    let job: String = job
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    let marker = format!("<!-- ci-actions pr-gates {job} -->");
    let body = report.comment(&marker, cx.env.run_url().as_deref());
    let wish = Wish {
        path: format!("/repos/{repository}"),
        number,
        head: pr.head.as_deref(),
        marker: &marker,
        body: &body,
        green: report.is_green(),
    };
    match cx.block_on(wish.fulfil(cx, token)) {
        Ok(said) => cx.log.info(said),
        Err(err) => cx
            .log
            .warning(format!("failed to write the comment: {}", told(&err))),
    }
}

/// What is to be there.
struct Wish<'a> {
    path: String,
    number: u64,
    /// The commit that the report is about.
    head: Option<&'a str>,
    marker: &'a str,
    body: &'a str,
    green: bool,
}

impl Wish<'_> {
    async fn fulfil(&self, cx: &Context, token: Option<&Secret>) -> anyhow::Result<String> {
        let token = token.with_context(|| format!("there is no `token`: {ADVICE}"))?;
        let github = connect(cx, Some(token))?;
        let (path, number) = (&self.path, self.number);
        let page: Page = github.get(&format!("{path}/pulls/{number}")).await?;
        if self.head.is_some_and(|head| head != page.head.sha) {
            return Ok(
                "The pull request has newer commits; their run writes the comment.".to_owned(),
            );
        }
        let text = Text { body: self.body };
        let written: Written = match self.find(&github).await? {
            Some(comment) if comment.body.as_deref() == Some(self.body) => {
                return Ok("The comment is up to date.".to_owned());
            }
            Some(comment) => {
                let comment = format!("{path}/issues/comments/{}", comment.id);
                github.update(&comment, &text).await?
            }
            None if self.green => return Ok("There is nothing to comment on.".to_owned()),
            None => {
                let comments = format!("{path}/issues/{number}/comments");
                let made = async || anyhow::Ok(self.find(&github).await?.map(Written::from));
                github.create(&comments, &text, made).await?
            }
        };
        Ok(format!("The comment is at {}.", written.html_url))
    }

    /// Our own comment: anybody may copy its first line.
    async fn find(&self, github: &GitHub) -> anyhow::Result<Option<Comment>> {
        let path = format!("{}/issues/{}/comments?per_page=100", self.path, self.number);
        let mut pages = github.pages(path, MOST_PAGES);
        while let Some(comments) = pages.next::<Vec<Comment>>().await? {
            let own = comments.into_iter().find(|comment| self.is_own(comment));
            if own.is_some() {
                return Ok(own);
            }
        }
        Ok(None)
    }

    fn is_own(&self, comment: &Comment) -> bool {
        let bot = comment
            .user
            .as_ref()
            .is_some_and(|user| user.r#type == "Bot");
        let insider =
            ["OWNER", "MEMBER", "COLLABORATOR"].contains(&comment.author_association.as_str());
        let begins = comment.body.as_deref().unwrap_or_default();
        (bot || insider) && begins.starts_with(self.marker)
    }
}

impl From<Comment> for Written {
    fn from(comment: Comment) -> Self {
        Self {
            html_url: comment.html_url,
        }
    }
}

/// What the API says, and who can never have what it takes.
fn told(err: &anyhow::Error) -> String {
    match err.downcast_ref::<github::Error>() {
        Some(error) if error.is_missing_permission() => {
            format!("{err:#}; pull requests from forks can never have it")
        }
        _ => format!("{err:#}"),
    }
}
