//! A bucket in this process, by as much of S3's API as our client uses: what it holds can be copied and compared in no time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use crc_fast::{CrcAlgorithm, checksum};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use crate::gate::Unchanged;
use crate::serving::Server;

/// The one bucket.
const BUCKET: &str = "tests";
/// Keys on a page of a list.
const PAGE: usize = 1000;
/// Headers that are kept with an object.
const KEPT: [&str; 2] = ["content-type", "cache-control"];

/// An object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub bytes: Bytes,
    pub headers: BTreeMap<String, String>,
    pub modified: Timestamp,
}

impl Object {
    fn etag(&self) -> String {
        let digest = hex::encode(Sha256::digest(&self.bytes));
        format!("\"{}\"", digest.get(..32).unwrap_or_default())
    }
}

/// All objects by their keys.
pub type Objects = BTreeMap<String, Object>;

/// A running bucket that anybody may read and write. Dropping it ends it.
#[derive(Debug)]
pub struct MemoryBucket {
    server: Server,
    objects: Arc<Mutex<Objects>>,
}

impl MemoryBucket {
    /// Starts a bucket that holds these objects.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(objects: Objects) -> io::Result<Self> {
        let objects = Arc::new(Mutex::new(objects));
        let state = Arc::clone(&objects);
        let router = Router::new().fallback(answer).with_state(state);
        let server = Server::start(0, |_| router)?;
        Ok(Self { server, objects })
    }

    /// Its address, as actions take it.
    pub fn address(&self) -> String {
        let endpoint = self.server.url();
        format!("s3://{BUCKET}?endpoint={endpoint}&anonymous=true")
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// A copy of what it holds now.
    pub fn objects(&self) -> Objects {
        lock(&self.objects).clone()
    }

    /// Changes what it holds, as a failing disk or another writer would.
    pub fn change(&self, change: impl FnOnce(&mut Objects)) {
        change(&mut lock(&self.objects));
    }
}

fn lock(objects: &Mutex<Objects>) -> MutexGuard<'_, Objects> {
    objects.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    State(objects): State<Arc<Mutex<Objects>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let path = percent_decode_str(uri.path()).decode_utf8_lossy();
    let Some(key) = path.strip_prefix(&format!("/{BUCKET}")) else {
        return refusal(404, "NoSuchBucket");
    };
    let key = key.trim_start_matches('/');
    let mut objects = lock(&objects);
    match (&method, key.is_empty(), query.is_empty()) {
        (&Method::GET, true, _) if query.contains_key("list-type") => list(&objects, &query),
        (&Method::GET | &Method::HEAD, false, true) => read(&objects, key, &headers),
        (&Method::PUT, false, true) => write(&mut objects, key, &headers, body),
        (&Method::DELETE, false, true) => {
            let was_there = objects.remove(key).is_some();
            marked(reply(204, Body::empty()), !was_there)
        }
        _ => refusal(501, "NotImplemented"),
    }
}

fn read(objects: &Objects, key: &str, headers: &HeaderMap) -> Response {
    let Some(object) = objects.get(key) else {
        return refusal(404, "NoSuchKey");
    };
    let (status, range) = match range(headers, object.bytes.len()) {
        Ok(None) => (200, 0..object.bytes.len()),
        Ok(Some(range)) => (206, range),
        Err(()) => return refusal(416, "InvalidRange"),
    };
    let mut response = Response::builder()
        .status(status)
        .header("etag", object.etag())
        .header("last-modified", http_date(object.modified));
    if status == 206 {
        let (last, all) = (range.end.saturating_sub(1), object.bytes.len());
        response = response.header(
            "content-range",
            format!("bytes {}-{last}/{all}", range.start),
        );
    }
    for (name, value) in &object.headers {
        response = response.header(name, value);
    }
    let body = Body::from(object.bytes.slice(range));
    response.body(body).expect("an object has an odd header")
}

/// `bytes=FROM-TO`; `None` for a request of everything.
fn range(headers: &HeaderMap, size: usize) -> Result<Option<std::ops::Range<usize>>, ()> {
    let Some(asked) = headers.get("range") else {
        return Ok(None);
    };
    let asked = asked.to_str().map_err(|_| ())?;
    let (from, to) = asked
        .strip_prefix("bytes=")
        .and_then(|asked| asked.split_once('-'))
        .ok_or(())?;
    let from: usize = from.parse().map_err(|_| ())?;
    let end = match to {
        "" => size,
        to => to.parse::<usize>().map_err(|_| ())?.saturating_add(1),
    };
    let range = from..end.min(size);
    if range.is_empty() {
        return Err(());
    }
    Ok(Some(range))
}

