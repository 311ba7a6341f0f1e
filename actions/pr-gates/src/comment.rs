//! One comment on the pull request that is kept up to date; that it cannot be written changes no verdict.

use actions_core::{Context, Secret, github, text};
use anyhow::{Context as _, bail};
use octocrab::Octocrab;
use serde::{Deserialize, Serialize};

use crate::{pull_request::PullRequest, report::Report};

const PER_PAGE: usize = 100;
/// Comments on more pages than these are a server that repeats itself.
const MOST_PAGES: usize = 100;
const MEND: &str = "give the job `permissions:` with `pull-requests: write`; a pull request from a fork never has it";

#[derive(Deserialize)]
struct Comment {
    id: u64,
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
            .warning(format!("failed to write the comment: {err:#}")),
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
        let token = token.with_context(|| format!("there is no `token`: {MEND}"))?;
        let client = github::client(&cx.env, Some(token))?;
        let (path, number) = (&self.path, self.number);
        let page: Page = told(
            client
                .get(format!("{path}/pulls/{number}"), None::<&()>)
                .await,
        )?;
        if self.head.is_some_and(|head| head != page.head.sha) {
            return Ok(
                "The comment is left to the run for the newer commits of the pull request."
                    .to_owned(),
            );
        }
        let text = Text { body: self.body };
        let written: Written = match self.find(&client).await? {
            Some(comment) if comment.body.as_deref() == Some(self.body) => {
                return Ok("The comment is up to date.".to_owned());
            }
            Some(comment) => {
                let comment = format!("{path}/issues/comments/{}", comment.id);
                told(client.patch(comment, Some(&text)).await)?
            }
            None if self.green => return Ok("There is nothing to comment on.".to_owned()),
            None => {
                let comments = format!("{path}/issues/{number}/comments");
                told(client.post(comments, Some(&text)).await)?
            }
        };
        Ok(format!("The comment is at {}.", written.html_url))
    }

    /// Our own comment: anybody may copy its first line.
    async fn find(&self, client: &Octocrab) -> anyhow::Result<Option<Comment>> {
        for page in 1..=MOST_PAGES {
            let path = format!(
                "{}/issues/{}/comments?per_page={PER_PAGE}&page={page}",
                self.path, self.number
            );
            let comments: Vec<Comment> = told(client.get(path, None::<&()>).await)?;
            let last = comments.len() < PER_PAGE;
            let own = comments.into_iter().find(|comment| self.is_own(comment));
            if own.is_some() || last {
                return Ok(own);
            }
        }
        bail!("there are more than {} comments", PER_PAGE * MOST_PAGES)
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

/// The answer, or the cause with what to type.
fn told<T>(answer: octocrab::Result<T>) -> anyhow::Result<T> {
    match answer {
        Ok(answer) => Ok(answer),
        Err(octocrab::Error::GitHub { source, .. }) => {
            let status = source.status_code.as_u16();
            let message = text::one_line(&source.message).into_owned();
            let hint = match status {
                401 | 403 | 404 => format!(": {MEND}"),
                _ => String::new(),
            };
            bail!("the API answers {status} \"{message}\"{hint}")
        }
        Err(err) => Err(crate::pull_request::explain(&err)),
    }
}
