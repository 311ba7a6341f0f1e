//! Verifies signatures without asking anybody: by roots of trust, the expected workflow, and the file's digest.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sigstore_verify::types::bundle::SignatureContent;
use sigstore_verify::types::{Bundle, Sha256Hash};
use sigstore_verify::{VerificationPolicy, VerificationResult};

use crate::endpoints::{GITHUB, GITHUB_ISSUER};
use crate::statement::{Said, Subject};
use crate::{Error, Trust};

/// Whose signatures count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    issuer: String,
    server: String,
    repository: String,
    workflows: Vec<String>,
    pulls: bool,
}

impl Policy {
    /// Signatures by workflows of a repository (`owner/name`) on github.com, also by reusable ones that these call.
    ///
    /// # Errors
    /// [`Error::Policy`] where the repository is not one.
    pub fn new(repository: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = repository.split('/').collect();
        let plain = |part: &&str| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !part.is_empty() && part.chars().all(allowed)
        };
        if parts.len() != 2 || !parts.iter().all(plain) {
            return Err(Error::Policy(format!(
                "failed to read the repository `{}`: write it as `owner/name`",
                repository.escape_debug()
            )));
        }
        Ok(Self {
            issuer: GITHUB_ISSUER.to_owned(),
            server: GITHUB.to_owned(),
            repository: repository.to_owned(),
            workflows: Vec::new(),
            pulls: false,
        })
    }

    /// Only signatures by one of these workflows: `owner/name/.github/workflows/release.yml`, with `@refs/tags/v1` for one
    /// ref alone; without owner and name it is of the repository itself.
    ///
    /// # Errors
    /// [`Error::Policy`].
    pub fn signed_by(mut self, workflows: &[String]) -> Result<Self, Error> {
        for workflow in workflows {
            let full = match workflow.starts_with(".github/") {
                true => format!("{}/{workflow}", self.repository),
                false => workflow.clone(),
            };
            let path = full.split('@').next().unwrap_or_default();
            let is_workflow = path.contains("/.github/workflows/")
                && (path.ends_with(".yml") || path.ends_with(".yaml"));
            if !is_workflow {
                return Err(Error::Policy(format!(
                    "failed to read the workflow `{}`: write it as `owner/name/.github/workflows/release.yml`",
                    workflow.escape_debug()
                )));
            }
            self.workflows.push(full);
        }
        Ok(self)
    }

    /// Provenance by runs for pull requests counts too: such a run is for a merge commit that nobody keeps packages under, so it
    /// is not compared with the packages' commit. Never for a release.
    #[must_use]
    pub fn by_pull_requests(mut self) -> Self {
        self.pulls = true;
        self
    }

    pub(crate) fn takes_pull_requests(&self) -> bool {
        self.pulls
    }

    /// Another server than github.com, and who signs the identities of its jobs.
    #[must_use]
    pub fn server(mut self, server: &str, issuer: &str) -> Self {
        self.server = server.trim_end_matches('/').to_owned();
        self.issuer = issuer.to_owned();
        self
    }

    /// Who signs the identities.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `owner/name`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    fn allows(&self, signer: &str) -> bool {
        let signer = signer.strip_prefix(&format!("{}/", self.server));
        let is_it = |signer: &str, workflow: &str| match workflow.contains('@') {
            true => signer.eq_ignore_ascii_case(workflow),
            false => signer
                .split('@')
                .next()
                .is_some_and(|path| path.eq_ignore_ascii_case(workflow)),
        };
        let any = |signer: &str| self.workflows.iter().any(|it| is_it(signer, it));
        signer.is_some_and(|signer| self.workflows.is_empty() || any(signer))
    }

    fn check(&self, result: &VerificationResult) -> Result<String, String> {
        let signer = result.identity().map(|it| it.as_str()).unwrap_or_default();
        let issuer = result.issuer().unwrap_or_default();
        if issuer != self.issuer {
            return Err(format!(
                "the signer's identity is from `{}`, not from `{}`",
                issuer.escape_debug(),
                self.issuer
            ));
        }
        let claims = result.certificate().map(|it| &it.ci_claims);
        let source = claims.and_then(|it| it.source_repository_uri.as_deref());
        let expected = format!("{}/{}", self.server, self.repository);
        let source = source.unwrap_or_default();
        if !source.eq_ignore_ascii_case(&expected) {
            return Err(format!(
                "it was signed for the repository `{}`, not for `{expected}`",
                source.escape_debug()
            ));
        }
        if !self.allows(signer) {
            let meant = match self.workflows.as_slice() {
                [] => format!("a workflow of {}", self.server),
                several => format!("`{}`", several.join("` or `")),
            };
            return Err(format!(
                "it was signed by `{}`, not by {meant}",
                signer.escape_debug()
            ));
        }
        Ok(signer.to_owned())
    }
}

