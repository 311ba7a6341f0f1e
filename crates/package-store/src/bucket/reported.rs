//! What a server says it received: the CRC-32C in its answer to an upload, which the backend's library does not hand on.

use std::cell::Cell;
use std::future::Future;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::Response;
use opendal::{HttpBody, Result};
use serde::Deserialize;

tokio::task_local! {
    static RECEIVED: Cell<Option<u32>>;
}

/// Longest answer to an upload that is looked into, in bytes; Google's has about one thousand.
const LONGEST: u64 = 64 << 10;

/// Runs an upload, and answers with it the last checksum that a server reported on the way, if any did.
pub(super) async fn during<T>(upload: impl Future<Output = T>) -> (T, Option<u32>) {
    RECEIVED
        .scope(Cell::new(None), async {
            let answer = upload.await;
            (answer, RECEIVED.with(Cell::take))
        })
        .await
}

/// Looks into a server's answer to an upload, and gives the answer back whole.
pub(super) async fn note(response: Response<HttpBody>) -> Result<Response<HttpBody>> {
    let length = response.headers().get(http::header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
    let is_json = response
        .headers()
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    let listening = RECEIVED.try_with(|_| ()).is_ok();
    if !response.status().is_success() || !is_json || !listening || length > Some(LONGEST) {
        return Ok(response);
    }
    let (parts, mut body) = response.into_parts();
    let bytes = body.to_buffer().await?;
    if let Some(crc32c) = crc32c(&bytes.to_bytes()) {
        let _ = RECEIVED.try_with(|slot| slot.set(Some(crc32c)));
    }
    let size = bytes.len() as u64;
    let again = futures::stream::iter([Ok(bytes)]);
    Ok(Response::from_parts(
        parts,
        HttpBody::new(again, Some(size)),
    ))
}

/// The checksum in an object of Google's JSON API: base64 of four bytes, the highest first.
fn crc32c(json: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct Object {
        crc32c: String,
    }
    let object: Object = serde_json::from_slice(json).ok()?;
    let bytes = BASE64_STANDARD.decode(object.crc32c).ok()?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Content;

    #[test]
    fn the_checksum_is_read_as_google_writes_it() {
        let published = Content::of(b"123456789").crc32c;
        assert_eq!(published, 0xe306_9283);
        let json = br#"{"kind": "storage#object", "crc32c": "4waSgw=="}"#;
        assert_eq!(crc32c(json), Some(published));
        assert_eq!(crc32c(br#"{"kind": "storage#object"}"#), None);
        assert_eq!(crc32c(br#"{"crc32c": "AAAA"}"#), None);
    }
}
