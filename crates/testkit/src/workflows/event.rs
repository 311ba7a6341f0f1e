//! What started a run: its ref and its commit as GitHub chooses them, whether it may be trusted, and what its jobs are.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::git;
use crate::git_server::GitServer;

/// An event with its payload.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub payload: Value,
    /// The ref that the run is for: `refs/heads/main`, `refs/pull/7/merge`.
    pub reference: String,
    /// Its commit.
    pub sha: String,
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

impl Event {
    /// An event in a repository, with ref and commit as in
    /// <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>.
    ///
    /// # Errors
    /// When the repository does not have the ref, or the event is not known here.
    pub fn new(
        name: &str,
        payload: Value,
        git_server: &GitServer,
        repository: &str,
    ) -> Result<Self> {
        let default = match text(&payload, "/repository/default_branch") {
            "" => "main",
            branch => branch,
        };
        let reference = match name {
            "pull_request" => {
                let number = payload.get("number").and_then(Value::as_u64);
                format!(
                    "refs/pull/{}/merge",
                    number.context("the pull request has no number")?
                )
            }
            "push" | "workflow_dispatch" => text(&payload, "/ref").to_owned(),
            "merge_group" => text(&payload, "/merge_group/head_ref").to_owned(),
            "release" => format!("refs/tags/{}", text(&payload, "/release/tag_name")),
            "schedule" | "pull_request_target" | "workflow_run" => format!("refs/heads/{default}"),
            _ => bail!("no stand-in for the event `{name}`"),
        };
        let pushed = match name {
            "push" => text(&payload, "/after"),
            _ => "",
        };
        let named = if pushed.is_empty() {
            &reference
        } else {
            pushed
        };
        let folder = git_server.folder(repository);
        let sha = git(
            &folder,
            &["rev-parse", "--verify", &format!("{named}^{{commit}}")],
        )
        .with_context(|| format!("{repository} has no commit for a `{name}` of {reference}"))?;
        Ok(Self {
            name: name.to_owned(),
            payload,
            reference,
            sha,
        })
    }

    /// Whether it came from the repository itself. A fork's pull request and Dependabot's get no secret, no identity and
    /// a token that reads. <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflows-in-forked-repositories>
    pub fn is_trusted(&self) -> bool {
        if self.name != "pull_request" {
            return true;
        }
        let of = |side: &str| {
            text(
                &self.payload,
                &format!("/pull_request/{side}/repo/full_name"),
            )
            .to_lowercase()
        };
        let bot = text(&self.payload, "/sender/login") == "dependabot[bot]";
        of("head") == of("base") && !bot
    }

    /// Puts the commit into an empty folder, with no ref beside the run's own, from which `act` finds out which it is.
    pub(super) fn check_out(&self, from: &Path, into: &Path) -> Result<()> {
        git(
            into,
            &["-c", "init.defaultBranch=stand-in", "init", "--quiet"],
        )?;
        let from = from.display().to_string();
        git(
            into,
            &[
                "fetch",
                "--quiet",
                "--no-tags",
                "--depth=1",
                &from,
                &self.sha,
            ],
        )?;
        match self.reference.strip_prefix("refs/heads/") {
            Some(branch) => git(into, &["checkout", "--quiet", "-B", branch, &self.sha])?,
            None => {
                git(into, &["update-ref", &self.reference, &self.sha])?;
                git(into, &["checkout", "--quiet", "--detach", &self.sha])?
            }
        };
        Ok(())
    }

    /// What the identity of a job says.
    /// <https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims>
    pub(super) fn claims(
        &self,
        repository: &str,
        workflow_ref: &str,
        (job_workflow_ref, job_workflow_sha): (&str, &str),
        environment: Option<&str>,
    ) -> BTreeMap<String, String> {
        let owner = repository.split('/').next().unwrap_or_default();
        let what = match environment {
            Some(name) => format!("environment:{name}"),
            None if self.name.starts_with("pull_request") => "pull_request".to_owned(),
            None => format!("ref:{}", self.reference),
        };
        let kind = match self.reference.starts_with("refs/tags/") {
            true => "tag",
            false => "branch",
        };
        let mut claims = BTreeMap::new();
        for (name, value) in [
            ("iss", "https://token.actions.githubusercontent.com"),
            ("sub", &format!("repo:{repository}:{what}")),
            ("repository", repository),
            ("repository_owner", owner),
            ("repository_id", "1001"),
            ("repository_owner_id", "2002"),
            ("repository_visibility", "private"),
            ("ref", &self.reference),
            ("ref_type", kind),
            ("sha", &self.sha),
            ("event_name", &self.name),
            ("head_ref", text(&self.payload, "/pull_request/head/ref")),
            ("base_ref", text(&self.payload, "/pull_request/base/ref")),
            ("actor", text(&self.payload, "/sender/login")),
            ("workflow_ref", workflow_ref),
            ("workflow_sha", &self.sha),
            ("job_workflow_ref", job_workflow_ref),
            ("job_workflow_sha", job_workflow_sha),
            ("runner_environment", "github-hosted"),
            ("run_id", "1"),
            ("run_number", "1"),
            ("run_attempt", "1"),
        ] {
            claims.insert(name.to_owned(), value.to_owned());
        }
        if let Some(environment) = environment {
            claims.insert("environment".to_owned(), environment.to_owned());
        }
        claims
    }
}
