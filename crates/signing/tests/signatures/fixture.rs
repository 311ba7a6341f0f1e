//! The services, a job with an identity, and files to sign.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use package_store::Digest;
use signing::{Claims, File, Policy, SecretString, Sigstore, Subject, Trust};
use testkit::sigstore::{self, claims};
pub(crate) use testkit::sigstore::{COMMIT, REPOSITORY, WORKFLOW};
use testkit::token_service::TokenService;

/// A name that PyPI takes.
pub(crate) const WHEEL: &str = "hello_sdk-0.2.0-py3-none-any.whl";

pub(crate) struct Fixture {
    pub(crate) tokens: TokenService,
    pub(crate) services: sigstore::Sigstore,
    pub(crate) folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn start() -> Self {
        let tokens = TokenService::start("provider").unwrap();
        Self {
            services: sigstore::Sigstore::start(&tokens),
            folder: tempfile::tempdir().unwrap(),
            tokens,
        }
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::from_json(&self.services.trust_config().to_string()).unwrap()
    }

    /// A token of a job with these claims.
    pub(crate) fn token(&self, audience: &str, changes: &[(&str, &str)]) -> String {
        self.tokens.admit("job", claims(changes));
        let url = format!(
            "{}/identity?api-version=2.0&audience={audience}",
            self.tokens.url()
        );
        let output = Command::new("curl")
            .args(["--silent", "--header", "Authorization: bearer job", &url])
            .output()
            .unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        answer["value"].as_str().unwrap().to_owned()
    }

    pub(crate) fn signer(&self, changes: &[(&str, &str)]) -> Sigstore {
        self.signer_at(&self.trust(), self.token("sigstore", changes))
    }

    pub(crate) fn signer_at(&self, trust: &Trust, token: String) -> Sigstore {
        let identity = signing::identity(move |_| {
            let token = token.clone();
            async move { Ok::<_, std::io::Error>(token) }
        });
        Sigstore::new(trust, identity, Arc::new(|_| {})).unwrap()
    }

    pub(crate) fn claims(&self) -> Claims {
        Claims::from_token(&self.token("nobody", &[])).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Asks somebody else's code; `Err` with its words where it refuses.
    pub(crate) fn judge(
        &self,
        kind: &str,
        file: &Path,
        signature: &[u8],
        trust: Option<&str>,
        workflow: &str,
    ) -> Result<String, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let config = self.services.trust_config().to_string();
        let config = self.write("trust.json", config.as_bytes());
        let signature = self.write("signature", signature);
        let output = Command::new(root.join(".venv/bin/python"))
            .arg(root.join("tools/judge_signature.py"))
            .arg(kind)
            .arg(file)
            .arg(signature)
            .arg(trust.map_or(config, PathBuf::from))
            .arg(workflow)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => Ok(said),
            Some(1) if !said.is_empty() => Err(said),
            _ => panic!("the judge cannot look: {said}{error}"),
        }
    }
}

pub(crate) fn subject(name: &str, bytes: &[u8]) -> Subject {
    Subject {
        name: name.to_owned(),
        sha256: Digest::of(bytes),
    }
}

pub(crate) fn file(name: &str, bytes: &[u8]) -> File {
    File {
        subject: subject(name, bytes),
        content: None,
    }
}

pub(crate) fn policy() -> Policy {
    Policy::new(REPOSITORY).unwrap()
}

pub(crate) fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}
