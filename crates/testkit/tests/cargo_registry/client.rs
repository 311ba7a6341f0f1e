//! Requests to the registry that cargo itself would not send.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use testkit::cargo_registry::CargoRegistry;

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    text: String,
}

impl Reply {
    /// What the registry said against it.
    pub(crate) fn said(&self) -> String {
        let value: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let said = value["errors"][0]["detail"].as_str();
        said.unwrap_or_default().to_owned()
    }

    /// A value of the answer.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

pub(crate) fn send(request: impl FnOnce(reqwest::Client) -> reqwest::RequestBuilder) -> Reply {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(async {
        let request = request(reqwest::Client::new());
        let reply = request
            .header("user-agent", "testkit")
            .send()
            .await
            .unwrap();
        let retry_after = reply.headers().get("retry-after");
        Reply {
            status: reply.status().as_u16(),
            retry_after: retry_after.map(|value| value.to_str().unwrap().to_owned()),
            text: reply.text().await.unwrap(),
        }
    })
}

/// A page of the registry.
pub(crate) fn get(registry: &CargoRegistry, path: &str) -> Reply {
    send(|client| client.get(format!("{}{path}", registry.url())))
}

/// Uploads a file with the least JSON that crates.io reads, and returns the status and what was said.
pub(crate) fn upload(
    registry: &CargoRegistry,
    token: &str,
    name: &str,
    version: &str,
    file: &[u8],
) -> (u16, String) {
    let reply = put(registry, token, name, version, file);
    (reply.status, reply.said())
}

/// The same, with the whole answer.
pub(crate) fn put(
    registry: &CargoRegistry,
    token: &str,
    name: &str,
    version: &str,
    file: &[u8],
) -> Reply {
    let json = json!({ "name": name, "vers": version }).to_string();
    let mut body = Vec::new();
    for part in [json.as_bytes(), file] {
        body.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        body.extend(part);
    }
    let url = format!("{}/api/v1/crates/new", registry.url());
    send(|client| client.put(url).header("authorization", token).body(body))
}

/// A good crate with `more` at the end of its manifest.
pub(crate) fn krate(name: &str, version: &str, more: &str) -> Vec<u8> {
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"d\"\nlicense = \"MIT\"\n{more}"
    );
    tarball(&[(&format!("{name}-{version}/Cargo.toml"), manifest)])
}

/// A `.crate` of these files.
pub(crate) fn tarball(entries: &[(&str, String)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, path, content.as_bytes())
            .unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}
