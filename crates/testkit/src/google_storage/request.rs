//! What a request asks of Google Cloud Storage: on which objects, under which conditions.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::conditions::{Conditions, found};
use super::parts;
use super::refusal::{Form, Refusal};

/// An object by its address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Object {
    pub(super) bucket: String,
    pub(super) name: String,
}

impl Object {
    fn new(bucket: &str, name: &str) -> Self {
        Self {
            bucket: decoded(bucket),
            name: decoded(name),
        }
    }

    /// Where the JSON interface has it.
    pub(super) fn target(&self) -> String {
        let (bucket, name) = (encoded(&self.bucket), encoded(&self.name));
        format!("/storage/v1/b/{bucket}/o/{name}")
    }
}

pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// One request, whole.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    /// Path and query as they came.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum Asked {
    /// An upload that this request completes.
    Upload(Object),
    /// The same with the XML interface.
    Put(Object),
    /// The start of an upload in parts.
    Session(Object),
    /// A part of it, or a question on how far it is.
    Part(String),
    Compose(Object),
    /// A copy, or a step of one that takes several.
    Copy {
        from: Object,
        to: Object,
    },
    Delete(Object),
    /// New metadata.
    Update(Object),
    /// Metadata or bytes.
    Read(Object),
    /// Names, or a bucket itself.
    Look {
        permission: &'static str,
    },
    /// Several requests in one.
    Batch,
    /// What a user of a bucket never does; the tests make buckets.
    Bucket,
}

impl Request {
    pub(super) fn new(parts: Parts, body: Bytes) -> Self {
        let target = parts.uri.path_and_query();
        let target = target.map_or("/", |target| target.as_str()).to_owned();
        Self::read(parts.method, target, parts.headers, body)
    }

