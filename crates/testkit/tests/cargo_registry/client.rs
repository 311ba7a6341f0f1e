//! Requests to the registry that cargo itself would not send.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use testkit::cargo_registry::CargoRegistry;

fn send(
    request: impl FnOnce(reqwest::Client) -> reqwest::RequestBuilder,
) -> (u16, Option<String>, String) {
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
        let status = reply.status().as_u16();
        let retry_after = reply.headers().get("retry-after");
        let retry_after = retry_after.map(|value| value.to_str().unwrap().to_owned());
        (status, retry_after, reply.text().await.unwrap())
    })
}

/// Status and `Retry-After` of a page.
pub(crate) fn get(registry: &CargoRegistry, path: &str) -> (u16, Option<String>) {
    let (status, retry_after, _) = send(|client| client.get(format!("{}{path}", registry.url())));
    (status, retry_after)
}

/// Uploads a file with the least JSON that crates.io reads, and returns the status and what was said.
pub(crate) fn upload(
    registry: &CargoRegistry,
    token: &str,
    name: &str,
    version: &str,
    file: &[u8],
) -> (u16, String) {
    let json = format!("{{\"name\":\"{name}\",\"vers\":\"{version}\"}}");
    let mut body = Vec::new();
    for part in [json.as_bytes(), file] {
        body.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        body.extend(part);
    }
    let url = format!("{}/api/v1/crates/new", registry.url());
    let (status, _, text) =
        send(|client| client.put(url).header("authorization", token).body(body));
    let value: Value = serde_json::from_str(&text).unwrap();
    let said = value["errors"][0]["detail"].as_str().unwrap_or_default();
    (status, said.to_owned())
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
