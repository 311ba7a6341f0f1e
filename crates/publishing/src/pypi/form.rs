//! The upload form: PyPI believes these fields and not the file, so all of the metadata goes in.

use super::{Distribution, Error, Kind};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use tokio::fs::File;

/// The fields before the file, in the order in which they are sent.
pub(super) fn fields(file: &Distribution, attestations: &[Value]) -> Vec<(String, String)> {
    let filetype = match file.kind {
        Kind::Wheel => "bdist_wheel",
        Kind::Sdist => "sdist",
    };
    let own = [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("filetype", filetype),
        ("pyversion", &file.python),
        ("sha256_digest", &file.sha256),
        ("blake2_256_digest", &file.blake2_256),
    ];
    let mut fields: Vec<(String, String)> = own
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .chain(file.metadata.iter().cloned())
        .collect();
    // GitLab's registry wants this field even when a package has nothing to say.
    if !fields.iter().any(|(name, _)| name == "requires_python") {
        fields.push(("requires_python".to_owned(), String::new()));
    }
    // PyPI refuses an empty list.
    if !attestations.is_empty() {
        let json = Value::from(attestations).to_string();
        fields.push(("attestations".to_owned(), json));
    }
    fields
}

/// The whole form; the file is streamed from the disk.
pub(super) async fn build(file: &Distribution, attestations: &[Value]) -> Result<Form, Error> {
    let unreadable = |cause: String| Error::File {
        path: file.path.clone(),
        cause,
    };
    let open = File::open(&file.path).await;
    let open = open.map_err(|error| unreadable(error.to_string()))?;
    let content = Part::stream_with_length(open, file.size)
        .file_name(file.file_name.clone())
        .mime_str("application/octet-stream")
        .map_err(|error| unreadable(error.to_string()))?;
    let form = fields(file, attestations)
        .into_iter()
        .fold(Form::new(), |form, (name, value)| form.text(name, value));
    Ok(form.part("content", content))
}