    pub(super) fn read(method: Method, target: String, headers: HeaderMap, body: Bytes) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let query = url::form_urlencoded::parse(query.as_bytes());
        Self {
            method,
            path: path.to_owned(),
            query: query.into_owned().collect(),
            headers,
            body,
            target,
        }
    }

    pub(super) fn form(&self) -> Form {
        let json = [
            "/storage/v1/",
            "/upload/",
            "/download/",
            "/batch/",
            "/resumable/",
        ];
        match json.iter().any(|start| self.path.starts_with(start)) {
            true => Form::Json,
            false => Form::Xml,
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        found(&self.query, name)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The access token that was shown.
    pub(super) fn token(&self) -> Option<&str> {
        let shown = self.header("authorization")?;
        Some(shown.strip_prefix("Bearer ").unwrap_or(shown))
    }

    pub(super) fn conditions(&self) -> Result<Conditions, Refusal> {
        match self.form() {
            Form::Json => Conditions::in_query(&self.query),
            Form::Xml => Conditions::in_headers(&self.headers),
        }
    }

    pub(super) fn asked(&self) -> Result<Asked, Refusal> {
        if self.path == "/batch/storage/v1" {
            return Ok(Asked::Batch);
        }
        if self.form() == Form::Xml {
            return self.asked_in_xml();
        }
        let path = self.path.as_str();
        let upload = ["/resumable/upload", "/upload"]
            .iter()
            .find_map(|start| path.strip_prefix(start)?.strip_prefix("/storage/v1/b/"));
        if let Some(rest) = upload {
            return self.asked_to_upload(rest);
        }
        let path = path.strip_prefix("/download").unwrap_or(path);
        let Some(rest) = path.strip_prefix("/storage/v1/b/") else {
            return Ok(Asked::Bucket);
        };
        let (bucket, rest) = rest.split_once('/').unwrap_or((rest, ""));
        match rest.strip_prefix("o/") {
            Some(name) if !name.is_empty() => self.asked_on_object(bucket, name),
            _ if self.method != Method::GET => Err(Refusal::not_implemented("changes of a bucket")),
            _ if rest.trim_end_matches('/') == "o" => Ok(Asked::Look {
                permission: "storage.objects.list",
            }),
            _ => Ok(Asked::Look {
                permission: "storage.buckets.get",
            }),
        }
    }

    fn asked_to_upload(&self, rest: &str) -> Result<Asked, Refusal> {
        if let Some(session) = self.parameter("upload_id") {
            return Ok(Asked::Part(session));
        }
        let bucket = rest.strip_suffix("/o").unwrap_or(rest);
        let kind = self.parameter("uploadType").unwrap_or_default();
        if !["multipart", "resumable", "media"].contains(&kind.as_str()) {
            return Err(Refusal::invalid(format!("Invalid uploadType: \"{kind}\"")));
        }
        let name = match self.parameter("name") {
            Some(name) => Some(name),
            None => self.described_name(&kind)?,
        };
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err(Refusal::invalid("Required: name"));
        };
        let object = Object {
            bucket: decoded(bucket),
            name,
        };
        Ok(match kind.as_str() {
            "resumable" => Asked::Session(object),
            _ => Asked::Upload(object),
        })
    }

    /// The name in the metadata that comes with an upload.
    fn described_name(&self, kind: &str) -> Result<Option<String>, Refusal> {
        let described = match kind {
            "multipart" => {
                let parts = parts::split(self.header("content-type"), &self.body)?;
                parts.first().map(|part| part.body.clone())
            }
            "resumable" => Some(self.body.clone()),
            _ => None,
        };
        let described: Option<Value> =
            described.and_then(|described| serde_json::from_slice(&described).ok());
        let name = described
            .as_ref()
            .and_then(|described| described.get("name"));
        Ok(name.and_then(Value::as_str).map(str::to_owned))
    }

    fn asked_on_object(&self, bucket: &str, rest: &str) -> Result<Asked, Refusal> {
        let post = self.method == Method::POST;
        if let Some(name) = rest.strip_suffix("/compose").filter(|_| post) {
            return Ok(Asked::Compose(Object::new(bucket, name)));
        }
        let copy = ["/copyTo/b/", "/rewriteTo/b/"]
            .iter()
            .find_map(|middle| rest.split_once(middle));
        if let Some((from, to)) = copy.filter(|_| post) {
            let Some((to_bucket, to)) = to.split_once("/o/") else {
                return Err(Refusal::not_found());
            };
            return Ok(Asked::Copy {
                from: Object::new(bucket, from),
                to: Object::new(to_bucket, to),
            });
        }
        let object = Object::new(bucket, rest);
        match self.method.as_str() {
            "GET" | "HEAD" => Ok(Asked::Read(object)),
            "DELETE" => Ok(Asked::Delete(object)),
            "PATCH" | "PUT" => Ok(Asked::Update(object)),
            method => Err(Refusal::not_implemented(&format!("{method} {rest}"))),
        }
    }

    fn asked_in_xml(&self) -> Result<Asked, Refusal> {
        let path = self.path.trim_start_matches('/');
        if path.is_empty() || path.starts_with("_internal/") {
            return Ok(Asked::Bucket);
        }
        let reads = matches!(self.method.as_str(), "GET" | "HEAD");
        match path.split_once('/').filter(|(_, name)| !name.is_empty()) {
            None if reads => Ok(Asked::Look {
                permission: "storage.objects.list",
            }),
            Some((bucket, name)) => {
                let object = Object::new(bucket, name);
                let in_parts = ["uploads", "uploadId"]
                    .iter()
                    .any(|name| self.parameter(name).is_some());
                let copies = self.headers.contains_key("x-goog-copy-source");
                match self.method.as_str() {
                    "GET" | "HEAD" if !in_parts => Ok(Asked::Read(object)),
                    "PUT" if !in_parts && !copies => Ok(Asked::Put(object)),
                    "DELETE" if !in_parts => Ok(Asked::Delete(object)),
                    _ => Err(Refusal::not_implemented(
                        "uploads in parts and copies in XML",
                    )),
                }
            }
            None => Err(Refusal::not_implemented("changes of a bucket")),
        }
    }
}