/// A signature that is what was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// The workflow that signed: `https://github.com/owner/name/.github/workflows/release.yml@refs/tags/v1`.
    pub signer: String,
    /// The commit that the run was for.
    pub commit: String,
    /// The event that started the run, such as `push`.
    pub trigger: String,
    /// What a signed statement says; `None` for a signature of the file alone.
    pub statement: Option<Said>,
}

/// Verifies a bundle over a file's digest, or one with a statement about a file of this name and digest; the reason in words
/// where it is not good.
pub fn bundle(
    bundle: &[u8],
    subject: &Subject,
    trust: &Trust,
    policy: &Policy,
) -> Result<Verified, String> {
    let text = std::str::from_utf8(bundle).map_err(|_| "it is not UTF-8".to_owned())?;
    let bundle =
        Bundle::from_json(text).map_err(|error| format!("it is not a Sigstore bundle: {error}"))?;
    let digest =
        Sha256Hash::from_hex(&subject.sha256.to_string()).map_err(|error| error.to_string())?;
    let any = VerificationPolicy::any_identity().require_issuer(policy.issuer());
    let result = sigstore_verify::verify(digest, &bundle, &any, &trust.root)
        .map_err(|error| error.to_string())?;
    if !result.certificate_verified() {
        return Err("it has no certificate".to_owned());
    }
    let signer = policy.check(&result)?;
    let claims = result.certificate().map(|it| it.ci_claims.clone());
    let claims = claims.unwrap_or_default();
    let verified = Verified {
        signer,
        commit: claims.source_repository_digest.unwrap_or_default(),
        trigger: claims.build_trigger.unwrap_or_default(),
        statement: None,
    };
    let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
        return Ok(verified);
    };
    let said = Said::parse(envelope.payload.as_bytes())?;
    let digest = subject.sha256.to_string();
    let about = |one: &(String, String)| one.0 == subject.name && one.1 == digest;
    if !said.subjects.iter().any(about) {
        return Err("its statement is about a file of another name".to_owned());
    }
    Ok(Verified {
        statement: Some(said),
        ..verified
    })
}

pub(crate) fn decode(text: &str) -> Result<Vec<u8>, String> {
    BASE64_STANDARD
        .decode(text)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(workflows: &[&str]) -> Policy {
        let workflows: Vec<String> = workflows.iter().map(|&it| it.to_owned()).collect();
        let policy = Policy::new("acme/hello-sdk").unwrap();
        policy.signed_by(&workflows).unwrap()
    }

    #[test]
    fn a_workflow_is_named_whole_and_not_by_its_beginning() {
        let signer = "https://github.com/acme/hello-sdk/.github/workflows/release.yml@refs/tags/v1";
        assert!(policy(&[]).allows(signer));
        assert!(policy(&[".github/workflows/release.yml"]).allows(signer));
        let full = "acme/hello-sdk/.github/workflows/release.yml";
        assert!(policy(&["acme/ci/.github/workflows/a.yml", full]).allows(signer));
        assert!(policy(&[&format!("{full}@refs/tags/v1")]).allows(signer));
        assert!(!policy(&[&format!("{full}@refs/tags/v2")]).allows(signer));
        for other in [
            "https://github.com/acme/hello-sdk/.github/workflows/release.yml.yml@refs/tags/v1",
            "https://github.com.evil.example/acme/hello-sdk/.github/workflows/release.yml@refs/tags/v1",
            "https://github.com/evil/hello-sdk/.github/workflows/release.yml@refs/tags/v1",
            "",
        ] {
            assert!(!policy(&[full]).allows(other), "{other}");
        }
    }

    #[test]
    fn what_is_no_repository_or_workflow_is_told() {
        for bad in ["", "acme", "acme/", "acme/a/b", "acme/a b", "https://x/y"] {
            let said = Policy::new(bad).unwrap_err().to_string();
            assert!(said.contains("`owner/name`"), "{said}");
        }
        for bad in ["release.yml", "acme/hello-sdk", "a/b/.github/workflows/c"] {
            let policy = Policy::new("acme/hello-sdk").unwrap();
            let said = policy.signed_by(&[bad.to_owned()]).unwrap_err().to_string();
            assert!(said.contains(".github/workflows/release.yml"), "{said}");
        }
    }
}
