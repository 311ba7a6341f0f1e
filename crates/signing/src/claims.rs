//! What a job's identity says about its run: the facts of which build provenance is made.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::Error;

/// The claims of a GitHub job that provenance tells. The token comes from the job's own runner, so its signature is not
/// verified here; Fulcio does that before it puts the same claims into a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Claims {
    /// `owner/name`.
    pub repository: String,
    /// The ref that the run is for.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// The commit that the run is for.
    pub sha: String,
    /// The top-level workflow, as `owner/name/.github/workflows/ci.yml@refs/heads/main`.
    pub workflow_ref: String,
    /// The workflow with the job in it, which may be a reusable one of another repository.
    pub job_workflow_ref: String,
    /// Such as `push`.
    pub event_name: String,
    /// Of the repository; it stays when the repository is renamed.
    pub repository_id: String,
    /// Of its owner.
    pub repository_owner_id: String,
    /// `github-hosted` or `self-hosted`.
    pub runner_environment: String,
    /// `public`, `private` or `internal`.
    #[serde(default)]
    pub repository_visibility: String,
    /// The run.
    pub run_id: String,
    /// Which attempt of the run.
    pub run_attempt: String,
}

impl Claims {
    /// Reads the claims of a job's token.
    ///
    /// # Errors
    /// [`Error::Claims`], which quotes nothing of the token.
    pub fn from_token(token: &str) -> Result<Self, Error> {
        let failed = |cause: String| Error::Claims(cause);
        let payload = token.split('.').nth(1).unwrap_or_default();
        let payload = URL_SAFE_NO_PAD
            .decode(payload.trim_end_matches('='))
            .map_err(|_| failed("it is not a JSON web token".to_owned()))?;
        let claims: serde_json::Value = serde_json::from_slice(&payload)
            .map_err(|_| failed("its claims are not JSON".to_owned()))?;
        // Serde names the claim that is missing, and quotes no value of the right type.
        Self::deserialize(claims).map_err(|error| failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_and_nothing_is_quoted() {
        let token = |claims: &str| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        let said = |token: &str| Claims::from_token(token).unwrap_err().to_string();
        assert!(said(&token(r#"{"repository":"o/r"}"#)).ends_with("missing field `ref`"));
        for no_token in ["", "secret", "a.!.c", &token("[secret")] {
            let said = said(no_token);
            assert!(!said.contains("secret"), "{said}");
        }
    }
}
