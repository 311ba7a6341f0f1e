//! What PyPI asks of attestations before it looks at their signatures (warehouse, `attestations/services.py`).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

const KINDS: [&str; 2] = [
    "https://docs.pypi.org/attestations/publish/v1",
    "https://slsa.dev/provenance/v1",
];

/// How many there are, or why they are refused.
pub(super) fn check(json: &str, file_name: &str, sha256: &str) -> Result<usize, String> {
    let all: Vec<Value> =
        serde_json::from_str(json).map_err(|error| format!("Malformed attestations: {error}"))?;
    if all.is_empty() {
        return Err("Malformed attestations: an empty attestation set is not permitted".to_owned());
    }
    if all.len() > KINDS.len() {
        let most = KINDS.len();
        return Err(format!(
            "A maximum of {most} attestations per file are supported"
        ));
    }
    let mut seen = BTreeSet::new();
    for one in &all {
        let kind = kind(one, file_name, sha256)?;
        if !seen.insert(kind.clone()) {
            return Err(format!(
                "Multiple attestations for the same file with the same predicate type ({kind}) are not supported"
            ));
        }
    }
    Ok(all.len())
}

fn kind(one: &Value, file_name: &str, sha256: &str) -> Result<String, String> {
    let malformed = |what: &str| format!("Malformed attestations: {what}");
    let text = |pointer: &str| one.pointer(pointer).and_then(Value::as_str);
    let entries = one.pointer("/verification_material/transparency_entries");
    if one.get("version") != Some(&Value::from(1)) {
        return Err(malformed("version"));
    }
    if text("/verification_material/certificate").is_none() || text("/envelope/signature").is_none()
    {
        return Err(malformed("field required"));
    }
    if entries.and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(malformed("transparency_entries"));
    }
    let statement = text("/envelope/statement").and_then(|text| BASE64_STANDARD.decode(text).ok());
    let statement = statement.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let statement = statement.ok_or_else(|| malformed("statement"))?;
    let unverified = |why: &str| {
        format!("Could not verify the uploaded artifact using the included attestation: {why}")
    };
    let subjects = statement.get("subject").and_then(Value::as_array);
    let [subject] = subjects.map(Vec::as_slice).unwrap_or_default() else {
        return Err(unverified(
            "too many subjects in statement (must be exactly one)",
        ));
    };
    if subject.get("name").and_then(Value::as_str) != Some(file_name) {
        return Err(unverified("subject does not match distribution name"));
    }
    if subject.pointer("/digest/sha256").and_then(Value::as_str) != Some(sha256) {
        return Err(unverified("subject does not match distribution digest"));
    }
    let kind = statement.get("predicateType").and_then(Value::as_str);
    match kind {
        Some(kind) if KINDS.contains(&kind) => Ok(kind.to_owned()),
        kind => Err(format!(
            "Attestation with unsupported predicate type: {}",
            kind.unwrap_or_default()
        )),
    }
}
