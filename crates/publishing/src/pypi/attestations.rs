//! Attestations beside a file (PEP 740): what a signer left there goes along with its wheel, and never stops a run.

use super::Distribution;
use crate::endpoints::PYPI_PREDICATES;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::Value;
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// A bundle of certificates and log entries has some 10 KiB.
const LARGEST: u64 = 1 << 20;
/// An attestation that is not sent, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it is.
    pub path: PathBuf,
    /// Why; no full stop.
    pub why: String,
}

/// Whether the name is that of an attestation, such as `a-1.0-py3-none-any.whl.publish.attestation`.
pub fn is_attestation(path: &Path) -> bool {
    attested(path).is_some()
}

/// The name of the file that it is about.
fn attested(path: &Path) -> Option<&str> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".attestation")?;
    let (file, kind) = stem.rsplit_once('.')?;
    let word = !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (word && (file.ends_with(".whl") || file.ends_with(".tar.gz"))).then_some(file)
}

/// Gives each of the files the attestations that are about it: those of `paths`, and those that lie beside it.
/// What is about no file here, or not what it says it is, is left out and told.
pub fn attach(files: &mut [Distribution], paths: &[PathBuf]) -> Vec<LeftOut> {
    let mut all: Vec<PathBuf> = paths.to_vec();
    for file in files.iter() {
        all.extend(["publish", "slsa"].map(|kind| {
            let mut name = file.path.clone().into_os_string();
            name.push(format!(".{kind}.attestation"));
            PathBuf::from(name)
        }));
    }
    all.retain(|path| paths.contains(path) || path.is_file());
    all.sort();
    all.dedup();
    all.into_iter()
        .filter_map(|path| {
            let name = attested(&path).unwrap_or_default().to_owned();
            let of_name = || files.iter().position(|file| file.file_name == name);
            let beside = files
                .iter()
                .position(|file| file.file_name == name && file.path.parent() == path.parent());
            let file = beside.or_else(of_name).and_then(|at| files.get_mut(at));
            let added = match file {
                None => Err(format!("{name} is not among the files")),
                Some(file) => read(&path).and_then(|value| add(file, value)),
            };
            added.err().map(|why| LeftOut { path, why })
        })
        .collect()
}

fn read(path: &Path) -> Result<Value, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err("it is over 1 MiB".to_owned());
    }
    serde_json::from_slice(&bytes).map_err(|_| "it is not JSON".to_owned())
}

/// Adds an attestation to its file if PyPI would take it there.
///
/// # Errors
/// The reason, when it is not about this file, of a kind that PyPI does not take, or the second of its kind.
pub fn add(file: &mut Distribution, value: Value) -> Result<(), String> {
    let predicate = predicate(file, &value)?;
    let there = file
        .attestations
        .iter()
        .any(|one| self::predicate(file, one).as_deref() == Ok(&predicate));
    if there {
        return Err(format!("the file already has one of the kind {predicate}"));
    }
    file.attestations.push(value);
    Ok(())
}

/// The predicate type of an attestation that is about this file.
fn predicate(file: &Distribution, value: &Value) -> Result<String, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Statement {
        subject: Vec<Subject>,
        predicate_type: String,
    }
    #[derive(Deserialize)]
    struct Subject {
        name: String,
        digest: std::collections::BTreeMap<String, String>,
    }
    let version = value.get("version").and_then(Value::as_u64);
    let statement = value.pointer("/envelope/statement").and_then(Value::as_str);
    let (Some(1), Some(statement)) = (version, statement) else {
        return Err("it is not an attestation of PEP 740, version 1".to_owned());
    };
    let statement = BASE64_STANDARD.decode(statement).ok();
    let statement = statement.and_then(|bytes| serde_json::from_slice::<Statement>(&bytes).ok());
    let statement = statement.ok_or("its statement is not in-toto's")?;
    let [subject] = statement.subject.as_slice() else {
        return Err(format!(
            "it has {} subjects, PyPI accepts 1",
            statement.subject.len()
        ));
    };
    if subject.name != file.file_name {
        return Err(format!("it is about {}", subject.name));
    }
    if subject.digest.get("sha256") != Some(&file.sha256) {
        return Err(format!(
            "it is about different bytes than {}",
            file.file_name
        ));
    }
    if !PYPI_PREDICATES.contains(&statement.predicate_type.as_str()) {
        return Err(format!("PyPI does not accept {}", statement.predicate_type));
    }
    Ok(statement.predicate_type)
}
