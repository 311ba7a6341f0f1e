//! What makes, changes or deletes an object in one request: decided and done while nobody else is at that object.

use axum::http::{HeaderMap, Method, Response, StatusCode};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::conditions::{Conditions, Purpose};
use super::refusal::Refusal;
use super::request::{Object, Request, encoded};
use super::work::{Answer, Storage};

/// Between the two parts of an upload: no object holds it.
const BOUNDARY: &str = "an-object-and-its-metadata-7c1f0b5e9d324a68";

/// A write, as far as it has to be decided.
pub(super) struct Write<'a> {
    pub(super) to: &'a Object,
    pub(super) conditions: Conditions,
    /// What it reads, under which conditions.
    pub(super) sources: Vec<(Object, Conditions)>,
    pub(super) token: Option<&'a str>,
}

impl<'a> Write<'a> {
    pub(super) fn new(request: &'a Request, to: &'a Object) -> Result<Self, Refusal> {
        Ok(Self {
            to,
            conditions: request.conditions()?,
            sources: Vec::new(),
            token: request.token(),
        })
    }
}

impl Storage {
    /// Does what makes an object, if that may be made now.
    pub(super) async fn create<F: Future<Output = Response<Bytes>>>(
        &self,
        write: &Write<'_>,
        work: impl FnOnce() -> F,
    ) -> Answer {
        let sources = write.sources.iter().map(|(object, _)| object);
        let _held = self.objects.hold(sources.chain([write.to])).await;
        self.decide(write).await?;
        Ok(work().await)
    }

    pub(super) async fn decide(&self, write: &Write<'_>) -> Result<(), Refusal> {
        self.allow(write.token, "storage.objects.create")?;
        for (source, conditions) in &write.sources {
            self.allow(write.token, "storage.objects.get")?;
            if !conditions.is_empty() {
                conditions.check(self.version(source).await, Purpose::Change)?;
            }
        }
        if write.conditions.is_empty() && self.gate.is_none() {
            return Ok(());
        }
        let found = self.version(write.to).await;
        write.conditions.check(found, Purpose::Create)?;
        match found {
            Some(_) => self.allow(write.token, "storage.objects.delete"),
            None => Ok(()),
        }
    }

    /// The XML interface's upload, which fake-gcs-server does not know.
    pub(super) async fn put(&self, request: &Request, object: &Object) -> Response<Bytes> {
        let mut metadata = Map::new();
        for (header, field) in [
            ("content-type", "contentType"),
            ("cache-control", "cacheControl"),
            ("content-encoding", "contentEncoding"),
            ("content-disposition", "contentDisposition"),
        ] {
            if let Some(value) = request.header(header) {
                metadata.insert(field.to_owned(), json!(value));
            }
        }
        let metadata = Value::Object(metadata);
        let answer = self.store(object, &metadata, &request.body).await;
        match answer.status() {
            StatusCode::OK => empty(StatusCode::OK),
            _ => answer,
        }
    }

    /// Puts objects together as one. fake-gcs-server would leave the generation as it was.
    pub(super) async fn compose(&self, request: &Request, write: &Write<'_>) -> Response<Bytes> {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let mut bytes = Vec::new();
        for (source, _) in &write.sources {
            let (target, nothing) = (format!("{}?alt=media", source.target()), HeaderMap::new());
            let part = self
                .send(Method::GET, &target, &nothing, Bytes::new())
                .await;
            if part.status() != StatusCode::OK {
                return part;
            }
            bytes.extend_from_slice(part.body());
        }
        let metadata = asked.get("destination").cloned().unwrap_or(json!({}));
        self.store(write.to, &metadata, &bytes).await
    }

    /// Makes or replaces an object.
    pub(super) async fn store(
        &self,
        object: &Object,
        metadata: &Value,
        bytes: &[u8],
    ) -> Response<Bytes> {
        let kind = metadata.get("contentType").and_then(Value::as_str);
        let kind = kind.unwrap_or("application/octet-stream");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Type: application/json\r\n\r\n{metadata}\r\n\
             --{BOUNDARY}\r\nContent-Type: {kind}\r\n\r\n"
        );
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        let body = [head.as_bytes(), bytes, end.as_bytes()].concat();
        let mut headers = HeaderMap::new();
        if let Ok(kind) = format!("multipart/related; boundary={BOUNDARY}").parse() {
            headers.insert("content-type", kind);
        }
        let (bucket, name) = (encoded(&object.bucket), encoded(&object.name));
        let target = format!("/upload/storage/v1/b/{bucket}/o?uploadType=multipart&name={name}");
        self.send(Method::POST, &target, &headers, body.into())
            .await
    }

    /// Refuses what is asked of a bucket that is not there.
    pub(super) async fn bucket(&self, object: &Object) -> Result<(), Refusal> {
        let target = format!("/storage/v1/b/{}", encoded(&object.bucket));
        let nothing = HeaderMap::new();
        let found = self.send(Method::GET, &target, &nothing, Bytes::new());
        match found.await.status() {
            StatusCode::NOT_FOUND => Err(Refusal::not_found()),
            _ => Ok(()),
        }
    }

    pub(super) async fn delete(&self, request: &Request, object: &Object) -> Answer {
        self.allow(request.token(), "storage.objects.delete")?;
        let _held = self.change(request, object).await?;
        let nothing = Bytes::new();
        let target = object.target();
        let answer = self
            .send(Method::DELETE, &target, &request.headers, nothing)
            .await;
        match answer.status() {
            StatusCode::OK => Ok(empty(StatusCode::NO_CONTENT)),
            StatusCode::NOT_FOUND => Err(Refusal::not_found()),
            _ => Ok(answer),
        }
    }

    pub(super) async fn update(&self, request: &Request, object: &Object) -> Answer {
        self.allow(request.token(), "storage.objects.update")?;
        let _held = self.change(request, object).await?;
        let Some(found) = self.version(object).await else {
            return Err(Refusal::not_found());
        };
        let answer = self.pass(request).await;
        if !answer.status().is_success() {
            return Ok(answer);
        }
        self.objects.changed(object, found.generation);
        Ok(self.numbered(self.described(object).await))
    }

    /// Holds an object that is changed or deleted, if its conditions hold.
    async fn change(
        &self,
        request: &Request,
        object: &Object,
    ) -> Result<impl Sized + use<>, Refusal> {
        let conditions = request.conditions()?;
        let held = self.objects.hold([object]).await;
        if !conditions.is_empty() {
            conditions.check(self.version(object).await, Purpose::Change)?;
        }
        Ok(held)
    }
}

/// The objects that a compose request puts together.
pub(super) fn components(
    request: &Request,
    bucket: &str,
) -> Result<Vec<(Object, Conditions)>, Refusal> {
    let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let listed = asked.get("sourceObjects").and_then(Value::as_array);
    let listed = listed.ok_or_else(|| Refusal::invalid("Required: sourceObjects"))?;
    let component = |component: &Value| {
        let name = component.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| Refusal::invalid("Required: name"))?;
        let object = Object {
            bucket: bucket.to_owned(),
            name: name.to_owned(),
        };
        Ok((object, Conditions::of_component(component)?))
    };
    listed.iter().map(component).collect()
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    answer
}
