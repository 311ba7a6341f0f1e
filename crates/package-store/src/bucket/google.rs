//! Google Cloud Storage, and the ways to say who is writing: what Google's own tools find, an access token, or the identity
//! that the CI service vouches for.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use opendal::services::Gcs;
use reqsign_core::{Context, ProvideCredential};
use reqsign_google::{
    Credential, DefaultCredentialProvider, ServiceAccountTokenCredentialProvider,
};
use serde_json::json;
use url::Url;

use super::address::Remote;

/// Where Google exchanges an identity for an access token.
const TOKEN_URL: &str = "https://sts.googleapis.com/v1/token";
/// Where that token becomes one of a service account.
const IMPERSONATION: &str = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts";

/// Variables with an access token: as `gcloud` names it, and as others do.
const ACCESS_TOKENS: [&str; 2] = ["CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN"];
/// Where a job of GitHub Actions asks for its identity, and the secret that lets it.
const IDENTITY_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const IDENTITY_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// The key of the storage account that an address of Azure names.
const AZURE_KEY: &str = "AZURE_STORAGE_ACCOUNT_KEY";
/// A server that stands in for Google's token service, for closed networks and tests.
const ENDPOINT: &str = "GOOGLE_STS_ENDPOINT";

/// Secrets that the environment holds for a bucket, where its library does not find them by itself.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    access_token: Option<String>,
    /// For the storage account of Azure that the address names.
    pub(super) azure_key: Option<String>,
    /// Address and secret for a token that says which job this is.
    identity: Option<(String, String)>,
    /// A server that stands in for Google's two.
    endpoint: Option<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("access_token", &self.access_token.is_some())
            .field("azure_key", &self.azure_key.is_some())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

impl Secrets {
    pub(crate) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self {
            access_token: ACCESS_TOKENS.iter().find_map(|name| set(name)),
            azure_key: set(AZURE_KEY),
            identity: set(IDENTITY_URL).zip(set(IDENTITY_TOKEN)),
            endpoint: set(ENDPOINT),
        }
    }

    /// The server that stands in for Google's token service.
    pub(super) fn stand_in(&self) -> Result<Option<http::Uri>, String> {
        let endpoint = self.endpoint.as_deref().map(str::parse).transpose();
        endpoint.map_err(|_| {
            format!("{ENDPOINT} is not a URL: write one like `https://sts.example.com`")
        })
    }

    fn token_url(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{endpoint}/v1/token"),
            None => TOKEN_URL.to_owned(),
        }
    }

    fn impersonation(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("{endpoint}/v1/projects/-/serviceAccounts"),
            None => IMPERSONATION.to_owned(),
        }
    }
}

/// The first that there is of: `anonymous`, the address's workload identity provider, an access token, what Google's tools find.
pub(super) fn builder(remote: &Remote, secrets: &Secrets) -> Result<Gcs, String> {
    let mut builder = Gcs::default()
        .bucket(&remote.bucket)
        .root(&format!("/{}", remote.prefix));
    let settings = &remote.settings;
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.endpoint(endpoint);
    }
    let alone = |builder: Gcs| builder.disable_vm_metadata().disable_config_load();
    if settings.anonymous {
        return Ok(alone(builder.skip_signature()));
    }
    if let Some(provider) = &settings.workload_identity_provider {
        let account = federated(provider, settings.service_account.as_deref(), secrets)?;
        return Ok(alone(builder.credential(&BASE64_STANDARD.encode(account))));
    }
    if settings.service_account.is_some() {
        return Err(
            "`service-account` needs `workload-identity-provider`: set both, or neither".to_owned(),
        );
    }
    Ok(match &secrets.access_token {
        Some(token) => alone(builder.token(token.clone())),
        None => alone(builder.credential_provider(Keyed::default())),
    })
}

/// What Google's tools find, where a service account's key becomes an access token that serves until it expires: the signer
/// would ask for one at each request.
#[derive(Debug, Default)]
struct Keyed(DefaultCredentialProvider);

impl ProvideCredential for Keyed {
    type Credential = Credential;

    async fn provide_credential(&self, cx: &Context) -> reqsign_core::Result<Option<Credential>> {
        let found = self.0.provide_credential(cx).await?;
        match found {
            Some(Credential {
                service_account: Some(account),
                ..
            }) => {
                let token = ServiceAccountTokenCredentialProvider::new(account);
                token.provide_credential(cx).await
            }
            other => Ok(other),
        }
    }
}

/// The configuration that google-github-actions/auth would write into a file; here it never leaves this process.
fn federated(
    provider: &str,
    service_account: Option<&str>,
    secrets: &Secrets,
) -> Result<String, String> {
    let provider = provider.trim_matches('/');
    if !provider.starts_with("projects/") || !provider.contains("/providers/") {
        return Err(format!(
            "`workload-identity-provider` must be like `projects/123/locations/global/workloadIdentityPools/my-pool/providers/my-provider`, not `{provider}`"
        ));
    }
    let Some((url, token)) = &secrets.identity else {
        return Err("there is no identity to show: is `id-token: write` missing from the job's permissions?".to_owned());
    };
    let mut url = Url::parse(url).map_err(|_| format!("{IDENTITY_URL} is not a URL"))?;
    let audience = format!("https://iam.googleapis.com/{provider}");
    url.query_pairs_mut().append_pair("audience", &audience);
    let impersonation = service_account.map(|service_account| {
        format!(
            "{}/{service_account}:generateAccessToken",
            secrets.impersonation()
        )
    });
    let account = json!({
        "type": "external_account",
        "audience": format!("//iam.googleapis.com/{provider}"),
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": secrets.token_url(),
        "credential_source": {
            "url": url.as_str(),
            "headers": { "Authorization": format!("Bearer {token}") },
            "format": { "type": "json", "subject_token_field_name": "value" },
        },
        "service_account_impersonation_url": impersonation,
    });
    Ok(account.to_string())
}
