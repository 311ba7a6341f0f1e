//! Who is said to be writing to Google's buckets: a job's own identity, a service account, a given token.

use package_store::{Store, StoreError, StoreOptions};
use testkit::bucket_server::BucketServer;
use testkit::recording_proxy::Recorded;
use testkit::token_service::TokenService;

use crate::buckets::{COMMIT, commit};
use crate::google::{Case, wheel};

fn variables(service: &TokenService, extra: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    let mut known: Vec<(String, String)> = vec![
        (
            "ACTIONS_ID_TOKEN_REQUEST_URL".to_owned(),
            format!("{}/identity?api-version=2", service.url()),
        ),
        (
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN".to_owned(),
            "request-secret".to_owned(),
        ),
        ("GOOGLE_STS_ENDPOINT".to_owned(), service.url().to_owned()),
    ];
    known.extend(
        extra
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    move |name| {
        known
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    }
}

/// Puts a wheel with what an address and an environment say, and answers with which tokens the bucket was asked.
async fn tokens(
    case: &Case,
    query: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>, StoreError> {
    let address = case.address().replace("anonymous=true", query);
    let options = StoreOptions::default().environment(variable).tries(1);
    let store = Store::open_with(&address, options)?;
    store
        .put(&commit(COMMIT), &wheel(&case.local, b"bytes"))
        .await?;
    let bearer = |one: &Recorded| {
        let header = one.headers.get("authorization");
        header.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    // An upload in parts goes on at an address that is a secret itself, without a token.
    let mut tokens: Vec<String> = case
        .proxy
        .recorded()
        .iter()
        .filter(|one| !(one.method == "PUT" && one.path.starts_with("/upload/")))
        .map(bearer)
        .collect();
    tokens.sort();
    tokens.dedup();
    Ok(tokens)
}

const PROVIDER: &str = "projects/123/locations/global/workloadIdentityPools/github/providers/acme";

#[tokio::test]
async fn a_jobs_identity_becomes_an_access_token_of_the_pool() {
    let (case, service) = (Case::new(), TokenService::start(PROVIDER).unwrap());
    let query = format!("workload-identity-provider={PROVIDER}");
    let tokens = tokens(&case, &query, variables(&service, &[]))
        .await
        .unwrap();
    assert_eq!(
        tokens,
        ["Bearer federated-token"],
        "{:?}",
        service.complaints()
    );
    assert_eq!(service.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn a_jobs_identity_becomes_an_access_token_of_a_service_account() {
    let (case, service) = (Case::new(), TokenService::start(PROVIDER).unwrap());
    let query = format!(
        "workload-identity-provider={PROVIDER}&service-account=publisher@acme.iam.gserviceaccount.com"
    );
    let tokens = tokens(&case, &query, variables(&service, &[]))
        .await
        .unwrap();
    assert_eq!(
        tokens,
        ["Bearer account-token"],
        "{:?}",
        service.complaints()
    );
    assert_eq!(service.complaints(), Vec::<String>::new());
}

#[tokio::test]
async fn an_access_token_is_used_as_it_is() {
    let case = Case::new();
    let variable = |name: &str| (name == "GOOGLE_OAUTH_ACCESS_TOKEN").then(|| "given".to_owned());
    let tokens = tokens(&case, "", variable).await.unwrap();
    assert_eq!(tokens, ["Bearer given"]);
}

#[tokio::test]
async fn a_job_that_may_not_ask_for_its_identity_is_told_what_is_missing() {
    let case = Case::new();
    let query = format!("workload-identity-provider={PROVIDER}");
    let error = tokens(&case, &query, |_| None)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("`id-token: write`"), "{error}");
    let error = tokens(&case, "workload-identity-provider=acme", |_| None)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("must be like `projects/123/"),
        "{error}"
    );
}

#[tokio::test]
async fn an_identity_that_is_refused_is_an_error_without_its_secrets() {
    let (case, service) = (
        Case::new(),
        TokenService::start("projects/1/other/providers/x").unwrap(),
    );
    let query = format!("workload-identity-provider={PROVIDER}");
    let error = tokens(&case, &query, variables(&service, &[]))
        .await
        .unwrap_err();
    let text = format!("{error} {error:?}");
    for secret in ["request-secret", "job-identity", "federated-token"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn azure_takes_the_account_of_the_address_with_the_key_of_the_environment() {
    let server = BucketServer::azure();
    let [(_, account), (name, key)] = server.credentials() else {
        panic!("an account and its key");
    };
    let address = format!("{}&account={account}", server.bucket("account"));
    let local = tempfile::tempdir().unwrap();
    let put = async |key: &'static str| {
        let options = StoreOptions::default()
            .environment(move |asked| (asked == *name).then(|| key.to_owned()))
            .tries(1);
        let store = Store::open_with(&address, options)?;
        store.put(&commit(COMMIT), &wheel(&local, b"bytes")).await
    };
    put("YW5vdGhlciBrZXk=").await.unwrap_err();
    put(key).await.unwrap();
}
