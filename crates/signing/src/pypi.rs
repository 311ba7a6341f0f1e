//! Attestations as PyPI takes them: the object of PEP 740, which has the parts of a bundle in another order.

use serde_json::{Value, json};

use crate::Error;
use crate::endpoints::{PUBLISH, SLSA_PROVENANCE};
use crate::statement::Said;

/// The object of PEP 740 for a bundle with a signed statement about exactly one file. Nothing is verified here: PyPI does.
///
/// # Errors
/// [`Error::Sign`] for a bundle that PyPI would refuse: one that is not from this crate's [`crate::Signer`].
pub fn attestation(name: &str, bundle: &[u8]) -> Result<Value, Error> {
    convert(name, bundle).map_err(|cause| {
        crate::signer::failed(
            name,
            format!("its bundle is not in a form that PyPI accepts: {cause}"),
        )
    })
}

fn convert(name: &str, bundle: &[u8]) -> Result<Value, String> {
    let bundle: Value = serde_json::from_slice(bundle).map_err(|error| error.to_string())?;
    let text = |pointer: &str| {
        let found = bundle.pointer(pointer).and_then(Value::as_str);
        found.ok_or_else(|| format!("`{pointer}` is missing"))
    };
    let entries = bundle.pointer("/verificationMaterial/tlogEntries");
    let entries = entries.and_then(Value::as_array).map(Vec::as_slice);
    let Some([entry]) = entries else {
        return Err("it does not have exactly one log entry".to_owned());
    };
    // The only time that PyPI can verify; entries of Rekor 2 have none.
    let time = entry.get("integratedTime").and_then(Value::as_str);
    if time.is_none_or(|time| time == "0") {
        return Err("its entry has no time, so it is from Rekor 2".to_owned());
    }
    let signatures = bundle.pointer("/dsseEnvelope/signatures");
    if signatures.and_then(Value::as_array).map(Vec::len) != Some(1) {
        return Err("it does not have exactly one signature".to_owned());
    }
    let payload = text("/dsseEnvelope/payload")?;
    let said = Said::parse(&crate::verify::decode(payload)?)?;
    match said.subjects.as_slice() {
        [(subject, _)] if subject == name => {}
        _ => return Err("its statement is not only about this file".to_owned()),
    }
    if ![PUBLISH, SLSA_PROVENANCE].contains(&said.predicate_type.as_str()) {
        return Err(format!("PyPI does not accept `{}`", said.predicate_type));
    }
    Ok(json!({
        "version": 1,
        "verification_material": {
            "certificate": text("/verificationMaterial/certificate/rawBytes")?,
            "transparency_entries": [entry],
        },
        "envelope": {
            "statement": payload,
            "signature": text("/dsseEnvelope/signatures/0/sig")?,
        },
    }))
}
