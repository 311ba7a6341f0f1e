//! An upload form, sent as a client sends it.

use std::path::Path;

use blake2::Blake2b256;
use reqwest::multipart;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use testkit::pypi::{PypiIndex, TOKEN};

/// A form that is right in every way, so that a test changes one thing and sees one refusal.
#[derive(Clone)]
pub(crate) struct Form {
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) file_name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_type: &'static str,
    pub(crate) token: String,
}

impl Form {
    pub(crate) fn of(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let file_name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let stem = file_name.trim_end_matches(".tar.gz").to_owned();
        let is_wheel = file_name.ends_with(".whl");
        let kind = if is_wheel { "bdist_wheel" } else { "sdist" };
        let version = stem.split('-').nth(1).unwrap();
        let fields = [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("filetype", kind),
            ("pyversion", if is_wheel { "py3" } else { "source" }),
            ("metadata_version", "2.1"),
            ("name", "hello-sdk"),
            ("version", version),
            ("summary", "Says hello"),
        ];
        Self {
            fields: fields
                .map(|(name, value)| (name, value.to_owned()))
                .to_vec(),
            file_name: file_name.clone(),
            bytes,
            content_type: "application/octet-stream",
            token: TOKEN.to_owned(),
        }
        .with_digests()
    }

    fn with_digests(self) -> Self {
        let sha256 = hex::encode(Sha256::digest(&self.bytes));
        let blake2 = hex::encode(Blake2b256::digest(&self.bytes));
        self.with("sha256_digest", &sha256)
            .with("blake2_256_digest", &blake2)
    }

    /// Sets a field; an empty value takes it away.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.retain(|(field, _)| *field != name);
        if !value.is_empty() {
            self.fields.push((name, value.to_owned()));
        }
        self
    }

    pub(crate) fn named(mut self, file_name: &str) -> Self {
        file_name.clone_into(&mut self.file_name);
        self
    }

    pub(crate) fn holding(mut self, bytes: &[u8]) -> Self {
        self.bytes = bytes.to_vec();
        self.with_digests()
    }

    pub(crate) fn paid_with(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    /// The status and the words of the answer.
    pub(crate) async fn send(&self, pypi: &PypiIndex) -> (u16, String) {
        let content = multipart::Part::bytes(self.bytes.clone())
            .file_name(self.file_name.clone())
            .mime_str(self.content_type)
            .unwrap();
        let form = self.fields.iter().cloned();
        let form = form.fold(multipart::Form::new(), |form, (name, value)| {
            form.text(name, value)
        });
        let answer = client()
            .post(pypi.upload_url())
            .basic_auth("__token__", Some(&self.token))
            .header("accept", "application/json")
            .multipart(form.part("content", content))
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap();
        let json: Value = serde_json::from_str(&body).unwrap_or_default();
        (status, json["code"].as_str().unwrap_or_default().to_owned())
    }

    pub(crate) async fn is_refused(&self, pypi: &PypiIndex, status: u16, words: &str) {
        let (answered, told) = self.send(pypi).await;
        assert_eq!(answered, status, "{told}");
        assert!(told.contains(words), "{told:?} does not say {words:?}");
    }

    pub(crate) async fn is_taken(&self, pypi: &PypiIndex) {
        assert_eq!(self.send(pypi).await, (200, String::new()));
    }
}

pub(crate) fn client() -> reqwest::Client {
    // The error says that a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// Sends JSON; the status and the JSON of the answer.
pub(crate) async fn post(url: String, body: Value) -> (u16, Value) {
    let answer = client().post(url).json(&body).send();
    let answer = answer.await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}
