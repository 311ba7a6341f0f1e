//! Decides each request and has the server behind do it, with nobody else at the same object meanwhile.

use axum::http::{HeaderMap, Method, Response, StatusCode};
use bytes::Bytes;
use serde_json::Value;

use super::access::Gate;
use super::conditions::{Conditions, Purpose, Version};
use super::objects::Objects;
use super::parts;
use super::refusal::{Form, Refusal};
use super::request::{Asked, Object, Request};
use super::sessions::Sessions;
use super::writes::{Write, components};
use crate::forwarding::Upstream;

pub(super) type Answer = Result<Response<Bytes>, Refusal>;

/// Most requests in one batch, as Google has it.
const MOST_IN_BATCH: usize = 100;

#[derive(Debug)]
pub(super) struct Storage {
    upstream: Upstream,
    pub(super) own: String,
    pub(super) gate: Option<Gate>,
    pub(super) objects: Objects,
    pub(super) sessions: Sessions,
}

impl Storage {
    pub(super) fn new(upstream: Upstream, own: &str, gate: Option<Gate>) -> Self {
        Self {
            upstream,
            own: own.to_owned(),
            gate,
            objects: Objects::default(),
            sessions: Sessions::default(),
        }
    }

    pub(super) async fn answer(&self, request: Request) -> Response<Bytes> {
        let answer = match request.asked() {
            Ok(Asked::Batch) => self.batch(&request).await,
            Ok(asked) => self.one(&request, asked).await,
            Err(refusal) => Err(refusal),
        };
        answer.unwrap_or_else(|refusal| refusal.answer(request.form()))
    }

    async fn batch(&self, request: &Request) -> Answer {
        let parts = parts::split(request.header("content-type"), &request.body)?;
        if parts.len() > MOST_IN_BATCH {
            return Err(Refusal::invalid("The batch has more than 100 requests."));
        }
        let mut answers = Vec::new();
        for part in parts {
            let inner = parts::request(&part, &request.headers)?;
            let answer = match inner.asked() {
                Ok(Asked::Delete(_) | Asked::Update(_) | Asked::Read(_) | Asked::Look { .. }) => {
                    self.one(&inner, inner.asked()?).await
                }
                Ok(_) => Err(Refusal::invalid("A batch holds no uploads and no copies.")),
                Err(refusal) => Err(refusal),
            };
            let answer = answer.unwrap_or_else(|refusal| refusal.answer(Form::Json));
            answers.push((part.headers.get("content-id").cloned(), answer));
        }
        Ok(parts::join(&answers))
    }

    async fn one(&self, request: &Request, asked: Asked) -> Answer {
        match asked {
            Asked::Upload(object) => {
                let write = Write::new(request, &object)?;
                self.create(&write, || self.pass(request)).await
            }
            Asked::Put(object) => {
                let write = Write::new(request, &object)?;
                self.create(&write, || self.put(request, &object)).await
            }
            Asked::Session(object) => self.begin(request, object).await,
            Asked::Part(name) => self.part(request, &name).await,
            Asked::Compose(object) => {
                let mut write = Write::new(request, &object)?;
                write.sources = components(request, &object.bucket)?;
                self.create(&write, || self.compose(request, &write)).await
            }
            Asked::Copy { from, to } => {
                let mut write = Write::new(request, &to)?;
                write.sources = vec![(from, Conditions::on_source(&request.query)?)];
                self.create(&write, || self.pass(request)).await
            }
            Asked::Delete(object) => self.delete(request, &object).await,
            Asked::Update(object) => self.update(request, &object).await,
            Asked::Read(object) => self.read(request, &object).await,
            Asked::Look { permission } => {
                self.allow(request.token(), permission)?;
                Ok(self.numbered(self.pass(request).await))
            }
            Asked::Bucket => {
                let permission = match request.method {
                    Method::GET => "storage.buckets.list",
                    _ => "storage.buckets.create",
                };
                self.allow(request.token(), permission)?;
                Ok(self.pass(request).await)
            }
            Asked::Batch => Err(Refusal::invalid("A batch holds no batch.")),
        }
    }

    pub(super) fn allow(&self, token: Option<&str>, permission: &str) -> Result<(), Refusal> {
        match &self.gate {
            Some(gate) => gate.check(token, permission),
            None => Ok(()),
        }
    }

    pub(super) async fn pass(&self, request: &Request) -> Response<Bytes> {
        self.send(
            request.method.clone(),
            &request.target,
            &request.headers,
            request.body.clone(),
        )
        .await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Response<Bytes> {
        let host = self.own.trim_start_matches("http://");
        let sent = self
            .upstream
            .send(method, target, Some(host), headers, body);
        sent.await
    }

    /// The metadata of an object as the server behind has it.
    pub(super) async fn described(&self, object: &Object) -> Response<Bytes> {
        let (target, nothing) = (object.target(), HeaderMap::new());
        self.send(Method::GET, &target, &nothing, Bytes::new())
            .await
    }

    /// What an object is right now; whoever asks holds it.
    pub(super) async fn version(&self, object: &Object) -> Option<Version> {
        let found: Value = serde_json::from_slice(self.described(object).await.body()).ok()?;
        let generation = found.get("generation")?.as_str()?.parse().ok()?;
        Some(Version {
            generation,
            metageneration: self.objects.metageneration(object, generation),
        })
    }

    async fn read(&self, request: &Request, object: &Object) -> Answer {
        self.allow(request.token(), "storage.objects.get")?;
        let conditions = request.conditions()?;
        let _held = match conditions.is_empty() {
            true => Vec::new(),
            false => self.objects.hold([object]).await,
        };
        if !conditions.is_empty() {
            conditions.check(self.version(object).await, Purpose::Read)?;
        }
        let answer = self.pass(request).await;
        if answer.status() == StatusCode::NOT_FOUND {
            let known = self
                .gate
                .as_ref()
                .map(|gate| gate.may_know(request.token()));
            return Err(known
                .and_then(Result::err)
                .unwrap_or_else(Refusal::not_found));
        }
        match request.form() {
            Form::Json if request.parameter("alt").as_deref() != Some("media") => {
                Ok(self.numbered(answer))
            }
            _ => Ok(answer),
        }
    }

    /// The answer with the number of each object's changes in it.
    pub(super) fn numbered(&self, mut answer: Response<Bytes>) -> Response<Bytes> {
        let Ok(mut value) = serde_json::from_slice::<Value>(answer.body()) else {
            return answer;
        };
        self.objects.number(&mut value);
        *answer.body_mut() = value.to_string().into();
        answer.headers_mut().remove("content-length");
        answer
    }
}
