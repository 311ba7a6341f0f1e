//! `permissions:` of a workflow or a job, and what a called workflow may ask for.
//!
//! The keys are those of
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::github::state::Right;

/// Every key there is. `workflows` is none of them.
const KEYS: &[&str] = &[
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "security-events",
    "statuses",
];

/// What a job's token may do; what is not in it, it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions(BTreeMap<String, Right>);

impl Permissions {
    /// Of a workflow that says nothing, where the repository has the restricted default, as new ones have.
    pub fn restricted() -> Self {
        Self::of(&[("contents", Right::Read), ("packages", Right::Read)])
    }

    fn of(rights: &[(&str, Right)]) -> Self {
        Self(
            rights
                .iter()
                .map(|(key, right)| ((*key).to_owned(), *right))
                .collect(),
        )
    }

    /// Reads the value of a key `permissions`. Any key that is given takes the others away.
    ///
    /// # Errors
    /// When GitHub refuses it.
    pub fn parse(value: &Value) -> Result<Self> {
        match value {
            Value::String(all) if all == "read-all" => Ok(Self::all(Right::Read)),
            Value::String(all) if all == "write-all" => Ok(Self::all(Right::Write)),
            Value::Object(keys) => {
                let mut rights = BTreeMap::new();
                for (key, right) in keys {
                    if !KEYS.contains(&key.as_str()) {
                        bail!("Unexpected value '{key}' in `permissions`");
                    }
                    let right = match (right.as_str(), key.as_str()) {
                        (Some("none"), _) => continue,
                        (Some("read"), key) if key != "id-token" => Right::Read,
                        (Some("write"), key) if key != "models" => Right::Write,
                        _ => bail!("Unexpected value '{right}' of `{key}` in `permissions`"),
                    };
                    rights.insert(key.clone(), right);
                }
                Ok(Self(rights))
            }
            other => bail!("Unexpected value '{other}' of `permissions`"),
        }
    }

    fn all(right: Right) -> Self {
        let right_to = |key: &&str| match (*key, right) {
            ("id-token", Right::Read) => Right::None,
            ("models", _) => Right::Read,
            _ => right,
        };
        Self(
            KEYS.iter()
                .map(|key| ((*key).to_owned(), right_to(key)))
                .collect(),
        )
    }

    /// How far a key goes.
    pub fn right(&self, key: &str) -> Right {
        self.0.get(key).copied().unwrap_or(Right::None)
    }

    /// All that is granted.
    pub fn rights(&self) -> BTreeMap<String, Right> {
        self.0.clone()
    }

    /// What a run of a fork's pull request keeps: it reads, and has no identity.
    /// <https://docs.github.com/en/actions/reference/security/securely-using-pull_request_target>
    #[must_use]
    pub fn of_a_fork(&self) -> Self {
        let kept = self.0.iter().filter(|(key, _)| *key != "id-token");
        Self(
            kept.map(|(key, right)| (key.clone(), (*right).min(Right::Read)))
                .collect(),
        )
    }

    /// GitHub's words for what these ask for beyond what the caller has, if they do.
    pub fn beyond(&self, allowed: &Self) -> Option<String> {
        let more: Vec<(&String, &Right)> = self
            .0
            .iter()
            .filter(|(key, right)| **right > allowed.right(key))
            .collect();
        let list = |of: &dyn Fn(&str, Right) -> Right| {
            let each = more
                .iter()
                .map(|(key, right)| format!("{key}: {}", word(of(key, **right))));
            each.collect::<Vec<_>>().join(", ")
        };
        (!more.is_empty()).then(|| {
            format!(
                "is requesting '{}', but is only allowed '{}'.",
                list(&|_, right| right),
                list(&|key, _| allowed.right(key))
            )
        })
    }
}

fn word(right: Right) -> &'static str {
    match right {
        Right::None => "none",
        Right::Read => "read",
        Right::Write => "write",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(value: Value) -> Permissions {
        Permissions::parse(&value).unwrap()
    }

    #[test]
    fn a_key_that_is_given_takes_the_others_away() {
        let some = parse(json!({"issues": "write", "checks": "none"}));
        assert_eq!(some.right("issues"), Right::Write);
        assert_eq!(
            [some.right("contents"), some.right("checks")],
            [Right::None, Right::None]
        );
        assert_eq!(parse(json!({})).rights(), BTreeMap::new());
    }

    #[test]
    fn all_at_once_knows_what_cannot_be_read_or_written() {
        let (read, write) = (parse(json!("read-all")), parse(json!("write-all")));
        assert_eq!(
            [read.right("contents"), read.right("id-token")],
            [Right::Read, Right::None]
        );
        assert_eq!(
            [write.right("contents"), write.right("id-token")],
            [Right::Write, Right::Write]
        );
    }

    #[test]
    fn what_github_does_not_know_is_refused() {
        for value in [
            json!({"workflows": "write"}),
            json!({"id-token": "read"}),
            json!({"contents": "admin"}),
            json!("read"),
            json!(null),
        ] {
            assert!(Permissions::parse(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_fork_reads() {
        let fork =
            parse(json!({"contents": "write", "id-token": "write", "issues": "read"})).of_a_fork();
        assert_eq!(fork, parse(json!({"contents": "read", "issues": "read"})));
    }

    #[test]
    fn more_than_the_caller_has_is_named() {
        let caller = parse(json!({"contents": "read"}));
        let asked = parse(json!({"contents": "write", "id-token": "write"}));
        assert_eq!(
            asked.beyond(&caller).unwrap(),
            "is requesting 'contents: write, id-token: write', but is only allowed 'contents: read, id-token: none'."
        );
        assert_eq!(caller.beyond(&asked), None);
    }
}
