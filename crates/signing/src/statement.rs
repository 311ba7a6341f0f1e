//! What is said about a package under a signature: in-toto statements.

use package_store::{Digest, Record};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::claims::Claims;
use crate::endpoints::{PUBLISH, SLSA_PROVENANCE};

/// The type of every in-toto statement.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// How GitHub's own action describes a build by a workflow.
const BUILD_TYPE: &str = "https://actions.github.io/buildtypes/workflow/v1";

/// What a statement or a signature is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The file's name.
    pub name: String,
    /// Of a folder, the digest of its listing.
    pub sha256: Digest,
}

impl From<&Record> for Subject {
    fn from(record: &Record) -> Self {
        Self {
            name: record.file.clone(),
            sha256: record.sha256,
        }
    }
}

/// A statement about exactly one file, which is what registries take.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    subject: Subject,
    predicate_type: &'static str,
    predicate: Value,
}

/// A statement as it is signed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Value>,
    predicate_type: String,
    predicate: Value,
}

impl Statement {
    /// The statement that a file is published, as PyPI defines it (PEP 740).
    pub fn publish(subject: Subject) -> Self {
        Self {
            subject,
            predicate_type: PUBLISH,
            predicate: Value::Null,
        }
    }

    /// SLSA provenance of a file that the job with these claims made, in the form of GitHub's own action.
    ///
    /// `server` is the address of GitHub: [`crate::endpoints::GITHUB`], or a server of one's own.
    pub fn provenance(subject: Subject, claims: &Claims, server: &str) -> Self {
        let server = server.trim_end_matches('/');
        let repository = format!("{server}/{}", claims.repository);
        let workflow = claims.workflow_ref.as_str();
        let own = format!("{}/", claims.repository);
        let workflow = workflow.strip_prefix(&own).unwrap_or(workflow);
        let (path, at) = workflow.split_once('@').unwrap_or((workflow, ""));
        let predicate = json!({
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "workflow": { "ref": at, "repository": repository, "path": path },
                },
                "internalParameters": {
                    "github": {
                        "event_name": claims.event_name,
                        "repository_id": claims.repository_id,
                        "repository_owner_id": claims.repository_owner_id,
                        "runner_environment": claims.runner_environment,
                    },
                },
                "resolvedDependencies": [{
                    "uri": format!("git+{repository}@{}", claims.git_ref),
                    "digest": { "gitCommit": claims.sha },
                }],
            },
            "runDetails": {
                "builder": { "id": format!("{server}/{}", claims.job_workflow_ref) },
                "metadata": {
                    "invocationId": format!(
                        "{repository}/actions/runs/{}/attempts/{}",
                        claims.run_id, claims.run_attempt
                    ),
                },
            },
        });
        Self {
            subject,
            predicate_type: SLSA_PROVENANCE,
            predicate,
        }
    }

    /// What it is about.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The bytes that are signed.
    pub fn to_json(&self) -> Vec<u8> {
        let subject = json!({
            "name": self.subject.name,
            "digest": { "sha256": self.subject.sha256.to_string() },
        });
        json!({
            "_type": STATEMENT,
            "subject": [subject],
            "predicateType": self.predicate_type,
            "predicate": self.predicate,
        })
        .to_string()
        .into_bytes()
    }
}

/// What a signed statement says.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Name and SHA-256 of each file that it is about.
    pub subjects: Vec<(String, String)>,
    /// What kind of statement it is.
    pub predicate_type: String,
    /// What it says.
    pub predicate: Value,
}

impl Said {
    /// Reads the payload of an envelope.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, String> {
        let json: Json = serde_json::from_slice(payload)
            .map_err(|error| format!("it is not an in-toto statement: {error}"))?;
        if json.kind != STATEMENT {
            return Err(format!("its type is not `{STATEMENT}`"));
        }
        let text = |value: &Value, pointer: &str| {
            let found = value.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        let subjects = json
            .subject
            .iter()
            .map(|one| (text(one, "/name"), text(one, "/digest/sha256")))
            .collect();
        Ok(Self {
            subjects,
            predicate_type: json.predicate_type,
            predicate: json.predicate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provenance_is_what_githubs_own_action_writes() {
        let claims = Claims {
            repository: "acme/hello-sdk".to_owned(),
            git_ref: "refs/heads/main".to_owned(),
            sha: "6e4ddaf0123456789abcdef0123456789abcdef0".to_owned(),
            workflow_ref: "acme/hello-sdk/.github/workflows/ci.yml@refs/heads/a@b".to_owned(),
            job_workflow_ref: "acme/ci/.github/workflows/build.yml@refs/tags/v1".to_owned(),
            event_name: "push".to_owned(),
            repository_id: "7".to_owned(),
            repository_owner_id: "8".to_owned(),
            runner_environment: "github-hosted".to_owned(),
            repository_visibility: "public".to_owned(),
            run_id: "9".to_owned(),
            run_attempt: "2".to_owned(),
        };
        let subject = Subject {
            name: "hello.whl".to_owned(),
            sha256: Digest::of(b"bytes"),
        };
        let statement = Statement::provenance(subject, &claims, "https://github.com/");
        let said = Said::parse(&statement.to_json()).unwrap();
        assert_eq!(said.predicate_type, "https://slsa.dev/provenance/v1");
        let at = |pointer: &str| said.predicate.pointer(pointer).unwrap().clone();
        let build = "/buildDefinition/externalParameters/workflow";
        assert_eq!(
            at(build),
            json!({
                "ref": "refs/heads/a@b",
                "repository": "https://github.com/acme/hello-sdk",
                "path": ".github/workflows/ci.yml",
            })
        );
        assert_eq!(
            at("/buildDefinition/resolvedDependencies"),
            json!([{
                "uri": "git+https://github.com/acme/hello-sdk@refs/heads/main",
                "digest": { "gitCommit": "6e4ddaf0123456789abcdef0123456789abcdef0" },
            }])
        );
        assert_eq!(
            at("/runDetails"),
            json!({
                "builder": { "id": "https://github.com/acme/ci/.github/workflows/build.yml@refs/tags/v1" },
                "metadata": {
                    "invocationId": "https://github.com/acme/hello-sdk/actions/runs/9/attempts/2",
                },
            })
        );
    }

    #[test]
    fn what_is_no_statement_is_told() {
        for (payload, expected) in [
            ("[]", "not an in-toto statement"),
            (
                r#"{"_type":"x","subject":[],"predicateType":"","predicate":{}}"#,
                "its type is not",
            ),
        ] {
            let said = Said::parse(payload.as_bytes()).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }
}
