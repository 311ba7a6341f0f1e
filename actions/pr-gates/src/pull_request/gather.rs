//! Brings together what the gates need, from the event, the API and git, and nothing else.

mod objects;

use std::collections::{BTreeSet, HashSet};

use actions_core::Context;
use anyhow::{Context as _, bail};

use super::{
    AddedLine, Change, Conversation, Dependencies, Fact, Needs, PullRequest, Reference, Side, Tree,
    api::{self, Api, Client},
    dependencies,
    event::{self, Target},
    git::Git,
    group, history,
    reads::Reads,
    sites,
    source::{Source, Wanted, Where},
    workflow,
};
use crate::Inputs;

/// Reads what the gates need.
pub(crate) async fn gather(
    cx: &Context,
    inputs: &Inputs,
    reads: &Reads,
    needs: &Needs<'_>,
) -> anyhow::Result<PullRequest> {
    let client = Client::new(cx, reads, inputs.token.as_ref());
    let has_token = reads.has_token(inputs.token.is_some()).await?;
    let target = event::target(cx, inputs, reads, &client).await?;
    let mut pr = PullRequest {
        subject: target.subject.clone(),
        repository: target.repository.clone(),
        head: target.ends.as_ref().map(|ends| ends.head.clone()),
        ..PullRequest::default()
    };
    if needs.has(&[Fact::Conversation, Fact::Dependencies]) {
        pr.conversation = conversation(cx, inputs, &client, &target, has_token).await?;
    }
    if needs.has(&[Fact::Dependencies]) {
        let client = has_token.then_some(&client);
        pr.dependencies = dependencies(cx, reads, client, &target, &pr).await?;
    }
    let of_group = target.queued.is_some() && has_token && needs.has(&[Fact::Conversation]);
    let of_page = [Fact::Conversation, Fact::Dependencies];
    let needs_commits = needs.facts.iter().any(|fact| !of_page.contains(fact));
    if target.ends.is_some() {
        let opened = open(cx, inputs, reads, &client, &target).await;
        if let Ok(source) = &opened {
            pr.workflow = workflow::read(cx, reads, source, &target).await?;
        }
        if !needs_commits && !of_group {
            return Ok(pr);
        }
        let mut source = opened?;
        if let (Source::Api(_), Some(repository)) = (&source, &target.repository) {
            cx.log
                .info(format!("{repository} is read through the API."));
        }
        let numbers = commits(&mut source, &target, needs, &mut pr).await?;
        let links = (needs.links)(&pr);
        pr.sites = sites::follow(cx, reads, links, inputs.private_hosts()).await?;
        if of_group {
            let with_labels = inputs.name_labels();
            pr.group = api::group(cx, &client, &target, numbers, with_labels).await?;
            pr.conversation = pr
                .group
                .first()
                .map(|(_, conversation)| conversation.clone());
        }
    }
    Ok(pr)
}

/// Opens the repository where the input `source` says.
async fn open<'a>(
    cx: &Context,
    inputs: &Inputs,
    reads: &'a Reads,
    client: &'a Client<'a>,
    target: &'a Target,
) -> anyhow::Result<Source<'a>> {
    let git = match inputs.source {
        Where::Api => None,
        Where::Git => Some(Git::open(cx, reads).await?),
        Where::Auto => Git::open(cx, reads).await.ok(),
    };
    if let Some(git) = git {
        return Ok(Source::Git(Box::new(git)));
    }
    let repository = target.repository.as_deref().context(
        "failed to find the repository: there is no checkout, and GITHUB_REPOSITORY is not set to `owner/name`",
    )?;
    let ends = target.ends.as_ref();
    if ends.is_some_and(|ends| ends.head == event::CHECKED_OUT) {
        bail!(
            "failed to find the commit to check: without a checkout, name a pull request with `--pr 123`, or use `actions/checkout` before this step"
        );
    }
    let api = Api::new(client, repository, target.subject.number());
    Ok(Source::Api(Box::new(api)))
}