fn write(objects: &mut Objects, key: &str, headers: &HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("if-none-match") == Some("*") && objects.contains_key(key) {
        return refusal(412, "PreconditionFailed");
    }
    let bytes = match header("x-amz-copy-source") {
        None => body,
        Some(from) => {
            let from = percent_decode_str(from).decode_utf8_lossy();
            let from = from.trim_start_matches('/').strip_prefix(BUCKET);
            let from = from.and_then(|from| objects.get(from.trim_start_matches('/')));
            let Some(from) = from else {
                return refusal(404, "NoSuchKey");
            };
            from.bytes.clone()
        }
    };
    let crc = checksum(CrcAlgorithm::Crc32Iscsi, &bytes) as u32;
    let crc = BASE64_STANDARD.encode(crc.to_be_bytes());
    if header("x-amz-checksum-crc32c").is_some_and(|sent| sent != crc) {
        return refusal(400, "BadDigest");
    }
    let kept = KEPT.iter().filter_map(|name| Some((*name, header(name)?)));
    let object = Object {
        bytes,
        headers: kept
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        modified: Timestamp::now(),
    };
    let etag = object.etag();
    let copied = header("x-amz-copy-source").is_some();
    let old = objects.insert(key.to_owned(), object.clone());
    let unchanged =
        old.is_some_and(|old| old.bytes == object.bytes && old.headers == object.headers);
    let body = match copied {
        true => Body::from(format!(
            "<CopyObjectResult><ETag>{etag}</ETag></CopyObjectResult>"
        )),
        false => Body::empty(),
    };
    let mut response = reply(200, body);
    for (name, value) in [("etag", etag), ("x-amz-checksum-crc32c", crc)] {
        let value = value.parse().expect("a digest is a header");
        response.headers_mut().insert(name, value);
    }
    marked(response, unchanged)
}

fn list(objects: &Objects, query: &BTreeMap<String, String>) -> Response {
    let text = |name: &str| query.get(name).map_or("", String::as_str);
    let (prefix, delimiter) = (text("prefix"), text("delimiter"));
    let after = match text("continuation-token") {
        "" => text("start-after"),
        token => token,
    };
    let page: usize = text("max-keys").parse().unwrap_or(PAGE).min(PAGE);
    let mut entries: BTreeMap<String, Option<&Object>> = BTreeMap::new();
    for (key, object) in objects {
        let Some(rest) = key.strip_prefix(prefix) else {
            continue;
        };
        let folder = match delimiter {
            "" => None,
            delimiter => rest.split_once(delimiter).map(|(folder, _)| folder),
        };
        match folder {
            Some(folder) => entries.insert(format!("{prefix}{folder}{delimiter}"), None),
            None => entries.insert(key.clone(), Some(object)),
        };
    }
    let mut left = entries
        .into_iter()
        .filter(|(key, _)| key.as_str() > after)
        .peekable();
    let mut xml = format!("<ListBucketResult><Prefix>{}</Prefix>", escaped(prefix));
    let mut last = String::new();
    for (key, object) in left.by_ref().take(page) {
        let name = escaped(&key);
        match object {
            None => write!(xml, "<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"),
            Some(object) => write!(
                xml,
                "<Contents><Key>{name}</Key><LastModified>{}</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
                object.modified,
                escaped(&object.etag()),
                object.bytes.len()
            ),
        }
        .expect("a string takes everything");
        last = key;
    }
    let more = left.peek().is_some();
    if more {
        let token = escaped(&last);
        xml += &format!("<NextContinuationToken>{token}</NextContinuationToken>");
    }
    xml += &format!("<IsTruncated>{more}</IsTruncated></ListBucketResult>");
    reply(200, Body::from(xml))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn reply(status: u16, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}

fn refusal(status: u16, code: &str) -> Response {
    let text = format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>");
    reply(status, Body::from(text))
}

fn marked(mut response: Response, unchanged: bool) -> Response {
    if unchanged {
        response.extensions_mut().insert(Unchanged);
    }
    response
}
