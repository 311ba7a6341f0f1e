//! Attestations: bundles with a signed statement, found by the digests of the files that they are about.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page;
use super::reply::{Answer, Reply, created, unprocessable};
use super::routes::Scene;

/// How many files one attestation may be about.
const MOST_SUBJECTS: usize = 1024;
/// The bundles that GitHub reads.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

pub(super) fn create(scene: &mut Scene<'_>) -> Answer {
    #[derive(Deserialize)]
    struct Body {
        bundle: Value,
    }
    let body: Body = scene.request.json()?;
    digests(&body.bundle)?;
    let id = scene.new_id();
    scene.repository.attestations.push(body.bundle);
    created(json!({ "id": id }))
}

pub(super) fn list(scene: &Scene<'_>, digest: &str) -> Answer {
    let about = |bundle: &&Value| {
        digests(bundle).is_ok_and(|all| all.iter().any(|one| format!("sha256:{one}") == digest))
    };
    let id = scene.repository.id;
    let all = scene.repository.attestations.iter().filter(about);
    let all: Vec<Value> = all
        .map(|bundle| json!({ "bundle": bundle, "repository_id": id, "bundle_url": "" }))
        .collect();
    page::wrapped(scene.request, all, |all| json!({ "attestations": all }))
}

/// What a bundle is about; one that GitHub would not take is refused.
fn digests(bundle: &Value) -> Result<Vec<String>, Reply> {
    let refused = |why: &str| unprocessable(&format!("Invalid bundle: {why}"));
    let text = |pointer: &str| bundle.pointer(pointer).and_then(Value::as_str);
    if text("/mediaType") != Some(BUNDLE) {
        return Err(refused("unknown media type"));
    }
    if text("/verificationMaterial/certificate/rawBytes").is_none() {
        return Err(refused("no certificate"));
    }
    if text("/dsseEnvelope/payloadType") != Some("application/vnd.in-toto+json")
        || text("/dsseEnvelope/signatures/0/sig").is_none()
    {
        return Err(refused("no signed statement"));
    }
    let payload = text("/dsseEnvelope/payload").unwrap_or_default();
    let statement = BASE64_STANDARD.decode(payload).unwrap_or_default();
    let statement: Value = serde_json::from_slice(&statement).unwrap_or_default();
    let subjects = statement.get("subject").and_then(Value::as_array);
    let digests = subjects
        .into_iter()
        .flatten()
        .filter_map(|subject| Some(subject.pointer("/digest/sha256")?.as_str()?.to_owned()));
    let digests: Vec<String> = digests.collect();
    match digests.len() {
        1..=MOST_SUBJECTS => Ok(digests),
        count => Err(refused(&format!("{count} subjects"))),
    }
}
