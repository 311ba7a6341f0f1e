//! Whom to trust and where to sign: the public services, or those that a trust configuration names.

use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use sigstore_verify::trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, SigningConfig, TrustedRoot};

use untrusted_input::checkout;

use crate::{Error, crypto, endpoints};

/// What a client's trust configuration has in it; other Sigstore clients read the same file with `--trust-config`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Client<'a> {
    media_type: String,
    #[serde(borrow)]
    trusted_root: &'a RawValue,
    #[serde(borrow)]
    signing_config: &'a RawValue,
}

/// The type of such a file, up to its version.
const CLIENT: &str = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json";

/// An instance of Sigstore: whose certificates and logs count, and which services sign.
#[derive(Debug, Clone)]
pub struct Trust {
    pub(crate) root: TrustedRoot,
    pub(crate) fulcio: String,
    pub(crate) rekor: String,
    pub(crate) timestamps: Option<String>,
}

impl Trust {
    /// The public instance.
    ///
    /// # Errors
    /// [`Error::TrustConfig`], if what is built in cannot be read.
    pub fn public() -> Result<Self, Error> {
        crypto::install();
        Ok(Self {
            root: root(SIGSTORE_PRODUCTION_TRUSTED_ROOT)?,
            fulcio: endpoints::FULCIO.to_owned(),
            rekor: endpoints::REKOR.to_owned(),
            timestamps: None,
        })
    }

    /// The instance that a trust configuration describes, as JSON.
    ///
    /// # Errors
    /// [`Error::TrustConfig`].
    pub fn from_json(text: &str) -> Result<Self, Error> {
        crypto::install();
        let failed = |cause: String| Error::TrustConfig(cause);
        let client: Client<'_> = serde_json::from_str(text).map_err(|error| {
            failed(format!(
                "{error}; expected the file that other Sigstore clients accept as `--trust-config`"
            ))
        })?;
        if client.media_type != CLIENT {
            return Err(failed(format!("its `mediaType` is not `{CLIENT}`")));
        }
        let services = SigningConfig::from_json(client.signing_config.get())
            .map_err(|error| failed(error.to_string()))?;
        let missing = |what: &str| failed(format!("`signingConfig` has no current {what}"));
        let fulcio = services.fulcio_url();
        // What PyPI takes has no place for the timestamps of version 2.
        let rekor = services.rekor_url(Some(1));
        Ok(Self {
            root: root(client.trusted_root.get())?,
            fulcio: fulcio.ok_or_else(|| missing("Fulcio"))?.url.clone(),
            rekor: rekor.ok_or_else(|| missing("Rekor 1"))?.url.clone(),
            timestamps: services.tsa_url().map(|it| it.url.clone()),
        })
    }

    /// The instance that a file describes, or the public one without a file.
    ///
    /// # Errors
    /// [`Error::TrustConfig`].
    pub fn read(file: Option<&Path>) -> Result<Self, Error> {
        let Some(file) = file else {
            return Self::public();
        };
        let text = checkout::read_text(file, checkout::LARGE)
            .map_err(|error| Error::TrustConfig(format!("`{}`: {error}", file.display())))?;
        Self::from_json(&text)
    }
}

fn root(text: &str) -> Result<TrustedRoot, Error> {
    TrustedRoot::from_json(text).map_err(|error| Error::TrustConfig(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_instance_is_built_in() {
        let trust = Trust::public().unwrap();
        assert!(trust.rekor.starts_with("https://rekor."), "{}", trust.rekor);
        assert!(!trust.root.fulcio_certs().is_empty());
    }

    #[test]
    fn what_is_no_trust_configuration_is_told() {
        for (text, expected) in [
            ("", "EOF"),
            (r#"{"mediaType": "x"}"#, "trustedRoot"),
            (
                r#"{"mediaType": "x", "trustedRoot": {}, "signingConfig": {}}"#,
                "its `mediaType` is not",
            ),
        ] {
            let said = Trust::from_json(text).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
    }
}