async fn conversation(
    cx: &Context,
    inputs: &Inputs,
    client: &Client<'_>,
    target: &Target,
    has_token: bool,
) -> anyhow::Result<Option<Conversation>> {
    let Some(page) = &target.page else {
        return Ok(None);
    };
    let with_labels = inputs.name_labels();
    if page.live {
        let mut conversation = page.as_sent();
        conversation.repository_labels =
            api::labels_if(with_labels, cx, client, &page.repository).await?;
        return Ok(Some(conversation));
    }
    if !has_token {
        cx.log.info(
            "There is no token, so labels, title and description are those of the event: \
             they are stale in a rerun. Set the input `token` to read the current ones.",
        );
        return Ok(Some(page.as_sent()));
    }
    match api::conversation(cx, client, page, with_labels).await {
        Err(err) if api::lacks_permission(&err) => {
            cx.log.warning(format!(
                "labels, title and description are those of the event, which are stale in a rerun: {err:#}"
            ));
            Ok(Some(page.as_sent()))
        }
        live => live.map(Some),
    }
}

/// What the description depends on. A merge group has none: its pull requests were looked at before.
async fn dependencies(
    cx: &Context,
    reads: &Reads,
    client: Option<&Client<'_>>,
    target: &Target,
    pr: &PullRequest,
) -> anyhow::Result<Option<Dependencies>> {
    let (Some(page), Some(conversation)) = (&target.page, &pr.conversation) else {
        return Ok(None);
    };
    let server = event::variable(cx, reads, "GITHUB_SERVER_URL").await?;
    let own = Reference::new(&page.repository, page.number);
    dependencies::gather(client, own, &conversation.body, server.as_deref()).await
}

/// What is in the repository, in the order in which one thing says what to ask of the next. Gives the numbers of the
/// pull requests that the commits of a merge group name.
async fn commits(
    source: &mut Source<'_>,
    target: &Target,
    needs: &Needs<'_>,
    pr: &mut PullRequest,
) -> anyhow::Result<BTreeSet<u64>> {
    let ends = target.ends.as_ref().context("there are no commits")?;
    let range = source.range(ends).await?;
    let tree = needs.has(&[Fact::Tree, Fact::TreeSizes, Fact::MergedTree, Fact::History]);
    let wanted = Wanted {
        commits: needs.has(&[Fact::Commits, Fact::OwnCommits]) || target.queued.is_some(),
        steps: needs.has(&[Fact::History]),
        changes: tree || needs.has(&[Fact::Changes, Fact::AddedLines]),
        tree,
        base: needs.has(&[Fact::MergedTree]) && range.base != range.merge_base,
        added_lines: needs.has(&[Fact::AddedLines]),
    };
    let found = source.read(&range, &wanted).await?;
    let numbers = match target.queued {
        Some(_) => group::numbers(&found.commits, &range.head),
        None => BTreeSet::new(),
    };
    let commits = found.commits.into_iter();
    pr.commits = commits.map(history::Walked::into_commit).collect();
    pr.changes = found.changes;
    pr.changes.sort_by(|a, b| a.path.cmp(&b.path));
    pr.added_lines = of_files(found.added_lines, &pr.changes);
    pr.tree = Tree::new(found.tree);
    pr.merged = wanted
        .base
        .then(|| Tree::new(found.base).after(&pr.changes));
    let brought = match wanted.steps {
        true => history::brought(&pr.commits, found.steps),
        false => Vec::new(),
    };
    pr.range = Some(range);
    objects::read(source, needs, brought, pr).await?;
    Ok(numbers)
}

/// The lines of files, in the order of their paths. A link's target and a submodule's commit are no lines.
fn of_files(mut lines: Vec<AddedLine>, changes: &[Change]) -> Vec<AddedLine> {
    let files: HashSet<&str> = changes
        .iter()
        .filter(|change| change.new.as_ref().is_some_and(Side::is_file))
        .map(|change| change.path.as_str())
        .collect();
    lines.retain(|line| files.contains(line.path.as_str()));
    lines.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    lines
}
