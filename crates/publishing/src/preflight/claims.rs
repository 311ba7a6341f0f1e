//! What a job's identity says of its workflow: read without a key, because the job only asks about itself.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

/// The claims that registries compare with a trusted publisher.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Claims {
    /// `owner/name`.
    #[serde(default)]
    pub(crate) repository: String,
    /// The workflow that was started, as `owner/name/.github/workflows/file@ref`.
    #[serde(default)]
    pub(crate) workflow_ref: String,
    /// The workflow that holds the job: another one where the first calls it.
    #[serde(default)]
    pub(crate) job_workflow_ref: String,
    /// The event that started it.
    #[serde(default)]
    pub(crate) event_name: String,
    /// The job's environment, if it has one.
    pub(crate) environment: Option<String>,
}

impl Claims {
    /// The claims of a JWT; its signature is not verified. `None` if it is not one.
    pub(crate) fn of(jwt: &str) -> Option<Self> {
        let payload = jwt.split('.').nth(1)?;
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
        serde_json::from_slice(&payload).ok()
    }
}

/// `release.yml` of `owner/name/.github/workflows/release.yml@refs/heads/main`.
pub(crate) fn file_of(workflow_ref: &str) -> &str {
    let path = workflow_ref.split('@').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// `owner/name` of the same.
pub(crate) fn repository_of(workflow_ref: &str) -> &str {
    let end = workflow_ref.find("/.github/").unwrap_or_default();
    workflow_ref.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_are_read_from_the_middle_part() {
        let payload = r#"{"repository":"a/b","workflow_ref":"a/b/.github/workflows/release.yml@refs/heads/main","aud":"x"}"#;
        let jwt = format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(payload));
        let claims = Claims::of(&jwt).unwrap();
        assert_eq!(claims.repository, "a/b");
        assert_eq!(file_of(&claims.workflow_ref), "release.yml");
        assert_eq!(repository_of(&claims.workflow_ref), "a/b");
        assert_eq!(claims.environment, None);
        for broken in ["", "a.b.c", "a", "e30.e30=.x"] {
            assert_eq!(Claims::of(broken), None, "{broken}");
        }
    }
}
